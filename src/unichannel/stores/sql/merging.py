"""Merging two profiles into one, and passes over many."""

from __future__ import annotations

from sqlalchemy import Table, delete, literal_column, null, or_, select, update

from unichannel.core.audience.profile import Person
from unichannel.core.journey.enrollment import Enrollment
from unichannel.ports.storing import Sweep
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.bulk import inserting, updating
from unichannel.stores.sql.pooling import Pooling
from unichannel.stores.sql.statement import Statement, literal, value

__all__ = ["Merging"]

_FINISHED = -1

_UPDATE_PERSON = updating(t.profiles, ["id"], "body")
_POINT = Statement(
    update(t.profiles)
    .where(or_(t.profiles.c.id == value("other"), t.profiles.c.merged_into == value("other")))
    .values(merged_into=value("into"), body=literal("{}")),
    "p_into",
    "p_other",
)
_mine = t.events.alias("mine")
_DROP_COPIES = Statement(
    delete(t.events).where(
        t.events.c.profile == value("other"),
        t.events.c.event_id != literal(""),
        t.events.c.event_id.in_(select(_mine.c.event_id).where(_mine.c.profile == value("into"))),
    ),
    "p_into",
    "p_other",
)
_SLEEP = Statement(update(t.wakes).where(t.wakes.c.profile == value("other")).values(due=null()), "p_other")
_DROP_ADDRESSES = Statement(delete(t.addresses).where(t.addresses.c.profile == value("other")), "p_other")


def _moving(table: Table) -> Statement:
    clause = update(table).where(table.c.profile == value("other")).values(profile=value("into"))
    return Statement(clause, "p_into", "p_other")


_MOVE = [_moving(table) for table in (t.events, t.enrollments, t.deliveries, t.notes, t.faults)]

_runs = t.enrollments.c
_RUNS_OF = Statement(
    select(*(_runs[name] for name in r.ENROLLMENT))
    .where(_runs.id > value("after"), _runs.journey == value("journey"), _runs.version == value("version"))
    .where(_runs.open.is_not(None), _runs.listen.is_not(None))
    .order_by(_runs.id)
    .limit(value("limit")),
    "p_after",
    "p_journey",
    "p_version",
    "p_limit",
)
_PROFILES = Statement(
    select(t.profiles.c.id, t.profiles.c.key)
    .where(t.profiles.c.id > value("id"), t.profiles.c.merged_into.is_(None))
    .order_by(t.profiles.c.id)
    .limit(value("limit")),
    "p_id",
    "p_limit",
)
_of_sweep = (t.sweeps.c.journey, t.sweeps.c.definition, t.sweeps.c.after)
_SWEEP = Statement(select(t.sweeps.c.definition).where(t.sweeps.c.journey == value("journey")), "p_journey")
_SWEEPS = Statement(
    select(*_of_sweep)
    .where(t.sweeps.c.after >= literal_column("0"))
    .order_by(t.sweeps.c.journey)
    .with_for_update(skip_locked=True),
)
_INSERT_SWEEP = inserting(t.sweeps, "definition", "after", "journey", if_new=True)
_RESTART_SWEEP = updating(t.sweeps, ["journey"], "definition", "after")
_ADVANCE_SWEEP = updating(t.sweeps, ["journey"], "after")


class Merging(Pooling):
    """The part of a session that merges profiles and goes over many."""

    def merge(self, person: Person, other: int) -> None:
        """Write the survivor, and make everything of the profile ``other`` its own."""
        self._runner.many(_UPDATE_PERSON, [r.of_person(person)])
        self._runner.run(_POINT, person.id, other)
        self._runner.run(_DROP_COPIES, person.id, other)
        for move in _MOVE:
            self._runner.run(move, person.id, other)
        self._runner.run(_DROP_ADDRESSES, other)
        self._runner.run(_SLEEP, other)

    def runs_of(self, journey: str, version: int, after: int, limit: int) -> list[Enrollment]:
        """Open runs of that journey and version with an id above ``after``, in order."""
        return [r.to_enrollment(row) for row in self._runner.rows(_RUNS_OF, after, journey, version, limit)]

    def profiles_after(self, id: int, limit: int) -> list[tuple[int, str]]:
        """(id, key) of profiles with an id above this one, in order, without those that were merged away."""
        return [(found, key) for found, key in self._runner.rows(_PROFILES, id, limit)]

    def begin_sweep(self, journey: str, definition: int) -> None:
        """Begin a pass over all profiles; of a definition that had one already nothing happens."""
        found = self._runner.rows(_SWEEP, journey)
        if not found:
            self._runner.many(_INSERT_SWEEP, [(definition, 0, journey)])
        elif found[0][0] != definition:
            self._runner.many(_RESTART_SWEEP, [(definition, 0, journey)])

    def sweeps(self) -> list[Sweep]:
        """The passes that are not finished, by the journey's name, and that nobody else goes on with now."""
        return [Sweep(*row) for row in self._runner.rows(_SWEEPS)]

    def advance_sweep(self, journey: str, after: int | None) -> None:
        """Remember how far a pass has come; None finishes it."""
        self._runner.many(_ADVANCE_SWEEP, [(_FINISHED if after is None else after, journey)])
