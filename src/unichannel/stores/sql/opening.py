"""Opening engines: SQLite with a writer's transaction from the start, and safe on disk."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from unichannel.errors import ConfigurationError
from unichannel.stores.sql.failing import missing

__all__ = ["begin_writing", "is_in_memory", "open_async", "open_sync", "read_url"]

BUSY_TIMEOUT = 10_000
"""Milliseconds for which SQLite waits for another writer."""


def read_url(url: str | URL) -> URL:
    """The address of a database; raises ConfigurationError for one that cannot be read or served."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        # Not the cause: its text may hold the password.
        raise ConfigurationError(
            "the database's URL cannot be read.", thing="url", mend='Write it as "sqlite:///app.db".'
        ) from None
    if parsed.get_backend_name() != "sqlite":
        raise ConfigurationError(
            f"SqlStore does not serve {parsed.get_backend_name()} yet.", thing="url", mend="Use SQLite."
        )
    return parsed


def is_in_memory(url: URL) -> bool:
    """Whether the database is gone with its connection."""
    database = url.database or ""
    return database in ("", ":memory:") or "mode=memory" in f"{database}{url.query.get('mode', '')}"


def open_sync(url: URL) -> Engine:
    """An engine of our own; one connection for all where the database is in memory."""
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
    """The same over aiosqlite."""
    with missing("aiosqlite"):
        engine = create_async_engine(url.set(drivername="sqlite+aiosqlite"), hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _on_connect)
    return engine


def begin_writing(connection: Connection) -> None:
    """Make the transaction that just began, by whichever rules, a writer's from its start.

    Two that read first and write then would each decide on what the other changes (P7, P8).
    """
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
