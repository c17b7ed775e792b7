"""Strategies: which of the channels that are possible comes first, for one person and kind of message.

A strategy is asked a ``Question`` and gives a ``Ranking``. A host's own is a function of plain
values, ``f(offered, about)``, that gives the channels, best first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator

from unichannel.core.audience.engagement import Learning, judged, total
from unichannel.core.audience.profile import Person
from unichannel.core.policy.prior import Prior
from unichannel.core.words.category import Category
from unichannel.core.words.definition import Family, Many, Named, definition
from unichannel.core.words.instant import DAY, to_datetime
from unichannel.core.words.money import Money
from unichannel.errors import DefinitionError

__all__ = [
    "ORDERED",
    "ByCategory",
    "Function",
    "Mixed",
    "Ordered",
    "Own",
    "Preferred",
    "Question",
    "Ranking",
    "Strategy",
    "usual",
]

ORDER = ("email", "push", "sms", "whatsapp", "rcs", "mms", "web_push", "in_app", "chat", "voice")

Function: TypeAlias = Callable[[Sequence[str], Mapping[str, Any]], Sequence[str]]
"""A host's own strategy: the channels offered and what is known, as plain values; the channels best first."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a strategy is asked.

    ``offered`` are the channels that are possible now, in the message's order. ``now`` in microseconds
    UTC. ``draw`` is a number in [0, 1) that depends on stable ids only: chance comes from it. ``costs``
    are what this message costs this person on each channel, of those whose price is known.
    """

    offered: tuple[str, ...]
    person: Person
    category: Category
    now: int
    draw: float = 0.0
    learning: Learning = field(default_factory=Learning)
    prior: Prior = field(default_factory=Prior)
    costs: Mapping[str, Money] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """What a host's function is told: no addresses."""
        person, category = self.person, self.category
        return {
            "category": category.name,
            "purpose": category.purpose,
            "urgency": category.urgency,
            "topic": category.topic,
            "usual": category.channel,
            "attributes": dict(person.attributes),
            "preferences": dict(person.preferences),
            "tags": list(person.tags),
            "lists": list(person.lists),
            "locale": person.locale,
            "timezone": person.timezone,
            "shown": {one: dict(zip(("tries", "answers"), self.shown(one), strict=True)) for one in self.offered},
            "costs": dict(self.costs),
            "now": to_datetime(self.now),
        }

    def shown(self, channel: str) -> tuple[float, float]:
        """(messages, answers) of the person on a channel."""
        return total(self.engagement, channel)

    @property
    def engagement(self) -> Mapping[str, Any]:
        """What the person showed, by channel, category and day; a message of today is not silence yet."""
        return judged(self.person.engagement, self.now // DAY)


@dataclass(slots=True)
class Ranking:
    """A strategy's answer: channels, best first; what is not in it is not tried.

    ``odds``: how likely each channel was to come first, chance included; they add up to 1. ``detail``:
    the numbers it came from, for the trace.
    """

    channels: list[str]
    odds: dict[str, float] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.odds and self.channels:
            self.odds = {self.channels[0]: 1.0}


class Strategy(Family):
    """Ranks channels. A host's own with numbers for the trace subclasses it with a ``kind``."""

    learns = False
    """Whether it reads what the base shows."""

    @property
    def currency(self) -> str:
        """The currency of the prices that it needs, "" where it needs none."""
        return ""

    def rank(self, question: Question) -> Ranking:
        """The channels offered, best first."""
        raise NotImplementedError

    def parts(self) -> tuple[Strategy, ...]:
        """The strategies inside it."""
        return ()

    def channels(self) -> tuple[str, ...]:
        """The channels that it names."""
        return ()


def usual(question: Question, order: Sequence[str] = ORDER) -> Callable[[str], tuple[bool, int]]:
    """Sorts channels that are alike otherwise: the category's usual one, then by an order."""
    places = {channel: place for place, channel in enumerate(order)}
    return lambda channel: (channel != question.category.channel, places.get(channel, len(places)))


@definition
class Ordered(Strategy, kind="ordered"):
    """Always the same order; channels that are not named are not used. Without any: usual channel, then as written."""

    order: Named = ()

    def rank(self, question: Question) -> Ranking:
        if self.order:
            return Ranking([channel for channel in self.order if channel in question.offered])
        return Ranking(sorted(question.offered, key=usual(question, question.offered)))

    def channels(self) -> tuple[str, ...]:
        return tuple(self.order)


@definition
class Preferred(Strategy, kind="preferred"):
    """The channel that the person has answered most, by their own answers alone and without chance.

    The share of messages that were answered, where one unseen message that was half answered stands
    for what is not known yet. Ties go to the category's usual channel, then to ``order``.
    """

    order: Many[str] = ORDER

    def rank(self, question: Question) -> Ranking:
        shown = {channel: question.shown(channel) for channel in question.offered}
        shares = {channel: (answers + 0.5) / (tries + 1) for channel, (tries, answers) in shown.items()}
        last = usual(question, self.order)
        ranked = sorted(question.offered, key=lambda channel: (-shares[channel], *last(channel)))
        told = {channel: {"mean": round(shares[channel], 4), "n": shown[channel][0]} for channel in ranked}
        return Ranking(ranked, detail={"beliefs": told})


ORDERED = Ordered()
"""The usual channel, then as the message has them: what is left where a strategy breaks."""


def _choice(value: Any) -> Any:
    """A channel or several as the order they are tried in."""
    is_order = isinstance(value, str) or (
        isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    )
    return Ordered(value) if is_order else value


_Choice = Annotated[Strategy, BeforeValidator(_choice)]


@definition
class ByCategory(Strategy, kind="by_category"):
    """Another strategy for each kind of message: ``ByCategory({"education": "email", "urgent": ["sms", "push"]})``.

    A category is found by its name, its topic or its urgency. Channels are tried in their order, then the rest as
    ``otherwise`` ranks it, which is also for what is not named.
    """

    by: Mapping[str, _Choice]
    otherwise: _Choice = Ordered()

    def rank(self, question: Question) -> Ranking:
        category = question.category
        names = (category.name, category.topic or category.name, category.urgency)
        name = next((one for one in names if one in self.by), None)
        if name is None:
            return self.otherwise.rank(question)
        first, rest = self.by[name].rank(question), self.otherwise.rank(question)
        if not first.channels:
            return rest
        more = [channel for channel in rest.channels if channel not in first.channels]
        # Figures of the rest say nothing about the first, which then comes first by its kind alone.
        by = {} if first.detail else {"by": name}
        return Ranking([*first.channels, *more], first.odds, {**rest.detail, **first.detail, **by})

    def parts(self) -> tuple[Strategy, ...]:
        return (*self.by.values(), self.otherwise)


@definition
class Mixed(Strategy, kind="mixed"):
    """Several strategies, each for a share of the messages, by hash: ``Mixed([(0.9, Adaptive()), (0.1, "email")])``.

    Raises DefinitionError for shares that are not positive or do not add up to 1.
    """

    shares: Many[tuple[float, _Choice]]

    def __post_init__(self) -> None:
        weights = [weight for weight, _ in self.shares]
        if not (weights and all(one > 0 for one in weights) and abs(sum(weights) - 1) <= 1e-9):
            raise DefinitionError(
                f"the shares of a mix are {', '.join(f'{one:g}' for one in weights) or 'none'}.",
                thing="shares",
                mend="Give positive shares that add up to 1.",
            )

    def rank(self, question: Question) -> Ranking:
        odds: dict[str, float] = {}
        chosen, begun = None, 0.0
        for place, (weight, strategy) in enumerate(self.shares):
            inner = (question.draw - begun) / weight
            is_chosen = chosen is None and (inner < 1 or place == len(self.shares) - 1)
            # What is left of the draw is the chosen one's own; the others are asked for their odds.
            draw = min(max(inner, 0.0), 1 - 1e-12) if is_chosen else 0.0
            ranking = strategy.rank(replace(question, draw=draw))
            chosen = (place, ranking) if is_chosen else chosen
            begun += weight
            for channel, one in ranking.odds.items():
                odds[channel] = odds.get(channel, 0.0) + weight * one
        assert chosen is not None  # noqa: S101 -- the last one takes what is left
        return Ranking(chosen[1].channels, odds, {**chosen[1].detail, "part": chosen[0]})

    def parts(self) -> tuple[Strategy, ...]:
        return tuple(strategy for _, strategy in self.shares)


class Own(Strategy):
    """A host's function as a strategy. Raises what the function raises, TypeError where it gives no channels."""

    def __init__(self, function: Function) -> None:
        self.function = function

    def rank(self, question: Question) -> Ranking:
        given = self.function(list(question.offered), question.plain())
        channels = list(dict.fromkeys(given))  # read once: a generator has nothing to say the second time
        if isinstance(given, str) or not all(isinstance(one, str) for one in channels):
            raise TypeError("a strategy gives a list of channels")
        return Ranking(channels)
