"""The engine's processes as their parent sees them: started, asked, killed, started again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, cast

from unichannel.errors import UnavailableError

__all__ = ["Crew", "WorkerProcess"]


class WorkerProcess:
    """One child process at a time; a command that a killed one left unanswered goes to the next.

    ``words`` are its command line, to which the settings are added as JSON, with ``life``: how many
    processes there were before.
    """

    def __init__(self, words: Sequence[str], settings: dict[str, Any], log: Path) -> None:
        self._words, self._settings, self._log = words, settings, log
        self._process: subprocess.Popen[bytes] | None = None
        self._struck = threading.Event()
        self.is_busy = False
        self.deaths = 0

    def start(self) -> None:
        """Start a process; it answers once the database is ready."""
        self._struck.clear()
        local = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}  # httpx would ask a proxy of the machine's
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
                [*self._words, json.dumps({**self._settings, "life": self.deaths})],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **local},
            )

    def ask(self, command: dict[str, Any]) -> dict[str, Any]:
        """Give a command until some process has answered it."""
        self.is_busy = True
        try:
            while (answer := self._once(command)) is None:
                self._bury()
                self._settings = {**self._settings, "now": command["now"]}
                self.start()
            return answer
        finally:
            self.is_busy = False

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

    def kill(self) -> bool:
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
        code = process.wait()
        _close(process)
        self.deaths += 1
        if not self._struck.is_set() and code != -getattr(signal, "SIGKILL", 9):
            told = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-1:]
            raise UnavailableError(
                f"an engine's process stopped by itself: {' '.join(told)}", thing="worker", mend=f"See {self._log}."
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


class Crew:
    """Several processes side by side on one store."""

    def __init__(self, workers: Sequence[WorkerProcess], seed: int) -> None:
        self.workers = workers
        self._chance = random.Random(seed)  # noqa: S311 -- repeatable, not secret
        self._pool = ThreadPoolExecutor(len(workers), thread_name_prefix="crew")

    def start(self) -> None:
        """Start them all."""
        for worker in self.workers:
            worker.start()

    def ask(self, commands: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Give each worker its command; the answers, once all have answered."""
        asked = [self._pool.submit(one.ask, command) for one, command in zip(self.workers, commands, strict=True)]
        return [one.result() for one in asked]

    def strike(self) -> bool:
        """Kill one of those at work, chosen by chance; False where none could be. Any thread may call it."""
        busy = [worker for worker in self.workers if worker.is_busy]
        return any(worker.kill() for worker in self._chance.sample(busy, len(busy)))

    def stop(self) -> None:
        """Let them end."""
        for worker in self.workers:
            worker.stop()
        self._pool.shutdown()


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:
            pass
