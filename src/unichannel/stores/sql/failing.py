"""What a driver's errors mean to the caller."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from unichannel.errors import (
    ConfigurationError,
    ConflictError,
    InvalidInput,
    MissingExtra,
    SchemaError,
    UnavailableError,
    UnichannelError,
)

__all__ = ["BusyError", "explained", "missing"]

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
# Serialization, deadlock, lock timeout; a server that ends, restarts or begins, too many connections.
_AGAIN = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300", "25P03"})
_WAIT = "Try again. Where that one is your own, call engine.publish() before it begins."
_FILE: dict[int, tuple[type[UnichannelError], str, str]] = {
    sqlite3.SQLITE_CANTOPEN: (
        UnavailableError,
        "cannot be opened",
        "Make its directory, and let this process write there.",
    ),
    sqlite3.SQLITE_READONLY: (ConfigurationError, "cannot be written", "Let this process write it and its directory."),
    sqlite3.SQLITE_NOTADB: (ConfigurationError, "is no SQLite database", "Name another one."),
}
"""What is the matter with a file, and its mend, by SQLite's codes (https://www.sqlite.org/rescode.html)."""


class BusyError(UnavailableError):
    """Another transaction is in the way, or the connection broke; the same work may pass when it is tried again."""


@contextmanager
def explained(file: str | None = None) -> Iterator[None]:
    """Raise what a driver raises as one of ours; no value of a row is in its text.

    ``file`` is SQLite's, which its own errors do not name.
    Raises UnavailableError, ConflictError, SchemaError, InvalidInput or ConfigurationError; other errors pass.
    """
    try:
        yield
    except UnichannelError:
        raise
    except Exception as error:
        found = _explanation(error, file)
        if found is None:
            raise
        # PostgreSQL tells the values of a row that is there twice: they stay out of tracebacks.
        raise found from None if isinstance(found, ConflictError | InvalidInput) else error


def _explanation(error: Exception, file: str | None) -> UnichannelError | None:
    cause = _of_driver(error)
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause, file)
    if cause is not None:
        return _of_postgres(cause)
    return _failed(str(error), error) if isinstance(error, DBAPIError | PoolTimeout) else None


def _of_driver(error: Exception) -> Any:
    """The driver's own error: itself, or what SQLAlchemy or Django made theirs of."""
    drivers = [sys.modules[name] for name in ("psycopg", "psycopg2") if name in sys.modules]
    known: tuple[type[Exception], ...] = (sqlite3.Error, *(driver.Error for driver in drivers))
    is_djangos = type(error).__module__.startswith("django.")
    places = error, getattr(error, "orig", None), error.__cause__ if is_djangos else None
    return next((one for one in places if isinstance(one, known)), None)


def _of_sqlite(cause: sqlite3.Error, file: str | None) -> UnichannelError:
    text, code = str(cause), getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return BusyError("the database is busy with another transaction.", thing="store", mend=_WAIT)
    if code in _FILE and file:
        kind, what, mend = _FILE[code]
        return kind(f"the file {Path(file).absolute()} {what}.", thing="url", mend=mend)
    if code == sqlite3.SQLITE_CONSTRAINT:
        return _conflict(text, "enrollments.live" in text)
    if "closed database" in text:
        return ConfigurationError("the connection is closed.", thing="connection", mend="Give one that is open.")
    if "no such table: " in text or "no such column: " in text or "has no column named" in text:
        return _not_ours(text)
    return _failed(text, cause)


def _of_postgres(cause: Any) -> UnichannelError:
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""
    text = cause.diag.message_primary or str(cause)
    if state in ("42P01", "42703", "3F000"):
        return _not_ours(text)
    if state == "23505":
        return _conflict(text, str(cause.diag.constraint_name).endswith("enrollments_live"))
    if state == "42501":
        return ConfigurationError(f"the database refuses it: {text}.", thing="store", mend="Grant what is missing.")
    if state == "25P02":
        return ConfigurationError("the transaction has failed before.", thing="connection", mend="Roll it back first.")
    if state.startswith("22") or (not state and type(cause).__name__ == "DataError"):
        return InvalidInput(f"a value cannot be stored: {text}.", thing="value", mend="Leave out what is no text.")
    if state in _AGAIN or state.startswith("08") or (not state and _lost(cause)):
        mend = (
            "Try again." if state else "Try again; if that does not help, look at the URL, the password and the server."
        )
        return BusyError(f"the database was not to be had: {_line(text)}.", thing="store", mend=mend)
    return _failed(text, cause)


def _lost(cause: Exception) -> bool:
    return type(cause).__name__ in ("OperationalError", "ConnectionTimeout", "InterfaceError")


def _line(text: str) -> str:
    return text.splitlines()[0].rstrip(".") if text else "no reason was given"


def _failed(text: str, cause: Exception) -> UnavailableError:
    return UnavailableError(
        f"the database failed: {text.splitlines()[0] if text else type(cause).__name__}.", thing="store"
    )


def _not_ours(text: str) -> SchemaError:
    return SchemaError(f"the database's schema is not ours ({text}).", thing="store", mend="Run engine.migrate().")


def _conflict(text: str, is_live_run: bool) -> ConflictError:
    if is_live_run:
        return ConflictError(
            "the profile already has a live run of this journey and entity.",
            thing="enrollment",
            mend="Read again and decide again.",
        )
    return ConflictError(f"a row of the same key is there already ({text}).", thing="store", mend="Read again.")


@contextmanager
def missing(package: str, extra: str = "sql") -> Iterator[None]:
    """Raise MissingExtra where a package of the extra cannot be imported."""
    try:
        yield
    except (ImportError, NoSuchModuleError) as error:
        raise MissingExtra(
            f"the SQL store needs {package}, which is not installed.",
            thing=package,
            mend=f'Install it: pip install "unichannel[{extra}]".',
        ) from error
