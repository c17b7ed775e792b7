"""A PostgreSQL of its own for the benchmarks: as it comes, safe on disk.

Unlike the tests' server, nothing is switched off: ``fsync`` and ``synchronous_commit`` stay on for
us, for the floor and for everybody else.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.stores.running import Server

__all__ = ["Databases", "NoServer", "serving"]

SETTINGS = {"listen_addresses": "", "max_connections": "60", "shared_buffers": "256MB", "timezone": "UTC"}
"""What is set; everything else is PostgreSQL's own default."""


class NoServer(Exception):
    """None can be started; says why."""


class Databases:
    """The empty databases of a running server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._numbers = itertools.count(1)

    @property
    def version(self) -> str:
        with self._server.connect() as connection:
            return str(connection.execute("SHOW server_version").fetchone()[0])  # type: ignore[index]

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of an empty database, dropped afterwards."""
        name = f"bench_{next(self._numbers)}"
        self._server.run(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield self._server.url(name)
        finally:
            self._server.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def serving() -> Iterator[Databases]:
    """A running server; raises NoServer where there is no driver, no binaries, or none of them starts."""
    if importlib.util.find_spec("psycopg") is None:
        raise NoServer("psycopg is not installed")
    from tests.stores import running

    try:
        server = running.start(SETTINGS)
    except running.NoServer as error:
        raise NoServer(str(error)) from error
    try:
        yield Databases(server)
    finally:
        server.remove()
