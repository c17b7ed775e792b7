"""Committing: everything that a batch of decisions changes, one statement for each kind of change."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Update, null

from unichannel.ports.storing import Changes
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.bulk import Given, inserting, updating
from unichannel.stores.sql.deciding import Deciding
from unichannel.stores.sql.handing import INSERT_INBOX
from unichannel.stores.sql.statement import Row, literal, removing, with_fact

__all__ = ["Committing"]

_UPDATE_PERSON = updating(t.profiles, ["id"], "body")
_DELETE_INBOX = removing(t.inbox, "id")
_INSERT_EVENT = inserting(t.events, *r.EVENT)
_INSERT_RUN = inserting(t.enrollments, *r.ENROLLMENT)
# What keys a run never changes, and a live one stays in its indices: writing those columns again,
# with the values they have, would cost SQLite two index entries for each run.
_MOVING = ("version", "definition", "at", "status", "due", "listen", "ended", "state")
_MOVE_RUN = updating(t.enrollments, ["id"], *_MOVING)
_CLOSE_RUN = updating(t.enrollments, ["id"], *_MOVING, "live", "open")
_INSERT_DELIVERY = inserting(t.deliveries, *r.DELIVERY)
_one = t.deliveries.c


def _cancelling(clause: Update, given: Given) -> Update:
    # What is already going cannot be called back: the guard is part of the statement.
    return clause.where(_one.status.in_([literal("reserved"), literal("retry")])).values(
        status=literal("cancelled"),
        reason=given["reason"],
        due=null(),
        facts=with_fact(_one.facts, "cancelled", given["at"]),
    )


_CANCEL = updating(t.deliveries, ["enrollment", "n"], "reason", "at", change=_cancelling)
_INSERT_NOTE = inserting(t.notes, *r.NOTE)
_UPDATE_WAKE = updating(t.wakes, ["profile"], "due")
_DELETE_ADDRESSES = removing(t.addresses, "profile")
_INSERT_ADDRESS = inserting(t.addresses, "profile", "hash")
_INSERT_FAULT = inserting(t.faults, *r.FAULT)


class Committing(Deciding):
    """The part of a session that writes decisions."""

    def commit(self, changes: Changes) -> None:
        """Write everything; raises ConflictError where a live run of the same key is there already."""
        many = self._runner.many
        many(_UPDATE_PERSON, [r.of_person(person) for person in changes.people])
        if changes.inbox:
            self._runner.run(_DELETE_INBOX, r.listed(changes.inbox))
        many(_INSERT_EVENT, [r.of_event(profile, event) for profile, event in changes.events])
        self._write_runs(changes)
        many(_INSERT_DELIVERY, [r.of_delivery(one) for one in changes.reserved])
        many(_CANCEL, _first_reasons(changes.cancelled))
        many(_INSERT_NOTE, [r.of_note(note) for note in changes.notes])
        many(_UPDATE_WAKE, [(due, profile) for profile, due in changes.wakes])
        many(INSERT_INBOX, [r.of_inbox(row) for row in changes.emitted])
        self._write_addresses(changes.addresses)
        many(_INSERT_FAULT, [r.of_fault(fault) for fault in changes.faults])

    def _write_runs(self, changes: Changes) -> None:
        """Runs that changed, then those that begin: an end makes room for a beginning in one commit."""
        latest = {run.id: run for run in (*changes.started, *changes.updated)}
        begun = {run.id for run in changes.started}
        changed = [run for id, run in latest.items() if id not in begun]
        self._runner.many(_MOVE_RUN, [r.of_moved(run) for run in changed if run.is_live])
        self._runner.many(_CLOSE_RUN, [r.of_closed(run) for run in changed if not run.is_live])
        self._runner.many(_INSERT_RUN, [r.of_enrollment(latest[id]) for id in sorted(begun)])

    def _write_addresses(self, addresses: Iterable[tuple[int, list[str]]]) -> None:
        latest = dict(addresses)
        if latest:
            self._runner.run(_DELETE_ADDRESSES, r.listed(latest))
            pairs: list[Row] = [(profile, hash) for profile, hashes in latest.items() for hash in dict.fromkeys(hashes)]
            self._runner.many(_INSERT_ADDRESS, pairs)


def _first_reasons(cancelled: Iterable[tuple[int, int, str, int]]) -> list[Row]:
    """Rows to cancel by: of two for one delivery the first counts, as the second would find nothing to cancel."""
    first: dict[tuple[int, int], Row] = {}
    for enrollment, n, reason, at in cancelled:
        first.setdefault((enrollment, n), (reason, at, enrollment, n))
    return list(first.values())
