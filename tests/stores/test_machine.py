"""SqlStore and MemoryStore answer alike, whatever they are asked."""

from __future__ import annotations

import sqlite3

from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from tests.stores import postgres, sqlite
from unichannel.ports import Store
from unichannel.stores.memory import MemoryStore
from unichannel.stores.sql import SqlStore
from unichannel.testing.conformance.store_allowing import AllowanceMachine
from unichannel.testing.conformance.store_machine import StoreMachine


def _copy() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(sqlite.migrated())
    return connection


class _OnSqlite:
    def open(self) -> Store:
        self.engine = create_engine("sqlite://", creator=_copy, poolclass=StaticPool)
        return SqlStore(engine=self.engine)

    def shut(self, store: Store) -> None:
        self.engine.dispose()


class _OnMemory:
    def open(self) -> Store:
        return MemoryStore()


class _OnPostgres:
    def open(self) -> Store:
        self.database = postgres.database()
        return SqlStore(self.database.__enter__())

    def shut(self, store: Store) -> None:
        store.close()
        self.database.__exit__(None, None, None)


class SqlMachine(_OnSqlite, StoreMachine):
    """On SQLite."""


class MemoryMachine(_OnMemory, StoreMachine):
    """In memory."""


class PostgresMachine(_OnPostgres, StoreMachine):
    """On PostgreSQL."""


class SqlAllowances(_OnSqlite, AllowanceMachine):
    """On SQLite."""


class MemoryAllowances(_OnMemory, AllowanceMachine):
    """In memory."""


class PostgresAllowances(_OnPostgres, AllowanceMachine):
    """On PostgreSQL."""


_SETTINGS = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)

TestSqlMachine = SqlMachine.TestCase
TestSqlMachine.settings = _SETTINGS
TestMemoryMachine = MemoryMachine.TestCase
TestMemoryMachine.settings = settings(_SETTINGS, max_examples=10)

TestPostgresMachine = PostgresMachine.TestCase
TestPostgresMachine.settings = settings(_SETTINGS, max_examples=15)

TestSqlAllowances = SqlAllowances.TestCase
TestSqlAllowances.settings = _SETTINGS
TestMemoryAllowances = MemoryAllowances.TestCase
TestMemoryAllowances.settings = _SETTINGS
TestPostgresAllowances = PostgresAllowances.TestCase
TestPostgresAllowances.settings = settings(_SETTINGS, max_examples=15)
