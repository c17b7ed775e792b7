"""What the loopback servers took in, written down where no kill reaches, and the moments of the kills."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

__all__ = ["Arrival", "DemoClock", "Journal", "Kills"]


@dataclass
class DemoClock:
    """The demo's time, microseconds UTC; the loop moves it, the servers read it."""

    instant: int

    def now(self) -> int:
        return self.instant


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message that a server took. ``links`` and ``pixel`` are what the person could touch in it."""

    at: int
    channel: str
    key: str
    profile: str
    message: str
    links: tuple[str, ...] = field(default=(), repr=False)
    pixel: str = field(default="", repr=False)
    callback: str = field(default="", repr=False)
    sid: str = ""


class Journal:
    """Arrivals in order: in memory, and appended to each server's file as they come; no address, no text."""

    def __init__(self, folder: Path) -> None:
        self._files = {name: (folder / f"{name}.jsonl").open("a", encoding="utf-8") for name in ("email", "sms")}
        self._lock = threading.Lock()
        self.arrivals: list[Arrival] = []

    def add(self, arrival: Arrival) -> None:
        """Write it down before it is confirmed to whoever brought it."""
        with self._lock:
            self.arrivals.append(arrival)
            body = {
                name: value for name, value in asdict(arrival).items() if name not in ("links", "pixel", "callback")
            }
            file = self._files[arrival.channel]
            file.write(json.dumps(body) + "\n")
            file.flush()

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()


Moment = Literal["before", "after", "between"]


class Kills:
    """When to kill: at messages chosen by chance, before or after they are taken in, or soon after a command.

    ``strike`` kills the engine's process and says whether it was alive.
    """

    def __init__(self, count: int, seed: int, expected: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 -- repeatable, not secret
        places = sorted(self._chance.randrange(1, max(expected, 2)) for _ in range(count))
        self._plan: list[tuple[int, Moment]] = [(one, self._choose()) for one in places]
        self._lock = threading.Lock()
        self._seen = 0
        self.done = 0
        self.strike: Callable[[], bool] = lambda: False

    def _choose(self) -> Moment:
        return self._chance.choice(("before", "after", "between"))

    def arriving(self) -> Moment | None:
        """Count a message that is coming in; when to kill around it."""
        with self._lock:
            self._seen += 1
            due = self._plan and self._plan[0][0] <= self._seen and self._plan[0][1] != "between"
            return self._plan.pop(0)[1] if due else None

    def kill(self, moment: Moment) -> None:
        """Kill now; a process that is dead already is killed at the next message instead."""
        if self.strike():
            self.done += 1
        else:
            with self._lock:
                self._plan.insert(0, (0, moment))

    def between(self) -> float | None:
        """Seconds after the command that begins now at which to kill, None for not at all."""
        with self._lock:
            if self._plan and self._plan[0][0] <= self._seen and self._plan[0][1] == "between":
                self._plan.pop(0)
                return self._chance.uniform(0.0, 0.04)
            return None
