"""What is SqlStore's own: writers' transactions, retries, statements, plans, secrets, the host's engines."""

from __future__ import annotations

import asyncio
import pickle
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import BigInteger, Column, Engine, create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine

from unichannel.core.policy.trouble import Trouble
from unichannel.errors import ConfigurationError, InvalidInput, MissingExtra, UnavailableError
from unichannel.ports import Access, Allowance, Changes, Erasure, Session, Want
from unichannel.stores.sql import SqlStore, metadata, opening
from unichannel.stores.sql.failing import BusyError
from unichannel.testing.conformance.store_merging import merge
from unichannel.testing.conformance.store_values import ALL, NOW, begin, delivery_of, event_of, handed, read, run_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.db"


def nobody_else_may_write(path: Path) -> bool:
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            return "locked" in str(error)
        return False


class TestSqlite:
    @pytest.fixture
    def backend(self) -> str:
        return "sqlite"

    def test_work_is_a_writers_from_its_start(self, store: SqlStore, path: Path) -> None:
        """P7, P8: who reads before it may write decides on what another changes meanwhile."""
        assert store.transact(lambda _: nobody_else_may_write(path))
        assert not nobody_else_may_write(path)

    def test_asynchronous_work_too(self, store: SqlStore, path: Path) -> None:
        async def work() -> bool:
            try:
                return await store.transact_async(lambda _: nobody_else_may_write(path))
            finally:
                await store.close_async()

        assert asyncio.run(work())

    def test_what_is_committed_is_on_the_disk(self, store: SqlStore) -> None:
        with store._sync_engine().connect() as connection:
            settings = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "busy_timeout")
            ]
        assert settings == ["wal", 2, 10_000]

    def test_what_stays_busy_is_unavailable(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(opening, "BUSY_TIMEOUT", 0)
        store = SqlStore(f"sqlite:///{path}")
        store.migrate()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(UnavailableError, match=r"busy.*your own, call engine\.publish\(\) before it begins"):
                store.transact(lambda session: session.candidates(NOW, 1))
            with pytest.raises(UnavailableError, match="busy"):
                asyncio.run(_ask_async(store))
            other.execute("ROLLBACK")
            assert store.transact(lambda session: session.candidates(NOW, 1)) == []
        store.close()


class TestTransactions:
    @pytest.mark.parametrize("error", ["deadlock", "serialization", "connection"])
    def test_busy_work_is_done_again_whole_three_times(self, store: SqlStore, backend: str, error: str) -> None:
        tries: list[int] = []

        def work(session: Session) -> str:
            session.put_inbox([handed()])
            tries.append(1)
            if len(tries) <= 3:
                raise _busy(backend, error)
            return "done"

        assert store.transact(work) == "done"
        assert len(store.transact(lambda session: read(session, "ada"))[0].inbox) == 1
        assert len(tries) == 4

    def test_other_errors_are_not_tried_again(self, store: SqlStore) -> None:
        tries: list[int] = []

        def work(_: Session) -> None:
            tries.append(1)
            raise LookupError

        with pytest.raises(LookupError):
            store.transact(work)
        assert len(tries) == 1

    def test_asynchronous_work_is_done_again_too(self, store: SqlStore, backend: str) -> None:
        tries: list[int] = []

        def work(session: Session) -> None:
            tries.append(1)
            raise _busy(backend)

        async def ask() -> None:
            with pytest.raises(UnavailableError):
                await store.transact_async(work)
            await store.close_async()

        asyncio.run(ask())
        assert len(tries) == 4

    def test_the_error_pickles(self) -> None:
        error = pickle.loads(pickle.dumps(BusyError("busy.", thing="store", mend="Wait.")))  # noqa: S301
        assert (type(error), str(error), error.thing) == (BusyError, "busy. Wait.", "store")


def _busy(backend: str, kind: str = "deadlock") -> Exception:
    if backend == "postgresql":
        errors = psycopg.errors
        states = {"deadlock": errors.DeadlockDetected, "serialization": errors.SerializationFailure}
        return states.get(kind, psycopg.OperationalError)("the connection is lost")
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


async def _ask_async(store: SqlStore) -> None:
    try:
        await store.transact_async(lambda session: session.candidates(NOW, 1))
    finally:
        await store.close_async()


class TestStatements:
    def test_their_number_does_not_grow_with_the_batch(self, store: SqlStore) -> None:
        """Law 11."""
        self.count(store, 10)  # so that there is something due before each
        assert self.count(store, 2) == self.count(store, 60)

    def count(self, store: SqlStore, size: int) -> int:
        asked: list[str] = []

        def note(_c: Any, _u: Any, statement: str, *_: Any) -> None:
            asked.append(statement)

        engine = store._sync_engine()
        event.listen(engine, "before_cursor_execute", note)
        store.transact(lambda session: _pass(session, [f"p{size}-{n}" for n in range(size)]))
        event.remove(engine, "before_cursor_execute", note)
        return len(asked)

    def test_none_reads_a_whole_table(self, store: SqlStore, backend: str) -> None:
        """What waits costs nothing: each query finds its rows by an index."""
        scanned: set[str] = set()
        explained: set[str] = set()

        def explain(connection: Any, _u: Any, statement: str, parameters: Any, _c: Any, many: bool) -> None:
            if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
                explained.add(statement.split()[0])
                values = parameters[0] if many else parameters
                scanned.update(_SCANS[backend](connection.connection.driver_connection, statement, values))

        engine = store._sync_engine()
        if backend == "postgresql":
            _fill(engine)
        event.listen(engine, "before_cursor_execute", explain)
        store.transact(lambda session: _pass(session, ["ada", "bob"]))
        store.transact(_ask_everything)
        few = {*_FEW, "unichannel_receipts"}  # whose queue is read from its oldest row on
        assert scanned <= {"unichannel_inbox", *few}, "but for the inbox, which is read from its oldest row on"
        scanned.clear()
        store.transact(_guard_everything)
        assert scanned <= set(_FEW), "one person's erasure reads what is theirs, no queue of everybody's"
        event.remove(engine, "before_cursor_execute", explain)
        assert explained == {"SELECT", "UPDATE", "DELETE", "INSERT"}

    def test_a_value_that_is_no_json_is_refused(self, store: SqlStore) -> None:
        with pytest.raises(InvalidInput, match="cannot be stored"):
            store.transact(lambda session: session.put_inbox([handed(body={"when": object()})]))


def _fill(engine: Engine) -> None:
    """So many rows of each kind that PostgreSQL's planner sees a difference: it counts what is there."""
    with engine.begin() as connection:
        for table in (one for one in metadata.sorted_tables if one.name not in _FEW):
            named = {f'"{column.name}"': _SOME.get(column.name, _filler(column)) for column in table.columns}
            rows = f"SELECT {', '.join(named.values())} FROM generate_series(1000, 21000) AS i"  # noqa: S608
            connection.exec_driver_sql(f"INSERT INTO {table.name} ({', '.join(named)}) {rows}")
        connection.exec_driver_sql("ANALYZE")


def _filler(column: Column[Any]) -> str:
    if column.nullable:
        return "CASE WHEN mod(i, 50) = 0 THEN i END"
    return "i" if isinstance(column.type, BigInteger) else f"'{column.name}' || i"


_FEW = {f"unichannel_{name}" for name in ("troubles", "definitions", "sweeps", "ids", "meta")}
_SOME = {"body": "'{}'", "kind": "'event'", "status": "'accepted'", "facts": "'{}'", "channel": "'email'", "n": "1"}
_SOME["receipt"] = """'{"kind":"opened","occurred":1}'"""
_SOME["hash"] = "'hash' || i"
_SOME["trace"] = """'{"now":1}'"""
"""Values of columns that are not different in each row."""


def _scans_of_sqlite(connection: Any, statement: str, values: Any) -> set[str]:
    rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values) if hasattr(connection, "execute") else ()
    names = [row[3].split()[1] for row in rows if row[3].startswith("SCAN ")]
    aliases = {"older": "unichannel_inbox"}
    return {aliases.get(name, name) for name in names if name.startswith("unichannel_") or name in aliases}


def _scans_of_postgres(connection: Any, statement: str, values: Any) -> set[str]:
    """Tables that are read whole, or by an index without a condition."""
    cursor = psycopg.ClientCursor(connection)
    cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
    found = cursor.fetchone()
    assert found is not None
    return set(_whole_tables(found[0][0]["Plan"]))


def _whole_tables(plan: dict[str, Any]) -> Iterator[str]:
    name = plan.get("Relation Name", "")
    is_partial = any(plan.get("Index Name", "").endswith(part) for part in _PARTIAL)
    by_index = "Index Cond" in plan or is_partial or plan["Node Type"] == "Bitmap Heap Scan"
    if name.startswith("unichannel_") and plan["Node Type"] != "ModifyTable" and not by_index:
        yield name
    if plan["Node Type"] == "Bitmap Index Scan" and not by_index:
        yield plan["Index Name"]
    for part in plan.get("Plans", ()):
        yield from _whole_tables(part)


_PARTIAL = ("wakes_due", "deliveries_due", "inbox_merge", "profiles_merged", "enrollments_open")
"""Indices of what is to be done: to read one from its beginning is to read what is due."""

_SCANS = {"sqlite": _scans_of_sqlite, "postgresql": _scans_of_postgres}


def _pass(session: Session, keys: list[str]) -> None:
    session.candidates(NOW, 9)
    session.put_inbox([handed(key, event_id=f"e-{key}") for key in keys])
    ids = session.lock(keys, NOW)
    loaded = session.load(list(ids.values()), ALL)
    first = session.allocate(len(ids))
    changes = Changes(people=[one.facts.person for one in loaded], inbox=[one.inbox[0].id for one in loaded])
    changes.started = [run_of(first + n, id, origin=f"o{first + n}") for n, id in enumerate(ids.values())]
    changes.reserved = [delivery_of(one) for one in changes.started]
    changes.events = [(id, event_of(id=f"x{id}")) for id in ids.values()]
    changes.wakes, changes.addresses = [(id, NOW) for id in ids.values()], [(id, ["h"]) for id in ids.values()]
    session.commit(changes)
    session.load(list(ids.values()), Want(since=NOW))
    session.commit(Changes(updated=changes.started, cancelled=[(one.id, 1, "x", NOW) for one in changes.started]))
    session.gates(changes.reserved)
    session.save(changes.reserved)
    session.find([one.key for one in changes.reserved], [("mail", "p")])
    session.latest_to(["h"])


def _guard_everything(session: Session) -> None:
    """What an erasure, a correction and a copy ask."""
    history = session.history("zoe")
    assert history is not None
    session.parked(["k"], ["p"], ["h"])
    session.waiting(["zoe"])
    session.suppressed(["h"])
    session.accesses(["s"])
    session.put_accesses([Access(NOW, "s", "erase")])
    session.find([one.key for one in history.deliveries])
    session.redirect(history.deliveries)
    session.settle_receipts([1], [])
    session.erase(Erasure(history.person, [1], history.runs, history.deliveries, {"zoe": "pseudonym"}))


def _ask_everything(session: Session) -> None:
    begin(session, "zoe")
    session.known(["ada"])
    session.due(NOW, 9, frozenset({"sms"}))
    session.next_due(NOW)
    session.history("ada")
    session.origin("o1")
    session.delivery(1, 1)
    session.enrollment(1)
    session.profile_keys([1])
    session.profiles_at(["h"])
    session.receipts(NOW, 9)
    session.settle_receipts([1], [(1, NOW)])
    session.drop_faults([1])
    session.put_definition("a", 1, "d", "{}", NOW)
    session.begin_sweep("a", 1)
    session.advance_sweep("a", 1)
    session.sweeps()
    session.runs_of("a", 1, 0, 9)
    session.profiles_after(0, 9)
    session.apart(9)
    session.purge_events(1, NOW, 9, frozenset({"a"}), listed=True)
    session.purge_events(1, NOW, 9, frozenset({"a"}), listed=False)
    session.purge_deliveries(1, NOW, 9)
    session.purge_runs(1, NOW, 9, frozenset({"welcome"}))
    session.purge_notes(1, 0, 9)
    session.put_trouble(Trouble("sms", 1))
    session.put_trouble(Trouble("sms"))
    session.troubles()
    block = session.take(Allowance("rate", 9, NOW, NOW + 1), 5, NOW, NOW + 1)
    session.spend(block, 1)
    session.taken(Allowance("rate", 9, NOW))
    session.give_back([block])
    session.forget_windows(["rate"], NOW)
    merge(session, "zoe", "yan")


class TestEngines:
    def test_nothing_is_opened_before_it_is_used(self, path: Path) -> None:
        store = SqlStore(f"sqlite:///{path}")
        store.close()
        asyncio.run(store.close_async())
        assert not path.exists()

    @pytest.mark.parametrize("recipe", [True, False])
    def test_a_hosts_engine_is_used_and_left_open(self, path: Path, recipe: bool) -> None:
        engine = create_engine(f"sqlite:///{path}")
        if recipe:
            event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
            event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        store = SqlStore(engine=engine)
        store.migrate()
        assert store.transact(lambda _: nobody_else_may_write(path))
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM unichannel_inbox").scalar() == 0
            assert not nobody_else_may_write(path), "the host's own transactions stay as they were"
        pool = engine.pool
        store.close()
        assert engine.pool is pool, "its connections are the host's"
        engine.dispose()

    def test_a_hosts_asynchronous_engine(self, path: Path) -> None:
        async def work() -> set[str]:
            engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
            store = SqlStore(async_engine=engine)
            await store.migrate_async()
            await store.check_async()
            await store.transact_async(lambda session: session.lock(["ada"], NOW))
            assert await store.transact_async(lambda _: nobody_else_may_write(path))
            found = await store.transact_async(lambda session: session.known(["ada"]))
            pool = engine.pool
            await store.close_async()
            assert engine.pool is pool, "its connections are the host's"
            await engine.dispose()
            return found

        assert asyncio.run(work()) == {"ada"}

    def test_it_is_usable_after_it_was_closed(self, store: SqlStore) -> None:
        store.transact(lambda session: session.lock(["ada"], NOW))
        store.close()
        assert store.transact(lambda session: session.known(["ada"])) == {"ada"}

    @pytest.mark.parametrize(
        "url", ["", "nonsense", "mysql://me:secret@db/x", "mssql://me:secret@db/x", "postgresql://me:secret@db:port/x"]
    )
    def test_a_url_that_cannot_be_served(self, url: str) -> None:
        with pytest.raises(ConfigurationError) as caught:
            SqlStore(url)
        assert "secret" not in f"{caught.value!r}{caught.value}{caught.value.__cause__!r}"
        assert caught.value.mend

    def test_no_repr_shows_a_password(self) -> None:
        assert "secret" not in repr(SqlStore("sqlite://me:secret@/app.db"))

    def test_no_error_shows_a_row(self, store: SqlStore) -> None:
        def clash(session: Session) -> None:
            made = begin(session)
            session.commit(Changes(reserved=[delivery_of(made, address="secret@example.com")]))

        with pytest.raises(Exception, match="same key") as caught:
            store.transact(clash)
        assert "secret" not in f"{caught.value!r}{caught.value}{caught.value.__cause__}"

    def test_in_memory_both_faces_see_the_same(self) -> None:
        store = SqlStore("sqlite://")
        store.migrate()
        store.transact(lambda session: session.lock(["ada"], NOW))
        assert asyncio.run(store.transact_async(lambda session: session.known(["ada"]))) == {"ada"}
        store.close()
        with pytest.raises(ConfigurationError, match="in memory"):
            SqlStore(async_engine=create_async_engine("sqlite+aiosqlite://"))


@pytest.mark.parametrize(
    ("package", "program"),
    [
        ("sqlalchemy", "import unichannel.stores.sql"),
        ("psycopg", "from unichannel.stores.sql import SqlStore; SqlStore('postgresql://nobody/x').check()"),
        ("alembic", "from unichannel.stores.sql import SqlStore; SqlStore('sqlite://').migrate()"),
        (
            "aiosqlite",
            "import asyncio, unichannel.stores.sql as s; asyncio.run(s.SqlStore('sqlite:////tmp/x').check_async())",
        ),
    ],
)
def test_a_missing_package_is_named(package: str, program: str) -> None:
    program = f"import sys; sys.modules[{package!r}] = None\n{program}"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.stderr.strip().splitlines()[-1].startswith(f"unichannel.errors.{MissingExtra.__name__}")
    extra = "postgres" if package == "psycopg" else "sql"
    assert f'pip install "unichannel[{extra}]"' in ended.stderr


def test_the_host_opens_an_engine_of_its_own_type(path: Path) -> None:
    engine: Engine = create_engine(f"sqlite:///{path}")
    assert "app.db" in repr(SqlStore(engine=engine))
    engine.dispose()
