"""Rows as unichannel writes them: of one opener and one who does not open, to be repeated for any number of people."""

from __future__ import annotations

import sqlite3
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Result
from tests.benchmarks.workload import Workload
from unichannel import SqlStore
from unichannel.core.words.instant import HOUR

__all__ = ["Sample", "Table", "sample"]

PEOPLE = ("profile", "enrollment", "id")
"""The columns that number a person or its run: in W both have the person's number."""

TEXTS = ("key", "hash", "event_id", "provider_id")
"""The columns whose texts are another's for another person."""


@dataclass(frozen=True)
class Table:
    """One row of a table, and the same for others."""

    name: str
    names: tuple[str, ...]
    row: tuple[Any, ...]

    @property
    def columns(self) -> str:
        return ", ".join(f'"{name}"' for name in self.names)

    def values(self, names: Sequence[str]) -> tuple[Any, ...]:
        """These columns of the row."""
        return tuple(self.row[self.names.index(name)] for name in names)

    def rows(self, numbers: Iterable[int]) -> list[tuple[Any, ...]]:
        """The row for each of these people."""
        people = {at for at, name in enumerate(self.names) if name in PEOPLE}
        texts = {at for at, name in enumerate(self.names) if name in TEXTS and self.row[at]}
        made = []
        for number in numbers:
            row = list(self.row)
            for at in people:
                row[at] = number
            for at in texts:
                row[at] = _like(row[at], number)
            made.append(tuple(row))
        return made


def _like(text: str, number: int) -> str:
    """A text of the same kind: digests stay digests of their length, so that an index takes them anywhere."""
    if len(text) < 16:
        return f"{text.rstrip('0123456789')}{number}"
    size = len(text) * 3 // 4
    return urlsafe_b64encode(blake2b(f"{text}{number}".encode(), digest_size=size).digest()).decode()


@dataclass(frozen=True)
class Sample:
    """What W writes of each kind; runs and deliveries by whether the person opens. ``due`` is an instant."""

    profiles: Table
    wakes: Table
    events: Table
    runs: Mapping[bool, Table]
    deliveries: Mapping[bool, Sequence[Table]]
    due: int


def sample() -> Sample:
    """Take two people through W on SQLite, and read what was written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.db"
        due = _walk(f"sqlite:///{path}")
        with closing(sqlite3.connect(path)) as connection:
            return Sample(
                _read(connection, "profiles")[0],
                _read(connection, "wakes")[0],
                _read(connection, "events")[0],
                {number == 1: _read(connection, "enrollments", f"id = {number}")[0] for number in (1, 2)},
                {number == 1: _read(connection, "deliveries", f"enrollment = {number}") for number in (1, 2)},
                due,
            )


def _walk(url: str) -> int:
    """The whole of W; gives the instant at which it ended."""
    work, result = Workload(SqlStore(url)), Result(2)
    work.identify(2)
    work.begin(2)
    work.go(result)
    work.clock.set(work.clock.now() + HOUR)
    work.open(work.opened(2))
    work.go(result)
    while result.counts["accepted"] < 5 and work.sleep():
        work.go(result)
    work.engine.close()
    return work.clock.now()


def _read(connection: sqlite3.Connection, name: str, where: str = "1") -> list[Table]:
    """The rows of a table, without the numbers that it gives by itself."""
    found = connection.execute(f"SELECT * FROM unichannel_{name} WHERE {where} ORDER BY 1, 2")
    names = [column[0] for column in found.description]
    kept = [at for at, column in enumerate(names) if not (name == "events" and column == "id")]
    return [
        Table(f"unichannel_{name}", tuple(names[at] for at in kept), tuple(row[at] for at in kept)) for row in found
    ]
