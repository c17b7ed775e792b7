"""Runners: what runs our statements, on a SQLAlchemy connection or on the host's own of a driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.util import await_only

from unichannel.stores.sql.bulk import Bulk
from unichannel.stores.sql.statement import Row, Statement, Style

__all__ = ["AsyncCursorRunner", "CursorRunner", "Runner", "SqlalchemyRunner"]


class Runner(Protocol):
    """Runs statements in a transaction that somebody else began and will end."""

    @property
    def is_alone(self) -> bool:
        """Whether nobody else can write before the transaction ends."""
        ...

    def rows(self, statement: Statement, *values: Any) -> Sequence[Row]:
        """The rows that a query gives, as plain tuples."""
        ...

    def run(self, statement: Statement, *values: Any) -> None:
        """Run a change once."""
        ...

    def many(self, statement: Bulk, rows: Sequence[Row]) -> None:
        """Run a change for each row, as one call of the driver; nothing for no rows."""
        ...


class _Running:
    """What every runner does alike; ``_execute``, ``_fetch`` and ``_each`` are its driver's."""

    def __init__(self, connection: Any, style: Style) -> None:
        self._connection = connection
        self._style = style

    @property
    def is_alone(self) -> bool:
        """Whether nobody else can write before the transaction ends."""
        return self._style.dialect.name == "sqlite"

    def rows(self, statement: Statement, *values: Any) -> Sequence[Row]:
        text, arrange = statement.text(self._style)
        return self._fetch(text, arrange(values) if arrange else values)

    def run(self, statement: Statement, *values: Any) -> None:
        text, arrange = statement.text(self._style)
        self._execute(text, arrange(values) if arrange else values)

    def many(self, statement: Bulk, rows: Sequence[Row]) -> None:
        if not rows:
            return
        if self._style.gathers:
            self._execute(*statement.gather(self._style, rows))
        else:
            text, arrange = statement.text(self._style)
            self._each(text, [arrange(row) for row in rows] if arrange else list(rows))

    def _fetch(self, text: str, values: Row) -> Sequence[Row]:
        raise NotImplementedError

    def _execute(self, text: str, values: Row) -> None:
        raise NotImplementedError

    def _each(self, text: str, rows: list[Row]) -> None:
        raise NotImplementedError


class SqlalchemyRunner(_Running):
    """On a SQLAlchemy connection, past its rows and types."""

    _connection: Connection

    def _fetch(self, text: str, values: Row) -> Sequence[Row]:
        result = self._connection.exec_driver_sql(text, values)
        try:
            # Its cursor gives tuples; a Row for each would be a third of a batch's time.
            return result.cursor.fetchall()
        finally:
            result.close()

    def _execute(self, text: str, values: Row) -> None:
        self._connection.exec_driver_sql(text, values).close()

    def _each(self, text: str, rows: list[Row]) -> None:
        self._connection.exec_driver_sql(text, rows).close()


class CursorRunner(_Running):
    """On a DB-API connection of the host: nothing is begun, committed, rolled back or closed."""

    def _cursor(self) -> Any:
        cursor = self._connection.cursor()
        # The host's rows may be dictionaries.
        if isinstance(cursor, sqlite3.Cursor):
            cursor.row_factory = None
        elif hasattr(cursor, "row_factory"):
            cursor.row_factory = _plain_rows()
        return cursor

    def _fetch(self, text: str, values: Row) -> Sequence[Row]:
        cursor = self._cursor()
        try:
            cursor.execute(text, values)
            found: Sequence[Row] = cursor.fetchall()
            return found
        finally:
            cursor.close()

    def _execute(self, text: str, values: Row) -> None:
        cursor = self._cursor()
        try:
            cursor.execute(text, values)
        finally:
            cursor.close()

    def _each(self, text: str, rows: list[Row]) -> None:
        cursor = self._cursor()
        try:
            cursor.executemany(text, rows)
        finally:
            cursor.close()


class AsyncCursorRunner(_Running):
    """On an asynchronous connection of psycopg, from within a greenlet that waits for it."""

    def _fetch(self, text: str, values: Row) -> Sequence[Row]:
        found: Sequence[Row] = await_only(self._ask(text, values, wanted=True))
        return found

    def _execute(self, text: str, values: Row) -> None:
        await_only(self._ask(text, values, wanted=False))

    async def _ask(self, text: str, values: Row, *, wanted: bool) -> Sequence[Row]:
        async with self._connection.cursor(row_factory=_plain_rows()) as cursor:
            await cursor.execute(text, values)
            found: Sequence[Row] = await cursor.fetchall() if wanted else ()
            return found


def _plain_rows() -> Any:
    from psycopg.rows import tuple_row

    return tuple_row
