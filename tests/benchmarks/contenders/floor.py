"""The raw floor: W's rows, written in their last form in batches of 1,000 transitions, with nothing read or decided.

A row is written once; the enrollment and its wake row move with each transition, as ours do. What our
guarantees add (the inbox, the marks `reserved`, `sending` and `accepted`, their leases) is not there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tests.benchmarks.contenders.rows import Sample, Table, sample
from tests.benchmarks.measure import Place, Result, opens
from unichannel import SqlStore

__all__ = ["on_postgres", "on_sqlite"]

BATCH = 1_000
MOVED = ("at", "status", "due", "listen", "ended", "state")
"""The columns of an enrollment that each transition writes."""


class Writer(Protocol):
    """Writes batches of rows as fast as its database can."""

    def insert(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None: ...
    def update(self, table: str, names: Sequence[str], key: str, rows: Sequence[tuple[Any, ...]]) -> None: ...
    def commit(self) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Sqlite:
    """executemany, WAL, synchronous=FULL."""

    connection: sqlite3.Connection

    def insert(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * len(table.names))
        self.connection.executemany(f"INSERT INTO {table.name} ({table.columns}) VALUES ({marks})", rows)

    def update(self, table: str, names: Sequence[str], key: str, rows: Sequence[tuple[Any, ...]]) -> None:
        columns = ", ".join(f'"{name}" = ?' for name in names)
        self.connection.executemany(f"UPDATE {table} SET {columns} WHERE {key} = ?", rows)

    def commit(self) -> None:
        self.connection.commit()

    def close(self) -> None:
        self.connection.close()


@dataclass(frozen=True)
class Postgres:
    """COPY for new rows, one UPDATE over unnest for those that change."""

    connection: Any
    types: Mapping[tuple[str, str], str]

    def insert(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        with self.connection.cursor().copy(f"COPY {table.name} ({table.columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def update(self, table: str, names: Sequence[str], key: str, rows: Sequence[tuple[Any, ...]]) -> None:
        columns = ", ".join(f'"{name}" = new."{name}"' for name in names)
        arrays = ", ".join(f"%s::{self.types[table, name]}[]" for name in (*names, key))
        given = ", ".join(f'"{name}"' for name in (*names, key))
        text = f"UPDATE {table} AS old SET {columns} FROM unnest({arrays}) AS new({given}) WHERE old.{key} = new.{key}"
        self.connection.execute(text, [list(column) for column in zip(*rows, strict=True)])

    def commit(self) -> None:
        self.connection.commit()

    def close(self) -> None:
        self.connection.close()


def on_sqlite(people: int, place: Place) -> Result:
    """In the tables that SqlStore makes, with their indices."""
    path = place.folder / "floor.db"
    _migrated(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return _run(people, Sqlite(connection))


def on_postgres(people: int, place: Place) -> Result:
    """The same; durable as PostgreSQL is by itself."""
    import psycopg

    _migrated(place.url)
    connection = psycopg.connect(place.url)
    asked = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_name LIKE 'unichannel%'"
    )
    types = {(table, column): kind for table, column, kind in connection.execute(asked).fetchall()}
    return _run(people, Postgres(connection, types))


def _migrated(url: str) -> None:
    store = SqlStore(url)
    store.migrate()
    store.close()


def _run(people: int, writer: Writer) -> Result:
    found, result = sample(), Result(people)
    for numbers in _batches(range(1, people + 1)):
        writer.insert(found.profiles, found.profiles.rows(numbers))
        writer.insert(found.wakes, found.wakes.rows(numbers))
    writer.commit()
    for transition in TRANSITIONS:
        for numbers in _batches(_taking(transition, people)):
            rows = _rows(found, transition, numbers)
            with result.phase("write"):
                _write(writer, found, rows)
            result.commits += 1
            result.steps += len(numbers)
    writer.close()
    return result


@dataclass(frozen=True)
class Rows:
    """What one transition of so many people writes."""

    events: Sequence[tuple[Any, ...]]
    begun: Sequence[tuple[Any, ...]]
    moved: Sequence[tuple[Any, ...]]
    deliveries: Sequence[tuple[Any, ...]]
    wakes: Sequence[tuple[Any, ...]]


TRANSITIONS = ("enroll", "email", "wait", "sms", "rest", "later", "finish")
MADE = {"email": 0, "sms": 1, "later": -1}
"""Which of the run's deliveries a transition makes."""


def _taking(transition: str, people: int) -> Iterable[int]:
    """Who takes it: those who open need no SMS."""
    return [one for one in range(1, people + 1) if transition != "sms" or not opens(one)]


def _batches(numbers: Iterable[int]) -> Iterator[list[int]]:
    every = list(numbers)
    yield from (every[at : at + BATCH] for at in range(0, len(every), BATCH))


def _rows(found: Sample, transition: str, numbers: list[int]) -> Rows:
    """Made before the clock runs: the floor is what the database takes."""
    begins, which = transition == "enroll", MADE.get(transition)
    due = None if transition == "finish" else found.due + TRANSITIONS.index(transition)
    return Rows(
        found.events.rows(numbers) if begins else [],
        [row for n in numbers for row in found.runs[opens(n)].rows([n])] if begins else [],
        [] if begins else [(*found.runs[opens(n)].values(MOVED), n) for n in numbers],
        [] if which is None else [row for n in numbers for row in found.deliveries[opens(n)][which].rows([n])],
        [(due, n) for n in numbers],
    )


def _write(writer: Writer, found: Sample, rows: Rows) -> None:
    """In one commit."""
    for table, made in (
        (found.events, rows.events),
        (found.runs[True], rows.begun),
        (found.deliveries[True][0], rows.deliveries),
    ):
        if made:
            writer.insert(table, made)
    if rows.moved:
        writer.update(found.runs[True].name, MOVED, "id", rows.moved)
    writer.update(found.wakes.name, ("due",), "profile", rows.wakes)
    writer.commit()
