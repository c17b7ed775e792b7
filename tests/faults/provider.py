"""A provider that fails as they do, with a journal of its own that no kill reaches.

Each line is one ``write`` to a file opened for appending: it is there whole once the call returned,
whatever becomes of the process. What a worker has settled stands in another such file, which tells
what was in the air when it died; it excuses, and proves nothing.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from unichannel.core.words.ids import fraction
from unichannel.ports import Abilities, Context, Outbound, Outcome
from unichannel.testing import RecordingTransport

__all__ = ["Arrival", "FakeProvider", "Ledger"]

REFUSED, HUNG = 0.02, 0.04
"""Shares of calls that are refused for the moment, and that are taken and then not answered."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message that a provider took. ``at`` is by the clock of the worker's process ``life``."""

    at: int
    provider: str
    key: str
    address: str
    message: str
    life: str
    attempt: int = 1
    hung: bool = False


class Ledger:
    """A file of JSON lines that several processes append to, and one reads on from where it was."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._read = 0

    def add(self, line: dict[str, Any]) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")

    def more(self) -> list[dict[str, Any]]:
        """Lines since the last time."""
        size = os.fstat(self._file).st_size
        found = os.pread(self._file, size - self._read, self._read)
        whole = found[: found.rfind(b"\n") + 1]
        self._read += len(whole)
        return [json.loads(line) for line in whole.splitlines()]

    def close(self) -> None:
        os.close(self._file)


class FakeProvider(RecordingTransport):
    """Takes messages and writes them down; ``around`` is told before and after it does, and may kill."""

    def __init__(
        self,
        channel: str,
        folder: Path,
        life: str,
        *,
        looks_up: bool = False,
        is_calm: bool = False,
        around: Callable[[Literal["before", "after"]], object] = str,
    ) -> None:
        super().__init__(channel, [channel])
        self.blocking = looks_up  # one in a pool of threads, one in the worker's own
        self.abilities = Abilities(self.abilities.reports, None, looks_up)
        self._ledger, self._life, self._around = Ledger(folder / f"{channel}.jsonl"), life, around
        self._is_calm = is_calm
        self._known: dict[str, Arrival] = {}
        self._asking = threading.Lock()

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        if self._strikes(REFUSED, "refused", outbound):
            return Outcome.retry("503", "try again later")
        hung = self._strikes(HUNG, "hung", outbound)
        self._around("before")
        made = Arrival(
            ctx.now, self.name, outbound.key, outbound.address, outbound.message, self._life, outbound.attempt, hung
        )
        self._ledger.add(asdict(made))
        self._around("after")
        return Outcome.in_doubt("time_out", "no answer") if hung else Outcome.accepted(f"{self.name}-{outbound.key}")

    def _strikes(self, share: float, what: str, outbound: Outbound) -> bool:
        return not self._is_calm and fraction(what, outbound.key, str(outbound.attempt)) < share

    def look_up(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        with self._asking:  # what one thread has read has to be known to the next
            self._known |= {one.key: one for one in arrivals(self._ledger.more())}
            found = self._known.get(outbound.key)
        return Outcome.accepted(f"{self.name}-{found.key}", at=found.at) if found is not None else None


def arrivals(lines: Iterable[dict[str, Any]]) -> list[Arrival]:
    return [Arrival(**line) for line in lines]
