"""The consent ledger in full, with its evidence and its seals."""

from __future__ import annotations

from collections.abc import Sequence

from unichannel.core.audience.seal import Sealed
from unichannel.stores.memory.purging import Purging

__all__ = ["Proving"]


class Proving(Purging):
    """One transaction over the rows, as the ledger sees it."""

    def entries_of(self, key: str) -> list[Sealed]:
        id = self._s.profiles.get(key)
        keys = self._s.people[id].keys if id is not None else (key,)
        return [one for one in self._s.sealed.values() if one.profile in keys]

    def entries_between(self, since: int, until: int, after: tuple[int, int], limit: int) -> list[Sealed]:
        def place(one: Sealed) -> tuple[int, int]:
            return one.entry.recorded, one.id

        found = [one for one in self._s.sealed.values() if since <= one.entry.recorded < until and place(one) > after]
        return sorted(found, key=place)[:limit]

    def erase_evidence(self, keys: Sequence[str]) -> None:
        for id, one in list(self._s.sealed.items()):
            if one.profile in keys:
                self._s.put(self._s.sealed, id, one.without_evidence())
