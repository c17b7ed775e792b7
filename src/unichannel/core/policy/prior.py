"""Priors: what is believed of somebody who has shown nothing yet, pooled from the base.

A prior is a snapshot: taken by one worker, at most once an hour, from a sample of what was recorded
before that instant, and stored under a number that decisions name. Where the people of the base are
better told apart than taken together, it has *segments*: those who answer e-mails, those who answer
text messages. They are found by expectation and maximisation (Dempster, Laird, Rubin 1977), begun
with the channel that each person answers better than others do; whether there are any is decided
by the Bayesian information criterion (Schwarz 1978).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from unichannel.core.policy.belief import Cell, Segment, Start, log_fit, tries_of

__all__ = ["PEOPLE", "SAMPLE", "UNKNOWN", "Prior", "pooled"]

PEOPLE = 30
"""Fewer people than these with tries in a cell say nothing of the rest: of ten who are silent too many would be."""

SAMPLE = 2_000
"""The most people that a snapshot looks at: a share of one half is known to two points from them."""

UNKNOWN = (0.3, 2.0)
"""Share that is answered, and weight in messages, of a channel that no base has shown: an opinion, easily changed."""

_GROUP = 10
"""Fewer people than these who are alike are no segment."""

_ALIKE = 10.0
"""As so many messages counts, for a category, what its channel shows as a whole."""

_ROUNDS = 12
_STRENGTH, _SHRINK = 8.0, 10.0
_STRENGTHS = (1.0, 16.0)

Tally: TypeAlias = tuple[float, float]
Tallies: TypeAlias = Mapping[Cell, Tally]


@dataclass(frozen=True, slots=True)
class Prior:
    """A snapshot of the base: its segments. ``id`` is its number, 0 for none; ``at`` the instant it was taken at."""

    id: int = 0
    at: int = 0
    segments: Sequence[Segment] = ((1.0, {}),)

    def categories(self, channel: str) -> frozenset[str]:
        """The categories that the base knows on a channel."""
        return frozenset(category for known, category in self.segments[0][1] if known == channel and category)

    def knows(self, channel: str) -> bool:
        return (channel, "") in self.segments[0][1]

    def mean(self, channel: str) -> float:
        """The share of messages on a channel that the base answers."""
        return sum(share * _mean(starts[channel, ""]) for share, starts in self.segments)

    def as_json(self) -> list[Any]:
        return [[share, [[*cell, *start] for cell, start in starts.items()]] for share, starts in self.segments]

    @classmethod
    def from_json(cls, id: int, at: int, body: Sequence[Any]) -> Prior:
        return cls(id, at, [(share, {(c, k): (a, b) for c, k, a, b in cells}) for share, cells in body])


def _mean(start: Start) -> float:
    return start[0] / (start[0] + start[1])


def pooled(people: Iterable[Mapping[str, Any]]) -> list[Segment]:
    """The segments of a base, from the engagement of some of its people; one that is empty where it shows nothing."""
    shown = [one for one in people if one]
    cells = _cells(shown)
    alike = Counter(tuple(found.items()) for one in shown if (found := _tallies(one, cells)))
    # Most people showed what many others did: each kind of tally is looked at once.
    tallies, counts = [dict(one) for one in alike], list(alike.values())
    whole = _fitted(tallies, counts, counts, cells)
    if not cells:
        return [(1.0, {})]
    apart = _segments(tallies, counts, cells, whole)
    best = max(([whole], apart), key=lambda some: _criterion(tallies, counts, some, len(cells)))
    return [(round(share, 6), starts) for share, starts in best]


def _cells(shown: Sequence[Mapping[str, Any]]) -> list[Cell]:
    """The cells in which enough people were tried."""
    counts: dict[Cell, int] = defaultdict(int)
    for person in shown:
        for channel, categories in person.items():
            counts[channel, ""] += 1
            for category in categories:
                counts[channel, category] += bool(category)
    return sorted(cell for cell, count in counts.items() if count >= PEOPLE)


def _tallies(person: Mapping[str, Any], cells: Sequence[Cell]) -> dict[Cell, Tally]:
    """What a person showed in each cell, and on each channel as a whole."""
    found = {}
    for cell in cells:
        tried = tries_of(person, cell, ())
        tries = sum(one[1] for one in tried)
        if tries:
            found[cell] = tries, sum(one[2] for one in tried)
    return found


def _fitted(
    tallies: Sequence[Tallies], counts: Sequence[int], shares: Sequence[float], cells: Sequence[Cell]
) -> Segment:
    """The segment to which so many of the ``counts`` of each tally belong."""
    starts: dict[Cell, Start] = {}
    for cell in cells:  # in order: a channel as a whole before its categories
        channel, category = cell
        begun = (_mean(starts[channel, ""]), _ALIKE) if category else UNKNOWN
        starts[cell] = _start([(w, *one[cell]) for w, one in zip(shares, tallies, strict=True) if cell in one], begun)
    return sum(shares) / max(sum(counts), 1), starts


def _start(some: Sequence[tuple[float, float, float]], begun: tuple[float, float]) -> Start:
    """The Beta distribution of (share, tries, answers), by its moments (Kleinman 1973, JASA 68:46).

    It begins with a share that is answered, with the weight of so many messages.

    A person counts by tries / (tries + strength): twenty messages to one person say less of the base
    than one each to twenty.
    """
    strength = _STRENGTH
    mean = 0.5
    for _ in range(2):
        weights = [share * tries / (tries + strength) for share, tries, _ in some]
        hits = sum(weight * one[2] / one[1] for weight, one in zip(weights, some, strict=True))
        # Messages to as many other people: a base that never answered may do so yet.
        more = begun[1] / (1 + strength)
        mean = (hits + more * begun[0]) / (sum(weights) + more)
        strength = _strength(some, mean)
    # The mean of a few people is not known to more than so many messages.
    known = (1 + strength) * sum(share * tries / (tries + strength) for share, tries, _ in some)
    strength = 1 / (1 / strength + 1 / (known + begun[1]))
    return round(mean * strength, 6), round((1 - mean) * strength, 6)


def _strength(some: Sequence[tuple[float, float, float]], mean: float) -> float:
    """How alike people are: from how much their shares differ beyond what luck explains."""
    people, tries = (sum(share * (one if place else 1) for share, one, _ in some) for place in (0, 1))
    answered = sum(share * hits for share, _, hits in some) / max(tries, 1e-9)
    # Around their own mean: around another one they seem to differ more, or less, than they do.
    mean = answered if 0 < answered < 1 else mean
    spread = sum(share * tried * (hits / tried - mean) ** 2 for share, tried, hits in some) / (mean * (1 - mean))
    likeness = (spread - people + _SHRINK / (1 + _STRENGTH)) / (tries - people + _SHRINK)
    return min(max(1 / max(likeness, 1e-6) - 1, _STRENGTHS[0]), _STRENGTHS[1])


def _segments(
    tallies: Sequence[Tallies], counts: Sequence[int], cells: Sequence[Cell], whole: Segment
) -> list[Segment]:
    """One segment for each channel that enough people answer better than others do, and of one alone, for the rest."""
    channels = sorted({channel for channel, _ in cells})
    liked = [_liked(one, whole) for one in tallies]
    if len(set(liked)) == 1:
        # One channel alone shows who answers it and who does not.
        only = liked[0]
        liked = [only if _ratio(one, whole, only) > 1 else "" for one in tallies]
        channels = ["", only]
    likers = {
        channel: [count * (one == channel) for one, count in zip(liked, counts, strict=True)] for channel in channels
    }
    found = [_fitted(tallies, counts, some, cells) for some in likers.values() if sum(some) >= _GROUP]
    for _ in range(_ROUNDS if len(found) > 1 else 0):
        shares = [[count * share for share in _shares(one, found)] for one, count in zip(tallies, counts, strict=True)]
        found = [_fitted(tallies, counts, [one[place] for one in shares], cells) for place in range(len(found))]
        found = [(max(share, 1e-3), starts) for share, starts in found]
    return found or [whole]


def _liked(one: Tallies, whole: Segment) -> str:
    """The channel that a person answers better than others do, by the highest ratio."""
    channels = sorted(channel for channel, category in one if not category)
    return max(channels, key=lambda channel: _ratio(one, whole, channel))


def _ratio(one: Tallies, whole: Segment, channel: str) -> float:
    """How much better a person answers a channel than others do, 1 for alike."""
    tries, hits = one[channel, ""]
    mean = _mean(whole[1][channel, ""])
    return (hits + 2 * mean) / (tries + 2) / mean


def _shares(one: Tallies, segments: Sequence[Segment]) -> list[float]:
    """How likely a person belongs to each segment."""
    logs = [_log_likely(one, segment) for segment in segments]
    highest = max(logs)
    weights = [math.exp(log - highest) for log in logs]
    return [weight / sum(weights) for weight in weights]


def _log_likely(one: Tallies, segment: Segment) -> float:
    """By categories where the base knows them; a channel as a whole counts only where it does not."""
    apart = {channel for channel, category in one if category}
    share, starts = segment
    return math.log(share) + sum(
        log_fit(starts[cell], *tally) for cell, tally in one.items() if cell[1] or cell[0] not in apart
    )


def _criterion(tallies: Sequence[Tallies], counts: Sequence[int], segments: Sequence[Segment], cells: int) -> float:
    fit = 0.0
    for one, count in zip(tallies, counts, strict=True):
        logs = [_log_likely(one, segment) for segment in segments]
        highest = max(logs)
        fit += count * (highest + math.log(sum(math.exp(log - highest) for log in logs)))
    return fit - (cells + 1) * len(segments)
