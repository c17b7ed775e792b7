"""The host's own connection: how our statements run inside its transaction.

Nothing is begun, committed, rolled back or closed here. A SQLAlchemy connection, and psycopg's,
begins by itself with its first statement, as it does for the host's own. Where our call raises,
part of its rows may be written: roll the transaction back, as for any error in it.

On PostgreSQL an open transaction blocks no worker, however long it lasts: our rows are only
inserted. SQLite has one writer at a time: while the host's transaction that wrote something is
open, every other writer waits, ``run_due`` too, and gives up after ten seconds a time. Keep it short.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, literal_column, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_scoped_session
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.util import greenlet_spawn

from unichannel.errors import ConfigurationError
from unichannel.stores.sql.running import AsyncCursorRunner, CursorRunner, Runner, SqlalchemyRunner
from unichannel.stores.sql.statement import Paramstyle, Statement, Style

__all__ = ["hosted", "run_hosted", "style_for", "style_of"]

T = TypeVar("T")

_DIALECTS: dict[str, type[DefaultDialect]] = {"sqlite": SQLiteDialect, "postgresql": PGDialect_psycopg}
_STYLES: dict[str, Paramstyle] = {"qmark": "qmark", "format": "format", "pyformat": "format"}
_DRIVERS = {"sqlite3": "sqlite", "psycopg": "postgresql", "psycopg2": "postgresql"}


def style_for(backend: str, schema: str | None) -> Style:
    """How statements are written for the usual driver of a backend."""
    return Style(_DIALECTS[backend], "qmark" if backend == "sqlite" else "format", schema)


def style_of(connection: Connection, schema: str | None) -> Style:
    """How statements are written for a SQLAlchemy connection; raises ConfigurationError for a driver not served."""
    dialect = connection.dialect
    if dialect.paramstyle not in _STYLES:
        raise _wrong(connection, f"uses the driver {dialect.driver}", "Use psycopg: postgresql+psycopg://….")
    return Style(_DIALECTS[dialect.name], _STYLES[dialect.paramstyle], schema)


def hosted(connection: Any, style: Style) -> Runner:
    """What runs our statements on the host's connection, session, or connection of a driver or of Django.

    Raises ConfigurationError for one that commits by itself, that was closed or rolled back under us, and for
    what is none of these.
    """
    if isinstance(connection, scoped_session):
        connection = connection()
    if isinstance(connection, Session | Connection):
        try:
            inner = connection.connection() if isinstance(connection, Session) else connection
            return _on_sqlalchemy(inner, style)
        except InvalidRequestError:
            raise _wrong(connection, "was closed, or its transaction rolled back", "Begin another one.") from None
    if _is_asynchronous(connection):
        raise _wrong(connection, "is asynchronous, and this call is not", "Use AsyncEngine, or a sync connection.")
    if not callable(getattr(connection, "cursor", None)) or not callable(getattr(connection, "commit", None)):
        raise _wrong(connection, "is none that can carry our rows", "Give a SQLAlchemy or DB-API connection.")
    return _on_django(connection, style) if hasattr(connection, "in_atomic_block") else _on_driver(connection, style)


async def run_hosted(work: Callable[[Runner], T], connection: Any, style: Style) -> T:
    """Run the work on a connection of the host's, asynchronous or not."""
    if isinstance(connection, async_scoped_session):
        connection = connection()
    if isinstance(connection, AsyncConnection | AsyncSession):
        return await connection.run_sync(lambda inner: work(hosted(inner, style)))
    if _is_asynchronous(connection):
        if _module(connection) != "psycopg":
            raise _wrong(connection, "is asynchronous and not psycopg's", "Give SQLAlchemy's AsyncConnection.")
        _check_driver(connection, style)
        found: T = await greenlet_spawn(work, AsyncCursorRunner(connection, style))
        return found
    return work(hosted(connection, style))


def _is_asynchronous(connection: Any) -> bool:
    known = isinstance(connection, AsyncConnection | AsyncSession | async_scoped_session)
    return known or inspect.iscoroutinefunction(getattr(connection, "commit", None))


def _on_sqlalchemy(connection: Connection, style: Style) -> Runner:
    _check_backend(connection, connection.dialect.name, style)
    runner = SqlalchemyRunner(connection, style_of(connection, style.schema))
    runner.rows(_NOTHING)  # now the transaction has begun, if one does
    options = connection.get_execution_options()
    driver = connection.connection.driver_connection
    if options.get("isolation_level") == "AUTOCOMMIT" or _commits_by_itself(driver):
        raise _autocommit(connection, "Use a connection without isolation_level AUTOCOMMIT.")
    return runner


def _on_django(connection: Any, style: Style) -> Runner:
    _check_backend(connection, connection.vendor, style)
    if not connection.in_atomic_block and connection.get_autocommit():
        raise _autocommit(connection, "Call it inside transaction.atomic().")
    return CursorRunner(connection, Style(style.dialect, "format", style.schema))


def _on_driver(connection: Any, style: Style) -> Runner:
    _check_driver(connection, style)
    paramstyle = _STYLES.get(getattr(sys.modules[_module(connection)], "paramstyle", "qmark"), "qmark")
    return CursorRunner(connection, Style(style.dialect, paramstyle, style.schema))


def _check_driver(connection: Any, style: Style) -> None:
    _check_backend(connection, _DRIVERS.get(_module(connection), style.dialect.name), style)
    status = getattr(getattr(connection, "info", None), "transaction_status", None)
    if getattr(connection, "closed", False):
        raise _wrong(connection, "is closed", "Give one that is open.")
    if status == _FAILED:
        raise _wrong(connection, "is in a transaction that failed", "Roll it back first.")
    if _commits_by_itself(connection):
        raise _autocommit(connection, "Begin a transaction on it first, and commit it afterwards.")


def _check_backend(connection: Any, backend: str, style: Style) -> None:
    if backend != style.dialect.name:
        raise _wrong(connection, f"speaks {backend}", f"Give one to the store's own {style.dialect.name} database.")


def _module(connection: Any) -> str:
    return type(connection).__module__.partition(".")[0]


def _commits_by_itself(connection: Any) -> bool:
    """Whether a driver's connection would commit each of our statements at once."""
    if getattr(connection, "in_transaction", False):
        return False
    status = getattr(getattr(connection, "info", None), "transaction_status", None)
    if status is not None:  # psycopg, where every connection has no isolation level of its own
        return bool(connection.autocommit) and status == _IDLE
    manual = getattr(connection, "isolation_level", "") is None and getattr(connection, "autocommit", None) is not False
    return manual or getattr(connection, "autocommit", False) is True


_IDLE, _FAILED = 0, 3  # libpq's PQTRANS_IDLE and PQTRANS_INERROR
_NOTHING = Statement(select(literal_column("1")))


def _autocommit(connection: Any, mend: str) -> ConfigurationError:
    return _wrong(connection, "commits each statement by itself, so it carries no transaction", mend)


def _wrong(connection: Any, what: str, mend: str) -> ConfigurationError:
    kind = f"{type(connection).__module__}.{type(connection).__qualname__}"
    return ConfigurationError(f"connection= of type {kind} {what}.", thing="connection", mend=mend)
