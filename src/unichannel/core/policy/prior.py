"""Priors: what is believed of somebody who has shown nothing yet, pooled from the base.

A prior is a snapshot: taken by one worker, at most once an hour, from a sample of what was recorded
before that instant, and stored under a number that decisions name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unichannel.core.audience.engagement import WHOLE
from unichannel.core.policy.belief import Start, log_beta

__all__ = ["PEOPLE", "SAMPLE", "Prior", "pooled"]

PEOPLE = 10
"""Fewer people than these with tries on a channel say nothing of the rest."""

SAMPLE = 2_000
"""The most people that a snapshot looks at: the base's mean is known to a point or so from them."""

_STRENGTHS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)

Tally = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Prior:
    """A snapshot of the base: for channel and category ("" is all of them) the Beta distribution to begin with.

    ``id`` is its number, 0 for none; ``at`` the instant that it was taken at.
    """

    id: int = 0
    at: int = 0
    starts: Mapping[str, Mapping[str, Start]] = field(default_factory=dict)

    def start(self, channel: str, category: str) -> Start | None:
        """What the base says of a channel for a category, else of the channel, else None."""
        known = self.starts.get(channel, {})
        return known.get(category) or known.get("")

    def as_json(self) -> dict[str, Any]:
        return {channel: {name: list(one) for name, one in known.items()} for channel, known in self.starts.items()}

    @classmethod
    def from_json(cls, id: int, at: int, body: Mapping[str, Any]) -> Prior:
        starts = {channel: {name: (one[0], one[1]) for name, one in known.items()} for channel, known in body.items()}
        return cls(id, at, starts)


def pooled(people: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Start]]:
    """The distributions that the engagement of these people was most likely drawn from."""
    tallies: dict[str, dict[str, list[Tally]]] = defaultdict(lambda: defaultdict(list))
    for shown in people:
        for channel, categories in shown.items():
            found = {name: tally for name, by_day in categories.items() if (tally := _tally(by_day.values()))[0] > 0}
            for name, tally in found.items():
                tallies[channel][name].append(tally)
            if found:
                tallies[channel][""].append((sum(one[0] for one in found.values()), sum(one[1] for one in found.values())))
    return {
        channel: {name: _fitted(some) for name, some in known.items() if len(some) >= PEOPLE}
        for channel, known in tallies.items()
        if len(known[""]) >= PEOPLE
    }


def _tally(entries: Iterable[Sequence[int]]) -> Tally:
    tries = worth = 0.0
    for entry in entries:
        tries += max(entry[0], 0) / WHOLE
        worth += min(max(entry[1], 0), max(entry[0], 0)) / WHOLE
    return tries, worth


def _fitted(tallies: Sequence[Tally]) -> Start:
    """The most likely Beta distribution: for each strength the mean that goes with it, then the best of them.

    A person counts by n / (n + strength): twenty messages to one person say less of the base than
    one message each to twenty (Kleinman 1973, JASA 68:46).
    """
    best = max((_at_strength(tallies, strength) for strength in _STRENGTHS), key=lambda one: one[0])
    return best[1]


def _at_strength(tallies: Sequence[Tally], strength: float) -> tuple[float, Start]:
    weights = [tries / (tries + strength) for tries, _ in tallies]
    hits = sum(weight * worth / tries for weight, (tries, worth) in zip(weights, tallies, strict=True))
    # Half an answer of one more person: a base that never answered is not certain to go on so.
    mean = (hits + 0.5 * weights[0]) / (sum(weights) + weights[0])
    a, b = round(mean * strength, 6), round((1 - mean) * strength, 6)
    fit = sum(log_beta(a + hits, b + tries - hits) for tries, hits in tallies) - len(tallies) * log_beta(a, b)
    return fit, (a, b)
