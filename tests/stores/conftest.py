"""The databases that tests of stores run on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import postgres, sqlite
from unichannel.stores.sql import SqlStore


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def empty_url(backend: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without our tables."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path}/app.db"
        return
    with postgres.database(migrated=False) as url:
        yield url


@pytest.fixture
def url(backend: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with our tables."""
    if backend == "sqlite":
        yield sqlite.database(tmp_path)
        return
    with postgres.database() as made:
        yield made


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    store = SqlStore(url)
    yield store
    store.close()
