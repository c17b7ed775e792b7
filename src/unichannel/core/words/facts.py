"""What a condition may ask for, so that a batch loads exactly that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Needs", "all_needs"]


@dataclass(frozen=True, slots=True)
class Needs:
    """The facts that a definition reads.

    ``events``: names of events of the past. ``deliveries``: whether deliveries of other runs of
    the profile are read. ``attributes``: whether what ``identify`` sets is read. ``recent``: for how
    long after it went out a delivery of another run is read, in microseconds.
    """

    events: frozenset[str] = frozenset()
    deliveries: bool = False
    attributes: bool = False
    recent: int = 0

    def __or__(self, other: Needs) -> Needs:
        return Needs(
            self.events | other.events,
            self.deliveries or other.deliveries,
            self.attributes or other.attributes,
            max(self.recent, other.recent),
        )


def all_needs(many: Iterable[Needs]) -> Needs:
    """Everything that any of them reads."""
    total = Needs()
    for one in many:
        total = total | one
    return total
