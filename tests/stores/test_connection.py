"""connection=: the host's own transaction carries our rows, and nothing else happens to it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import scoped_session, sessionmaker

from unichannel.core.audience.consent import Consent
from unichannel.errors import ConfigurationError, SchemaError
from unichannel.ports import Inbox, Session
from unichannel.stores.sql import SqlStore

NOW = 1_894_179_600_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{path}")
    store.migrate()
    store.transact(lambda session: session.lock(["known"], NOW))
    yield store
    store.close()


@pytest.fixture
def engine(path: Path, store: SqlStore) -> Iterator[Engine]:
    """The host's engine, as SQLAlchemy makes it."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE host (x)"))
    yield engine
    engine.dispose()


def hand_in(session: Session) -> set[str]:
    """Everything that the engine does in a host's transaction."""
    session.put_inbox([Inbox("ada", "identify", "", NOW, NOW, "e1", body={"a": "ü"})])
    session.put_consents([("ada", Consent("email", occurred=NOW, recorded=NOW))])
    return session.known(["ada", "known", "nobody"])


def is_there(store: SqlStore) -> bool:
    def ask(session: Session) -> bool:
        ids = session.lock(["ada"], NOW) if session.known(["ada"]) else {}
        return bool(ids)

    return store.transact(ask)


def rows_of_host(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM host").fetchone()[0])


@pytest.mark.parametrize("commits", [True, False])
class TestTheHostDecides:
    """Committed means there, rolled back means nothing happened: its rows and ours together."""

    def check(self, store: SqlStore, path: Path, commits: bool) -> None:
        assert is_there(store) is commits
        assert rows_of_host(path) == commits

    def test_a_connection(self, store: SqlStore, path: Path, engine: Engine, commits: bool) -> None:
        with engine.connect() as connection:
            connection.execute(text("INSERT INTO host VALUES (1)"))
            assert store.transact(hand_in, connection=connection) == {"ada", "known"}
            assert connection.in_transaction()
            connection.commit() if commits else connection.rollback()
            assert not connection.closed
        self.check(store, path, commits)

    def test_a_connection_that_did_nothing_yet(
        self, store: SqlStore, path: Path, engine: Engine, commits: bool
    ) -> None:
        with engine.connect() as connection:
            store.transact(hand_in, connection=connection)
            connection.execute(text("INSERT INTO host VALUES (1)"))
            connection.commit() if commits else connection.rollback()
        self.check(store, path, commits)

    def test_an_engine_after_sqlalchemys_recipe(
        self, store: SqlStore, path: Path, engine: Engine, commits: bool
    ) -> None:
        _use_recipe(engine)
        with engine.connect() as connection:
            store.transact(hand_in, connection=connection)
            connection.execute(text("INSERT INTO host VALUES (1)"))
            connection.commit() if commits else connection.rollback()
        self.check(store, path, commits)

    @pytest.mark.parametrize("scoped", [True, False])
    def test_a_session(self, store: SqlStore, path: Path, engine: Engine, commits: bool, scoped: bool) -> None:
        registry = scoped_session(sessionmaker(engine))
        with OrmSession(engine) as plain:
            session: Any = registry if scoped else plain
            session.execute(text("INSERT INTO host VALUES (1)"))
            assert store.transact(hand_in, connection=session) == {"ada", "known"}
            session.commit() if commits else session.rollback()
            registry.remove()
        self.check(store, path, commits)

    @pytest.mark.parametrize("kind", ["connection", "session", "scoped session"])
    def test_asynchronous_ones(self, store: SqlStore, path: Path, engine: Engine, commits: bool, kind: str) -> None:
        async def work() -> None:
            engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
            sessions = async_scoped_session(async_sessionmaker(engine), lambda: 1)
            async with engine.connect() as connection, AsyncSession(engine) as session:
                given: Any = {"connection": connection, "session": session, "scoped session": sessions}[kind]
                await given.execute(text("INSERT INTO host VALUES (1)"))
                assert await store.transact_async(hand_in, connection=given) == {"ada", "known"}
                await (given.commit() if commits else given.rollback())
                await sessions.remove()
            await engine.dispose()
            await store.close_async()

        asyncio.run(work())
        self.check(store, path, commits)

    @pytest.mark.parametrize("prepare", ["nothing", "begin", "row_factory"])
    def test_a_driver_connection(
        self, store: SqlStore, path: Path, engine: Engine, commits: bool, prepare: str
    ) -> None:
        with closing(sqlite3.connect(path, isolation_level=None if prepare == "begin" else "")) as connection:
            if prepare == "begin":
                connection.execute("BEGIN")
            if prepare == "row_factory":
                connection.row_factory = lambda _, row: {"count": len(row)}
            connection.execute("INSERT INTO host VALUES (1)")
            assert store.transact(hand_in, connection=connection) == {"ada", "known"}
            assert connection.in_transaction, "nothing is committed or rolled back"
            connection.commit() if commits else connection.rollback()
        self.check(store, path, commits)

    def test_a_driver_connection_in_an_asynchronous_host(
        self, store: SqlStore, path: Path, engine: Engine, commits: bool
    ) -> None:
        async def work() -> None:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("INSERT INTO host VALUES (1)")
                await store.transact_async(hand_in, connection=connection)
                connection.commit() if commits else connection.rollback()

        asyncio.run(work())
        self.check(store, path, commits)


def test_work_that_raises_leaves_the_hosts_transaction_to_the_host(store: SqlStore, engine: Engine) -> None:
    def fail(session: Session) -> None:
        hand_in(session)
        raise LookupError

    with engine.connect() as connection:
        with pytest.raises(LookupError):
            store.transact(fail, connection=connection)
        assert connection.in_transaction()
        connection.rollback()
    assert not is_there(store)


class TestAutocommit:
    """What commits each statement by itself carries no transaction."""

    def test_a_driver_connection_without_a_transaction(self, store: SqlStore, path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            self.refused(lambda: store.transact(hand_in, connection=connection))
        assert not is_there(store)

    def test_a_connection(self, store: SqlStore, engine: Engine) -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            self.refused(lambda: store.transact(hand_in, connection=connection))
        assert not is_there(store)

    def test_a_session(self, store: SqlStore, path: Path) -> None:
        engine = create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT")
        with OrmSession(engine) as session:
            self.refused(lambda: store.transact(hand_in, connection=session))
        engine.dispose()
        assert not is_there(store)

    def test_an_asynchronous_connection(self, store: SqlStore, path: Path) -> None:
        async def work() -> None:
            engine = create_async_engine(f"sqlite+aiosqlite:///{path}", isolation_level="AUTOCOMMIT")
            async with engine.connect() as connection:
                with pytest.raises(ConfigurationError, match="commits each statement"):
                    await store.transact_async(hand_in, connection=connection)
            await engine.dispose()

        asyncio.run(work())
        assert not is_there(store)

    def refused(self, call: Callable[[], object]) -> None:
        with pytest.raises(ConfigurationError, match="commits each statement") as caught:
            call()
        assert caught.value.thing == "connection"
        assert caught.value.mend


def test_an_asynchronous_connection_needs_the_asynchronous_face(store: SqlStore, path: Path) -> None:
    async def work() -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        async with engine.connect() as connection:
            with pytest.raises(ConfigurationError, match="AsyncEngine"):
                store.transact(hand_in, connection=connection)
        await engine.dispose()

    asyncio.run(work())


@pytest.mark.parametrize("nonsense", ["sqlite://", object()])
def test_what_is_no_connection(store: SqlStore, nonsense: object) -> None:
    with pytest.raises(ConfigurationError, match="none that can carry"):
        store.transact(hand_in, connection=nonsense)


def test_a_database_without_our_tables(store: SqlStore) -> None:
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(SchemaError, match="migrate"):
        store.transact(hand_in, connection=connection)


def _use_recipe(engine: Engine) -> None:
    """SQLAlchemy's recipe for transactions on SQLite."""
    engine.dispose()

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")
