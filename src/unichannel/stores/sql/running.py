"""Runners: what runs our statements, on a SQLAlchemy connection or on the host's own DB-API one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Connection

from unichannel.stores.sql.statement import Row, Statement, Style

__all__ = ["CursorRunner", "Runner", "SqlalchemyRunner"]


class Runner(Protocol):
    """Runs statements in a transaction that somebody else began and will end."""

    def rows(self, statement: Statement, *values: Any) -> Sequence[Row]:
        """The rows that a query gives, as plain tuples."""
        ...

    def run(self, statement: Statement, *values: Any) -> None:
        """Run a change once."""
        ...

    def many(self, statement: Statement, rows: Sequence[Row]) -> None:
        """Run a change for each row, as one call of the driver; nothing for no rows."""
        ...


class SqlalchemyRunner:
    """On a SQLAlchemy connection, past its rows and types."""

    def __init__(self, connection: Connection, style: Style) -> None:
        self._connection = connection
        self._style = style

    def rows(self, statement: Statement, *values: Any) -> Sequence[Row]:
        text, arrange = statement.text(self._style)
        result = self._connection.exec_driver_sql(text, arrange(values) if arrange else values)
        try:
            # Its cursor gives tuples; a Row for each would be a third of a batch's time.
            return result.cursor.fetchall()
        finally:
            result.close()

    def run(self, statement: Statement, *values: Any) -> None:
        text, arrange = statement.text(self._style)
        self._connection.exec_driver_sql(text, arrange(values) if arrange else values).close()

    def many(self, statement: Statement, rows: Sequence[Row]) -> None:
        if rows:
            text, arrange = statement.text(self._style)
            self._connection.exec_driver_sql(text, [arrange(row) for row in rows] if arrange else list(rows)).close()


class CursorRunner:
    """On a DB-API connection of the host: nothing is begun, committed, rolled back or closed."""

    def __init__(self, connection: Any, style: Style) -> None:
        self._connection = connection
        self._style = style

    def _cursor(self) -> Any:
        cursor = self._connection.cursor()
        if isinstance(cursor, sqlite3.Cursor):
            cursor.row_factory = None  # the host's may give dictionaries
        return cursor

    def rows(self, statement: Statement, *values: Any) -> Sequence[Row]:
        text, arrange = statement.text(self._style)
        cursor = self._cursor()
        try:
            cursor.execute(text, arrange(values) if arrange else values)
            found: Sequence[Row] = cursor.fetchall()
            return found
        finally:
            cursor.close()

    def run(self, statement: Statement, *values: Any) -> None:
        self.many(statement, [values])

    def many(self, statement: Statement, rows: Sequence[Row]) -> None:
        if not rows:
            return
        text, arrange = statement.text(self._style)
        cursor = self._cursor()
        try:
            cursor.executemany(text, [arrange(row) for row in rows] if arrange else list(rows))
        finally:
            cursor.close()
