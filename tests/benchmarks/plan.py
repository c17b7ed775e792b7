"""What is measured in which order: in turns, so that what disturbs one disturbs all; the best turn counts."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.benchmarks.entrants import CONTENDERS
from tests.benchmarks.measure import Contender
from tests.benchmarks.server import Databases, NoServer, serving

__all__ = ["FULL", "QUICK", "TOPICS", "Measured", "Sizes", "measure", "resized"]

ROOT = Path(__file__).parents[2]
TOPICS = ("growth", "waiting", "idle")

Tell = Callable[[str, int, int], None]
"""Told before each measurement what it is, how many were made, and how many there are."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured: people in W, turns, people for growth, for bytes, and crowds that wait."""

    people: int
    turns: int
    growth: tuple[int, int]
    growth_turns: int
    waiting: int
    idle: tuple[int, ...]


QUICK = Sizes(1_000, 2, (1_000, 10_000), 2, 5_000, (10_000, 100_000, 1_000_000))
FULL = Sizes(20_000, 3, (1_000, 100_000), 3, 20_000, (10_000, 100_000, 1_000_000))


@dataclass
class Measured:
    """Every turn of every contender, and what else was measured; ``missing`` and ``failed`` say why not."""

    sizes: Sizes
    turns: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    growth: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    topics: dict[str, dict[str, Any]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)
    server: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Task:
    """One measurement: a name, its sizes, and where what comes of it goes."""

    name: str
    sizes: tuple[int, ...]
    keep: Callable[[dict[str, Any]], object]
    server: bool = False


def measure(sizes: Sizes, only: Sequence[str], tell: Tell) -> Measured:
    """Everything, or what is named; nothing is left out without a word."""
    found, began = Measured(sizes), time.monotonic()
    chosen = [one for one in CONTENDERS if not only or one.name in only]
    _note_missing(found, chosen)
    with ExitStack() as stack:
        server = _server(stack, found, chosen)
        tasks = list(_tasks(found, chosen, only))
        for done, task in enumerate(tasks):
            if task.name not in found.missing:
                tell(task.name, done, len(tasks))
                found.load.append(round(os.getloadavg()[0], 2))
                _run(found, task, server)
        tell("", len(tasks), len(tasks))
    found.seconds = time.monotonic() - began
    return found


def _note_missing(found: Measured, chosen: Sequence[Contender]) -> None:
    for one in chosen:
        lacks = [name for name in one.needs if importlib.util.find_spec(name) is None]
        if lacks:
            found.missing[one.name] = f"not installed: {', '.join(lacks)}"


def _server(stack: ExitStack, found: Measured, chosen: Sequence[Contender]) -> Databases | None:
    """A server, where somebody needs one that is not missing anyway."""
    needing = [one.name for one in chosen if one.server and one.name not in found.missing]
    if not needing:
        return None
    try:
        server = stack.enter_context(serving())
        found.server = server.version
    except (NoServer, OSError) as error:
        found.missing |= dict.fromkeys(needing, f"no PostgreSQL: {error}")
        return None
    return server


def _tasks(found: Measured, chosen: Sequence[Contender], only: Sequence[str]) -> Iterator[Task]:
    """Turn by turn; then growth, its two sizes in turns as well; then those who wait."""
    sizes = found.sizes
    for _ in range(sizes.turns):
        for one in chosen:
            yield Task(one.name, (min(sizes.people, one.most),), found.turns[one.name].append, one.server)
    if not only or "growth" in only:
        for _ in range(sizes.growth_turns):
            for people in sizes.growth:
                yield Task("sqlite", (people,), found.growth[people].append)
    for topic, given in (("waiting", (sizes.waiting,)), ("idle", sizes.idle)):
        if not only or topic in only:
            yield Task(topic, given, lambda figures, topic=topic: found.topics.update({topic: figures}))


def _run(found: Measured, task: Task, server: Databases | None) -> None:
    with _database(server if task.server else None) as url:
        figures = _child(task, url)
    if "failed" in figures:
        found.failed[task.name] = figures["failed"]
    elif "missing" in figures:
        found.missing[task.name] = figures["missing"]
    else:
        task.keep(figures)


@contextmanager
def _database(server: Databases | None) -> Iterator[str]:
    if server is None:
        yield ""
        return
    with server.database() as url:
        yield url


def _child(task: Task, url: str) -> dict[str, Any]:
    """The figures, as the child process prints them."""
    command = [sys.executable, "-m", "tests.benchmarks.apart", task.name, *map(str, task.sizes), "--url", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, cwd=ROOT)
    if done.returncode:
        return {"failed": (done.stderr.strip() or f"exit {done.returncode}").splitlines()[-1]}
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def resized(sizes: Sizes, people: int | None, turns: int | None) -> Sizes:
    """The same with another number of people in W, or of turns."""
    turned = sizes if turns is None else replace(sizes, turns=turns, growth_turns=turns)
    return turned if people is None else replace(turned, people=people)
