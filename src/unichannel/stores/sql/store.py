"""SqlStore: state in the host's own database, through SQLAlchemy Core."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from unichannel.errors import ConfigurationError
from unichannel.ports.storing import Session
from unichannel.stores.sql import opening, schema
from unichannel.stores.sql.failing import BusyError, explained
from unichannel.stores.sql.hosting import hosted, run_hosted, style_for, style_of
from unichannel.stores.sql.running import Runner, SqlalchemyRunner
from unichannel.stores.sql.session import SqlSession
from unichannel.stores.sql.statement import Style

__all__ = ["SqlStore"]

T = TypeVar("T")

_AGAIN = 3


class SqlStore:
    """Keeps everything in tables named ``unichannel_…`` of a database.

    ``url`` is SQLAlchemy's: "postgresql://user@host/database" (psycopg 3, extra ``postgres``),
    "sqlite:///app.db", or "sqlite://", which lives in memory. Instead of it, or beside it, a host
    gives its own ``engine`` and ``async_engine``: they keep their settings, but for PostgreSQL's
    isolation, which is READ COMMITTED here, and are never closed. ``schema`` is the database schema
    of the tables; ``migrate`` makes it where it is missing. Nothing is opened before it is used.
    Whoever used the async face closes with ``close_async``.

    On PostgreSQL any number of workers decide and deliver at once, each for other profiles. On
    SQLite every transaction is a writer's from its start, so work waits for other work, up to ten
    seconds. Work that another transaction or a broken connection stopped is done again, whole,
    three times; so it may run more than once. Raises ConfigurationError for a URL that cannot be served.
    """

    joins_transactions = True

    def __init__(
        self,
        url: str = "",
        *,
        engine: Engine | None = None,
        async_engine: AsyncEngine | None = None,
        schema: str | None = None,
    ) -> None:
        given = engine if engine is not None else async_engine
        if not url and given is None:
            raise ConfigurationError("SqlStore needs a database.", thing="url", mend="Give a URL or an engine.")
        self._url = opening.read_url(url or (given.url if given is not None else ""))
        self._schema = schema
        self._given = engine, async_engine
        self._sync = None if engine is None else opening.read_committed(engine)
        self._async = None if async_engine is None else opening.read_committed(async_engine)
        self._identity = b""
        self._opening = threading.Lock()
        if async_engine is not None and engine is None and opening.is_in_memory(self._url):
            raise ConfigurationError(
                "an asynchronous engine in memory is seen by nobody else, migrate() included.",
                thing="async_engine",
                mend="Use a file, or SqlStore('sqlite://').",
            )

    def __repr__(self) -> str:
        return f"SqlStore({self._url.render_as_string(hide_password=True)!r})"

    # the schema

    def identity(self) -> bytes:
        """The store's own secret of 32 bytes, made once by ``migrate``."""
        if not self._identity:
            self._identity = self._run(self._read_identity)
        return self._identity

    def migrate(self) -> None:
        """Bring the schema to this version; safe to call by many at once and again.

        Raises MissingExtra without Alembic, SchemaError where the schema is ahead.
        """
        self._run(lambda connection: schema.migrate(connection, self._schema))

    def check(self) -> None:
        """Raise SchemaError where the schema is behind or ahead, UnavailableError where there is no database."""
        self._run(lambda connection: schema.check(connection, self._schema))

    async def identity_async(self) -> bytes:
        """The store's own secret of 32 bytes, made once by ``migrate``."""
        if not self._identity:
            self._identity = await self._run_async(self._read_identity)
        return self._identity

    async def migrate_async(self) -> None:
        """The same as ``migrate``, in a thread: Alembic knows one migration at a time in a process."""
        with ThreadPoolExecutor(1) as pool:
            await asyncio.get_running_loop().run_in_executor(pool, self.migrate)

    async def check_async(self) -> None:
        """Raise SchemaError where the schema is behind or ahead, UnavailableError where there is no database."""
        await self._run_async(lambda connection: schema.check(connection, self._schema))

    def _read_identity(self, connection: Connection) -> bytes:
        return schema.identity(self._on(connection))

    # work

    def transact(self, work: Callable[[Session], T], *, connection: Any = None) -> T:
        """Run the work in one transaction, or inside the host's where a connection is given.

        ``connection`` is SQLAlchemy's Connection or Session, a connection of the driver's (sqlite3,
        psycopg) or Django's; the host begins and ends its transaction. Raises UnavailableError where the
        database stays busy, ConfigurationError for a connection that commits by itself.
        """
        if connection is not None:
            with explained():
                return work(SqlSession(hosted(connection, self._style())))
        return self._run(lambda inner: work(SqlSession(self._on(inner))))

    async def transact_async(self, work: Callable[[Session], T], *, connection: Any = None) -> T:
        """The same; ``connection`` may also be SQLAlchemy's AsyncConnection or AsyncSession, or psycopg's."""
        if connection is not None:
            with explained():
                return await run_hosted(lambda inner: work(SqlSession(inner)), connection, self._style())
        return await self._run_async(lambda inner: work(SqlSession(self._on(inner))))

    def _run(self, work: Callable[[Connection], T]) -> T:
        engine = self._sync_engine()
        for _ in range(_AGAIN):
            try:
                return _once(engine, work)
            except BusyError:
                continue
        return _once(engine, work)

    async def _run_async(self, work: Callable[[Connection], T]) -> T:
        if self._is_shared:
            return self._run(work)
        engine = self._async_engine()
        for _ in range(_AGAIN):
            try:
                return await _once_async(engine, work)
            except BusyError:
                continue
        return await _once_async(engine, work)

    def _on(self, connection: Connection) -> Runner:
        return SqlalchemyRunner(connection, style_of(connection, self._schema))

    def _style(self) -> Style:
        return style_for(self._url.get_backend_name(), self._schema)

    # engines

    @property
    def _is_shared(self) -> bool:
        """Whether both faces use the sync engine: what is in memory is in one connection, and waits for nothing."""
        return self._async is None and opening.is_in_memory(self._url)

    def _sync_engine(self) -> Engine:
        with self._opening:
            if self._sync is None:
                self._sync = opening.open_sync(self._url)
            return self._sync

    def _async_engine(self) -> AsyncEngine:
        with self._opening:
            if self._async is None:
                self._async = opening.open_async(self._url)
            return self._async

    def close(self) -> None:
        """Close our own connections; it may be used again afterwards, but what was in memory is gone."""
        if self._sync is not None and self._given[0] is None:
            self._sync.dispose()

    async def close_async(self) -> None:
        """Close our own connections of both faces."""
        self.close()
        if self._async is not None and self._given[1] is None:
            await self._async.dispose()


def _once(engine: Engine, work: Callable[[Connection], T]) -> T:
    with explained(engine.url.database), engine.begin() as connection:
        return _written(connection, work)


async def _once_async(engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
    with explained(engine.url.database):
        async with engine.begin() as connection:
            return await connection.run_sync(_written, work)


def _written(connection: Connection, work: Callable[[Connection], T]) -> T:
    opening.begin_writing(connection)
    return work(connection)
