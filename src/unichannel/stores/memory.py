"""MemoryStore: the store for tests and small scripts; what it keeps is gone with the process.

One lock around each transaction makes every session exclusive. A transaction that raises is taken
back from an undo log. Due rows sit in heaps, so nothing is proportional to who is only waiting.
"""

from __future__ import annotations

import heapq
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from unichannel.core.audience.consent import Consent, Suppression, outweigh
from unichannel.core.audience.profile import Person
from unichannel.core.condition.view import Facts
from unichannel.core.journey.enrollment import Enrollment, copied
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.event import Event
from unichannel.errors import ConfigurationError, ConflictError
from unichannel.ports.storing import Changes, Fault, Gate, History, Inbox, Loaded, Note, Parked, Session, Want

__all__ = ["MemoryStore"]

T = TypeVar("T")
_GONE: Any = object()


class _State:
    """The rows; every change goes through ``put`` or ``drop``, so that it can be taken back."""

    def __init__(self) -> None:
        self.profiles: dict[str, int] = {}
        self.people: dict[int, Person] = {}
        self.wakes: dict[int, int | None] = {}
        self.inbox: dict[int, Inbox] = {}
        self.inbox_of: dict[str, dict[int, None]] = defaultdict(dict)
        self.events: dict[int, list[Event]] = defaultdict(list)
        self.event_ids: dict[tuple[int, str], None] = {}
        self.runs: dict[int, Enrollment] = {}
        self.runs_of: dict[int, dict[int, None]] = defaultdict(dict)
        self.deliveries: dict[tuple[int, int], Delivery] = {}
        self.deliveries_of: dict[int, dict[tuple[int, int], None]] = defaultdict(dict)
        self.by_key: dict[str, tuple[int, int]] = {}
        self.by_provider: dict[tuple[str, str], tuple[int, int]] = {}
        self.by_hash: dict[str, dict[tuple[int, int], None]] = defaultdict(dict)
        self.consents: dict[str, list[Consent]] = defaultdict(list)
        self.suppressions: dict[str, Suppression] = {}
        self.receipts: dict[int, Parked] = {}
        self.notes: list[Note] = []
        self.faults: dict[int, Fault] = {}
        self.addresses: dict[int, list[str]] = {}
        self.stored: dict[int, tuple[str, int, str, str]] = {}
        self.counters: dict[str, int] = defaultdict(int)
        self.wake_heap: list[tuple[int, int]] = []
        self.due_heap: list[tuple[int, tuple[int, int]]] = []
        self.undo: list[Callable[[], object]] = []

    def put(self, rows: dict[Any, Any], key: Any, value: Any) -> None:
        before = rows.get(key, _GONE)
        self.undo.append(lambda: rows.pop(key, None) if before is _GONE else rows.__setitem__(key, before))
        rows[key] = value

    def drop(self, rows: dict[Any, Any], key: Any) -> None:
        if key in rows:
            before = rows.pop(key)
            self.undo.append(lambda: _put_back(rows, key, before))

    def append(self, rows: list[Any], value: Any) -> None:
        rows.append(value)
        self.undo.append(rows.pop)

    def number(self, name: str, count: int = 1) -> int:
        """The first of ``count`` new numbers; numbers are not taken back."""
        first = self.counters[name] + 1
        self.counters[name] += count
        return first


def _put_back(rows: dict[Any, Any], key: Any, value: Any) -> None:
    """Put a row back into its place: rows are numbered, and read in the order of their numbers."""
    kept = sorted([*rows.items(), (key, value)], key=lambda item: item[0])
    rows.clear()
    rows.update(kept)


class MemoryStore:
    """Keeps everything in this process, for tests and scripts; any number of threads may use it."""

    joins_transactions = False

    def __init__(self) -> None:
        self._state = _State()
        self._lock = threading.RLock()
        self._identity = os.urandom(32)

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._state.profiles)} profiles)"

    def identity(self) -> bytes:
        return self._identity

    def migrate(self) -> None:
        """There is no schema to bring up to date."""

    def check(self) -> None:
        """There is no schema to check."""

    def transact(self, work: Callable[[Session], T], *, connection: Any = None) -> T:
        if connection is not None:
            raise ConfigurationError(
                "the memory store cannot take part in the host's transaction.",
                thing="connection",
                mend="Leave connection= out, or use SqlStore.",
            )
        with self._lock:
            self._state.undo.clear()
            try:
                return work(_Session(self._state))
            except BaseException:
                for take_back in reversed(self._state.undo):
                    take_back()
                raise
            finally:
                self._state.undo.clear()

    async def migrate_async(self) -> None:
        self.migrate()

    async def check_async(self) -> None:
        self.check()

    async def identity_async(self) -> bytes:
        return self._identity

    async def transact_async(self, work: Callable[[Session], T], *, connection: Any = None) -> T:
        return self.transact(work, connection=connection)

    def close(self) -> None:
        """There is nothing to let go of."""

    async def close_async(self) -> None:
        """There is nothing to let go of."""


def _delivery(one: Delivery) -> Delivery:
    return replace(one, facts=dict(one.facts), frozen=copied(one.frozen), trace=copied(one.trace))


def _inbox(one: Inbox) -> Inbox:
    return replace(one, body=copied(one.body))


def _event(one: Event) -> Event:
    return replace(one, properties=copied(one.properties))


def _person(one: Person) -> Person:
    return Person.from_json(one.id, one.key, copied(one.as_json()))


class _Session:
    """One transaction over the rows."""

    def __init__(self, state: _State) -> None:
        self._s = state

    # what the host hands in

    def put_inbox(self, rows: Sequence[Inbox]) -> None:
        for row in rows:
            kept = replace(_inbox(row), id=self._s.number("inbox"))
            self._s.put(self._s.inbox, kept.id, kept)
            self._s.put(self._s.inbox_of[kept.profile], kept.id, None)

    def put_consents(self, rows: Sequence[tuple[str, Consent]]) -> None:
        for key, entry in rows:
            self._s.append(self._s.consents[key], entry)

    def put_suppressions(self, rows: Sequence[Suppression]) -> None:
        for row in rows:
            self._s.put(self._s.suppressions, row.hash, outweigh(self._s.suppressions.get(row.hash), row))

    def put_receipts(self, rows: Sequence[Parked]) -> None:
        for row in rows:
            number = self._s.number("receipt")
            self._s.put(self._s.receipts, number, replace(row, id=number))

    def known(self, keys: Iterable[str]) -> set[str]:
        return {key for key in keys if key in self._s.profiles or self._waits(key)}

    def _waits(self, key: str) -> bool:
        return any(self._s.inbox[id].kind == "identify" for id in self._s.inbox_of.get(key, ()))

    # deciding

    def candidates(self, now: int, limit: int) -> list[str]:
        found = dict.fromkeys(row.profile for row in self._s.inbox.values())
        heap, again = self._s.wake_heap, []
        while heap and heap[0][0] <= now and len(found) < limit:
            due, profile = heapq.heappop(heap)
            if self._s.wakes.get(profile) == due:
                again.append((due, profile))
                found.setdefault(self._s.people[profile].key)
        for entry in again:
            heapq.heappush(heap, entry)
        return list(found)[:limit]

    def lock(self, keys: Sequence[str], now: int) -> dict[str, int]:
        for key in keys:
            if key not in self._s.profiles:
                id = self._s.number("profile")
                self._s.put(self._s.profiles, key, id)
                self._s.put(self._s.people, id, Person(id, key, created=now))
                self._s.put(self._s.wakes, id, None)
        return {key: self._s.profiles[key] for key in keys}

    def load(self, profiles: Sequence[int], want: Want) -> list[Loaded]:
        return [self._load(profile, want) for profile in profiles]

    def _load(self, profile: int, want: Want) -> Loaded:
        person = self._s.people[profile]
        inbox = [_inbox(self._s.inbox[id]) for id in self._s.inbox_of.get(person.key, ())]
        runs = [run for id in self._s.runs_of.get(profile, ()) if self._is_wanted(run := self._s.runs[id], want, inbox)]
        facts = Facts(
            _person(person),
            sorted(
                (_event(one) for one in self._s.events.get(profile, ()) if one.name in want.events),
                key=lambda one: one.occurred,
            ),
            self._deliveries(profile, None if want.deliveries else {run.id for run in runs}),
            list(self._s.consents.get(person.key, ())),
            self._suppressed(profile),
        )
        seen = frozenset(row.event_id for row in inbox if (profile, row.event_id) in self._s.event_ids)
        return Loaded(facts, inbox, [run.copy() for run in runs], seen)

    @staticmethod
    def _is_wanted(run: Enrollment, want: Want, inbox: list[Inbox]) -> bool:
        return run.is_open or (bool(inbox) and run.journey in want.journeys)

    def _deliveries(self, profile: int, of: set[int] | None) -> list[Delivery]:
        keys = self._s.deliveries_of.get(profile, ())
        return [_delivery(self._s.deliveries[key]) for key in keys if of is None or key[0] in of]

    def _suppressed(self, profile: int) -> dict[str, Suppression]:
        hashes = self._s.addresses.get(profile, ())
        return {hash: self._s.suppressions[hash] for hash in hashes if hash in self._s.suppressions}

    def allocate(self, count: int) -> int:
        return self._s.number("run", count)

    def commit(self, changes: Changes) -> None:
        for person in changes.people:
            self._s.put(self._s.people, person.id, _person(person))
        for id in changes.inbox:
            self._forget(id)
        for profile, event in changes.events:
            self._s.append(self._s.events[profile], _event(event))
            if event.id:
                self._s.put(self._s.event_ids, (profile, event.id), None)
        self._commit_runs(changes)
        for delivery in changes.reserved:
            self._keep(delivery)
        for enrollment, n, reason, instant in changes.cancelled:
            self._cancel((enrollment, n), reason, instant)
        for note in changes.notes:
            self._s.append(self._s.notes, note)
        for profile, hashes in changes.addresses:
            self._s.put(self._s.addresses, profile, list(hashes))
        for profile, due in changes.wakes:
            self._wake(profile, due)
        self.put_inbox(changes.emitted)
        for fault in changes.faults:
            number = self._s.number("fault")
            self._s.put(self._s.faults, number, replace(fault, id=number))

    def _forget(self, id: int) -> None:
        row = self._s.inbox.get(id)
        if row is not None:
            self._s.drop(self._s.inbox, id)
            self._s.drop(self._s.inbox_of[row.profile], id)

    def _commit_runs(self, changes: Changes) -> None:
        for run in changes.updated:
            self._s.put(self._s.runs, run.id, run.copy())
        for run in changes.started:
            if run.is_live and any(
                other.is_live and (other.journey, other.entity) == (run.journey, run.entity)
                for id in self._s.runs_of.get(run.profile, ())
                if (other := self._s.runs[id]).id != run.id
            ):
                raise ConflictError(f"the profile already has a live run of {run.journey!r}.", thing=run.journey)
            self._s.put(self._s.runs_of[run.profile], run.id, None)
            self._s.put(self._s.runs, run.id, run.copy())

    def _keep(self, delivery: Delivery) -> None:
        key, kept = (delivery.enrollment, delivery.n), _delivery(delivery)
        self._s.put(self._s.deliveries, key, kept)
        self._s.put(self._s.deliveries_of[kept.profile], key, None)
        self._s.put(self._s.by_key, kept.key, key)
        self._s.put(self._s.by_hash[kept.hash], key, None)
        if kept.provider_id:
            self._s.put(self._s.by_provider, (kept.route, kept.provider_id), key)
        if kept.due is not None:
            heapq.heappush(self._s.due_heap, (kept.due, key))

    def _cancel(self, key: tuple[int, int], reason: str, instant: int) -> None:
        found = self._s.deliveries.get(key)
        if found is not None and found.status in ("reserved", "retry"):
            facts = {**found.facts, "cancelled": instant}
            self._keep(replace(found, status="cancelled", reason=reason, due=None, facts=facts))

    def _wake(self, profile: int, due: int | None) -> None:
        self._s.put(self._s.wakes, profile, due)
        if due is not None:
            heapq.heappush(self._s.wake_heap, (due, profile))

    # delivering

    def due(self, now: int, limit: int, without: frozenset[str] = frozenset()) -> list[Delivery]:
        heap = self._s.due_heap
        again: list[tuple[int, tuple[int, int]]] = []
        found: list[Delivery] = []
        while heap and heap[0][0] <= now and len(found) < limit:
            entry = heapq.heappop(heap)
            delivery = self._s.deliveries.get(entry[1])
            if delivery is None or delivery.due != entry[0] or entry in again:
                continue
            again.append(entry)
            if delivery.channel not in without:
                found.append(_delivery(delivery))
        for entry in again:
            heapq.heappush(heap, entry)
        return found

    def gates(self, deliveries: Sequence[Delivery]) -> list[Gate]:
        return [self._gate(one) for one in deliveries]

    def _gate(self, delivery: Delivery) -> Gate:
        person = self._s.people[delivery.profile]
        unread = [_inbox(self._s.inbox[id]) for id in self._s.inbox_of.get(person.key, ())]
        found = self._s.suppressions.get(delivery.hash)
        return Gate(
            _person(person),
            list(self._s.consents.get(person.key, ())),
            {delivery.hash: found} if found is not None else {},
            [row for row in unread if row.kind == "event"],
            self._s.runs[delivery.enrollment].copy(),
        )

    def save(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self._keep(delivery)

    def find(self, keys: Iterable[str], provider_ids: Iterable[tuple[str, str]] = ()) -> list[Delivery]:
        found = [self._s.by_key.get(key) for key in keys]
        found += [self._s.by_provider.get(pair) for pair in provider_ids]
        return [_delivery(self._s.deliveries[key]) for key in dict.fromkeys(found) if key is not None]

    def latest_to(self, hashes: Iterable[str]) -> list[Delivery]:
        latest = []
        for hash in hashes:
            sent = [self._s.deliveries[key] for key in self._s.by_hash.get(hash, ())]
            went = [one for one in sent if one.first("accepted") is not None]
            latest += sorted(went, key=lambda one: one.facts.get("sending", one.reserved))[-1:]
        return [_delivery(one) for one in latest]

    def profile_keys(self, profiles: Iterable[int]) -> dict[int, str]:
        return {id: self._s.people[id].key for id in profiles if id in self._s.people}

    def profiles_at(self, hashes: Iterable[str]) -> dict[str, list[str]]:
        wanted = set(hashes)
        found: dict[str, list[str]] = {}
        for profile, owned in self._s.addresses.items():
            for hash in wanted.intersection(owned):
                found.setdefault(hash, []).append(self._s.people[profile].key)
        return found

    def receipts(self, now: int, limit: int) -> list[Parked]:
        return [row for row in self._s.receipts.values() if row.due <= now][:limit]

    def settle_receipts(self, done: Sequence[int], parked: Sequence[tuple[int, int]]) -> None:
        for id in done:
            self._s.drop(self._s.receipts, id)
        for id, due in parked:
            self._s.put(self._s.receipts, id, replace(self._s.receipts[id], due=due))

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

    def next_due(self, now: int) -> int | None:
        if self._s.inbox:
            return now
        dues = [self._first_wake(), self._first_due(), *(row.due for row in self._s.receipts.values())]
        return min((max(due, now) for due in dues if due is not None), default=None)

    def _first_wake(self) -> int | None:
        heap = self._s.wake_heap
        while heap and self._s.wakes.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def _first_due(self) -> int | None:
        heap = self._s.due_heap
        while heap and ((one := self._s.deliveries.get(heap[0][1])) is None or one.due != heap[0][0]):
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def history(self, key: str) -> History | None:
        profile = self._s.profiles.get(key)
        if profile is None:
            return None
        return History(
            _person(self._s.people[profile]),
            [self._s.runs[id].copy() for id in self._s.runs_of.get(profile, ())],
            self._deliveries(profile, None),
            [note for note in self._s.notes if note.profile == profile],
            [_event(one) for one in self._s.events.get(profile, ())],
            list(self._s.consents.get(key, ())),
        )

    def delivery(self, enrollment: int, n: int) -> Delivery | None:
        found = self._s.deliveries.get((enrollment, n))
        return _delivery(found) if found is not None else None

    def enrollment(self, id: int) -> Enrollment | None:
        found = self._s.runs.get(id)
        return found.copy() if found is not None else None

    def origin(self, event_id: str) -> tuple[Enrollment | None, Note | None, bool]:
        run = next((run for run in self._s.runs.values() if run.origin == event_id), None)
        note = next((note for note in self._s.notes if note.origin == event_id), None)
        waits = any(row.event_id == event_id for row in self._s.inbox.values())
        return (run.copy() if run is not None else None), note, waits

    def faults(self, limit: int) -> list[Fault]:
        return list(self._s.faults.values())[:limit]

    def drop_faults(self, ids: Sequence[int]) -> None:
        for id in ids:
            self._s.drop(self._s.faults, id)
