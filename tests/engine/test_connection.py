"""The host's own transaction carries our rows: rolled back means that nothing happened."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.journeys.trial import CATEGORIES, trial, welcome
from unichannel import Engine, MemoryStore, Profile, SqlStore
from unichannel.errors import ConfigurationError, InvalidInput
from unichannel.testing import ManualClock, RecordingTransport

ADA = Profile("ada", email="ada@example.com", phone="+33612345678")


@pytest.fixture
def transport() -> RecordingTransport:
    return RecordingTransport()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.db"


@pytest.fixture
def engine(path: Path, transport: RecordingTransport) -> Iterator[Engine]:
    routes = {"email": transport, "sms": transport}
    store = SqlStore(f"sqlite:///{path}")
    with Engine(store, journeys=[trial], categories=CATEGORIES, routes=routes, clock=ManualClock()) as engine:
        engine.migrate()
        engine.identify(ADA)
        engine.run_due()
        yield engine


def test_what_is_rolled_back_did_not_happen(engine: Engine, path: Path, transport: RecordingTransport) -> None:
    with closing(sqlite3.connect(path)) as host:
        host.execute("CREATE TABLE orders (id)")
        host.execute("INSERT INTO orders VALUES (1)")
        engine.track("ada", "trial.started", connection=host)
        host.rollback()
    engine.run_due()
    assert transport.journal == []


def test_what_is_committed_did(engine: Engine, path: Path, transport: RecordingTransport) -> None:
    with closing(sqlite3.connect(path)) as host:
        host.execute("CREATE TABLE orders (id)")
        host.execute("INSERT INTO orders VALUES (1)")
        engine.identify(Profile("bob", email="bob@example.com"), connection=host)
        engine.track("bob", "trial.started", connection=host)
        engine.enroll(trial, "ada", connection=host)
        host.commit()
        assert host.execute("SELECT count(*) FROM orders").fetchone() == (1,)
    engine.run_due()
    assert sorted(one.address for one in transport.journal) == ["ada@example.com", "bob@example.com"]


def test_a_connection_of_sqlalchemy_stays_the_hosts(engine: Engine, path: Path, transport: RecordingTransport) -> None:
    host = create_engine(f"sqlite:///{path}")
    with host.connect() as connection:
        engine.track("ada", "trial.started", connection=connection)
        connection.rollback()
        engine.track("ada", "trial.started", connection=connection)
        connection.commit()
    host.dispose()
    engine.run_due()
    assert len(transport.journal) == 1


def test_a_connection_in_autocommit_is_refused(engine: Engine, path: Path) -> None:
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as host,
        pytest.raises(ConfigurationError, match="commits each statement by itself"),
    ):
        engine.track("ada", "trial.started", connection=host)


def test_the_memory_store_says_that_it_cannot() -> None:
    engine = Engine(MemoryStore())
    with pytest.raises(ConfigurationError, match="SqlStore"):
        engine.identify(ADA, connection=object())


def test_at_once_and_a_connection_do_not_go_together(engine: Engine, path: Path) -> None:
    with closing(sqlite3.connect(path)) as host, pytest.raises(InvalidInput, match="rollback"):
        engine.send("ada", welcome, at_once=True, connection=host)
