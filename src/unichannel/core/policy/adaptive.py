"""Adaptive: the channel that a person most likely answers, by what they and the base have shown.

Greedy on what a channel promises: the answers to this message and to the next few, which its answer
or silence may bring to a better channel (``lookahead``). With a small chance another channel is tried
first, so that what is believed of it can be mended: ``explore`` at the most, less the more is known of
it. The chance is a hash of stable ids, and the odds of every channel go into the
trace: a choice replays exactly, and other strategies can be judged by the same log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, field, replace
from typing import Annotated, Any

from pydantic import Field

from unichannel.core.policy.belief import Belief, Cell, Segment, Start, beliefs, tries_of
from unichannel.core.policy.lookahead import MESSAGES, promises
from unichannel.core.policy.prior import UNKNOWN, Prior
from unichannel.core.policy.strategy import ORDER, Question, Ranking, Strategy, usual
from unichannel.core.words.definition import Many, definition
from unichannel.core.words.instant import DAY
from unichannel.errors import DefinitionError

__all__ = ["Adaptive"]

_LEAST = 0.1
"""What share of ``explore`` goes to a channel that nothing is known of."""


@definition
class Adaptive(Strategy, kind="adaptive"):
    """The channel that this person most likely answers.

    ``explore``: the most that is left to chance, 0 to 0.5. ``begin``: for a channel (share that is
    answered, weight in messages) to begin with where the base has not shown any: nothing but an
    opinion. Ties go to the category's usual channel, then to ``order``. Raises DefinitionError for
    a beginning that is no share, or that no data stands for (a weight of 0).
    """

    _: KW_ONLY
    explore: Annotated[float, Field(ge=0, le=0.5)] = 0.3
    begin: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    order: Many[str] = ORDER

    learns = True

    def __post_init__(self) -> None:
        for channel, (share, weight) in self.begin.items():
            if not (0 < share < 1 and weight > 0):
                raise DefinitionError(
                    f"the beginning of {channel!r} is a share of {share:g} with the weight of {weight:g} messages.",
                    thing=channel,
                    mend="Give a share between 0 and 1, and a weight above 0.",
                )

    def rank(self, question: Question) -> Ranking:
        known = self.believe(question)
        ranking = self.choose(known, question)
        return replace(ranking, detail={**ranking.detail, **self.told(known, ranking.channels, question)})

    def choose(
        self, known: Mapping[str, Belief], question: Question, last: Callable[[str], tuple[Any, ...]] | None = None
    ) -> Ranking:
        """Greedy on what is promised, but for chance; ``last`` sorts those that are alike."""
        last = last or usual(question, self.order)
        promised = _promised(known, question.prior)
        ranked = sorted(known, key=lambda channel: (-round(promised[channel], 9), *last(channel)))
        if len(ranked) < 2:
            return Ranking(ranked)
        chances = self.chances(known, ranked[0])
        odds = {ranked[0]: 1 - sum(chances.values()), **chances}
        first = _drawn(odds, question.draw)
        channels = [first, *(channel for channel in ranked if channel != first)]
        return Ranking(channels, odds, _foreseen(known, promised, ranked))

    def told(self, known: Mapping[str, Belief], channels: Iterable[str], question: Question) -> dict[str, Any]:
        """What was believed, for the trace."""
        return {"beliefs": {channel: known[channel].as_json() for channel in channels}, "prior": question.prior.id}

    def believe(self, question: Question) -> dict[str, Belief]:
        """What is believed of each channel offered."""
        prior, shown = question.prior, question.engagement
        known = {channel: prior.categories(channel) for channel in {*question.offered, *shown}}
        tried = {
            (channel, category): tries
            for channel in shown
            for category in ("", *known[channel])
            if (tries := tries_of(shown, (channel, category), known[channel]))
        }
        own = question.category.name
        wanted = {channel: (channel, own if own in known[channel] else "") for channel in question.offered}
        segments = self._segments(question, {*tried, *wanted.values()})
        found = beliefs(wanted.values(), tried, segments, question.learning.half_life.nominal, question.now // DAY)
        return {channel: found[cell] for channel, cell in wanted.items()}

    def _segments(self, question: Question, cells: Iterable[Cell]) -> Sequence[Segment]:
        """The base's segments, with a beginning for the channels that it does not know."""
        prior = question.prior
        missing = {cell: self._unknown(cell[0], question) for cell in cells if cell not in prior.segments[0][1]}
        return [(share, {**starts, **missing}) for share, starts in prior.segments] if missing else prior.segments

    def _unknown(self, channel: str, question: Question) -> Start:
        """Nobody is sent to what nobody knows because it may be better: chance finds that out at less cost."""
        means = [question.prior.mean(one) for one in question.offered if question.prior.knows(one)]
        share, weight = self.begin.get(channel, (min([UNKNOWN[0], *means]), UNKNOWN[1]))
        return share * weight, (1 - share) * weight

    def chances(self, known: Mapping[str, Belief], first: str) -> dict[str, float]:
        """How likely each other channel is tried instead of the first; ``explore`` together at the most."""
        others = [channel for channel in known if channel != first]
        return {channel: self.explore * _untried(known[channel]) / len(others) for channel in others}

    def channels(self) -> tuple[str, ...]:
        return tuple(self.begin)


def _promised(known: Mapping[str, Belief], prior: Prior) -> dict[str, float]:
    """What each channel promises; one that the base does not know is tried for that by chance only."""
    means = {one: belief.mean * MESSAGES for one, belief in known.items()}
    return means | promises({one: belief for one, belief in known.items() if prior.knows(one)})


def _foreseen(known: Mapping[str, Belief], promised: Mapping[str, float], ranked: Sequence[str]) -> dict[str, Any]:
    """The promises, for the trace, where they and not the means decided what comes first."""
    if known[ranked[0]].mean >= max(belief.mean for belief in known.values()) - 1e-9:
        return {}
    return {"promised": {channel: round(promised[channel], 4) for channel in ranked}}


def _drawn(odds: Mapping[str, float], draw: float) -> str:
    """The channel that a number in [0, 1) falls on."""
    left, first = draw, next(iter(odds))
    for channel, chance in odds.items():
        if left < chance:
            return channel
        left -= chance
    return first


def _untried(other: Belief) -> float:
    """A little, 0 to 1, that falls the more is known of a channel."""
    return float(_LEAST * min(1.0, UNKNOWN[1] / (other.base + other.messages)) ** 2)
