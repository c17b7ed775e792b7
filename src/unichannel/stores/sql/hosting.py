"""The host's own connection: how our statements run inside its transaction.

Nothing is begun, committed, rolled back or closed here. A SQLAlchemy connection begins by itself
with its first statement, as it does for the host's own. Where our call raises, part of its rows
may be written: roll the transaction back, as for any error in it.

SQLite has one writer at a time: while the host's transaction that wrote something is open, every
other writer waits, ``run_due`` too, and gives up after ten seconds a time. Keep it short.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, literal_column, select
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_scoped_session
from sqlalchemy.orm import Session, scoped_session

from unichannel.errors import ConfigurationError
from unichannel.stores.sql.running import CursorRunner, Runner, SqlalchemyRunner
from unichannel.stores.sql.statement import Paramstyle, Statement, Style

__all__ = ["hosted", "run_hosted", "style_of"]

T = TypeVar("T")

_STYLES: dict[str, Paramstyle] = {"qmark": "qmark", "format": "format", "pyformat": "format"}


def style_of(connection: Connection, schema: str | None) -> Style:
    """How statements are written for a SQLAlchemy connection."""
    dialect = connection.dialect
    return Style(SQLiteDialect, _STYLES[dialect.paramstyle], schema)


def hosted(connection: Any, style: Style) -> Runner:
    """What runs our statements on the host's connection, session or DB-API connection.

    Raises ConfigurationError for one that commits by itself, and for what is none of these.
    """
    if isinstance(connection, scoped_session):
        connection = connection()
    if isinstance(connection, Session):
        connection = connection.connection()
    if isinstance(connection, Connection):
        return _on_sqlalchemy(connection, style)
    if isinstance(connection, AsyncConnection | AsyncSession | async_scoped_session):
        raise _wrong(connection, "is asynchronous, and this call is not", "Use AsyncEngine, or a sync connection.")
    if callable(getattr(connection, "cursor", None)) and callable(getattr(connection, "commit", None)):
        return _on_dbapi(connection, style)
    raise _wrong(connection, "is none that can carry our rows", "Give a SQLAlchemy or DB-API connection.")


async def run_hosted(work: Callable[[Runner], T], connection: Any, style: Style) -> T:
    """Run the work on a connection of the host's, asynchronous or not."""
    if isinstance(connection, async_scoped_session):
        connection = connection()
    if isinstance(connection, AsyncConnection | AsyncSession):
        return await connection.run_sync(lambda inner: work(hosted(inner, style)))
    return work(hosted(connection, style))


def _on_sqlalchemy(connection: Connection, style: Style) -> Runner:
    if connection.dialect.name != style.dialect.name:
        raise _wrong(connection, f"speaks {connection.dialect.name}", f"Give one to the {style.dialect.name} database.")
    runner = SqlalchemyRunner(connection, style_of(connection, style.schema))
    runner.rows(_NOTHING)  # now the transaction has begun, if one does
    options = connection.get_execution_options()
    driver = connection.connection.driver_connection
    if options.get("isolation_level") == "AUTOCOMMIT" or _commits_by_itself(driver):
        raise _autocommit(connection, "Use a connection without isolation_level AUTOCOMMIT.")
    return runner


def _on_dbapi(connection: Any, style: Style) -> Runner:
    if _commits_by_itself(connection):
        raise _autocommit(connection, "Begin a transaction on it first, and commit it afterwards.")
    module = sys.modules[type(connection).__module__.partition(".")[0]]
    paramstyle = _STYLES.get(getattr(module, "paramstyle", "qmark"), "qmark")
    return CursorRunner(connection, Style(style.dialect, paramstyle, style.schema))


def _commits_by_itself(connection: Any) -> bool:
    """Whether a driver's connection would commit each of our statements at once."""
    if getattr(connection, "in_transaction", False):
        return False
    manual = getattr(connection, "isolation_level", "") is None and getattr(connection, "autocommit", None) is not False
    return manual or getattr(connection, "autocommit", False) is True


_NOTHING = Statement(select(literal_column("1")))


def _autocommit(connection: Any, mend: str) -> ConfigurationError:
    return _wrong(connection, "commits each statement by itself, so it carries no transaction", mend)


def _wrong(connection: Any, what: str, mend: str) -> ConfigurationError:
    kind = f"{type(connection).__module__}.{type(connection).__qualname__}"
    return ConfigurationError(f"connection= of type {kind} {what}.", thing="connection", mend=mend)
