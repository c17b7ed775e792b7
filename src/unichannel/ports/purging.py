"""Purging: what a store deletes for good, in batches, oldest first.

What is open is never deleted: a run that is live or has an instant to come (the others are *over*),
its deliveries, and any run with a delivery that has something to do. Each method looks at rows after
the id ``after`` and deletes ``limit`` at most; it gives how many it deleted and the id to go on
after, None where it has come to the end.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Protocol, TypeAlias

__all__ = ["Purged", "Purging"]

Purged: TypeAlias = "tuple[int, int | None]"


class Purging(Protocol):
    """The part of a session that deletes."""

    def purge_events(self, after: int, before: int, limit: int, names: AbstractSet[str], *, listed: bool) -> Purged:
        """Events recorded by ``before``: those of these names whose profile has no such run, or all of other names."""
        ...

    def purge_deliveries(self, after: int, before: int, limit: int) -> Purged:
        """All deliveries of runs that are over and ended by ``before``; ``limit`` counts runs."""
        ...

    def purge_runs(self, after: int, before: int, limit: int, journeys: AbstractSet[str]) -> Purged:
        """Runs of these journeys that are over, ended by ``before`` and have no deliveries any more."""
        ...

    def purge_notes(self, after: int, before: int, limit: int) -> Purged:
        """Notes of what was not made, decided by ``before``."""
        ...
