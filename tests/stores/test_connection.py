"""connection=: the host's own transaction carries our rows, and nothing else happens to it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DataError
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import scoped_session, sessionmaker

from tests.stores import postgres
from unichannel.core.audience.consent import Consent
from unichannel.errors import ConfigurationError, SchemaError, UnavailableError
from unichannel.ports import Inbox, Session
from unichannel.stores.sql import SqlStore

NOW = 1_894_179_600_000_000


Opener = Callable[..., Any]


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    store = SqlStore(url)
    store.transact(lambda session: session.lock(["known"], NOW))
    yield store
    store.close()


@pytest.fixture
def engine(url: str, store: SqlStore) -> Iterator[Engine]:
    """The host's engine, as SQLAlchemy makes it."""
    engine = create_engine(with_driver(url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE host (x INTEGER)"))
    yield engine
    engine.dispose()


@pytest.fixture
def driver(backend: str, url: str) -> Opener:
    """Opens a connection of the driver's; ``autocommit`` as each driver says it."""

    def open_it(autocommit: bool = False) -> Any:
        if backend == "sqlite":
            return sqlite3.connect(make_url(url).database or "", isolation_level=None if autocommit else "")
        return psycopg.connect(url, autocommit=autocommit)

    return open_it


def with_driver(url: str, asynchronous: bool = False) -> str:
    return url.replace("postgresql:", "postgresql+psycopg:").replace(
        "sqlite:", "sqlite+aiosqlite:" if asynchronous else "sqlite:"
    )


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


def rows_of_host(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM host")) or 0)


@pytest.mark.parametrize("commits", [True, False])
class TestTheHostDecides:
    """Committed means there, rolled back means nothing happened: its rows and ours together."""

    def check(self, store: SqlStore, engine: Engine, commits: bool) -> None:
        assert is_there(store) is commits
        assert rows_of_host(engine) == commits

    def test_a_connection(self, store: SqlStore, engine: Engine, commits: bool) -> None:
        with engine.connect() as connection:
            connection.execute(text("INSERT INTO host VALUES (1)"))
            assert store.transact(hand_in, connection=connection) == {"ada", "known"}
            assert connection.in_transaction()
            connection.commit() if commits else connection.rollback()
            assert not connection.closed
        self.check(store, engine, commits)

    def test_a_connection_that_did_nothing_yet(self, store: SqlStore, engine: Engine, commits: bool) -> None:
        with engine.connect() as connection:
            store.transact(hand_in, connection=connection)
            connection.execute(text("INSERT INTO host VALUES (1)"))
            connection.commit() if commits else connection.rollback()
        self.check(store, engine, commits)

    @pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
    def test_an_engine_after_sqlalchemys_recipe(self, store: SqlStore, engine: Engine, commits: bool) -> None:
        _use_recipe(engine)
        with engine.connect() as connection:
            store.transact(hand_in, connection=connection)
            connection.execute(text("INSERT INTO host VALUES (1)"))
            connection.commit() if commits else connection.rollback()
        self.check(store, engine, commits)

    @pytest.mark.parametrize("scoped", [True, False])
    def test_a_session(self, store: SqlStore, engine: Engine, commits: bool, scoped: bool) -> None:
        registry = scoped_session(sessionmaker(engine))
        with OrmSession(engine) as plain:
            session: Any = registry if scoped else plain
            session.execute(text("INSERT INTO host VALUES (1)"))
            assert store.transact(hand_in, connection=session) == {"ada", "known"}
            session.commit() if commits else session.rollback()
            registry.remove()
        self.check(store, engine, commits)

    @pytest.mark.parametrize("kind", ["connection", "session", "scoped session"])
    def test_asynchronous_ones(self, store: SqlStore, engine: Engine, url: str, commits: bool, kind: str) -> None:
        async def work() -> None:
            engine = create_async_engine(with_driver(url, asynchronous=True))
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
        self.check(store, engine, commits)

    @pytest.mark.parametrize("prepare", ["nothing", "begin", "row_factory"])
    def test_a_driver_connection(
        self, store: SqlStore, driver: Opener, engine: Engine, commits: bool, prepare: str
    ) -> None:
        with closing(driver(autocommit=prepare == "begin")) as connection:
            if prepare == "begin":
                connection.execute("BEGIN")
            if prepare == "row_factory":
                connection.row_factory = _dictionaries(connection)
            connection.execute("INSERT INTO host VALUES (1)")
            assert store.transact(hand_in, connection=connection) == {"ada", "known"}
            assert is_open(connection), "nothing is committed or rolled back"
            connection.execute("COMMIT" if commits else "ROLLBACK")
        self.check(store, engine, commits)

    def test_a_driver_connection_in_an_asynchronous_host(
        self, store: SqlStore, driver: Opener, engine: Engine, commits: bool
    ) -> None:
        async def work() -> None:
            with closing(driver()) as connection:
                connection.execute("INSERT INTO host VALUES (1)")
                await store.transact_async(hand_in, connection=connection)
                connection.commit() if commits else connection.rollback()

        asyncio.run(work())
        self.check(store, engine, commits)

    @pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
    @pytest.mark.parametrize("way", ["transaction", "cursor"])
    def test_an_asynchronous_connection_of_psycopg(
        self, store: SqlStore, url: str, engine: Engine, commits: bool, way: str
    ) -> None:
        async def work() -> None:
            async with await psycopg.AsyncConnection.connect(url, autocommit=way == "transaction") as connection:
                async with connection.transaction(force_rollback=not commits) if way == "transaction" else _nothing():
                    await connection.execute("INSERT INTO host VALUES (1)")
                    assert await store.transact_async(hand_in, connection=connection) == {"ada", "known"}
                    assert is_open(connection)
                await (connection.commit() if commits else connection.rollback())

        asyncio.run(work())
        self.check(store, engine, commits)

    @pytest.mark.parametrize("proxy", [True, False])
    def test_djangos_connection(self, store: SqlStore, url: str, engine: Engine, commits: bool, proxy: bool) -> None:
        with django_connections(url) as connections:
            from django.db import transaction

            given = _Proxy(connections) if proxy else connections["default"]
            with transaction.atomic(), given.cursor() as cursor:
                cursor.execute("INSERT INTO host VALUES (%s)", [1])
                assert store.transact(hand_in, connection=given) == {"ada", "known"}
                transaction.set_rollback(not commits)
        self.check(store, engine, commits)


class _Proxy:
    """``django.db.connection`` is such a thing: it passes everything on to the connection of the thread."""

    def __init__(self, connections: Any) -> None:
        self._connections = connections

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connections["default"], name)


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


@contextmanager
def django_connections(url: str) -> Iterator[Any]:
    """Django's own connections, as a host's settings make them."""
    import django
    from django.conf import settings
    from django.db import connections

    parsed = make_url(url)
    options = {"NAME": parsed.database, "USER": parsed.username or "", "HOST": parsed.query.get("host", "")}
    engine = "postgresql" if parsed.get_backend_name() == "postgresql" else "sqlite3"
    if not settings.configured:
        settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.dummy"}}, USE_TZ=True)
        django.setup()
    made = {"ENGINE": f"django.db.backends.{engine}", **options}
    connections.settings = connections.configure_settings({"default": made})
    if hasattr(connections._connections, "default"):
        del connections["default"]
    try:
        yield connections
    finally:
        connections["default"].close()
        del connections["default"]


def _dictionaries(connection: Any) -> Any:
    if isinstance(connection, sqlite3.Connection):
        return lambda _, row: {"count": len(row)}
    return psycopg.rows.dict_row


def is_open(connection: Any) -> bool:
    """Whether a transaction is under way on a driver's connection."""
    if isinstance(connection, sqlite3.Connection):
        return connection.in_transaction
    return bool(connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS)


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

    def test_a_driver_connection_without_a_transaction(self, store: SqlStore, driver: Opener) -> None:
        with closing(driver(autocommit=True)) as connection:
            self.refused(lambda: store.transact(hand_in, connection=connection))
        assert not is_there(store)

    def test_django_outside_of_atomic(self, store: SqlStore, url: str) -> None:
        with django_connections(url) as connections:
            self.refused(lambda: store.transact(hand_in, connection=connections["default"]))
        assert not is_there(store)

    def test_a_connection(self, store: SqlStore, engine: Engine) -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            self.refused(lambda: store.transact(hand_in, connection=connection))
        assert not is_there(store)

    def test_a_session(self, store: SqlStore, url: str) -> None:
        engine = create_engine(with_driver(url), isolation_level="AUTOCOMMIT")
        with OrmSession(engine) as session:
            self.refused(lambda: store.transact(hand_in, connection=session))
        engine.dispose()
        assert not is_there(store)

    def test_an_asynchronous_connection(self, store: SqlStore, url: str) -> None:
        async def work() -> None:
            engine = create_async_engine(with_driver(url, asynchronous=True), isolation_level="AUTOCOMMIT")
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


def test_an_asynchronous_connection_needs_the_asynchronous_face(store: SqlStore, url: str) -> None:
    async def work() -> None:
        engine = create_async_engine(with_driver(url, asynchronous=True))
        async with engine.connect() as connection:
            with pytest.raises(ConfigurationError, match="AsyncEngine"):
                store.transact(hand_in, connection=connection)
        await engine.dispose()

    asyncio.run(work())


@pytest.mark.parametrize("nonsense", ["sqlite://", object()])
def test_what_is_no_connection(store: SqlStore, nonsense: object) -> None:
    with pytest.raises(ConfigurationError, match="none that can carry"):
        store.transact(hand_in, connection=nonsense)


def test_a_database_without_our_tables(empty_url: str, backend: str) -> None:
    store = SqlStore(empty_url)
    engine = create_engine(with_driver(empty_url))
    with engine.connect() as connection, pytest.raises(SchemaError, match="migrate"):
        store.transact(hand_in, connection=connection)
    engine.dispose()


def test_a_connection_to_a_database_of_another_kind(store: SqlStore, backend: str, tmp_path: Path) -> None:
    for other in (create_engine("sqlite://").connect(), sqlite3.connect(":memory:")):
        with closing(other) as connection:
            if backend == "postgresql":
                with pytest.raises(ConfigurationError, match="speaks sqlite"):
                    store.transact(hand_in, connection=connection)


class TestEndedUnderUs:
    """Closed, or rolled back, before our call: it says so, and nothing of ours is anywhere."""

    def refused(self, store: SqlStore, connection: Any, said: str) -> None:
        with pytest.raises(ConfigurationError, match=said) as caught:
            store.transact(hand_in, connection=connection)
        assert (caught.value.thing, bool(caught.value.mend)) == ("connection", True)
        assert not is_there(store)

    def test_a_driver_connection_that_was_closed(self, store: SqlStore, driver: Opener) -> None:
        connection = driver()
        connection.close()
        self.refused(store, connection, "is closed")

    def test_a_connection_that_was_closed(self, store: SqlStore, engine: Engine) -> None:
        connection = engine.connect()
        connection.close()
        self.refused(store, connection, "was closed, or its transaction rolled back")

    def test_a_connection_that_was_rolled_back(self, store: SqlStore, engine: Engine) -> None:
        with engine.connect() as connection, connection.begin() as transaction:
            transaction.rollback()
            self.refused(store, connection, "was closed, or its transaction rolled back")

    def test_a_session_that_was_rolled_back(self, store: SqlStore, engine: Engine) -> None:
        with OrmSession(engine) as session, session.begin():
            session.rollback()
            self.refused(store, session, "was closed, or its transaction rolled back")

    def test_an_asynchronous_session_that_was_rolled_back(self, store: SqlStore, url: str) -> None:
        async def work() -> None:
            engine = create_async_engine(with_driver(url, asynchronous=True))
            try:
                async with AsyncSession(engine) as session, session.begin():
                    await session.rollback()
                    with pytest.raises(ConfigurationError, match="was closed, or its transaction rolled back"):
                        await store.transact_async(hand_in, connection=session)
            finally:
                await engine.dispose()
                await store.close_async()

        asyncio.run(work())
        assert not is_there(store)


class TestPostgres:
    """What only PostgreSQL does."""

    @pytest.fixture
    def backend(self) -> str:
        return "postgresql"

    def test_a_transaction_that_failed(self, store: SqlStore, driver: Opener) -> None:
        with closing(driver()) as connection:
            with pytest.raises(psycopg.Error):
                connection.execute("SELECT 1 / 0")
            with pytest.raises(ConfigurationError, match="failed") as caught:
                store.transact(hand_in, connection=connection)
            assert "Roll it back" in caught.value.mend

    def test_a_session_whose_transaction_failed(self, store: SqlStore, engine: Engine) -> None:
        with OrmSession(engine) as session:
            with pytest.raises(DataError):
                session.execute(text("SELECT 1 / 0"))
            with pytest.raises(ConfigurationError, match="has failed before"):
                store.transact(hand_in, connection=session)
        assert not is_there(store)

    def test_a_transaction_that_was_ended_under_us(self, store: SqlStore, driver: Opener) -> None:
        with closing(driver()) as connection:
            connection.execute("SELECT 1")
            with store._sync_engine().connect() as other:
                other.exec_driver_sql("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
            with pytest.raises(UnavailableError):
                store.transact(hand_in, connection=connection)
        assert not is_there(store)

    def test_an_asynchronous_connection_in_autocommit_or_in_the_wrong_face(self, store: SqlStore, url: str) -> None:
        async def work() -> None:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                with pytest.raises(ConfigurationError, match="commits each statement"):
                    await store.transact_async(hand_in, connection=connection)
                with pytest.raises(ConfigurationError, match="AsyncEngine"):
                    store.transact(hand_in, connection=connection)

        asyncio.run(work())

    def test_a_statement_that_fails_in_djangos_transaction(self, url: str) -> None:
        with postgres.database(migrated=False) as empty, django_connections(empty) as connections:
            from django.db import transaction

            store = SqlStore(empty)
            with pytest.raises(SchemaError, match="migrate"), transaction.atomic():
                store.transact(hand_in, connection=connections["default"])


def _use_recipe(engine: Engine) -> None:
    """SQLAlchemy's recipe for transactions on SQLite."""
    engine.dispose()

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")
