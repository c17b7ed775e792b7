"""Migrating: running enrollments of one version are shown, and asked to go on in another, in batches.

The rows that ask are decided like everything else, one profile at a time, each in its own commit:
a crash loses nothing, and asking again moves those that are left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.journey.migration import Migration, check, target_of
from unichannel.core.journey.program import Program
from unichannel.errors import UnknownError
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.ports import Inbox, Session

__all__ = ["MigrationPreview", "Waiting", "migrate_enrollments", "preview_migration"]


@dataclass(slots=True)
class Waiting:
    """How many enrollments stand at a step, and the step they would go on with; None where there is none."""

    step: str
    target: str | None
    count: int = 0


@dataclass(slots=True)
class MigrationPreview:
    """Where the running enrollments of a version stand, and where they would go on."""

    migration: Migration
    waiting: list[Waiting] = field(default_factory=list)

    @property
    def enrollments(self) -> int:
        return sum(one.count for one in self.waiting)

    @property
    def without_target(self) -> int:
        return sum(one.count for one in self.waiting if one.target is None)

    def __str__(self) -> str:
        rules = self.migration
        head = f"{rules.journey}, version {rules.since} to {rules.to}: {self.enrollments:,} enrollments"
        fate = "would leave" if rules.otherwise == "exit" else "would stay"
        lines = [
            f"  {one.count:,} wait at {one.step}, " + (f"go on at {one.target}" if one.target else f"no target: {fate}")
            for one in self.waiting
        ]
        return "\n".join([head, *lines, f"  {self.without_target:,} have no target"])


def preview_migration(kit: Kit, migration: Migration) -> Flow[MigrationPreview]:
    """Count where the enrollments stand; nothing is written. Raises UnknownError and InvalidInput."""
    old, new = yield from ask(Transact(partial(_programs, kit=kit, migration=migration)))
    found: dict[str, Waiting] = {name: Waiting(name, target_of(migration.steps, name, new)) for name in old.index}
    after = 0
    while True:
        runs = yield from ask(Transact(partial(_batch, kit=kit, migration=migration, after=after)))
        for run in runs:
            if run.is_live:
                found[run.step].count += 1
        if len(runs) < kit.batch:
            return MigrationPreview(migration, [one for one in found.values() if one.count])
        after = runs[-1].id


def migrate_enrollments(kit: Kit, migration: Migration) -> Flow[int]:
    """Ask the enrollments to go on in the new version, batch after batch; how many were asked."""
    _, new = yield from ask(Transact(partial(_programs, kit=kit, migration=migration)))
    asked, after = 0, 0
    while True:
        now = yield from ask(Now())
        work = partial(_ask_batch, kit=kit, migration=migration, definition=new.definition, after=after, now=now)
        count, last = yield from ask(Transact(work))
        asked += count
        if last is None:
            return asked
        after = last


def _programs(session: Session, kit: Kit, migration: Migration) -> tuple[Program, Program]:
    """Both versions, as they are stored."""
    found = []
    for version in (migration.since, migration.to):
        stored = [id for id, name, one, _ in session.definitions() if (name, one) == (migration.journey, version)]
        if not stored:
            raise UnknownError(
                f"no version {version} of {migration.journey!r} is stored.",
                thing=f"{migration.journey} {version}",
                mend="Give it to an Engine and publish() it.",
            )
        kit.learn(session, [max(stored)])
        found.append(kit.programs[max(stored)])
    check(migration, *found)
    return found[0], found[1]


def _batch(session: Session, kit: Kit, migration: Migration, after: int) -> list[Enrollment]:
    return session.runs_of(migration.journey, migration.since, after, kit.batch)


def _ask_batch(
    session: Session, kit: Kit, migration: Migration, definition: int, after: int, now: int
) -> tuple[int, int | None]:
    runs = _batch(session, kit, migration, after)
    keys = session.profile_keys({run.profile for run in runs})
    body = {"definition": definition, "steps": dict(migration.steps), "otherwise": migration.otherwise}
    rows = [
        Inbox(keys[run.profile], "migrate", "", now, now, body={**body, "enrollment": run.id})
        for run in runs
        if run.is_live
    ]
    session.put_inbox(rows)
    return len(rows), runs[-1].id if len(runs) == kit.batch else None
