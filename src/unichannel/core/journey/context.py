"""What a message's texts are made from: the profile, the run's data, earlier sends, what the law has it mention."""

from __future__ import annotations

from typing import Any

from unichannel.core.journey.language.step import Send
from unichannel.core.journey.turn import Turn
from unichannel.core.messaging.content import Content
from unichannel.core.messaging.render import freeze
from unichannel.core.policy.mentions import mentions
from unichannel.core.words.instant import to_datetime

__all__ = ["frozen_values", "template_context"]


def frozen_values(turn: Turn, step: Send, channel: str, content: Content) -> dict[str, Any]:
    """All that the content's texts depend on, as it is kept with a delivery and its cost is measured by."""
    values = freeze(content, template_context(turn, step.message.name))
    category = turn.setting.category(step.message.category)
    return {**values, **mentions(turn.setting, channel, category, turn.facts.person)}


def template_context(turn: Turn, message: str = "") -> dict[str, Any]:
    """The names that a template of this run may read; ``message`` is the one that it belongs to."""
    person = turn.facts.person
    profile = {
        **person.attributes,
        "id": person.key,
        "timezone": person.timezone,
        "locale": person.locale,
        "tags": person.tags,
        "lists": person.lists,
        **{kind: values[0] for kind, values in person.addresses.items() if values},
    }
    now = to_datetime(turn.now)
    return {"profile": profile, "data": turn.run.data, "sends": _sends(turn), "now": now, "message": message}


def _sends(turn: Turn) -> dict[str, dict[str, str]]:
    """Messages of this run that went out: name, channel, and when, so that one can name another."""
    sends: dict[str, dict[str, str]] = {}
    for one in turn.facts.deliveries:
        accepted = one.first("accepted") if one.enrollment == turn.run.id and not one.is_call else None
        if accepted is not None:
            sends.setdefault(one.message, {})[one.channel] = to_datetime(accepted).isoformat()
    return sends
