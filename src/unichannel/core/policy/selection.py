"""Selection: from the channels of a message to those that are tried for one person, in turn.

Three stages, each in a file of its own: *eligible* (``eligibility``: content, route, address, consent, the
host's rules), *ranked* (here: what the person asked for first, then a strategy), *timed* (now, or
where a window opens; one channel at a time, ``eligibility`` again when its turn comes).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from unichannel.core.audience.profile import Person
from unichannel.core.policy.eligibility import Candidate, Case
from unichannel.core.policy.strategy import ORDERED, Question, Ranking, Strategy
from unichannel.core.words.category import Category
from unichannel.core.words.money import Money
from unichannel.core.words.trace import Verdict

__all__ = ["Selection", "asked_for", "select"]

_HOME = "unichannel."


@dataclass(slots=True)
class Selection:
    """The channels to try, best first; why the others are not; what it came from, for the trace."""

    channels: list[str]
    verdicts: list[Verdict]
    detail: dict[str, Any] = field(default_factory=dict)


def select(case: Case, judged: Sequence[Candidate], strategy: str, draw: float, most: int) -> Selection:
    """At most so many of a message's channels, as they were judged, best first, by the strategy of that name."""
    offered = tuple(one.verdict.channel for one in judged if one.addresses)
    refused = [one.verdict for one in judged if not one.addresses]
    setting, person = case.setting, case.facts.person
    costs = {one.verdict.channel: Money.of_micros(one.cost, setting.currency) for one in judged if one.cost is not None}
    question = Question(offered, person, case.category, case.now, draw, setting.learning, setting.prior, costs)
    ranking = _ranked(question, setting.strategies[strategy])
    wrong = [Verdict(channel, "not_offered") for channel in ranking.channels if channel not in offered]
    channels = [channel for channel in ranking.channels if channel in offered]
    left_out = [_left_out(channel, channels) for channel in offered if channel not in channels[:most]]
    return Selection(channels[:most], refused + wrong + left_out, {"strategy": strategy, **_told(ranking)})


def _left_out(channel: str, ranked: Sequence[str]) -> Verdict:
    """Why a channel that was possible is not tried: others came first, or the strategy does not use it."""
    return Verdict(channel, "not_ranked" if channel in ranked else "not_named")


def _ranked(question: Question, strategy: Strategy) -> Ranking:
    """The channel that was asked for first, whatever the strategy says; a strategy that breaks is left out."""
    stated = asked_for(question.person, question.category)
    if stated not in question.offered:
        return _answer(question, strategy)
    rest = _answer(question, strategy)
    channels = [stated, *(channel for channel in rest.channels if channel != stated)]
    return Ranking(channels, {stated: 1.0}, {**rest.detail, "stated": stated})


def _answer(question: Question, strategy: Strategy) -> Ranking:
    try:
        return strategy.rank(question) if _is_ours(strategy) else _checked(strategy.rank(question))
    except Exception as error:  # a host's function; the message still goes, by the usual channel
        ranking = ORDERED.rank(question)
        ranking.detail["error"] = type(error).__name__
        return ranking


def _is_ours(strategy: Strategy) -> bool:
    return type(strategy).__module__.startswith(_HOME) and all(_is_ours(part) for part in strategy.parts())


def _checked(ranking: Any) -> Ranking:
    """A host's answer; raises TypeError or ValueError for what is none, or what no trace can hold."""
    if not isinstance(ranking, Ranking) or not all(isinstance(one, str) for one in ranking.channels):
        raise TypeError("a strategy gives a Ranking of channels")
    if not all(0 <= chance <= 1 for chance in ranking.odds.values()):
        raise ValueError("odds lie between 0 and 1")
    json.dumps(ranking.detail, allow_nan=False)
    return ranking


def asked_for(person: Person, category: Category) -> str | None:
    """The channel that the person wants this kind of message on: by its topic, its name, or "*" for all."""
    names = (category.topic, category.name, "*")
    return next((person.preferences[name] for name in names if name is not None and name in person.preferences), None)


def _told(ranking: Ranking) -> dict[str, Any]:
    return {**ranking.detail, "odds": {channel: round(chance, 6) for channel, chance in ranking.odds.items()}}
