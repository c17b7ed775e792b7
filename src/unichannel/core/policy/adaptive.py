"""Adaptive: the channel that a person most likely answers, by what they and the base have shown.

Greedy on the mean of what is believed. With a small chance another channel is tried first, so that
what is believed of it can be mended: ``explore`` at the most, less the more is known of the channel
that least is known of. The chance is a hash of stable ids, and the odds of every channel go into the
trace: a choice replays exactly, and other strategies can be judged by the same log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, field
from typing import Annotated

from pydantic import Field

from unichannel.core.policy.belief import Belief, Start, beliefs, tries_of
from unichannel.core.policy.strategy import ORDER, Question, Ranking, Strategy, usual
from unichannel.core.words.definition import Many, definition
from unichannel.core.words.instant import DAY
from unichannel.errors import DefinitionError

__all__ = ["Adaptive"]

_UNKNOWN = (0.3, 2.0)
"""What is believed of every channel where there is no base yet: the same, and easily changed."""


@definition
class Adaptive(Strategy, kind="adaptive"):
    """The channel that this person most likely answers.

    ``explore``: the most that is left to chance, 0 to 0.5. ``begin``: for a channel (share that is
    answered, weight in messages) to begin with where the base has not shown any: nothing but an
    opinion. Ties go to the category's usual channel, then to ``order``. Raises DefinitionError for
    a beginning that is no share, or that no data stands for (a weight of 0).
    """

    _: KW_ONLY
    explore: Annotated[float, Field(ge=0, le=0.5)] = 0.1
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
        last = usual(question, self.order)
        ranked = sorted(question.offered, key=lambda channel: (-round(known[channel].mean, 9), *last(channel)))
        chance = self.chance(known)
        each = chance / len(ranked) if ranked else 0.0
        odds = {channel: each + (1 - chance if channel == ranked[0] else 0.0) for channel in ranked}
        told = {"beliefs": {channel: known[channel].as_json() for channel in ranked}, "explore": round(chance, 6)}
        told |= {"prior": question.prior.id}
        if question.draw < chance:
            first = ranked[min(int(question.draw / each), len(ranked) - 1)]
            ranked = [first, *(channel for channel in ranked if channel != first)]
        return Ranking(ranked, odds, told)

    def believe(self, question: Question) -> dict[str, Belief]:
        """What is believed of each channel offered."""
        category, shown, learning = question.category.name, question.person.engagement, question.learning
        tried = {channel: tries_of(shown.get(channel, {}), category, learning.carry) for channel in question.offered}
        return beliefs(tried, lambda channel: self._start(channel, question), learning, question.now // DAY)

    def _start(self, channel: str, question: Question) -> Start:
        pooled = question.prior.start(channel, question.category.name)
        share, weight = self.begin.get(channel, _UNKNOWN)
        return pooled or (share * weight, (1 - share) * weight)

    def chance(self, known: Mapping[str, Belief]) -> float:
        """How much is left to chance: all of ``explore`` where some channel is as unknown as can be."""
        if len(known) < 2:
            return 0.0
        least = min(one.base + one.messages for one in known.values())
        return self.explore * min(1.0, _UNKNOWN[1] / least)

    def channels(self) -> tuple[str, ...]:
        return tuple(self.begin)
