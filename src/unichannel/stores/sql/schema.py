"""The schema's version, and the store's own secret that comes with it."""

from __future__ import annotations

import threading

from sqlalchemy import Connection, column, func, inspect, select, table
from sqlalchemy.schema import CreateSchema

from unichannel.errors import SchemaError
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.failing import missing
from unichannel.stores.sql.naming import VERSION_TABLE
from unichannel.stores.sql.running import Runner
from unichannel.stores.sql.statement import Statement, literal

__all__ = ["REVISIONS", "check", "identity", "migrate"]

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
"""Every revision of the schema, the present one last; one that is not here comes from a newer unichannel."""

_IDENTITY = Statement(select(t.meta.c.value).where(t.meta.c.name == literal("identity")))

_TURN = 0x756E696368616E  # "unichan": ours among the advisory locks of the host's database

# Alembic's `op` is one for the whole process.
_migrating = threading.Lock()


def migrate(connection: Connection, schema: str | None) -> None:
    """Bring the schema to the last revision, inside the transaction of the connection."""
    with missing("Alembic"):
        from unichannel.stores.migrations import upgrade
    _take_turns(connection, schema)
    found = _version(connection, schema)
    if found is not None and found not in REVISIONS:
        raise _ahead(found)
    if found != REVISIONS[-1]:
        with _migrating:
            upgrade(connection, schema)


def _take_turns(connection: Connection, schema: str | None) -> None:
    """Wait until nobody else migrates this database (SQLite's writer is alone already), and make the schema."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_TURN)))
        if schema and not inspect(connection).has_schema(schema):
            connection.execute(CreateSchema(schema))


def check(connection: Connection, schema: str | None) -> None:
    """Raise SchemaError where the schema is behind or ahead."""
    found = _version(connection, schema)
    if found is None or found in REVISIONS[:-1]:
        raise SchemaError(
            f"the database's schema is {'missing' if found is None else 'behind: ' + found}.",
            thing=VERSION_TABLE,
            mend="Run engine.migrate().",
        )
    if found not in REVISIONS:
        raise _ahead(found)


def identity(runner: Runner) -> bytes:
    """The store's own secret; raises SchemaError where it was never made."""
    found = runner.rows(_IDENTITY)
    if not found:
        raise SchemaError("the store has no identity.", thing="identity", mend="Run engine.migrate().")
    return bytes.fromhex(found[0][0])


def _version(connection: Connection, schema: str | None) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE, schema=schema):
        return None
    versions = table(VERSION_TABLE, column("version_num"), schema=schema)
    return connection.scalar(select(versions.c.version_num))


def _ahead(found: str) -> SchemaError:
    return SchemaError(
        f"the database's schema is ahead: {found} is not known here.",
        thing=VERSION_TABLE,
        mend="Deploy a newer unichannel.",
    )
