"""The schema: from nothing, twice, by two at once, behind, ahead, beside a host's own tables."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, create_engine, inspect, text

import unichannel.stores.migrations as migrations
from unichannel import Engine as Engine_
from unichannel import Profile
from unichannel.errors import ConfigurationError, SchemaError, UnavailableError
from unichannel.ports import Changes, Session
from unichannel.stores.sql import SqlStore, include_name, metadata
from unichannel.stores.sql.schema import REVISIONS
from unichannel.testing.conformance.store_values import NOW, begin, handed, read


@pytest.fixture
def url(empty_url: str) -> str:
    return empty_url


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    yield engine
    engine.dispose()


def set_version(engine: Engine, version: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE unichannel_schema SET version_num = :v"), {"v": version})


def test_from_nothing(store: SqlStore, engine: Engine) -> None:
    store.migrate()
    store.check()
    names = inspect(engine).get_table_names()
    assert set(metadata.tables) | {"unichannel_schema"} == set(names)
    assert all(name.startswith("unichannel_") for name in names)
    assert len(store.identity()) == 32


def test_the_code_reads_what_the_migrations_make(store: SqlStore, engine: Engine) -> None:
    store.migrate()
    made = MetaData()
    made.reflect(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": "unichannel_schema", "compare_type": True}
        )
        assert compare_metadata(context, metadata) == []
        made_by_migrations = _spelled(connection)
    assert made_by_migrations == _spelled_by_the_code(engine)


def _spelled(connection: Connection) -> dict[str, str]:
    """Each table and index as the database keeps it; partial indices and rowids are not compared by Alembic."""
    rows = connection.execute(text(_SPELLINGS[connection.dialect.name])).all()
    return {
        name: re.sub(r"\s*([,()]|\s)\s*", r"\1", sql)
        for name, sql in rows
        if name.partition("unichannel_")[1] and name != "unichannel_schema"
    }


_SPELLINGS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() UNION ALL "
    "SELECT sequencename, data_type::text FROM pg_sequences WHERE schemaname = current_schema()",
}


def _spelled_by_the_code(engine: Engine) -> dict[str, str]:
    """What ``create_all`` would make, in the place of what is there."""
    with engine.connect() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        return _spelled(connection)


def test_every_revision_is_known() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    script = ScriptDirectory.from_config(config)
    assert [one.revision for one in script.walk_revisions()][::-1] == list(REVISIONS)
    assert script.get_heads() == [REVISIONS[-1]]


def test_twice_keeps_everything(store: SqlStore) -> None:
    store.migrate()
    store.transact(lambda session: session.lock(["ada"], 1))
    identity = store.identity()
    store.migrate()
    asyncio.run(store.migrate_async())
    again = SqlStore(store._url)
    assert again.identity() == identity
    assert again.transact(lambda session: session.known(["ada"])) == {"ada"}
    again.close()


def test_a_migration_that_breaks_leaves_nothing(
    store: SqlStore, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgrade(connection: Connection, schema: str | None) -> None:
        connection.execute(text("CREATE TABLE unichannel_half (x INTEGER)"))
        raise LookupError

    monkeypatch.setattr(migrations, "upgrade", upgrade)
    with pytest.raises(LookupError):
        store.migrate()
    assert inspect(engine).get_table_names() == []


def test_many_threads_at_once(url: str) -> None:
    errors: list[BaseException] = []
    identities: list[bytes] = []
    barrier = threading.Barrier(4)

    def work() -> None:
        store = SqlStore(url)
        try:
            barrier.wait()
            store.migrate()
            identities.append(store.identity())
        except BaseException as error:
            errors.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(set(identities)) == 1


def test_several_processes_at_once(url: str) -> None:
    program = (
        "import sys; from unichannel.stores.sql import SqlStore; store = SqlStore(sys.argv[1]);"
        "sys.stdin.readline(); store.migrate(); print(store.identity().hex()); store.close()"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", program, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    answers = [one.communicate() for one in running]
    assert [error for _, error in answers] == [""] * 4
    assert len({identity for identity, _ in answers}) == 1


def test_a_database_that_was_never_migrated(store: SqlStore) -> None:
    for call in (store.check, store.identity, lambda: store.transact(lambda session: session.known(["ada"]))):
        with pytest.raises(SchemaError, match=r"Run engine\.migrate\(\)"):
            call()


def test_behind(store: SqlStore, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    store.migrate()
    monkeypatch.setattr("unichannel.stores.sql.schema.REVISIONS", (*REVISIONS, "0999"))
    with pytest.raises(SchemaError, match=r"behind: .* Run engine\.migrate\(\)"):
        store.check()


def test_ahead(store: SqlStore, engine: Engine) -> None:
    store.migrate()
    set_version(engine, "0999")
    for call in (store.check, store.migrate, lambda: asyncio.run(_check_async(store))):
        with pytest.raises(SchemaError, match=r"0999.* Deploy a newer unichannel"):
            call()


async def _check_async(store: SqlStore) -> None:
    try:
        await store.check_async()
    finally:
        await store.close_async()


def test_out_of_reach(tmp_path: Path) -> None:
    places = f"sqlite:///{tmp_path}/nowhere/app.db", f"postgresql://me:secret@/app?host={tmp_path}/nowhere"
    for store in map(SqlStore, places):
        with pytest.raises(UnavailableError) as caught:
            store.check()
        assert "secret" not in str(caught.value)
        assert "look at the URL, the password" in caught.value.mend or "Make its directory" in caught.value.mend
        store.close()


def _lock(session: Session) -> None:
    session.lock(["ada"], 0)


async def _lock_async(store: SqlStore) -> None:
    try:
        await store.transact_async(_lock)
    finally:
        await store.close_async()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # aiosqlite outlives the loop
@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("place", "kind", "said"),
    [
        ("nowhere/app.db", UnavailableError, "nowhere/app.db cannot be opened. Make its directory"),
        ("notes.txt", ConfigurationError, "notes.txt is no SQLite database. Name another one"),
        ("file:{}/sealed.db?mode=ro&uri=true", ConfigurationError, "sealed.db cannot be written. Let this process"),
    ],
)
def test_the_file_is_named_that_cannot_be_used(
    tmp_path: Path, place: str, kind: type[Exception], said: str, is_async: bool
) -> None:
    (tmp_path / "notes.txt").write_text("No database, but long enough to be read as one. " * 4)
    SqlStore(f"sqlite:///{tmp_path}/sealed.db").migrate()
    store = SqlStore(f"sqlite:///{place.format(tmp_path) if '{' in place else tmp_path / place}")
    with pytest.raises(kind) as caught:
        asyncio.run(_lock_async(store)) if is_async else store.transact(_lock)
    assert said in str(caught.value)


def test_a_schema_of_its_own(url: str) -> None:
    store = SqlStore(url, schema="main")
    store.migrate()
    store.migrate()
    store.check()
    assert store.transact(lambda session: session.lock(["ada"], 1)) == {"ada": 1}
    assert store.transact(lambda session: session.allocate(2)) == 1
    store.close()


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
@pytest.mark.parametrize("schema", ["app", "Odd name"])
def test_two_schemas_know_nothing_of_each_other(url: str, store: SqlStore, engine: Engine, schema: str) -> None:
    other = SqlStore(url, schema=schema)
    other.migrate()
    assert set(inspect(engine).get_table_names()) == set()
    assert set(inspect(engine).get_table_names(schema=schema)) == set(metadata.tables) | {"unichannel_schema"}
    with pytest.raises(SchemaError, match="missing"):
        store.check()
    store.migrate()
    other.transact(lambda session: session.allocate(5))
    other.transact(lambda session: session.put_inbox([handed()]))
    assert store.transact(lambda session: (session.allocate(1), session.candidates(NOW, 9))) == (1, [])
    assert other.transact(lambda session: (session.lock(["ada"], NOW), session.allocate(1))) == ({"ada": 1}, 6)
    other.close()


def test_a_hosts_autogenerate_leaves_our_tables_alone(store: SqlStore, engine: Engine) -> None:
    store.migrate()
    hosts = MetaData()
    Table("hosts", hosts, Column("id", Integer, primary_key=True))
    with engine.connect() as connection:
        careless = compare_metadata(MigrationContext.configure(connection), hosts)
        assert "remove_table" in [one[0] for one in careless]
        context = MigrationContext.configure(connection, opts={"include_name": include_name})
        assert [one[0] for one in compare_metadata(context, hosts)] == ["add_table"]


def test_names_that_are_ours() -> None:
    assert not include_name("unichannel_inbox", "table", {})
    assert not include_name("ix_unichannel_inbox_profile", "index", {"table_name": "unichannel_inbox"})
    assert include_name("orders", "table", {})
    assert include_name("ix_orders", "index", {"table_name": "orders"})
    assert include_name(None, "schema", {})


def test_what_was_there_before_is_there_after(store: SqlStore, engine: Engine) -> None:
    """0001 with rows in it, brought to the last revision."""
    with engine.begin() as connection:
        migrations.upgrade(connection, to="0001")
        write = connection.exec_driver_sql
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        write(f"INSERT INTO unichannel_profiles (key, body) VALUES ({mark}, {mark})", ("ada", '{"created":5}'))  # noqa: S608 -- ours
        write("INSERT INTO unichannel_wakes (profile, due) VALUES (1, 7)")
        texts = "k", "s", 1, 1, "email", "m", "marketing", "a@b.example", "h"
        rest = 1, 1, 9, 10, "reserved", 0, "", "", "", "{}", '{"x":1}', "{}", ""
        values = (3, 1, 1, *texts, *rest)
        write(f"INSERT INTO unichannel_deliveries VALUES ({f'{mark},' * 24}{mark})", values)  # noqa: S608 -- ours
        row = "ada", "event", "order.placed", 1, 1, "e1", 0, "{}"
        columns = "profile, kind, name, occurred, recorded, event_id, depth, body"
        write(f"INSERT INTO unichannel_inbox ({columns}) VALUES ({f'{mark},' * 7}{mark})", row)  # noqa: S608 -- ours
    with pytest.raises(SchemaError, match="behind: 0001"):
        store.check()
    store.migrate()
    store.check()
    made = store.transact(lambda session: session.delivery(3, 1))
    assert made is not None
    assert (made.definition, made.frozen, made.due) == (0, {"x": 1}, 9)
    assert store.transact(lambda session: session.candidates(7, 9)) == ["ada"]
    history = store.transact(lambda session: session.history("ada"))
    assert history is not None
    assert (history.person.created, history.person.keys) == (5, ("ada",))
    assert store.transact(lambda session: (session.apart(9), session.sweeps())) == ([], [])


def next_revision(connection: Connection) -> None:
    """What a later version's first step may be: it only adds."""
    run = connection.exec_driver_sql
    run("ALTER TABLE unichannel_profiles ADD COLUMN later BIGINT")
    run("ALTER TABLE unichannel_deliveries ADD COLUMN later BIGINT NOT NULL DEFAULT 0")
    run("CREATE TABLE unichannel_later (id BIGINT PRIMARY KEY)")
    run("CREATE INDEX ix_unichannel_later ON unichannel_profiles (later)")


def test_old_code_goes_on_while_the_schema_is_expanded(store: SqlStore, engine: Engine) -> None:
    """A worker that checked the schema when it began works on after a deploy has migrated; a new one is refused."""
    store.migrate()
    store.check()
    begun = store.transact(begin)
    with engine.begin() as connection:
        next_revision(connection)
    set_version(engine, "0999")

    def work(session: Session) -> None:
        begin(session, "bob")
        session.put_inbox([handed("cleo")])
        (loaded,) = read(session, "ada")
        session.commit(Changes([loaded.facts.person], updated=loaded.runs, wakes=[(begun.profile, NOW)]))
        session.save(session.due(NOW, 9))
        session.merge(loaded.facts.person, session.lock(["cleo"], NOW)["cleo"])

    store.transact(work)
    history = store.transact(lambda session: session.history("ada"))
    assert history is not None
    assert [run.id for run in history.runs] == [begun.id]
    with pytest.raises(SchemaError, match="0999"):
        store.check()
    with pytest.raises(SchemaError, match="0999"):
        SqlStore(store._url, engine=engine).migrate()


def test_new_code_on_an_old_schema_is_refused_before_it_does_anything(store: SqlStore, engine: Engine) -> None:
    with engine.begin() as connection:
        migrations.upgrade(connection, to="0001")
    fresh = Engine_(store)
    with pytest.raises(SchemaError, match=r"behind: 0001.*migrate"):
        fresh.identify(Profile("ada"))
    with pytest.raises(SchemaError, match=r"behind: 0001.*migrate"):
        fresh.run_due()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM unichannel_inbox")) == 0
    fresh.migrate()
    fresh.identify(Profile("ada"))
    assert store.transact(lambda session: session.known(["ada"])) == {"ada"}
