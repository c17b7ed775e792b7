"""What one person's privacy asks of the rows: corrections, erasure, the audit trail."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from unichannel.core.audience.consent import Suppression
from unichannel.core.messaging.delivery import Delivery
from unichannel.ports.guarding import APART, Access, Erasure
from unichannel.ports.purging import Purged
from unichannel.ports.storing import Inbox, Parked
from unichannel.stores.memory.proving import Proving
from unichannel.stores.memory.state import copy_delivery, copy_inbox, copy_run

__all__ = ["Guarding"]


class Guarding(Proving):
    """One transaction over the rows, as privacy sees it."""

    def apart(self, limit: int) -> list[Inbox]:
        return [copy_inbox(row) for row in self._s.inbox.values() if row.kind in APART][:limit]

    def waiting(self, keys: Iterable[str]) -> list[Inbox]:
        ids = [id for key in keys for id in self._s.inbox_of.get(key, ())]
        return [copy_inbox(self._s.inbox[id]) for id in sorted(ids)]

    def parked(self, keys: Collection[str], ids: Collection[str], hashes: Collection[str]) -> list[Parked]:
        return [
            one
            for one in self._s.receipts.values()
            if one.hash is None or one.hash in hashes or one.receipt.key in keys or one.receipt.provider_id in ids
        ]

    def suppressed(self, hashes: Iterable[str]) -> dict[str, Suppression]:
        return {hash: self._s.suppressions[hash] for hash in hashes if hash in self._s.suppressions}

    def redirect(self, deliveries: Sequence[Delivery]) -> None:
        for one in deliveries:
            place = (one.enrollment, one.n)
            before = self._s.deliveries[place]
            self._s.drop(self._s.by_hash[before.hash], place)
            self._s.put(self._s.by_hash[one.hash], place, None)
            self._s.put(self._s.deliveries, place, replace(before, address=one.address, hash=one.hash))

    # erasing

    def erase(self, erasure: Erasure) -> None:
        for id in erasure.inbox:
            self._forget(id)
        self._erase_profile(erasure.person.id)
        self._erase_records(erasure.person.id)
        self._release(erasure)
        for key, name in erasure.pseudonyms.items():
            self._s.put(self._s.consents, name, [*self._s.consents.get(name, ()), *self._s.consents.get(key, ())])
            self._s.drop(self._s.consents, key)
        for id, one in list(self._s.sealed.items()):
            if one.profile in erasure.pseudonyms:
                nobody = replace(one.without_evidence(), profile=erasure.pseudonyms[one.profile])
                self._s.put(self._s.sealed, id, nobody)

    def _erase_profile(self, id: int) -> None:
        """The person and everybody who was merged into them, with the keys that led there."""
        state = self._s
        for one in (id, *(other for other, into in state.merged.items() if into == id)):
            for rows in (state.people, state.wakes, state.addresses, state.merged):
                state.drop(rows, one)
        for key in [key for key, into in state.profiles.items() if into == id]:
            state.drop(state.profiles, key)
            if not state.inbox_of.get(key):
                state.drop(state.inbox_of, key)

    def _erase_records(self, id: int) -> None:
        state = self._s
        state.drop(state.events, id)
        for place in [place for place in state.event_ids if place[0] == id]:
            state.drop(state.event_ids, place)
        state.swap(state.notes, [note for note in state.notes if note.profile != id])
        for number in [number for number, fault in state.faults.items() if fault.profile == id]:
            state.drop(state.faults, number)

    def _release(self, erasure: Erasure) -> None:
        """Runs and deliveries as they are from now on, nobody's."""
        state, id = self._s, erasure.person.id
        for run in erasure.runs:
            state.put(state.runs, run.id, copy_run(run))
            state.drop(state.runs_of[id], run.id)
            state.put(state.runs_of[run.profile], run.id, None)
        for one in erasure.deliveries:
            place = (one.enrollment, one.n)
            state.drop(state.deliveries_of[id], place)
            state.put(state.deliveries_of[one.profile], place, None)
            self._write(place, copy_delivery(one))

    # the audit trail

    def put_accesses(self, rows: Sequence[Access]) -> None:
        for row in rows:
            self._s.put(self._s.accesses, self._s.number("access"), row)

    def accesses(self, subjects: Iterable[str]) -> list[Access]:
        wanted = set(subjects)
        return [row for row in self._s.accesses.values() if row.subject in wanted]

    # purging

    def purge_accesses(self, after: int, before: int, limit: int) -> Purged:
        old = [n for n, row in self._s.accesses.items() if n > after and row.at <= before][:limit]
        for n in old:
            self._s.drop(self._s.accesses, n)
        return len(old), (old[-1] if len(old) == limit else None)

    def purge_content(self, after: int, before: int, limit: int, categories: frozenset[str], *, listed: bool) -> Purged:
        old = sorted(
            place
            for place, one in self._s.deliveries.items()
            if place[0] > after and one.frozen and one.due is None and one.reserved <= before
            if one.channel != "in_app" and (one.category in categories) == listed
        )
        runs = list(dict.fromkeys(enrollment for enrollment, _ in old))[:limit]
        places = [place for place in old if place[0] in set(runs)]
        for place in places:
            self._s.put(self._s.deliveries, place, replace(self._s.deliveries[place], frozen={}))
        return len(places), (runs[-1] if len(runs) == limit else None)
