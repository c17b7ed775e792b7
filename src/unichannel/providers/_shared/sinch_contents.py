"""RCS as Sinch's Conversation API takes it; sources are in ``unichannel.providers.sinch_conversations``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from unichannel.core.messaging.content import Card, Dial, OpenUrl, Reply, Suggestion
from unichannel.providers._shared.talking import Unfit
from unichannel.providers._shared.texting import captioned

__all__ = ["shown"]

_MOST_CHOICES, _MOST_OUTER = 10, 3


def shown(content: Any) -> Mapping[str, Any]:
    """The message in Sinch's words; raises Unfit for what they have no place for."""
    choices = [*_choices(content.suggestions)]
    most = _MOST_CHOICES if content.text else _MOST_OUTER if len(content.cards) > 1 else 0
    if len(choices) > most:
        raise Unfit("Sinch shows 10 suggestions below a text, 3 below a carousel, and none below one card or a file.")
    if content.text:
        said = {"text": content.text}
        return {"choice_message": {"text_message": said, "choices": choices}} if choices else {"text_message": said}
    if len(content.cards) > 1:
        return {"carousel_message": {"cards": [_card(one) for one in content.cards], "choices": choices}}
    if content.cards:
        return {"card_message": _card(content.cards[0])}
    return {"media_message": {"url": captioned(content.file).url}}


def _card(card: Card) -> Mapping[str, Any]:
    return {
        "title": card.title,
        "description": card.text,
        "media_message": card.media and {"url": captioned(card.media).url},
        "height": card.height.upper() if card.media else "",
        "choices": [*_choices(card.suggestions)],
    }


def _choices(suggestions: Iterable[Suggestion]) -> Iterable[Mapping[str, Any]]:
    for one in suggestions:
        if isinstance(one, Reply):
            yield {"text_message": {"text": one.label}, "postback_data": one.postback or one.label}
        elif isinstance(one, OpenUrl):
            yield {"url_message": {"title": one.label, "url": one.url}, "postback_data": one.label}
        elif isinstance(one, Dial):
            yield {"call_message": {"title": one.label, "phone_number": one.phone}, "postback_data": one.label}
