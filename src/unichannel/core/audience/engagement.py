"""Engagement: what a person has shown on each channel, kept as it happens.

The rules of this file:

1. Counts are whole numbers (hundredths) for each channel, category and day on which something was
   sent: tries, and what they were worth. They are only added to, so any order and any repetition of
   the same facts gives the same numbers.
2. What a delivery showed counts on the day that it was reserved, so a try and its answer stand
   together. Of each channel and category the ``KEPT`` latest days with a message are kept: a day
   among them at the end was among them all the time, so this forgets the same in any order.
3. Only what people did counts: opens and clicks by machines have names of their own (P34).
4. A channel is not judged by a signal that it cannot give: a message that cannot show engagement
   on its channel is no try. What never reached anybody is none either.
5. A message of today is no silence yet: it may still be answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, field
from typing import Annotated, Any, TypeAlias

from pydantic import Field

from unichannel.core.calendar.span import Span, days
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.channel import RANK, Channel
from unichannel.core.words.definition import definition
from unichannel.core.words.event import Event
from unichannel.core.words.instant import DAY
from unichannel.errors import DefinitionError

__all__ = [
    "KEPT",
    "TRIED",
    "WHOLE",
    "Counts",
    "Followed",
    "Learned",
    "Learning",
    "Used",
    "add",
    "added",
    "credit",
    "is_try",
    "judged",
    "learned",
    "learned_of",
    "total",
]

WHOLE = 100
"""One message, or an answer of full weight: counts are hundredths."""

KEPT = 16
"""Days with a message that are kept of each channel and category."""

TRIED = "tried"
"""Marks, in the trace of a delivery, that it is a try of its channel."""

Counts: TypeAlias = dict[str, dict[str, dict[str, list[int]]]]
"""Channel, category, day (since 1970, as text: JSON's keys are) to [tries, worth], in hundredths."""

Learned: TypeAlias = tuple[str, str, int, int, int]
"""What is to be added: channel, category, the instant that it counts at, tries, worth."""

_Share = Annotated[float, Field(ge=0, le=1)]
_WEIGHTS = {"delivered": 0.0, "opened": 1.0, "clicked": 1.0, "replied": 1.0, "converted": 1.0}


@definition
class Followed:
    """A host's event that counts for the channel it followed: that of the last message before it (``within``)."""

    weight: _Share = 1.0
    _: KW_ONLY
    within: Span = days(3)

    def __post_init__(self) -> None:
        if self.within.nominal <= 0:
            raise DefinitionError("an event follows within some time.", thing="within", mend="Give days(3).")


@definition
class Used:
    """A host's event that shows by a property which channel suits: ``Used("device", {"phone": "sms"})``.

    Each counts like ``weight`` messages on that channel, answered.
    """

    property: str
    channels: Mapping[str, str]
    _: KW_ONLY
    weight: _Share = 0.1


@definition
class Learning:
    """What counts as an answer, and for how long.

    ``weights``: what each evidence is worth, 0 to 1; the best that a delivery showed counts, and what is
    not named keeps its default (delivered 0, opened and above 1). ``events``: the host's own that
    count too, by name. ``half_life``: the time without a message after which it is even odds that a taste
    has changed; each message is as much chance of it as a day and a half, and longer silences add.
    Raises DefinitionError for a weight outside of 0 to 1, an unknown evidence, a half-life of 0.
    """

    _: KW_ONLY
    weights: Mapping[str, _Share] = field(default_factory=dict)
    events: Mapping[str, Followed | Used] = field(default_factory=dict)
    half_life: Span = days(60)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.weights) - set(_WEIGHTS))
        if unknown:
            raise DefinitionError(
                f"{unknown[0]!r} is no evidence that can have a weight.",
                thing=unknown[0],
                mend=f"It is one of: {', '.join(_WEIGHTS)}.",
            )
        if self.half_life.nominal <= 0:
            raise DefinitionError("a half-life is longer than nothing.", thing="half_life", mend="Give days(60).")
        object.__setattr__(self, "weights", {**_WEIGHTS, **self.weights})

    def worth(self, facts: Mapping[str, int], channel: Channel) -> int:
        """What a delivery with these facts is worth, in hundredths: the best that a person did, of what counts here."""
        shown = [fact for fact in facts if fact in self.weights and fact in channel.evidence]
        # A channel that can show no more than its delivery (a letter) is answered by it.
        worth = [self.weights[fact] or float(fact == channel.engaged_by) for fact in shown]
        return round(WHOLE * max(worth, default=0.0))


def is_try(channel: Channel, seen: Iterable[str], asked: str | None) -> bool:
    """Whether a message can show engagement: by an open or a click that is seen, or an answer that is asked for."""
    least, shown = RANK[channel.engaged_by], {"opened", "clicked", channel.engaged_by, asked}
    return any(one in shown and RANK[one] >= least for one in seen if one in RANK)


def credit(delivery: Delivery, learning: Learning, channel: Channel | None) -> tuple[int, int]:
    """(tries, worth) of a delivery as its facts stand now, in hundredths."""
    is_out = delivery.hard_failure() is None and not delivery.facts.keys() & {"cancelled", "expired"}
    if channel is None or delivery.is_call or not is_out:
        return 0, 0
    worth = learning.worth(delivery.facts, channel)
    return WHOLE if worth or delivery.trace.get("detail", {}).get(TRIED) else 0, worth


def learned(delivery: Delivery, before: tuple[int, int], after: tuple[int, int]) -> Learned | None:
    """What is to be added once a delivery's credit has changed, None where it has not."""
    if before == after:
        return None
    return delivery.channel, delivery.category, delivery.reserved, after[0] - before[0], after[1] - before[1]


def learned_of(event: Event, deliveries: Iterable[Delivery], learning: Learning) -> Learned | None:
    """What one of the host's events adds, None where it counts for nothing."""
    rule = learning.events.get(event.name)
    if isinstance(rule, Used):
        channel = rule.channels.get(str(event.properties.get(rule.property)))
        share = round(WHOLE * rule.weight)
        return None if channel is None else (channel, "", event.occurred, share, share)
    if rule is None:
        return None
    since = event.occurred - rule.within.nominal
    before = [one for one in deliveries if since <= one.reserved <= event.occurred and not one.is_call]
    last = max(before, key=lambda one: (one.reserved, one.enrollment, one.n), default=None)
    if last is None:
        return None
    return last.channel, last.category, last.reserved, 0, round(WHOLE * rule.weight)


def add(counts: Counts, told: Learned) -> None:
    """Add to what was shown on a channel."""
    channel, category, instant, tries, worth = told
    by_day = counts.setdefault(channel, {}).setdefault(category, {})
    entry = by_day.setdefault(str(instant // DAY), [0, 0])
    entry[0] += tries
    entry[1] += worth
    _forget(by_day)


def _forget(by_day: dict[str, list[int]]) -> None:
    while len(by_day) > KEPT:
        del by_day[min(by_day, key=int)]


def added(mine: Mapping[str, Any], others: Mapping[str, Any]) -> Counts:
    """The counts of two profiles that are one person."""
    both: Counts = {}
    for counts in (mine, others):
        for channel, categories in counts.items():
            for category, by_day in categories.items():
                for day, (tries, worth) in by_day.items():
                    add(both, (channel, category, int(day) * DAY, tries, worth))
    return both


def judged(counts: Mapping[str, Any], today: int) -> Counts:
    """What counts on a day: of that day only what was answered, as the rest may yet be."""
    return {
        channel: {category: _settled(by_day, today) for category, by_day in categories.items()}
        for channel, categories in counts.items()
    }


def _settled(by_day: Mapping[str, Any], today: int) -> dict[str, list[int]]:
    return {day: [tries if int(day) < today else min(tries, worth), worth] for day, (tries, worth) in by_day.items()}


def total(counts: Mapping[str, Any], channel: str) -> tuple[float, float]:
    """(messages, answers) on a channel, over all that is kept."""
    entries = [entry for by_day in counts.get(channel, {}).values() for entry in by_day.values()]
    tries, worth = (sum(entry[place] for entry in entries) / WHOLE for place in (0, 1))
    return max(tries, 0.0), min(max(worth, 0.0), max(tries, 0.0))
