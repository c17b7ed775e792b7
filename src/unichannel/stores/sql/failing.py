"""What a driver's errors mean to the caller."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from unichannel.errors import ConflictError, MissingExtra, SchemaError, UnavailableError, UnichannelError

__all__ = ["BusyError", "explained", "missing"]

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class BusyError(UnavailableError):
    """Another transaction is in the way; the same work may pass when it is tried again."""


@contextmanager
def explained() -> Iterator[None]:
    """Raise what a driver raises as one of ours; no value of a row is in its text.

    Raises UnavailableError, ConflictError or SchemaError; other errors pass.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error, PoolTimeout) as error:
        raise _explanation(error) from error


def _explanation(error: Exception) -> UnichannelError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = str(cause)
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code in _BUSY:
            return BusyError("the database is busy with another transaction.", thing="store", mend="Try again.")
        if code == sqlite3.SQLITE_CONSTRAINT:
            return _conflict(text)
        if "no such table: " in text or "no such column: " in text or "has no column named" in text:
            return SchemaError(
                f"the database's schema is not ours ({text}).", thing="store", mend="Run engine.migrate()."
            )
    return UnavailableError(
        f"the database failed: {text.splitlines()[0] if text else type(cause).__name__}.", thing="store"
    )


def _conflict(text: str) -> ConflictError:
    if "enrollments.live" in text:
        return ConflictError(
            "the profile already has a live run of this journey and entity.",
            thing="enrollment",
            mend="Read again and decide again.",
        )
    return ConflictError(f"a row of the same key is there already ({text}).", thing="store", mend="Read again.")


@contextmanager
def missing(package: str) -> Iterator[None]:
    """Raise MissingExtra where a package of the extra cannot be imported."""
    try:
        yield
    except (ImportError, NoSuchModuleError) as error:
        raise MissingExtra(
            f"the SQL store needs {package}, which is not installed.",
            thing=package,
            mend='Install it: pip install "unichannel[sql]".',
        ) from error
