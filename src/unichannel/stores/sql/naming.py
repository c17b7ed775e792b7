"""Names of our tables, and what a host's own Alembic has to know of them."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["PREFIX", "VERSION_TABLE", "include_name"]

PREFIX = "unichannel_"
VERSION_TABLE = "unichannel_schema"


def include_name(name: str | None, type_: str, parent_names: Mapping[str, str | None]) -> bool:
    """Whether a name in the database is the host's own, not one of ours.

    For the host's ``env.py``: ``context.configure(..., include_name=include_name)``; without it
    ``alembic revision --autogenerate`` writes a migration that drops our tables.
    """
    table = name if type_ == "table" else parent_names.get("table_name")
    return table is None or not table.startswith(PREFIX)
