"""What is measured: who takes part, what each gives back, and the child process that it runs in."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["STEPS", "Contender", "Place", "Result", "opens", "peak"]

STEPS = 6.5
"""Steps a person: enroll, send, wait, (SMS,) wait, send, finish; half of the people open, and need no SMS."""


def opens(person: int) -> bool:
    """Whether this one, counted from 1, opens the first e-mail after an hour."""
    return person % 2 == 1


@dataclass(frozen=True)
class Place:
    """Where a contender keeps its state: a folder of its own, and a PostgreSQL database where it asks for one."""

    folder: Path
    url: str = ""


@dataclass(frozen=True)
class Contender:
    """One that takes people through W.

    ``run`` is "module:function" in this package, called with the number of people and a Place.
    ``most`` bounds the people of those that are slow: their steps/s hardly depend on the number.
    ``shares`` says how many transitions share a commit, ``concedes`` what it does not do that we do.
    """

    name: str
    title: str
    run: str
    shares: str
    concedes: str
    needs: tuple[str, ...] = ()
    server: bool = False
    most: int = 1_000_000


@dataclass
class Result:
    """Seconds (and those of this process's own work) of each phase, and what came of it.

    ``commits`` where they were counted (ours: every transaction, those that only read among them), ``steps``
    where they were counted and not computed, ``elsewhere`` the seconds of other processes that took part.
    """

    people: int
    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    commits: int = 0
    steps: int = 0
    elsewhere: float = 0.0

    @property
    def total(self) -> float:
        return sum(self.seconds.values())

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        began, worked = time.perf_counter(), time.process_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began
        self.cpu[name] = self.cpu.get(name, 0.0) + time.process_time() - worked

    def figures(self) -> dict[str, object]:
        """Everything, as plain JSON values."""
        steps = self.steps or self.people * STEPS
        return {
            "people": self.people,
            "steps_per_second": round(steps / self.total, 1),
            "steps_per_cpu_second": round(steps / max(sum(self.cpu.values()) + self.elsewhere, 1e-9), 1),
            "transitions_per_commit": round(steps / self.commits, 2) if self.commits else None,
            "seconds": {name: round(value, 4) for name, value in self.seconds.items()},
            "counts": self.counts,
        }


def peak() -> int:
    """The most memory that this process ever had resident, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most if sys.platform == "darwin" else most * 1024)
