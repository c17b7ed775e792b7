"""Beliefs: how likely a person answers on a channel, from what they showed and what the base shows.

For each person and channel a Beta distribution. It begins with the base's (``Prior``), and each try
and answer of the person adds to it. Tastes change: the days before each of the latest messages are
weighed as the ones on which this person's taste may have changed, on all channels at once, and what
was shown before counts as far as what came after agrees with it. The chance of a change grows with
the time between two messages (``Learning.half_life``), so old answers fade.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

from unichannel.core.audience.engagement import WHOLE, Learning
from unichannel.core.words.instant import DAY

__all__ = ["Belief", "Start", "beliefs", "log_beta", "tries_of"]

Start: TypeAlias = tuple[float, float]
"""The two parameters of a Beta distribution: answers and silences that it stands for."""

Tries: TypeAlias = Sequence[tuple[int, float, float]]
"""(day, tries, answers), in order."""

_BREAKS = 8
"""How many of the latest days with a message are weighed as the day of a change."""


@dataclass(frozen=True, slots=True)
class Belief:
    """How likely the next message is answered: mean and standard deviation, and the messages it comes from.

    ``base`` is the weight, in messages, that the base's share in it had to begin with.
    """

    mean: float
    deviation: float
    messages: float
    base: float

    def as_json(self) -> dict[str, float]:
        return {"mean": round(self.mean, 4), "sd": round(self.deviation, 4), "n": round(self.messages, 2)}


def tries_of(shown: Mapping[str, Any], category: str, carry: float) -> Tries:
    """A channel's tries for a category, by day; those of other categories count by ``carry``."""
    found: dict[int, tuple[float, float]] = {}
    for name, by_day in shown.items():
        share = (1.0 if name == category else carry) / WHOLE
        for day, (tries, worth) in by_day.items():
            before = found.get(int(day), (0.0, 0.0))
            found[int(day)] = before[0] + share * max(tries, 0), before[1] + share * min(max(worth, 0), max(tries, 0))
    return [(day, *found[day]) for day in sorted(found)]


def beliefs(
    tried: Mapping[str, Tries], start: Callable[[str], Start], learning: Learning, today: int
) -> dict[str, Belief]:
    """What is believed of each channel, given its tries and what the base says of it."""
    starts = {channel: start(channel) for channel in tried}
    days = sorted({day for some in tried.values() for day, *_ in some})
    breaks = [0, *days[1:][-_BREAKS:], *([today + 1] if days else [])]
    logs = [_log_chance(begun, days, learning) + _log_fit(begun, tried, starts) for begun in breaks]
    weights = _normal(logs)
    return {
        channel: _mixed([_since(begun, some) for begun in breaks], weights, starts[channel])
        for channel, some in tried.items()
    }


def _log_chance(begun: int, days: Sequence[int], learning: Learning) -> float:
    """How likely, before anything was seen, that the present taste began then, against that it never changed."""
    if not begun:
        return 0.0
    before = max((day for day in days if day < begun), default=begun)
    odds = 2.0 ** ((begun - before) * DAY / learning.half_life.nominal) - 1.0
    return math.log(odds)


def _log_fit(begun: int, tried: Mapping[str, Tries], starts: Mapping[str, Start]) -> float:
    """How well a change on that day explains what the person showed, as the logarithm of a likelihood."""
    found = 0.0
    for channel, some in tried.items():
        a, b = starts[channel]
        before, after = _sum(one for one in some if one[0] < begun), _since(begun, some)
        found += sum(log_beta(a + hits, b + tries - hits) for tries, hits in (before, after)) - 2 * log_beta(a, b)
    return found


def _since(begun: int, tried: Tries) -> tuple[float, float]:
    return _sum(one for one in tried if one[0] >= begun)


def _sum(tried: Any) -> tuple[float, float]:
    return reduce(lambda total, one: (total[0] + one[1], total[1] + one[2]), tried, (0.0, 0.0))


def _normal(logs: Sequence[float]) -> list[float]:
    highest = max(logs)
    weights = [math.exp(one - highest) for one in logs]
    return [one / sum(weights) for one in weights]


def _mixed(sums: Sequence[tuple[float, float]], weights: Sequence[float], start: Start) -> Belief:
    """One belief of several, by their weights."""
    mean = square = messages = 0.0
    for (tries, hits), weight in zip(sums, weights, strict=True):
        a, b = start[0] + hits, start[1] + tries - hits
        one = a / (a + b)
        mean += weight * one
        square += weight * (one * (1 - one) / (a + b + 1) + one * one)
        messages += weight * tries
    return Belief(mean, math.sqrt(max(square - mean * mean, 0.0)), messages, sum(start))


def log_beta(a: float, b: float) -> float:
    """The logarithm of Euler's beta function."""
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
