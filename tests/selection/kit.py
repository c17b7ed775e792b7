"""What the tests of selection have in common."""

from __future__ import annotations

from typing import Any

from unichannel.core.audience.engagement import WHOLE, add
from unichannel.core.audience.profile import Person
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.strategy import Question
from unichannel.core.words.category import Category
from unichannel.core.words.instant import DAY

__all__ = ["TODAY", "delivery_of", "question"]

TODAY = 21_000
"""A day, since 1970."""


def delivery_of(channel: str = "email", *, tried: bool = False, facts: dict[str, int] | None = None) -> Delivery:
    trace: dict[str, Any] = {"detail": {"tried": 1} if tried else {}}
    return Delivery(
        1, 1, 1, "key", "step", 1, 1, channel, "m", "c", "a", "h", 0, 0, 0, 9, facts=facts or {}, trace=trace
    )


def question(*shown: tuple[str, int, bool], category: Category | None = None, **more: Any) -> Question:
    """A question about somebody who showed this: (channel, days ago, answered)."""
    person, kind = Person(1, "ada"), category or Category("news")
    for channel, ago, answered in shown:
        add(person.engagement, (channel, kind.name, (TODAY - ago) * DAY, WHOLE, WHOLE * answered))
    more.setdefault("draw", 0.0)  # the greedy choice
    return Question(more.pop("offered", ("email", "sms")), person, kind, TODAY * DAY, **more)
