"""What delivering reads and writes: due deliveries, gates, receipts."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import replace

from unichannel.core.audience.profile import Person
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.trouble import Trouble
from unichannel.ports.storing import Gate, Parked
from unichannel.stores.memory.deciding import Deciding
from unichannel.stores.memory.state import at_work, copy_run, saved

__all__ = ["Delivering", "is_served"]


def is_served(delivery: Delivery, without: frozenset[str]) -> bool:
    """Whether it is of another channel and queue than those ``without``."""
    return without.isdisjoint((delivery.channel, f"{delivery.channel}/{delivery.route}"))


class Delivering(Deciding):
    """One transaction over the rows, as delivering sees it."""

    def due(self, now: int, limit: int, without: frozenset[str] = frozenset()) -> list[Delivery]:
        heap = self._s.due_heap
        again: dict[tuple[int, tuple[int, int]], None] = {}
        found: list[Delivery] = []
        while heap and heap[0][0] <= now and len(found) < limit:
            entry = heapq.heappop(heap)
            delivery = self._s.deliveries.get(entry[1])
            if delivery is None or delivery.due != entry[0] or entry in again:
                continue
            again[entry] = None
            if is_served(delivery, without):
                found.append(at_work(delivery))
        for entry in again:
            heapq.heappush(heap, entry)
        return found

    def gates(self, deliveries: Sequence[Delivery]) -> list[Gate]:
        return [self._gate(one) for one in deliveries]

    def _gate(self, delivery: Delivery) -> Gate:
        person = self._s.people.get(delivery.profile) or Person(delivery.profile, "")
        unread = self._waiting(person)
        found = self._s.suppressions.get(delivery.hash)
        return Gate(
            person.copy(),
            self._ledger(person),
            {delivery.hash: found} if found is not None else {},
            [row for row in unread if row.kind in ("event", "erase")],
            copy_run(self._s.runs[delivery.enrollment]),
        )

    def save(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            key = (delivery.enrollment, delivery.n)
            before = self._s.deliveries.get(key)
            if before is not None:
                self._write(key, saved(before, delivery))

    def find(self, keys: Iterable[str], provider_ids: Iterable[tuple[str, str]] = ()) -> list[Delivery]:
        found = [self._s.by_key.get(key) for key in keys]
        found += [self._s.by_provider.get(pair) for pair in provider_ids]
        return [at_work(self._s.deliveries[key]) for key in dict.fromkeys(found) if key is not None]

    def troubles(self) -> list[Trouble]:
        return [self._s.troubles[route] for route in sorted(self._s.troubles)]

    def put_trouble(self, trouble: Trouble) -> None:
        if trouble.failures:
            self._s.put(self._s.troubles, trouble.route, trouble)
        else:
            self._s.drop(self._s.troubles, trouble.route)

    def latest_to(self, hashes: Iterable[str]) -> list[Delivery]:
        latest = []
        for hash in hashes:
            sent = [self._s.deliveries[key] for key in self._s.by_hash.get(hash, ())]
            went = [one for one in sent if one.first("accepted") is not None]
            latest += sorted(went, key=lambda one: one.facts.get("sending", one.reserved))[-1:]
        return [at_work(one) for one in latest]

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
            if id not in self._s.receipts:
                continue
            self._s.put(self._s.receipts, id, replace(self._s.receipts[id], due=due))
