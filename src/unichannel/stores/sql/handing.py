"""What the host hands in: inserts only, so that they fit a host transaction of any length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, func, literal_column, select, union_all

from unichannel.core.audience.consent import Suppression
from unichannel.core.audience.seal import Sealed
from unichannel.ports.guarding import APART
from unichannel.ports.storing import Inbox, Parked
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.bulk import inserting
from unichannel.stores.sql.running import Runner
from unichannel.stores.sql.statement import Statement, among, literal

__all__ = ["Handing", "decided"]

INSERT_INBOX = inserting(t.inbox, *r.INBOX)
_INSERT_CONSENT = inserting(t.consents, *r.SEALED)
_INSERT_SUPPRESSION = inserting(t.suppressions, *r.SUPPRESSION)
_INSERT_RECEIPT = inserting(t.receipts, *r.RECEIPT, "key", "provider_id")
_of_told = among(t.inbox.c.profile, "keys"), t.inbox.c.kind.in_([literal("identify"), literal("erase")])
_KNOWN = Statement(
    union_all(
        select(t.profiles.c.key, literal("identify"), literal_column("0").label("place")).where(
            among(t.profiles.c.key, "keys")
        ),
        select(t.inbox.c.profile, t.inbox.c.kind, func.max(t.inbox.c.id))
        .where(*_of_told)
        .group_by(t.inbox.c.profile, t.inbox.c.kind),
    ).order_by("place"),
    "p_keys",
)


def decided(kind: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether passes decide inbox rows of this kind."""
    return kind.not_in([literal(one) for one in APART])


class Handing:
    """The part of a session that the host's calls use."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.made: set[str] = set()

    def put_inbox(self, rows: Sequence[Inbox]) -> None:
        self._runner.many(INSERT_INBOX, [r.of_inbox(row) for row in rows])

    def put_consents(self, rows: Sequence[Sealed]) -> None:
        self._runner.many(_INSERT_CONSENT, [r.of_sealed(row) for row in rows])

    def put_suppressions(self, rows: Sequence[Suppression]) -> None:
        """Add entries; what counts for a hash is its entries one after the other, by ``outweigh``."""
        self._runner.many(_INSERT_SUPPRESSION, [r.of_suppression(row) for row in rows])

    def put_receipts(self, rows: Sequence[Parked]) -> None:
        self._runner.many(_INSERT_RECEIPT, [r.of_parked(row) for row in rows])

    def known(self, keys: Iterable[str]) -> set[str]:
        """Those profiles that exist, or whose ``identify`` waits in the inbox, unless an erasure waits behind it."""
        latest = {key: told for key, told, _ in self._runner.rows(_KNOWN, r.listed(keys))}
        return {key for key, told in latest.items() if told == "identify"}
