"""Deleting for good, in batches, oldest first."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

from unichannel.core.journey.enrollment import Enrollment
from unichannel.ports.purging import Purged
from unichannel.stores.memory.allowing import Allowing

__all__ = ["Purging"]


class Purging(Allowing):
    """One transaction over the rows, as purging sees it."""

    def purge_events(self, after: int, before: int, limit: int, names: AbstractSet[str], *, listed: bool) -> Purged:
        found = sorted(
            (n, profile)
            for profile, events in self._s.events.items()
            if not (listed and self._is_busy(profile))
            for n, one in events.items()
            if n > after and one.recorded <= before and (one.name in names) == listed
        )[:limit]
        for n, profile in found:
            self._s.drop(self._s.event_ids, (profile, self._s.events[profile][n].id))
            self._s.drop(self._s.events[profile], n)
        return _gone(len(found), [n for n, _ in found], limit)

    def purge_deliveries(self, after: int, before: int, limit: int) -> Purged:
        runs = self._closed(after, before, limit, lambda _, places: _has_rested(self, places))
        places = [place for run in runs for place in self._places(run)]
        for place in places:
            self._drop_delivery(place)
        return _gone(len(places), [run.id for run in runs], limit)

    def purge_runs(self, after: int, before: int, limit: int, journeys: AbstractSet[str]) -> Purged:
        runs = self._closed(after, before, limit, lambda run, places: run.journey in journeys and not places)
        for run in runs:
            self._s.drop(self._s.runs, run.id)
            self._s.drop(self._s.runs_of[run.profile], run.id)
        return _gone(len(runs), [run.id for run in runs], limit)

    def purge_notes(self, after: int, before: int, limit: int) -> Purged:
        # Notes have no numbers here: those that are gone are gone, so the oldest are always the next.
        kept, gone = [], 0
        for note in self._s.notes:
            is_old = note.trace.now <= before and gone < limit
            gone += is_old
            kept += [] if is_old else [note]
        self._s.swap(self._s.notes, kept)
        return gone, (after if gone == limit else None)

    def _is_busy(self, profile: int) -> bool:
        return any(not _is_over(self._s.runs[id]) for id in self._s.runs_of.get(profile, ()))

    def _closed(self, after: int, before: int, limit: int, wanted: Any) -> list[Enrollment]:
        """Runs that are over, in the order of their ids, with what else is asked of them."""
        found = []
        for id in sorted(self._s.runs):
            run = self._s.runs[id]
            if id > after and _is_over(run) and _ended(run) <= before and wanted(run, self._places(run)):
                found.append(run)
        return found[:limit]

    def _places(self, run: Enrollment) -> list[tuple[int, int]]:
        return [place for place in self._s.deliveries_of.get(run.profile, ()) if place[0] == run.id]

    def _drop_delivery(self, place: tuple[int, int]) -> None:
        one = self._s.deliveries[place]
        self._s.drop(self._s.deliveries_of[one.profile], place)
        self._s.drop(self._s.by_hash[one.hash], place)
        self._s.drop(self._s.by_key, one.key)
        if self._s.by_provider.get((one.route, one.provider_id)) == place:
            self._s.drop(self._s.by_provider, (one.route, one.provider_id))
        self._s.drop(self._s.deliveries, place)


def _has_rested(session: Purging, places: Iterable[tuple[int, int]]) -> bool:
    """Whether there are deliveries, and none of them has anything to do any more."""
    found = [session._s.deliveries[place] for place in places]
    return bool(found) and all(one.due is None for one in found)


def _is_over(run: Enrollment) -> bool:
    return not run.is_live and run.due is None


def _ended(run: Enrollment) -> int:
    return run.at if run.ended is None else run.ended


def _gone(count: int, ids: list[int], limit: int) -> Purged:
    return count, (ids[-1] if len(ids) == limit and ids else None)
