"""When to call ``run_due`` again, and how a loop is asked to end."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import FrameType
from typing import Any

from unichannel.ambient import Clock, SystemClock
from unichannel.core.calendar.span import Span
from unichannel.core.words.instant import SECOND, from_datetime
from unichannel.errors import ConfigurationError, UnavailableError
from unichannel.flows.running import Report

__all__ = ["Pace", "Stop", "Trouble", "did_something", "paced", "warn"]

Trouble = Callable[[UnavailableError, float], None]
"""Told that the store cannot be reached, and after how many seconds it is tried again."""

_LONGEST = 60.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def warn(error: UnavailableError, pause: float) -> None:
    """Say it in the log."""
    logging.getLogger("unichannel").warning("%s Trying again in %g s.", error, pause)


def did_something(report: Report) -> bool:
    """Whether a pass changed anything."""
    return bool(report.profiles or _was_done_apart(report) or report.receipts or report.outcomes)


def _was_done_apart(report: Report) -> bool:
    return bool(report.merges or report.rectified or report.erased)


def paced(every: Any) -> float:
    """So many seconds; raises ConfigurationError for what is no number above 0, such as a span."""
    if not isinstance(every, int | float) or not every > 0:
        raise ConfigurationError(
            f"every {every!r} is no number of seconds.", thing="every", mend="Give one above 0, such as 1.0."
        )
    return every


@dataclass
class Pace:
    """How long to sleep, in seconds: to what is due next, a tick at most, longer while the store is gone."""

    tick: float
    clock: Clock
    failures: int = 0

    @classmethod
    def of(cls, tick: Span, clock: Clock | None) -> Pace:
        """The pace of a tick; raises ConfigurationError for one that is no time, or a calendar's."""
        if not isinstance(tick, Span) or not tick.is_elapsed or not tick.elapsed:
            raise ConfigurationError(f"a tick of {tick} cannot be slept.", thing="tick", mend="Give seconds(1).")
        return cls(tick.elapsed / SECOND, clock or SystemClock())

    def after(self, report: Report, due: datetime | None) -> float:
        """The sleep after a pass: none where work is left, but a whole tick where others have it."""
        self.failures = 0
        if report.more and did_something(report):
            return 0.0
        ahead = 0.0 if due is None else (from_datetime(due) - self.clock.now()) / SECOND
        return min(self.tick, max(ahead, self.tick / 10)) if ahead > 0 else self.tick

    def after_trouble(self) -> float:
        """The sleep after a pass that found no store: twice as long each time, a minute at most."""
        self.failures += 1
        return max(self.tick, min(self.tick * 2.0 ** min(self.failures - 1, 20), _LONGEST))


class Stop:
    """Ends a loop once its pass is done: ``stop.ask()``, from any thread or signal handler."""

    def __init__(self) -> None:
        self.asked = False
        self._wakes: list[Callable[[], None]] = []

    def ask(self) -> None:
        """Ask the loops that were given this to end."""
        self.asked = True
        for wake in list(self._wakes):
            wake()

    @contextmanager
    def waking(self, wake: Callable[[], None], *, signals: bool) -> Iterator[None]:
        """Have a loop woken when it is asked to end, by SIGINT and SIGTERM too where that is possible."""
        self._wakes.append(wake)
        before = self._take_signals() if signals and threading.current_thread() is threading.main_thread() else {}
        try:
            yield
        finally:
            self._wakes.remove(wake)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _take_signals(self) -> dict[signal.Signals, signal._HANDLER]:
        before = {number: signal.getsignal(number) for number in _SIGNALS}

        def handle(number: int, _: FrameType | None) -> None:
            signal.signal(number, before[signal.Signals(number)])  # a second one does what it always did
            self.ask()

        for number in before:
            signal.signal(number, handle)
        return before
