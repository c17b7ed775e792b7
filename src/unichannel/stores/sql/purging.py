"""Deleting for good: which rows by a plain read along the primary key, then by their keys."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy import delete, exists, func, literal_column, or_, select

from unichannel.ports.purging import Purged
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.allowing import Allowing
from unichannel.stores.sql.statement import Row, Statement, among, literal, removing, value

__all__ = ["Purging"]

_event, _run, _one, _note = t.events.c, t.enrollments.c, t.deliveries.c, t.notes.c
_open = t.enrollments.alias("open_run").c
_is_busy = exists().where(
    _open.profile == _event.profile,
    _open.open.is_not(None),
    or_(_open.status == literal("active"), _open.due.is_not(None)),
)
_old_events = select(_event.id).where(_event.id > value("after"), _event.recorded <= value("before"))
_of_names = among(_event.name, "names")
_EVENT_ARGUMENTS = ("p_after", "p_before", "p_names", "p_limit")
_EVENTS = Statement(_old_events.where(~_of_names).order_by(_event.id).limit(value("limit")), *_EVENT_ARGUMENTS)
_READ_EVENTS = Statement(
    _old_events.where(_of_names, ~_is_busy).order_by(_event.id).limit(value("limit")), *_EVENT_ARGUMENTS
)
_DELETE_EVENTS = removing(t.events, "id")

# Asked run by run, as a subquery with a limit is: EXISTS may be answered by reading every delivery.
_first = select(_one.n).where(_one.enrollment == _run.id).limit(literal_column("1"))
_has_deliveries = _first.scalar_subquery().is_not(None)
_has_no_deliveries = _first.scalar_subquery().is_(None)
_has_no_work = _first.where(_one.due.is_not(None)).scalar_subquery().is_(None)
_closed = select(_run.id).where(
    _run.id > value("after"),
    _run.status != literal("active"),
    _run.due.is_(None),
    func.coalesce(_run.ended, _run.at) <= value("before"),
)
_RESTED = Statement(
    _closed.where(_has_deliveries, _has_no_work).order_by(_run.id).limit(value("limit")),
    "p_after",
    "p_before",
    "p_limit",
)
_of_runs = among(_one.enrollment, "ids")
_COUNT_DELIVERIES = Statement(select(func.count(_one.n)).where(_of_runs), "p_ids")
_DELETE_DELIVERIES = Statement(delete(t.deliveries).where(_of_runs), "p_ids")
_EMPTY = Statement(
    _closed.where(among(_run.journey, "journeys"), _has_no_deliveries).order_by(_run.id).limit(value("limit")),
    "p_after",
    "p_before",
    "p_journeys",
    "p_limit",
)
_DELETE_RUNS = removing(t.enrollments, "id")
_NOTES = Statement(
    select(_note.id, _note.trace).where(_note.id > value("after")).order_by(_note.id).limit(value("limit")),
    "p_after",
    "p_limit",
)
_DELETE_NOTES = removing(t.notes, "id")


class Purging(Allowing):
    """The part of a session that deletes."""

    def purge_events(self, after: int, before: int, limit: int, names: AbstractSet[str], *, listed: bool) -> Purged:
        """Events recorded by ``before``: those of these names whose profile has no open run, or all of other names."""
        statement = _READ_EVENTS if listed else _EVENTS
        rows = self._runner.rows(statement, after, before, r.listed(names), limit)
        return self._delete(_DELETE_EVENTS, rows, limit)

    def purge_deliveries(self, after: int, before: int, limit: int) -> Purged:
        """All deliveries of runs that are over and ended by ``before``; ``limit`` counts runs."""
        rows = self._runner.rows(_RESTED, after, before, limit)
        ids = r.listed(id for (id,) in rows)
        count = int(self._runner.rows(_COUNT_DELIVERIES, ids)[0][0]) if rows else 0
        return count, self._delete(_DELETE_DELIVERIES, rows, limit)[1]

    def purge_runs(self, after: int, before: int, limit: int, journeys: AbstractSet[str]) -> Purged:
        """Runs of these journeys that are over, ended by ``before`` and have no deliveries any more."""
        rows = self._runner.rows(_EMPTY, after, before, r.listed(journeys), limit)
        return self._delete(_DELETE_RUNS, rows, limit)

    def purge_notes(self, after: int, before: int, limit: int) -> Purged:
        """Notes of what was not made, decided by ``before``."""
        rows = self._runner.rows(_NOTES, after, limit)
        old = [(id,) for id, trace in rows if r.loads(trace)["now"] <= before]
        count, _ = self._delete(_DELETE_NOTES, old, limit)
        # They are written in the order of time, but for what clocks differ: past the first that is young, no more.
        return count, (rows[-1][0] if len(old) == len(rows) == limit else None)

    def _delete(self, statement: Statement, rows: Sequence[Row], limit: int) -> Purged:
        """Delete the rows of these ids; how many, and where to go on."""
        if not rows:
            return 0, None
        self._runner.run(statement, r.listed(id for (id,) in rows))
        return len(rows), (rows[-1][0] if len(rows) == limit else None)
