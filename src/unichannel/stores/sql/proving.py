"""Proving: the consent ledger in full, with its evidence and its seals."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, null, or_, select, update

from unichannel.core.audience.seal import Sealed
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.asking import PERSON
from unichannel.stores.sql.purging import Purging
from unichannel.stores.sql.statement import Statement, among, value

__all__ = ["Proving"]

_entry = t.consents.c
_all = select(_entry.id, *(_entry[name] for name in r.SEALED))
_ENTRIES_OF = Statement(_all.where(among(_entry.profile, "keys")).order_by(_entry.id), "p_keys")
_BETWEEN = Statement(
    _all.where(
        _entry.recorded >= value("since"),
        _entry.recorded < value("until"),
        or_(_entry.recorded > value("at"), and_(_entry.recorded == value("at"), _entry.id > value("id"))),
    )
    .order_by(_entry.recorded, _entry.id)
    .limit(value("limit")),
    "p_since",
    "p_until",
    "p_at",
    "p_id",
    "p_limit",
)
_ERASE = Statement(update(t.consents).values(evidence=null()).where(among(_entry.profile, "keys")), "p_keys")


class Proving(Purging):
    """The part of a session that reads the consent ledger in full."""

    def entries_of(self, key: str) -> list[Sealed]:
        people = self._runner.rows(PERSON, key)
        keys = r.to_person(*people[0]).keys if people else (key,)
        return [r.to_sealed(row) for row in self._runner.rows(_ENTRIES_OF, r.listed(keys))]

    def entries_between(self, since: int, until: int, after: tuple[int, int], limit: int) -> list[Sealed]:
        return [r.to_sealed(row) for row in self._runner.rows(_BETWEEN, since, until, *after, limit)]

    def erase_evidence(self, keys: Sequence[str]) -> None:
        self._runner.run(_ERASE, r.listed(keys))
