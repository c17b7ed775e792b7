"""The demo's loop: from instant to instant, until the last trial is over."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from unichannel.cli.demo.data import START, Human, read_people
from unichannel.cli.demo.journal import Arrival, DemoClock, Journal, Kills
from unichannel.cli.demo.mail import MailServer
from unichannel.cli.demo.process import Crew, WorkerProcess
from unichannel.cli.demo.sms import SmsServer
from unichannel.cli.demo.world import World
from unichannel.core.words.instant import DAY, HOUR
from unichannel.errors import UnavailableError

__all__ = ["Options", "Outcome", "run_demo"]

_STUCK = 50
"""Commands at one instant after which something goes round in a circle."""


@dataclass(frozen=True)
class Options:
    """What ``unichannel demo`` was asked for; ``store`` is a URL, ``folder`` takes the journals and the logs."""

    store: str
    folder: Path
    people: int = 500
    kills: int = 0
    seed: int = 1
    guarantee: Literal["at_least_once", "at_most_once"] = "at_least_once"
    use_async: bool = False
    concurrency: int = 16
    workers: int = 1


@dataclass(frozen=True)
class Outcome:
    """What came of it, besides what the database holds."""

    people: list[Human]
    arrivals: list[Arrival]
    kills: int
    closed: int


def run_demo(options: Options, progress: Callable[[float], None]) -> Outcome:
    """Run it; ``progress`` is told how many days of virtual time have passed."""
    people = read_people(options.people)
    demo = _Demo(options, people)
    try:
        demo.start()
        closed = demo.run(progress)
    finally:
        demo.stop()
    return Outcome(people, demo.journal.arrivals, demo.kills.done, closed)


class _Demo:
    def __init__(self, options: Options, people: list[Human]) -> None:
        self._clock = DemoClock(START)
        self._people, self._world = people, World(people)
        self.kills = Kills(options.kills, options.seed, expected=3 * len(people))
        self.journal = Journal(options.folder)
        mailboxes, phones = {one.email: one for one in people}, {one.phone: one for one in people if one.phone}
        self._mail = MailServer(mailboxes, self.journal, self._clock, self.kills)
        self._sms = SmsServer(phones, self.journal, self._clock, self.kills)
        self._options, self._absorbed = options, 0
        self._crew: Crew | None = None

    def start(self) -> None:
        """Start the servers, then the engines, which learn where they listen."""
        self._mail.start()
        self._sms.start()
        options = self._options
        settings = {
            "store": options.store,
            "smtp": self._mail.url,
            "twilio": self._sms.url,
            "guarantee": options.guarantee,
            "use_async": options.use_async,
            "concurrency": options.concurrency,
            "now": START,
        }
        words = [sys.executable, "-m", "unichannel", "demo", "--child"]
        logs = [options.folder / f"engine-{number}.log" for number in range(1, options.workers + 1)]
        self._crew = Crew([WorkerProcess(words, settings, log) for log in logs], options.seed)
        self.kills.strike = self._crew.strike
        self._crew.start()

    def run(self, progress: Callable[[float], None]) -> int:
        """From due instant to due instant; gives the instant of the close."""
        last = max(at for human in self._people for at, event in human.events if event == "trial.started")
        end = last + 14 * DAY + HOUR
        due = self._ask([], identify=[human.profile for human in self._people])
        while (upcoming := self._upcoming(due)) <= end:
            self._move_to(upcoming)
            due = self._settle()
            progress((upcoming - START) / DAY)
        self._move_to(end)
        self._settle()
        return end

    def _upcoming(self, due: int | None) -> int:
        known = [one for one in (due, self._world.next_at) if one is not None]
        return max(min(known), self._clock.now()) if known else 1 << 62

    def _move_to(self, instant: int) -> None:
        self._clock.instant = instant

    def _settle(self) -> int | None:
        """Do everything that happens at this instant, and what follows from it at once."""
        for _ in range(_STUCK):
            due = self._ask(self._world.due(self._clock.now()))
            upcoming = self._upcoming(due)
            if upcoming > self._clock.now():
                return due
        raise UnavailableError("the demo's engine goes round in a circle.", thing="demo", mend="Report it, please.")

    def _ask(self, inputs: list[dict[str, Any]], **more: Any) -> int | None:
        crew = self._crew
        assert crew is not None  # noqa: S101 -- start() comes before
        now = {"now": self._clock.now(), "inputs": []}
        delay = self.kills.between()
        if delay is not None:
            threading.Timer(delay, self.kills.kill, ("between",)).start()
        # One hands in what happened, in its order; all of them work on it.
        answers = crew.ask([{**now, "inputs": inputs, **more}, *[now] * (self._options.workers - 1)])
        known = len(self.journal.arrivals)  # more may come meanwhile, from the connections of one that was killed
        self._world.absorb(self.journal.arrivals[self._absorbed : known])
        self._absorbed = known
        return min((one["next"] for one in answers if one["next"] is not None), default=None)

    def stop(self) -> None:
        """Stop everything, the engines first."""
        if self._crew is not None:
            self._crew.stop()
            self._mail.stop()
            self._sms.stop()
        self.journal.close()
