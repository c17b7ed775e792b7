"""What one person's privacy asks of the tables: corrections, erasure, the audit trail."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import func, or_, select, update

from unichannel.core.audience.consent import Suppression
from unichannel.core.messaging.delivery import Delivery
from unichannel.ports.guarding import Access, Erasure
from unichannel.ports.purging import Purged
from unichannel.ports.storing import Inbox, Parked
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.bulk import inserting, updating
from unichannel.stores.sql.deciding import add_suppression
from unichannel.stores.sql.proving import Proving
from unichannel.stores.sql.statement import Statement, among, literal, removing, value

__all__ = ["Guarding"]

_inbox = [t.inbox.c.id, *(t.inbox.c[name] for name in r.INBOX)]
_APART = Statement(select(*_inbox).where(t.APART_ROWS).order_by(t.inbox.c.id).limit(value("limit")), "p_limit")
_WAITING = Statement(select(*_inbox).where(among(t.inbox.c.profile, "keys")).order_by(t.inbox.c.id), "p_keys")
_DELETE_INBOX = removing(t.inbox, "id")
_receipt = t.receipts.c
_PARKED = Statement(
    select(_receipt.id, *(_receipt[name] for name in r.RECEIPT))
    .where(
        or_(
            among(_receipt.key, "keys"),
            among(_receipt.provider_id, "ids"),
            among(_receipt.hash, "hashes"),
            _receipt.hash.is_(None),
        )
    )
    .order_by(_receipt.id),
    "p_keys",
    "p_ids",
    "p_hashes",
)
_SUPPRESSIONS = Statement(
    select(*(t.suppressions.c[name] for name in r.SUPPRESSION))
    .where(among(t.suppressions.c.hash, "hashes"))
    .order_by(t.suppressions.c.id),
    "p_hashes",
)
_REDIRECT = updating(t.deliveries, ["enrollment", "n"], "address", "hash")

# A profile's row goes last: what another worker reads by its key, it then reads as gone for good.
_FAMILY = Statement(
    select(t.profiles.c.id).where(or_(t.profiles.c.id == value("id"), t.profiles.c.merged_into == value("id"))), "p_id"
)
_FORGET = [removing(table, "profile") for table in (t.wakes, t.addresses, t.events, t.notes, t.faults)]
_DELETE_PEOPLE = removing(t.profiles, "id")
_RUN = ("profile", "entity", "status", "due", "listen", "ended", "origin", "live", "open", "state")
_RELEASE_RUN = updating(t.enrollments, ["id"], *_RUN)
_DELIVERY = ("profile", "address", "status", "due", "about", "facts", "frozen", "trace", "reason")
_RELEASE = updating(t.deliveries, ["enrollment", "n"], *_DELIVERY)
_ENTRIES = Statement(
    select(t.consents.c.id, t.consents.c.profile, t.consents.c.body).where(among(t.consents.c.profile, "keys")),
    "p_keys",
)
_REWRITE_ENTRY = updating(t.consents, ["id"], "profile", "body")

_ACCESS = ("at", "subject", "what", "actor", "source", "detail")
_INSERT_ACCESS = inserting(t.accesses, *_ACCESS)
_ACCESSES = Statement(
    select(*(t.accesses.c[name] for name in _ACCESS))
    .where(among(t.accesses.c.subject, "subjects"))
    .order_by(t.accesses.c.id),
    "p_subjects",
)
_OLD_ACCESSES = Statement(
    select(t.accesses.c.id)
    .where(t.accesses.c.id > value("after"), t.accesses.c.at <= value("before"))
    .order_by(t.accesses.c.id)
    .limit(value("limit")),
    "p_after",
    "p_before",
    "p_limit",
)
_DELETE_ACCESSES = removing(t.accesses, "id")

_one = t.deliveries.c
_full = [
    _one.enrollment > value("after"),
    _one.reserved <= value("before"),
    _one.frozen != literal("{}"),
    _one.due.is_(None),
    _one.channel != literal("in_app"),
]
_of_categories = among(_one.category, "categories")


def _full_runs(*, listed: bool) -> Statement:
    """The runs with deliveries to empty, in the order of their ids, with how many each has."""
    which = _of_categories if listed else ~_of_categories
    return Statement(
        select(_one.enrollment, func.count(_one.n))
        .where(*_full, which)
        .group_by(_one.enrollment)
        .order_by(_one.enrollment)
        .limit(value("limit")),
        "p_after",
        "p_before",
        "p_categories",
        "p_limit",
    )


def _emptying(*, listed: bool) -> Statement:
    which = _of_categories if listed else ~_of_categories
    clause = update(t.deliveries).where(*_full, which, among(_one.enrollment, "ids")).values(frozen=literal("{}"))
    return Statement(clause, "p_after", "p_before", "p_categories", "p_ids")


_FULL = {listed: _full_runs(listed=listed) for listed in (True, False)}
_EMPTY = {listed: _emptying(listed=listed) for listed in (True, False)}


class Guarding(Proving):
    """The part of a session that guards privacy."""

    def apart(self, limit: int) -> list[Inbox]:
        """The inbox rows that no pass decides, the oldest first."""
        return [r.to_inbox(row) for row in self._runner.rows(_APART, limit)]

    def waiting(self, keys: Iterable[str]) -> list[Inbox]:
        """Every inbox row of these keys, the oldest first."""
        return [r.to_inbox(row) for row in self._runner.rows(_WAITING, r.listed(keys))]

    def parked(self, keys: Collection[str], ids: Collection[str], hashes: Collection[str]) -> list[Parked]:
        """Receipts in the queue with one of these keys, provider's ids or hashes of addresses; nobody is waited for."""
        named = (r.listed(one) for one in (keys, ids, hashes))
        return [r.to_parked(row) for row in self._runner.rows(_PARKED, *named)]

    def suppressed(self, hashes: Iterable[str]) -> dict[str, Suppression]:
        """What counts for each of these addresses, by its hash."""
        found: dict[str, Suppression] = {}
        for row in self._runner.rows(_SUPPRESSIONS, r.listed(set(hashes))):
            add_suppression(found, row)
        return found

    def redirect(self, deliveries: Sequence[Delivery]) -> None:
        """Write down the addresses of deliveries, with their hashes."""
        self._runner.many(_REDIRECT, [(one.address, one.hash, one.enrollment, one.n) for one in deliveries])

    def erase(self, erasure: Erasure) -> None:
        """Delete a locked profile and what is personal about it; write what stays."""
        family = r.listed(id for (id,) in self._runner.rows(_FAMILY, erasure.person.id))
        if erasure.inbox:
            self._runner.run(_DELETE_INBOX, r.listed(erasure.inbox))
        self._runner.many(_RELEASE_RUN, [r.of_released_run(run) for run in erasure.runs])
        self._runner.many(_RELEASE, [r.of_released(one) for one in erasure.deliveries])
        self.erase_evidence(list(erasure.pseudonyms))
        entries = self._runner.rows(_ENTRIES, r.listed(erasure.pseudonyms))
        rewritten = [(erasure.pseudonyms[key], r.without_evidence(body), id) for id, key, body in entries]
        self._runner.many(_REWRITE_ENTRY, rewritten)
        for forget in _FORGET:
            self._runner.run(forget, family)
        self._runner.run(_DELETE_PEOPLE, family)

    # the audit trail

    def put_accesses(self, rows: Sequence[Access]) -> None:
        """Add to the audit trail."""
        self._runner.many(
            _INSERT_ACCESS, [(one.at, one.subject, one.what, one.actor, one.source, one.detail) for one in rows]
        )

    def accesses(self, subjects: Iterable[str]) -> list[Access]:
        """The audit trail of these subjects, the oldest entry first."""
        return [Access(*row) for row in self._runner.rows(_ACCESSES, r.listed(set(subjects)))]

    # purging

    def purge_accesses(self, after: int, before: int, limit: int) -> Purged:
        """Entries of the audit trail made by ``before``."""
        return self._delete(_DELETE_ACCESSES, self._runner.rows(_OLD_ACCESSES, after, before, limit), limit)

    def purge_content(self, after: int, before: int, limit: int, categories: frozenset[str], *, listed: bool) -> Purged:
        """Empty what deliveries say, of those reserved by ``before`` that have nothing to do any more."""
        names = r.listed(categories)
        rows = self._runner.rows(_FULL[listed], after, before, names, limit)
        if not rows:
            return 0, None
        self._runner.run(_EMPTY[listed], after, before, names, r.listed(id for id, _ in rows))
        return sum(count for _, count in rows), (rows[-1][0] if len(rows) == limit else None)
