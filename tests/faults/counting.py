"""Counting, on plain values: what came, by the providers' own journals, against what had to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise

from tests.faults.journey import CERTAIN
from tests.faults.people import Said, number_at
from tests.faults.provider import Arrival
from unichannel.core.words.instant import DAY

__all__ = ["LIMITS", "Flights", "Limit", "doubled", "lost", "overrun", "strays"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many messages to one person within a window (microseconds), of those that it counts."""

    name: str
    most: int
    window: int
    counts: frozenset[Said]


LIMITS = (
    Limit("one live run", 1, DAY, frozenset({("welcome", "email")})),
    Limit("one marketing message a day", 1, DAY, frozenset({("tips", "email"), ("tips", "sms")})),
)
"""What no two workers may overrun together."""


@dataclass(slots=True)
class Flights:
    """What workers have settled, by (life, key, attempt), and which were ended, or thrown off the server."""

    settled: set[tuple[str, str, int]] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    def was_in_the_air(self, one: Arrival) -> bool:
        """Whether its worker could not write down what it was answered."""
        return one.life in self.ended and (one.life, one.key, one.attempt) not in self.settled


def lost(expected: Mapping[int, Set[Said]], came: Iterable[Arrival], abandoned: Set[tuple[int, Said]]) -> list[str]:
    """What had to come and did not; what goes at most once may be given up where nobody knows."""
    there = {(number_at(one.address), _said(one)) for one in came}
    wanted = {(number, said) for number, all_of_them in expected.items() for said in all_of_them}
    return sorted(_named(number, said) for number, said in wanted - there - abandoned)


def strays(expected: Mapping[int, Set[Said]], came: Iterable[Arrival]) -> list[str]:
    """What came and nobody had to get."""
    there = {(number_at(one.address), _said(one)) for one in came}
    return sorted(_named(number, said) for number, said in there if said not in expected[number])


def doubled(came: Iterable[Arrival], flights: Flights) -> tuple[list[str], list[str]]:
    """Keys that came again: beyond the guarantee, and within it.

    Within it is what came again after the provider had hung up, or while the worker that sent it was
    ended before it settled; and only where the message goes at least once and nobody can be asked.
    """
    beyond, within = [], []
    for times in _by_key(came).values():
        for before, again in pairwise(times):
            is_excused = _said(again) not in CERTAIN and (before.hung or flights.was_in_the_air(before))
            (within if is_excused else beyond).append(again.key)
    return beyond, within


def overrun(came: Iterable[Arrival], limits: Sequence[Limit] = LIMITS) -> list[str]:
    """Who got more than a limit lets through; a key counts once, however often it came."""
    found = []
    firsts = [times[0] for times in _by_key(came).values()]
    for limit in limits:
        for number, instants in _instants(firsts, limit).items():
            if _most_within(instants, limit.window) > limit.most:
                found.append(f"p{number}: {limit.name}")
    return sorted(found)


def _instants(came: Iterable[Arrival], limit: Limit) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for one in came:
        if _said(one) in limit.counts:
            found[number_at(one.address)].append(one.at)
    return found


def _most_within(instants: list[int], window: int) -> int:
    """The most instants that any window holds."""
    ordered = sorted(instants)
    return max(sum(begin <= at < begin + window for at in ordered) for begin in ordered)


def _by_key(came: Iterable[Arrival]) -> dict[str, list[Arrival]]:
    """What came of each key, in the order of the journal."""
    found: dict[str, list[Arrival]] = defaultdict(list)
    for one in came:
        found[one.key].append(one)
    return found


def _said(one: Arrival) -> Said:
    return one.message, one.provider


def _named(number: int, said: Said) -> str:
    return f"p{number} {' by '.join(said)}"
