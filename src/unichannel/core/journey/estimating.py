"""Estimating: what a journey's sends would cost for one person, at the least and at the most.

At the least, each send succeeds on the first channel that it can go out on, each choice takes its cheapest way,
and what may be passed by is. At the most, each send goes through its whole ladder, each choice takes its
dearest way, a repetition all of its rounds, and what an event or a failure may bring comes once. A goal may end
a run earlier: the least is that of a run which goes to its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from unichannel.core.journey.costing import quoted
from unichannel.core.journey.language.journey import Journey
from unichannel.core.journey.language.repeat import Repeat
from unichannel.core.journey.language.step import Send, Step
from unichannel.core.journey.turn import Turn
from unichannel.core.policy.eligibility import Candidate, Case, judge
from unichannel.core.policy.selection import select
from unichannel.core.policy.setting import DEFAULT

__all__ = ["Bounds", "Range", "estimate"]

_RUNGS = 2


@dataclass(slots=True)
class Range:
    """Messages on one channel, and their cost in millionths: at the least and at the most.

    ``unpriced`` are messages, at the most, whose price is not known: the cost has them as nothing.
    """

    least: int = 0
    most: int = 0
    lowest: int = 0
    highest: int = 0
    unpriced: int = 0

    def __add__(self, other: Range) -> Range:
        return Range(
            self.least + other.least,
            self.most + other.most,
            self.lowest + other.lowest,
            self.highest + other.highest,
            self.unpriced + other.unpriced,
        )

    def times(self, rounds: int) -> Range:
        """As often at the most; at the least once."""
        return Range(self.least, self.most * rounds, self.lowest, self.highest * rounds, self.unpriced * rounds)


@dataclass(slots=True)
class Bounds:
    """Ranges by channel; ``unreached`` are sends, at the most, that no channel could take."""

    channels: dict[str, Range] = field(default_factory=dict)
    unreached: int = 0

    def __add__(self, other: Bounds) -> Bounds:
        names = dict.fromkeys((*self.channels, *other.channels))
        nothing = Range()
        added = {name: self.channels.get(name, nothing) + other.channels.get(name, nothing) for name in names}
        return Bounds(added, self.unreached + other.unreached)

    @property
    def lowest(self) -> int:
        return sum(one.lowest for one in self.channels.values())

    @property
    def highest(self) -> int:
        return sum(one.highest for one in self.channels.values())


def estimate(turn: Turn, journey: Journey) -> Bounds:
    """What a run of the journey would send this person and cost; nobody's consent or address is passed over."""
    handled = [_maybe(_all(turn, handler.steps)) for handler in journey.handlers]
    return _sum([_all(turn, journey.steps), *handled])


def _sum(bounds: Iterable[Bounds]) -> Bounds:
    return sum(bounds, Bounds())


def _all(turn: Turn, steps: Sequence[Step]) -> Bounds:
    return _sum(_step(turn, step) for step in steps)


def _step(turn: Turn, step: Step) -> Bounds:
    if isinstance(step, Send):
        return _send(turn, step)
    ways = [_all(turn, steps) for _, steps in step.ways()]
    if step.chooses:
        return _one_of(ways)
    if isinstance(step, Repeat):
        rounds = step.times or 1
        made = _sum(ways if step.until is None else map(_maybe, ways))
        channels = {name: one.times(rounds) for name, one in made.channels.items()}
        return Bounds(channels, made.unreached * rounds)
    return _sum(map(_maybe, ways))


def _one_of(ways: Sequence[Bounds]) -> Bounds:
    """One of several ways: the cheapest at the least, the dearest at the most."""
    if not ways:
        return Bounds()
    cheapest = min(ways, key=lambda way: (way.lowest, sum(one.least for one in way.channels.values())))
    dearest = max(ways, key=lambda way: (way.highest, sum(one.most for one in way.channels.values())))
    names = dict.fromkeys((*cheapest.channels, *dearest.channels))
    return Bounds(
        {name: _from(cheapest.channels.get(name, Range()), dearest.channels.get(name, Range())) for name in names},
        max(way.unreached for way in ways),
    )


def _from(low: Range, high: Range) -> Range:
    return Range(low.least, high.most, low.lowest, high.highest, high.unpriced)


def _maybe(bounds: Bounds) -> Bounds:
    """What may be passed by."""
    return Bounds({name: _from(Range(), one) for name, one in bounds.channels.items()}, bounds.unreached)


def _send(turn: Turn, step: Send) -> Bounds:
    """The first channel that it can go out on, and all of its ladder."""
    rungs = [one for one in _ladder(turn, step) if one.addresses]
    if not rungs:
        return Bounds(unreached=1)
    return _sum(_rung(candidate, place == 0) for place, candidate in enumerate(rungs))


def _ladder(turn: Turn, step: Send) -> list[Candidate]:
    """The channels as written, else the strategy's ranking of those that can be used: now, or once quiet hours end."""
    case = _case(turn, step)
    judged = {
        channel: quoted(turn, step, judge(channel, case))
        for channel in (step.message.channels if step.via is None else step.via)
    }
    if step.via is not None:
        return [judged[channel] for channel in step.via]
    strategy = step.strategy or case.category.strategy or DEFAULT
    return [judged[channel] for channel in select(case, list(judged.values()), strategy, 0.5, _RUNGS).channels]


def _case(turn: Turn, step: Send) -> Case:
    category = turn.setting.category(step.message.category)
    return Case(step.message, category, turn.facts, turn.setting, turn.now, turn.now + category.time_to_live)


def _rung(candidate: Candidate, is_first: bool) -> Bounds:
    quotes = candidate.quotes
    cost, count = sum(quote.micros or 0 for quote in quotes), len(quotes)
    unpriced = sum(quote.micros is None for quote in quotes)
    one = Range(count, count, cost, cost, unpriced)
    return Bounds({candidate.verdict.channel: one if is_first else _from(Range(), one)})
