"""SqlStore keeps what every store keeps: in memory, in a file, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import postgres, sqlite
from unichannel.stores.sql import SqlStore
from unichannel.testing.conformance.store import StoreConformance


class TestSqlStoreInAFile(StoreConformance):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return sqlite.database(tmp_path)

    @pytest.fixture
    def store(self, url: str) -> Iterator[SqlStore]:
        store = SqlStore(url)
        yield store
        store.close()

    @pytest.fixture
    def other(self, url: str) -> Iterator[SqlStore]:
        store = SqlStore(url)
        yield store
        store.close()


class TestSqlStoreInMemory(StoreConformance):
    @pytest.fixture
    def store(self) -> Iterator[SqlStore]:
        store = SqlStore("sqlite://")
        sqlite.fill(store)
        yield store
        store.close()


class TestSqlStoreOnPostgres(StoreConformance):
    @pytest.fixture
    def url(self) -> Iterator[str]:
        with postgres.database() as url:
            yield url

    @pytest.fixture
    def store(self, url: str) -> Iterator[SqlStore]:
        store = SqlStore(url)
        yield store
        store.close()

    @pytest.fixture
    def other(self, url: str) -> Iterator[SqlStore]:
        store = SqlStore(url)
        yield store
        store.close()
