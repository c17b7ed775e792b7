"""The SQL store (extra ``sql``): SQLAlchemy Core, run as text with tuples.

Importing this without SQLAlchemy raises MissingExtra.
"""

from __future__ import annotations

from unichannel.errors import MissingExtra

try:
    import sqlalchemy as _sqlalchemy  # noqa: F401
except ImportError as _error:
    raise MissingExtra(
        "SqlStore needs SQLAlchemy, which is not installed.",
        thing="sqlalchemy",
        mend='Install it: pip install "unichannel[sql]".',
    ) from _error

from unichannel.stores.sql.naming import include_name
from unichannel.stores.sql.session import SqlSession
from unichannel.stores.sql.store import SqlStore
from unichannel.stores.sql.tables import metadata

__all__ = ["SqlSession", "SqlStore", "include_name", "metadata"]
