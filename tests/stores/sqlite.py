"""SQLite with our tables, copied: Alembic takes longer than most tests do."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from unichannel.stores.sql import SqlStore


@cache
def migrated() -> bytes:
    """A migrated database, as its file has it."""
    store = SqlStore("sqlite://")
    store.migrate()
    with store._sync_engine().connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        made: bytes = driver.serialize()
    store.close()
    return made


def database(folder: Path) -> str:
    """The URL of a file with our tables in it."""
    (folder / "app.db").write_bytes(migrated())
    return f"sqlite:///{folder}/app.db"


def fill(store: SqlStore) -> None:
    """Put our tables into a store in memory."""
    with store._sync_engine().connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.deserialize(migrated())
