"""Beliefs: how likely a person answers on a channel, from what they showed and what the base shows.

For each person and channel a Beta distribution, begun with the base's, to which each try and answer
of the person adds. Two things are not known, and are weighed by how well they explain what the
person showed:

1. To which of the base's segments the person belongs (``Prior``): who does not open e-mails may be
   one of those who answer text messages.
2. Whether, and on which of the latest days with a message, their taste changed. What was shown before
   counts as far as what came after agrees with it. Each message is as much chance of a change as a
   day and a half, and a long silence more (``Learning.half_life``), so old answers fade.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from unichannel.core.audience.engagement import WHOLE
from unichannel.core.words.instant import DAY

__all__ = ["Belief", "Cell", "Part", "Segment", "Start", "Tries", "beliefs", "log_fit", "tries_of"]

Start: TypeAlias = tuple[float, float]
"""The two parameters of a Beta distribution: the answers and the silences that it stands for."""

Cell: TypeAlias = tuple[str, str]
"""A channel, and a category that the base knows on it; "" stands for all others together."""

Segment: TypeAlias = tuple[float, Mapping[Cell, Start]]
"""A share of the base, and what its people answer."""

Tries: TypeAlias = Sequence[tuple[int, float, float]]
"""(day, tries, answers), in order."""

Part: TypeAlias = tuple[float, float, float]
"""One of the Beta distributions of a mixture: its weight, its mean, the messages that it stands for."""

_BREAKS = (1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22)
"""Which of the latest days with a message, counted from the last, are weighed as the day of a change."""

_MESSAGE = 1.5 * DAY
"""As much silence as this counts each message: a change doubted for nothing costs by the message."""

_LULL = 0.05
"""The share of the half-life from which on a silence adds."""

_NOTHING = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Belief:
    """How likely the next message is answered: mean and standard deviation, and the messages it comes from.

    ``base`` is the weight, in messages, of what the base says. ``parts`` are the Beta distributions that it is
    mixed of: one for each segment and day of a change, the same for all channels. ``less`` is what was taken off
    the mean: a cost, reckoned in answers.
    """

    mean: float
    deviation: float
    messages: float
    base: float
    parts: Sequence[Part] = field(default=(), repr=False)
    less: float = 0.0

    def as_json(self) -> dict[str, float]:
        return {"mean": round(self.mean, 4), "sd": round(self.deviation, 4), "n": round(self.messages, 2)}


def tries_of(shown: Mapping[str, Any], cell: Cell, known: Container[str]) -> Tries:
    """A person's tries in a cell, by day; ``known`` are the categories that have cells of their own."""
    channel, category = cell
    found: dict[int, tuple[float, float]] = {}
    for name, by_day in shown.get(channel, {}).items():
        if name != category and (category or name in known):
            continue
        for day, (tries, worth) in by_day.items():
            tried = max(tries, 0) / WHOLE
            before = found.get(int(day), _NOTHING)
            found[int(day)] = before[0] + tried, before[1] + min(max(worth, 0) / WHOLE, tried)
    return [(day, *found[day]) for day in sorted(found)]


def beliefs(
    wanted: Iterable[Cell], tried: Mapping[Cell, Tries], segments: Sequence[Segment], half_life: int, today: int
) -> dict[Cell, Belief]:
    """What is believed of the cells wanted, given the tries in all cells; ``half_life`` in microseconds."""
    days = sorted({day for some in tried.values() for day, *_ in some})
    breaks = [0, *(days[-place] for place in _BREAKS if place < len(days)), *([today + 1] if days else [])]
    parts = {cell: [_parted(some, begun) for begun in breaks] for cell, some in tried.items()}
    logs = []
    for place, begun in enumerate(breaks):
        before = [_log_segment(segment, parts, place, 0) for segment in segments]
        chance = _log_chance(begun, days, half_life) + _log_sum(before)
        logs += [chance + _log_segment(segment, parts, place, 1) for segment in segments]
    weights = _normal(logs)
    nothing = [(_NOTHING, _NOTHING)] * len(breaks)
    return {
        cell: _mixed(
            [(starts[cell], after) for _, after in parts.get(cell, nothing) for _, starts in segments], weights
        )
        for cell in wanted
    }


def _parted(tried: Tries, begun: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """(tries, answers) before a day, and from it on."""
    tries_before = hits_before = tries_after = hits_after = 0.0
    for day, tries, hits in tried:
        if day < begun:
            tries_before += tries
            hits_before += hits
        else:
            tries_after += tries
            hits_after += hits
    return (tries_before, hits_before), (tries_after, hits_after)


def _log_chance(begun: int, days: Sequence[int], half_life: int) -> float:
    """How likely, before anything was seen, that the present taste began then, against that it never changed."""
    if not begun:
        return 0.0
    faded = math.log(2) * _silence(begun - max(day for day in days if day < begun), half_life)
    return faded + math.log(-math.expm1(-faded))  # log(exp(faded) - 1), which stays finite for any half-life


def _silence(gap: int, half_life: int) -> float:
    """What so many days until a message count for, in half-lives: a message at the least, and one after a half-life."""
    spent = gap * DAY / half_life
    return max((spent - _LULL) / (1 - _LULL), _MESSAGE / half_life)


def _log_segment(segment: Segment, parts: Mapping[Cell, Sequence[Any]], place: int, side: int) -> float:
    """How likely a person of that segment shows this, before or after a change, with the segment's share."""
    share, starts = segment
    total = math.log(share)
    for cell, some in parts.items():
        tries, hits = some[place][side]
        if tries:
            total += log_fit(starts[cell], tries, hits)
    return total


@lru_cache(maxsize=16_384)
def log_fit(start: Start, tries: float, hits: float) -> float:
    """The logarithm of how likely so many answers to so many tries are, but for a constant."""
    a, b = start
    return _log_beta(a + hits, b + tries - hits) - _log_beta(a, b)


def _log_sum(logs: Sequence[float]) -> float:
    highest = max(logs)
    return highest + math.log(sum(math.exp(one - highest) for one in logs))


def _normal(logs: Sequence[float]) -> list[float]:
    total = _log_sum(logs)
    return [math.exp(one - total) for one in logs]


def _mixed(parts: Sequence[tuple[Start, tuple[float, float]]], weights: Sequence[float]) -> Belief:
    """One belief of several, by their weights."""
    mean = square = messages = base = 0.0
    kept: list[Part] = []
    for ((a, b), (tries, hits)), weight in zip(parts, weights, strict=True):
        size = a + b + tries
        one = (a + hits) / size
        kept.append((weight, one, size))
        mean += weight * one
        square += weight * (one * (1 - one) / (size + 1) + one * one)
        messages += weight * tries
        base += weight * (a + b)
    return Belief(mean, math.sqrt(max(square - mean * mean, 0.0)), messages, base, kept)


def _log_beta(a: float, b: float) -> float:
    """The logarithm of Euler's beta function."""
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
