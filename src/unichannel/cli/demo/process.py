"""The engine's process as its parent sees it: started, asked, killed, started again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any, cast

from unichannel.cli.demo.journal import Kills
from unichannel.errors import UnavailableError

__all__ = ["WorkerProcess"]


class WorkerProcess:
    """One child process at a time; a command that a killed one left unanswered goes to the next."""

    def __init__(self, settings: dict[str, Any], kills: Kills, log: Path) -> None:
        self._settings, self._kills = settings, kills
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._struck = threading.Event()
        kills.strike = self._strike

    def start(self) -> None:
        """Start a process; it answers once the database is ready."""
        self._struck.clear()
        local = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}  # httpx would ask a proxy of the machine's
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
                [sys.executable, "-m", "unichannel", "demo", "--child", json.dumps(self._settings)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **local},
            )

    def ask(self, command: dict[str, Any]) -> dict[str, Any]:
        """Give a command until some process has answered it."""
        while True:
            delay = self._kills.between()
            if delay is not None:
                threading.Timer(delay, self._kills.kill, ("between",)).start()
            answer = self._once(command)
            if answer is not None:
                return answer
            self._bury()
            self._settings = {**self._settings, "now": command["now"]}
            self.start()

    def _once(self, command: dict[str, Any]) -> dict[str, Any] | None:
        """The answer, None where the process died over it."""
        process = cast("subprocess.Popen[bytes]", self._process)
        sink, source = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        try:
            sink.write(json.dumps(command).encode() + b"\n")
            sink.flush()
            line = source.readline()
        except OSError:
            line = b""
        return json.loads(line) if line.endswith(b"\n") else None

    def _strike(self) -> bool:
        """Kill the process that runs now; False where none does. Any thread may call it."""
        process = self._process
        if process is None or self._struck.is_set() or process.poll() is not None:
            return False
        self._struck.set()
        process.kill()
        process.wait()
        return True

    def _bury(self) -> None:
        """Close what is left of a dead process; raises UnavailableError where nobody killed it."""
        process = cast("subprocess.Popen[bytes]", self._process)
        process.wait()
        _close(process)
        if not self._struck.is_set():
            told = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-1:]
            raise UnavailableError(
                f"the demo's engine stopped by itself: {' '.join(told)}", thing="demo", mend=f"See {self._log}."
            )

    def stop(self) -> None:
        """Let it end."""
        process, self._process = self._process, None
        if process is None:
            return
        _close(process)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:
            pass
