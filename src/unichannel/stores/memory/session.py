"""One transaction on a memory store."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from unichannel.core.audience.profile import Person
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.ports.storing import Fault, History, Note, Want
from unichannel.stores.memory.delivering import is_served
from unichannel.stores.memory.purging import Purging
from unichannel.stores.memory.state import copy_delivery, copy_event, copy_run

__all__ = ["MemorySession"]


class MemorySession(Purging):
    """One transaction over the rows: definitions and questions, on top of the rest."""

    # what the base shows

    def sample(self, limit: int) -> list[Person]:
        some = sorted(self._s.people)
        return [self._s.people[id].copy() for id in some[:: -(-len(some) // limit) or 1]]

    def prior(self) -> tuple[int, int, str] | None:
        latest = max(self._s.priors, default=None)
        return None if latest is None else (latest, *self._s.priors[latest])

    def put_prior(self, id: int, at: int, body: str) -> None:
        if id not in self._s.priors:
            self._s.put(self._s.priors, id, (at, body))

    # definitions

    def definitions(self) -> list[tuple[int, str, int, str]]:
        return [(id, name, version, digest) for id, (name, version, digest, _) in self._s.stored.items()]

    def definition(self, id: int) -> str | None:
        found = self._s.stored.get(id)
        return found[3] if found is not None else None

    def put_definition(self, name: str, version: int, digest: str, body: str, at: int) -> int:
        for id, stored in self._s.stored.items():
            if stored[:3] == (name, version, digest):
                return id
        id = self._s.number("definition")
        self._s.put(self._s.stored, id, (name, version, digest, body))
        return id

    # asking

    def clock(self) -> int | None:
        return None

    def next_due(self, now: int, without: frozenset[str] = frozenset()) -> int | None:
        if self._s.inbox or self.sweeps():
            return now
        dues = [self._first_wake(), self._first_due(without), *(row.due for row in self._s.receipts.values())]
        return min((max(due, now) for due in dues if due is not None), default=None)

    def _first_wake(self) -> int | None:
        heap = self._s.wake_heap
        while heap and self._s.wakes.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def _first_due(self, without: frozenset[str]) -> int | None:
        """The earliest that counts: who is before it is passed over and put back, who is behind is not looked at."""
        heap, passed = self._s.due_heap, set[tuple[int, tuple[int, int]]]()
        first = None
        while heap and first is None:
            due, key = heap[0]
            one = self._s.deliveries.get(key)
            if one is None or one.due != due:
                heapq.heappop(heap)
            elif is_served(one, without):
                first = due
            else:
                passed.add(heapq.heappop(heap))
        for entry in passed:
            heapq.heappush(heap, entry)
        return first

    def history(self, key: str) -> History | None:
        profile = self._s.profiles.get(key)
        if profile is None:
            return None
        return History(
            self._s.people[profile].copy(),
            [copy_run(self._s.runs[id]) for id in self._s.runs_of.get(profile, ())],
            [copy_delivery(one) for one in self._deliveries(profile, Want(deliveries=True), set())],
            [note for note in self._s.notes if note.profile == profile],
            [copy_event(one) for one in self._s.events.get(profile, {}).values()],
            self._ledger(self._s.people[profile]),
        )

    def delivery(self, enrollment: int, n: int) -> Delivery | None:
        found = self._s.deliveries.get((enrollment, n))
        return copy_delivery(found) if found is not None else None

    def deliveries_on(self, key: str, channel: str) -> tuple[Person | None, list[Delivery]]:
        profile = self._s.profiles.get(key)
        if profile is None:
            return None, []
        rows = (self._s.deliveries[key] for key in self._s.deliveries_of.get(profile, ()))
        found = [copy_delivery(one) for one in rows if one.channel == channel]
        return self._s.people[profile].copy(), sorted(found, key=lambda one: (one.enrollment, one.n))

    def enrollment(self, id: int) -> Enrollment | None:
        found = self._s.runs.get(id)
        return copy_run(found) if found is not None else None

    def origin(self, event_id: str) -> tuple[Enrollment | None, Note | None, bool]:
        run = next((run for run in self._s.runs.values() if run.origin == event_id), None)
        note = next((note for note in self._s.notes if note.origin == event_id), None)
        waits = any(row.event_id == event_id for row in self._s.inbox.values())
        return (copy_run(run) if run is not None else None), note, waits

    def faults(self, limit: int) -> list[Fault]:
        return list(self._s.faults.values())[:limit]

    def drop_faults(self, ids: Sequence[int]) -> None:
        for id in ids:
            self._s.drop(self._s.faults, id)
