"""Many who wait: what polling costs with nothing due, what 1,000 due among them cost, and how many bytes each takes."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Place, Result
from tests.benchmarks.workload import Workload
from unichannel import SqlStore
from unichannel.core.words.instant import HOUR

__all__ = ["idle", "waiting"]

DUE = 1_000
POLLS = 50
ROUNDS = 3

TABLES = ("profiles", "wakes", "addresses", "consents", "events", "enrollments", "deliveries")
COUNTED = ("wakes", "enrollments", "deliveries", "notes")
"""The tables whose rows a waiting enrollment adds; its profile and the event that began it are there anyway."""

NUMBERS = (
    "WITH RECURSIVE numbers(number) AS (SELECT :first UNION ALL SELECT number + 1 FROM numbers WHERE number < :last)"
)


@dataclass
class Crowd:
    """A database in which so many wait. Person 1 began three hours before person 2: he is due before everybody.

    The others are copies of person 2, who waits for an open; those that come due are copies of person 1.
    """

    path: Path
    size: int
    work: Workload
    last: int

    def time_polls(self) -> list[float]:
        """Seconds of each ``run_due`` that finds nothing to do."""
        return [self._polled() for _ in range(POLLS)]

    def _polled(self) -> float:
        began = time.perf_counter()
        report = self.work.engine.run_due()
        passed = time.perf_counter() - began
        if report.profiles or report.outcomes:
            raise AssertionError(f"something was due: {report}")
        return passed

    def time_due(self) -> float:
        """Seconds of a ``run_due`` that finds a thousand due among all."""
        _copy(self.path, 1, self.last + 1, self.last + DUE)
        self.last += DUE
        began = time.perf_counter()
        report = self.work.engine.run_due(seconds=1e9)
        passed = time.perf_counter() - began
        if report.outcomes != {"accepted": DUE}:
            raise AssertionError(f"not a thousand were due: {report}")
        return passed


def idle(sizes: Sequence[int], place: Place) -> dict[str, Any]:
    """Milliseconds of polling, and of 1,000 due, among so many; the sizes take turns."""
    crowds = [_crowd(place.folder / f"idle-{size}.db", size) for size in sizes]
    polls: dict[int, list[float]] = {size: [] for size in sizes}
    dues: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(ROUNDS):
        for crowd in crowds:
            polls[crowd.size] += crowd.time_polls()
            dues[crowd.size].append(crowd.time_due())
    for crowd in crowds:
        crowd.work.engine.close()
    return {str(size): _figures(polls[size], dues[size]) for size in sizes}


def _figures(polls: Sequence[float], dues: Sequence[float]) -> dict[str, float]:
    return {
        "poll_ms": round(min(polls) * 1e3, 3),
        "poll_ms_median": round(statistics.median(polls) * 1e3, 3),
        "due_ms": round(min(dues) * 1e3, 1),
    }


def waiting(people: int, place: Place) -> dict[str, Any]:
    """Bytes that a waiting enrollment takes on SQLite, by table with its indices; people go through W's first step."""
    path = place.folder / "waiting.db"
    work = Workload(SqlStore(f"sqlite:///{path}"))
    work.identify(people)
    before = _sizes(path)
    work.begin(people)
    work.go(Result(people))
    work.engine.close()
    after = _sizes(path)
    parts = {name: round((after.get(name, 0) - before.get(name, 0)) / people, 1) for name in COUNTED}
    parts["wakes"] = round(after["wakes"] / people, 1)
    whole = round((sum(after.values()) - sum(before.values())) / people, 1)
    return {"people": people, "bytes": round(sum(parts.values()), 1), "parts": parts, "file_growth": whole}


def _sizes(path: Path) -> dict[str, int]:
    """Bytes of the pages of each table with its indices, empty space in them included."""
    name = "replace(tbl_name, 'unichannel_', '')"
    asked = f"SELECT {name}, sum(pgsize) FROM dbstat JOIN sqlite_schema USING (name) GROUP BY 1"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return dict(connection.execute(asked).fetchall())


def _crowd(path: Path, size: int) -> Crowd:
    """Two people go to their wait; the others are copied from their rows."""
    work = Workload(SqlStore(f"sqlite:///{path}"))
    work.identify(2)
    work.begin(1)
    work.go(Result(2))
    work.clock.set(work.clock.now() + 3 * HOUR)
    work.begin(1, first=2)
    work.go(Result(2))
    _keep(path)
    work.store.close()  # it opens again by itself
    _unlogged(path, lambda: _copy(path, 2, 3, size))
    work.clock.set(work.clock.now() + HOUR)
    work.go(Result(2))
    return Crowd(path, size, work, size)


def _keep(path: Path) -> None:
    """Put the rows of the two aside as they are now: they go on."""
    with closing(sqlite3.connect(path)) as connection:
        for table in TABLES:
            connection.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM unichannel_{table}")
        connection.commit()


def _unlogged(path: Path, work: Callable[[], None]) -> None:
    """Without a journal, as long as nobody else has the file open: half of the writing."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        work()
        connection.execute("PRAGMA journal_mode=WAL")


def _copy(path: Path, person: int, first: int, last: int) -> None:
    """Rows like this person's for the numbers from ``first`` to ``last``: one statement a table."""
    if last < first:
        return
    with closing(sqlite3.connect(path, timeout=60)) as connection:
        for pragma in ("synchronous=OFF", "cache_size=-1000000"):
            connection.execute(f"PRAGMA {pragma}")
        for table in TABLES:
            connection.execute(_copying(connection, table), {"person": person, "first": first, "last": last})
        connection.execute("UPDATE unichannel_ids SET next = max(next, :last + 1)", {"last": last})
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copying(connection: sqlite3.Connection, table: str) -> str:
    names = [row[1] for row in connection.execute(f"PRAGMA table_info(unichannel_{table})")]
    key = {"profiles": "id", "consents": "profile"}.get(table, "profile")
    who = "'p' || :person" if table == "consents" else ":person"
    columns = [name for name in names if not (name == "id" and table in ("events", "consents"))]
    values = ", ".join(_value(table, name) for name in columns)
    given = ", ".join(f'"{name}"' for name in columns)
    return (
        f"INSERT INTO unichannel_{table} ({given}) {NUMBERS} "
        f"SELECT {values} FROM numbers CROSS JOIN kept_{table} AS one WHERE one.{key} = {who}"
    )


def _value(table: str, name: str) -> str:
    """What stands in a column of the copy: numbers, keys and hashes are its own, everything else is the same."""
    if (table, name) in (("profiles", "key"), ("consents", "profile")):
        return "'p' || number"
    if name in ("profile", "enrollment") or (name == "id" and table in ("profiles", "enrollments")):
        return "number"
    if name in ("key", "hash", "provider_id"):
        return f"substr(one.{name}, 1, 8) || lower(hex(randomblob({4 if name == 'hash' else 8})))"
    return "'b-p' || number" if name == "event_id" else f'one."{name}"'
