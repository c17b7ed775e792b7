"""A loop that calls ``run_due``: it sleeps until something is due or a tick is over, and is woken by news.

What this engine object itself is told (``track``, ``enroll``, ``receive``, …) wakes it at once. What other
processes tell it, or what the host commits with ``connection=``, it finds at its next tick.

A loop that is asked to end, by ``Stop``, SIGINT, SIGTERM or cancellation, lets its pass end first: calls that
are out come back and are written down, so that nothing is left in doubt. That takes about ``budget`` seconds
at most, and the time of a call to a provider.
"""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from unichannel.ambient import Clock
from unichannel.core.calendar.span import Span, seconds
from unichannel.engine.async_ import AsyncEngine
from unichannel.engine.sync import Engine
from unichannel.errors import UnavailableError
from unichannel.flows.running import Report
from unichannel.integrations.extras import wanted
from unichannel.integrations.pace import Pace, Stop, Trouble, warn

__all__ = ["Stop", "run_forever", "run_forever_async"]

T = TypeVar("T")

OnPass = Callable[[Report], None]

_TICK = seconds(1)


def run_forever(
    engine: Engine,
    *,
    tick: Span = _TICK,
    stop: Stop | None = None,
    signals: bool = True,
    budget: float = 5.0,
    on_pass: OnPass | None = None,
    on_trouble: Trouble = warn,
    clock: Clock | None = None,
    sleep: Callable[[float], None] | None = None,
) -> None:
    """Call ``run_due`` until asked to stop; in the main thread SIGINT and SIGTERM ask, unless ``signals=False``.

    ``tick`` is the longest sleep, ``budget`` the seconds after which a pass begins nothing new. ``on_pass`` is
    told each report; ``on_trouble`` that the store cannot be reached, which is tried again after growing pauses.
    Any other error ends the loop. ``clock`` and ``sleep`` are for tests.
    """
    pace, stop, alarm = Pace.of(tick, clock), stop or Stop(), _Alarm()
    silence = wanted(Engine, engine).on_news(alarm.ring)
    try:
        with stop.waking(alarm.ring, signals=signals):
            while not stop.asked:
                (sleep or alarm.wait)(_pass(engine, pace, budget, on_pass, on_trouble))
    finally:
        silence()


def _pass(engine: Engine, pace: Pace, budget: float, on_pass: OnPass | None, on_trouble: Trouble) -> float:
    """Do what is due; gives how long to sleep."""
    try:
        report = engine.run_due(seconds=budget)
        pause = pace.after(report, None if report.more else engine.next_due_at())
    except UnavailableError as error:
        pause = pace.after_trouble()
        on_trouble(error, pause)
    else:
        if on_pass is not None:
            on_pass(report)
    return pause


class _Alarm:
    """Wakes a sleeping thread; a SimpleQueue may be put to by signal handlers, where an Event could deadlock."""

    def __init__(self) -> None:
        self._rings: queue.SimpleQueue[None] = queue.SimpleQueue()

    def ring(self) -> None:
        self._rings.put(None)

    def wait(self, timeout: float) -> None:
        """Sleep until it rings, or rang since the last time, or the time is up."""
        with suppress(queue.Empty):
            self._rings.get(timeout=timeout)
            while True:
                self._rings.get_nowait()


async def run_forever_async(
    engine: AsyncEngine,
    *,
    tick: Span = _TICK,
    stop: Stop | None = None,
    signals: bool = True,
    budget: float = 5.0,
    on_pass: OnPass | None = None,
    on_trouble: Trouble = warn,
    clock: Clock | None = None,
    sleep: Callable[[float], Coroutine[Any, Any, None]] | None = None,
) -> None:
    """``run_forever``, awaited; cancelling its task ends it too, once the pass that is under way is done."""
    pace, stop, alarm = Pace.of(tick, clock), stop or Stop(), _AsyncAlarm()
    silence = wanted(AsyncEngine, engine).on_news(alarm.ring)
    try:
        with stop.waking(alarm.ring, signals=signals):
            while not stop.asked:
                pause = await _whole(_pass_async(engine, pace, budget, on_pass, on_trouble))
                await (sleep or alarm.wait)(pause)
    finally:
        silence()


async def _pass_async(
    engine: AsyncEngine, pace: Pace, budget: float, on_pass: OnPass | None, on_trouble: Trouble
) -> float:
    """Do what is due; gives how long to sleep."""
    try:
        report = await engine.run_due(seconds=budget)
        pause = pace.after(report, None if report.more else await engine.next_due_at())
    except UnavailableError as error:
        pause = pace.after_trouble()
        on_trouble(error, pause)
    else:
        if on_pass is not None:
            on_pass(report)
    return pause


class _AsyncAlarm:
    """Wakes a sleeping task, from any thread."""

    def __init__(self) -> None:
        self._loop, self._event = asyncio.get_running_loop(), asyncio.Event()

    def ring(self) -> None:
        self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, timeout: float) -> None:
        """Sleep until it rings, or rang since the last time, or the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._event.wait()
        self._event.clear()


async def _whole(work: Coroutine[Any, Any, T]) -> T:
    """Await it to its end, even where we are cancelled meanwhile: what is out comes back and is settled."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
