"""Opening engines: PostgreSQL at READ COMMITTED; SQLite with a writer's transaction from the start, safe on disk."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from unichannel.errors import ConfigurationError
from unichannel.stores.sql.failing import missing

__all__ = ["begin_writing", "is_in_memory", "open_async", "open_sync", "read_committed", "read_url"]

BUSY_TIMEOUT = 10_000
"""Milliseconds for which SQLite waits for another writer."""

_SERVED = 'Write it as "sqlite:///app.db" or "postgresql://user@host/database".'
E = TypeVar("E", Engine, AsyncEngine)


def read_url(url: str | URL) -> URL:
    """The address of a database; raises ConfigurationError for one that cannot be read or served."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the port is no number
        # Not the cause: its text may hold the password.
        raise ConfigurationError("the database's URL cannot be read.", thing="url", mend=_SERVED) from None
    if parsed.get_backend_name() == "postgres":
        parsed = parsed.set(drivername="postgresql")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigurationError(
            f"SqlStore does not serve {parsed.get_backend_name()}: it serves SQLite and PostgreSQL.",
            thing="url",
            mend=_SERVED,
        )
    return parsed


def is_in_memory(url: URL) -> bool:
    """Whether the database is gone with its connection."""
    database = url.database or ""
    is_file = database not in ("", ":memory:") and "mode=memory" not in f"{database}{url.query.get('mode', '')}"
    return url.get_backend_name() == "sqlite" and not is_file


def open_sync(url: URL) -> Engine:
    """An engine of our own; one connection for all where the database is in memory."""
    if url.get_backend_name() == "postgresql":
        with missing("psycopg", "postgres"):
            made = create_engine(url.set(drivername="postgresql+psycopg"), hide_parameters=True)
        return read_committed(made)
    more: dict[str, Any] = {}
    if is_in_memory(url):
        # Unlike StaticPool, two threads take turns.
        more = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
        more["connect_args"] = {"check_same_thread": False}
    with missing("SQLAlchemy's driver"):
        engine = create_engine(url.set(drivername="sqlite"), hide_parameters=True, **more)
    event.listen(engine, "connect", _on_connect)
    return engine


def open_async(url: URL) -> AsyncEngine:
    """The same over aiosqlite, or psycopg's asynchronous face."""
    if url.get_backend_name() == "postgresql":
        with missing("psycopg", "postgres"):
            made = create_async_engine(url.set(drivername="postgresql+psycopg"), hide_parameters=True)
        return read_committed(made)
    with missing("aiosqlite"):
        engine = create_async_engine(url.set(drivername="sqlite+aiosqlite"), hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _on_connect)
    return engine


def read_committed(engine: E) -> E:
    """The same engine, over the same pool, where each statement sees what was committed before it.

    A lock is worth nothing where what is read after it is older; nor is a transaction in autocommit.
    """
    if engine.dialect.name != "postgresql":
        return engine
    made: E = engine.execution_options(isolation_level="READ COMMITTED")
    return made


def begin_writing(connection: Connection) -> None:
    """Make SQLite's transaction that just began, by whichever rules, a writer's from its start.

    Two that read first and write then would each decide on what the other changes (P7, P8).
    """
    if connection.dialect.name != "sqlite":
        return
    driver: Any = connection.connection.driver_connection
    if driver.in_transaction:  # the host's engine begins by itself; nothing was done in it yet
        connection.exec_driver_sql("ROLLBACK")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _on_connect(connection: Any, _: Any) -> None:
    # The driver begins nothing by itself: it would begin too late, after the first read.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_TIMEOUT}", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
