"""What the host hands in, and what deciding loads and commits."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import replace

from unichannel.core.audience.consent import Consent, Suppression, ledger, outweigh
from unichannel.core.audience.profile import Person
from unichannel.core.audience.seal import Sealed
from unichannel.core.condition.view import Facts
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.plain import check_plain
from unichannel.errors import ConflictError
from unichannel.ports.guarding import APART
from unichannel.ports.storing import Changes, Inbox, Loaded, Parked, Want
from unichannel.stores.memory.state import State, at_work, copy_delivery, copy_event, copy_inbox, copy_run

__all__ = ["Deciding"]


class Deciding:
    """One transaction over the rows."""

    def __init__(self, state: State) -> None:
        self._s = state
        self.made: set[str] = set()

    # what the host hands in

    def put_inbox(self, rows: Sequence[Inbox]) -> None:
        for row in rows:
            if row.body:
                check_plain(row.body)  # as a database would, which keeps no other
            kept = copy_inbox(row)
            kept.id = self._s.number("inbox")
            self._s.put(self._s.inbox, kept.id, kept)
            self._s.put(self._s.inbox_of[kept.profile], kept.id, None)

    def put_consents(self, rows: Sequence[Sealed]) -> None:
        for row in rows:
            number = self._s.number("consent")
            self._s.put(self._s.sealed, number, replace(row, id=number))
            self._s.append(self._s.consents[row.profile], row.entry.bare())

    def put_suppressions(self, rows: Sequence[Suppression]) -> None:
        for row in rows:
            self._s.put(self._s.suppressions, row.hash, outweigh(self._s.suppressions.get(row.hash), row))

    def put_receipts(self, rows: Sequence[Parked]) -> None:
        for row in rows:
            number = self._s.number("receipt")
            self._s.put(self._s.receipts, number, replace(row, id=number))

    def known(self, keys: Iterable[str]) -> set[str]:
        return {key for key in keys if self._is_known(key)}

    def _is_known(self, key: str) -> bool:
        """The later of what waits counts: an erasure, or a word of who the person is."""
        kinds = (self._s.inbox[id].kind for id in self._s.inbox_of.get(key, ()))
        told = [kind for kind in kinds if kind in ("identify", "erase")]
        return told[-1] == "identify" if told else key in self._s.profiles

    # deciding

    def candidates(self, now: int, limit: int) -> list[str]:
        found = dict.fromkeys(row.profile for row in self._s.inbox.values() if row.kind not in APART)
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
                self.made.add(key)
                id = self._s.number("profile")
                self._s.put(self._s.profiles, key, id)
                self._s.put(self._s.people, id, Person(id, key, created=now))
                self._s.put(self._s.wakes, id, None)
        return {key: self._s.profiles[key] for key in keys}

    def load(self, profiles: Sequence[int], want: Want) -> list[Loaded]:
        return [self._load(profile, want) for profile in profiles]

    def _load(self, profile: int, want: Want) -> Loaded:
        person = self._s.people[profile]
        inbox = [row for row in self._waiting(person) if row.kind not in APART]
        runs = [run for id in self._s.runs_of.get(profile, ()) if self._is_wanted(run := self._s.runs[id], want, inbox)]
        facts = Facts(
            person.copy(),
            sorted(
                (copy_event(one) for one in self._s.events.get(profile, {}).values() if one.name in want.events),
                key=lambda one: one.occurred,
            ),
            self._deliveries(profile, want, {run.id for run in runs}),
            self._ledger(person),
            self._suppressed(profile),
        )
        seen = frozenset(row.event_id for row in inbox if (profile, row.event_id) in self._s.event_ids)
        return Loaded(facts, inbox, [copy_run(run) for run in runs], seen)

    def _waiting(self, person: Person) -> list[Inbox]:
        """What is in the inbox under any of the person's keys, the oldest first."""
        ids = [id for key in person.keys for id in self._s.inbox_of.get(key, ())]
        return [copy_inbox(self._s.inbox[id]) for id in sorted(ids)]

    def _ledger(self, person: Person) -> list[Consent]:
        return ledger([self._s.consents.get(key, ()) for key in person.keys])

    @staticmethod
    def _is_wanted(run: Enrollment, want: Want, inbox: list[Inbox]) -> bool:
        return run.is_open or (bool(inbox) and run.journey in want.journeys)

    def _deliveries(self, profile: int, want: Want, of: set[int]) -> list[Delivery]:
        found = (self._s.deliveries[key] for key in self._s.deliveries_of.get(profile, ()))
        return [
            at_work(one)
            for one in found
            if want.deliveries or one.enrollment in of or (want.since is not None and one.expires > want.since)
        ]

    def _suppressed(self, profile: int) -> dict[str, Suppression]:
        hashes = self._s.addresses.get(profile, ())
        return {hash: self._s.suppressions[hash] for hash in hashes if hash in self._s.suppressions}

    def allocate(self, count: int) -> int:
        return self._s.number("run", count)

    def commit(self, changes: Changes) -> None:
        for person in changes.people:
            self._s.put(self._s.people, person.id, person.copy())
        for id in changes.inbox:
            self._forget(id)
        for profile, event in changes.events:
            self._s.put(self._s.events[profile], self._s.number("event"), copy_event(event))
            if event.id:
                self._s.put(self._s.event_ids, (profile, event.id), None)
        self._commit_runs(changes)
        for delivery in changes.reserved:
            self._keep(copy_delivery(delivery))
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
            self._s.put(self._s.runs, run.id, copy_run(run))
        for run in changes.started:
            if run.is_live and any(
                other.is_live and (other.journey, other.entity) == (run.journey, run.entity)
                for id in self._s.runs_of.get(run.profile, ())
                if (other := self._s.runs[id]).id != run.id
            ):
                raise ConflictError(f"the profile already has a live run of {run.journey!r}.", thing=run.journey)
            self._s.put(self._s.runs_of[run.profile], run.id, None)
            self._s.put(self._s.runs, run.id, copy_run(run))

    def _keep(self, kept: Delivery) -> None:
        key = (kept.enrollment, kept.n)
        self._s.put(self._s.deliveries_of[kept.profile], key, None)
        self._s.put(self._s.by_key, kept.key, key)
        self._s.put(self._s.by_hash[kept.hash], key, None)
        self._write(key, kept)

    def _write(self, key: tuple[int, int], kept: Delivery) -> None:
        self._s.put(self._s.deliveries, key, kept)
        if kept.provider_id:
            self._s.put(self._s.by_provider, (kept.route, kept.provider_id), key)
        if kept.due is not None:
            heapq.heappush(self._s.due_heap, (kept.due, key))

    def _cancel(self, key: tuple[int, int], reason: str, instant: int) -> None:
        found = self._s.deliveries.get(key)
        if found is not None and found.status in ("reserved", "retry"):
            facts = {**found.facts, "cancelled": instant}
            self._write(key, replace(found, status="cancelled", reason=reason, due=None, facts=facts))

    def _wake(self, profile: int, due: int | None) -> None:
        self._s.put(self._s.wakes, profile, due)
        if due is not None:
            heapq.heappush(self._s.wake_heap, (due, profile))
