"""Alembic's environment for our tables; it runs on a connection that is handed in, never by itself.

A new revision: write it into ``versions``, name it in ``stores.sql.schema.REVISIONS``; a test
compares the tables that all revisions make with those that the code reads.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

__all__ = ["config", "upgrade"]


def config(connection: Connection, schema: str | None = None) -> Config:
    """Alembic's settings for migrating on this connection."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.attributes.update(connection=connection, schema=schema)
    return made


def upgrade(connection: Connection, schema: str | None = None, to: str = "head") -> None:
    """Run the revisions that are missing, inside the transaction of the connection."""
    command.upgrade(config(connection, schema), to)
