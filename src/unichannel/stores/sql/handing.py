"""What the host hands in: inserts only, so that they fit a host transaction of any length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select, union

from unichannel.core.audience.consent import Suppression
from unichannel.core.audience.seal import Sealed
from unichannel.ports.storing import Inbox, Parked
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.bulk import inserting
from unichannel.stores.sql.running import Runner
from unichannel.stores.sql.statement import Statement, among, literal

__all__ = ["Handing"]

INSERT_INBOX = inserting(t.inbox, *r.INBOX)
_INSERT_CONSENT = inserting(t.consents, *r.SEALED)
_INSERT_SUPPRESSION = inserting(t.suppressions, *r.SUPPRESSION)
_INSERT_RECEIPT = inserting(t.receipts, *r.RECEIPT)
_KNOWN = Statement(
    union(
        select(t.profiles.c.key).where(among(t.profiles.c.key, "keys")),
        select(t.inbox.c.profile).where(among(t.inbox.c.profile, "keys"), t.inbox.c.kind == literal("identify")),
    ),
    "p_keys",
)


class Handing:
    """The part of a session that the host's calls use."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

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
        """Those profiles that exist, or whose ``identify`` waits in the inbox."""
        return {key for (key,) in self._runner.rows(_KNOWN, r.listed(keys))}
