"""One run: workers, server, host and world, from instant to instant; and what is counted at the end.

Time is the run's own: all workers are told an instant, each with its own error, do what is due, and
answer; then it is the next instant. Kills and restarts of the server come while they work.
"""

from __future__ import annotations

import random
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults import people
from tests.faults.counting import Flights, doubled, lost, overrun, strays
from tests.faults.host import Host
from tests.faults.people import Said
from tests.faults.provider import Arrival, FakeProvider, Ledger, arrivals
from tests.faults.worker import engine_settings
from tests.faults.world import World
from unichannel import Engine
from unichannel.cli.demo.journal import DemoClock
from unichannel.cli.demo.process import Crew, WorkerProcess
from unichannel.core.words.instant import HOUR, MINUTE, from_datetime
from unichannel.ports import Session
from unichannel.testing.clock import START

__all__ = ["Options", "Result", "run"]

ROOT = Path(__file__).parents[2]
_MAIN = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom tests.faults.worker import main\nmain()"
_WORDS = [sys.executable, "-c", _MAIN]
_TICK = 5 * MINUTE
_END = 51 * HOUR
_TOGETHER = 2_000


@dataclass(frozen=True)
class Options:
    """``dooms``: how many lives of each worker end by themselves; ``strikes``: how many kills come from outside.

    ``restarts``: after which shares of all messages the server is restarted, by which signal.
    ``is_planted``: the workers have bugs.
    """

    people: int
    folder: Path
    store: str
    workers: int = 4
    seed: int = 1
    dooms: int = 0
    strikes: int = 0
    restarts: tuple[tuple[float, signal.Signals], ...] = ()
    is_calm: bool = False
    is_planted: bool = False
    restart: Callable[[signal.Signals], object] = str


@dataclass
class Result:
    """What came of it. ``within`` are keys that came twice as the guarantee says they may."""

    arrivals: list[Arrival]
    flights: Flights
    abandoned: set[tuple[int, Said]]
    people: int
    kills: int = 0
    restarts: int = 0
    again: int = 0
    open: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    stories: list[str] = field(default_factory=list)

    @property
    def lost(self) -> list[str]:
        return lost(people.expected(self.people), self.arrivals, self.abandoned)

    @property
    def strays(self) -> list[str]:
        return strays(people.expected(self.people), self.arrivals)

    @property
    def doubled(self) -> list[str]:
        return doubled(self.arrivals, self.flights)[0]

    @property
    def within(self) -> list[str]:
        return doubled(self.arrivals, self.flights)[1]

    @property
    def overrun(self) -> list[str]:
        return overrun(self.arrivals)

    def lines(self) -> str:
        """What is printed."""
        hung = sum(one.hung for one in self.arrivals)
        broken = sum(map(self.flights.was_in_the_air, self.arrivals))
        return (
            f"{self.people} people, {len(self.arrivals)} messages; {self.kills} workers killed, the server restarted"
            f" {self.restarts} times, {self.again} transactions of the host done again\n"
            f"{hung} calls taken and not answered, {broken} in the air at a kill or restart:"
            f" {len(self.within)} came twice as at_least_once may,"
            f" {len(self.abandoned)} given up as at_most_once must\n"
            f"lost {len(self.lost)}\ndoubled {len(self.doubled)}\noverrun {len(self.overrun)}"
        )


def run(options: Options) -> Result:
    """From the beginning of the first run to the end of the last."""
    running = _Running(options)
    try:
        running.crew.start()
        running.go()
    finally:
        running.stop()
    return running.result()


class _Running:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.chance = random.Random(options.seed)
        self.clock = DemoClock(from_datetime(START))
        self.world = World(options.people, self.clock.now() + _TICK, self.chance, is_calm=options.is_calm)
        self.crew = Crew([self._worker(number) for number in range(options.workers)], options.seed)
        self.journals = [Ledger(options.folder / f"{name}.jsonl") for name in ("email", "sms", "lives")]
        self.arrivals: list[Arrival] = []
        self.engine = Engine(**engine_settings(options.store, self._providers(), self.clock))
        self.host = Host(self.engine, options.store, self.clock, self.chance)
        self.strikes, self.restarts = options.strikes, list(options.restarts)
        self.total = sum(map(len, people.expected(options.people).values()))
        self.struck = 0

    def _providers(self) -> list[FakeProvider]:
        return [FakeProvider(name, self.options.folder, "host", looks_up=name == "sms") for name in ("email", "sms")]

    def _worker(self, number: int) -> WorkerProcess:
        options = self.options
        settings = {
            "name": f"w{number}",
            "store": options.store,
            "folder": str(options.folder),
            "now": self.clock.now(),
            "seed": options.seed,
            "dooms": options.dooms,
            "skewed": not options.is_calm,
            "calm": options.is_calm,
            "planted": options.is_planted,
            "use_async": number % 2 == 1,
        }
        return WorkerProcess(_WORDS, settings, options.folder / f"w{number}.log")

    def go(self) -> None:
        """From instant to instant."""
        self._identify()
        end = self.clock.now() + _END
        while self.clock.now() < end:
            now = self.clock.now()
            due = self._work(self.world.due(now))
            upcoming = [one for one in (due, self.world.next_at) if one is not None]
            step = now + _TICK
            self.clock.instant = step if not self.host.is_done else max(step, min([*upcoming, end]))

    def _identify(self) -> None:
        workers = self.options.workers
        for first in range(0, self.options.people, _TOGETHER):
            numbers = range(first, min(first + _TOGETHER, self.options.people))
            shares = [[people.profile(number) for number in numbers[place::workers]] for place in range(workers)]
            self.crew.ask([{"now": self.clock.now(), "inputs": [], "identify": share} for share in shares])

    def _work(self, happened: list[Any]) -> int | None:
        """One instant: the host's part, then the workers'; kills and restarts fall into it."""
        self.host.go_on()
        self.host.tell([one for one in happened if one["call"] == "host"])
        shares = self.world.shares([one for one in happened if one["call"] != "host"], self.options.workers)
        disturbing = self._disturb(len(happened))
        answers = self.crew.ask([{"now": self.clock.now(), "inputs": share} for share in shares])
        for one in disturbing:
            one.join()
        self.world.absorb(self._came(), self.clock.now())
        return min((one["next"] for one in answers if one["next"] is not None), default=None)

    def _came(self) -> list[Arrival]:
        found = [one for journal in self.journals[:2] for one in arrivals(journal.more())]
        self.arrivals += found
        return found

    def _disturb(self, busy: int) -> list[threading.Thread]:
        """A kill, or a restart of the server, soon after the workers have begun."""
        acts: list[Callable[[], None]] = []
        if self.restarts and len(self.arrivals) >= self.restarts[0][0] * self.total:
            acts.append(self._restart)
        if self.strikes and busy and self.chance.random() < 0.5:
            self.strikes -= 1
            acts.append(self._strike)
        timers = [threading.Timer(self.chance.uniform(0.0, 0.1), act) for act in acts]
        for one in timers:
            one.start()
        return list(timers)

    def _restart(self) -> None:
        self.options.restart(self.restarts.pop(0)[1])

    def _strike(self) -> None:
        self.struck += self.crew.strike()

    def stop(self) -> None:
        """Let the workers end."""
        self.crew.stop()

    def result(self) -> Result:
        """Count, and look at what the store says of what is not settled."""
        lives = self.journals[2].more()
        flights = Flights(
            {(line["life"], key, attempt) for line in lives for key, attempt in line.get("settled", ())},
            {line["life"] for line in lives if "broke" in line}
            | {f"w{n}-{life}" for n, one in enumerate(self.crew.workers) for life in range(one.deaths)},
        )
        with self.engine:
            abandoned, opened = self.engine._calls.settings.store.transact(self._read)
            faults = [one.error for one in self.engine.failed()]
            wanted = lost(people.expected(self.options.people), self.arrivals, abandoned)
            stories = [self._story(one.partition(" ")[0]) for one in wanted[:3]]
        return Result(
            self.arrivals,
            flights,
            abandoned,
            self.options.people,
            sum(one.deaths for one in self.crew.workers),
            len(self.options.restarts) - len(self.restarts),
            self.host.again,
            opened,
            faults,
            stories,
        )

    def _story(self, name: str) -> str:
        """What the engine says of somebody to whom something did not come."""
        return "\n".join([name, *(f"  {one.at} {one.what} {one}" for one in self.engine.timeline(name))])

    def _read(self, session: Session) -> tuple[set[tuple[int, Said]], list[str]]:
        """What was given up, and what is not settled though all is over."""
        abandoned, opened = set(), []
        for number in range(self.options.people):
            history = session.history(f"p{number}")
            for one in history.deliveries if history is not None else ():
                if one.status == "abandoned":
                    abandoned.add((number, (one.message, one.channel)))
                if one.status in ("reserved", "sending", "retry", "in_doubt"):
                    opened.append(f"{one.id} {one.status}")
            opened += [run.public_id for run in (history.runs if history is not None else ()) if run.is_live]
        return abandoned, opened
