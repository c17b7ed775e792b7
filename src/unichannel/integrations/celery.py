"""Celery: a task that calls ``run_due``, and its entry in beat's schedule.

A message says no more than "look whether something is due": what is due stands in the store. So a message
that is lost, doubled, late or overlapping does no harm. Two passes at once never decide for the same person
(PostgreSQL skips rows that another pass has locked, SQLite lets one write at a time), and the next tick does
what a lost one would have done; redelivery (``acks_late``) would add nothing and is off.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from unichannel.engine.sync import Engine
from unichannel.errors import ConfigurationError, UnavailableError
from unichannel.integrations.extras import need, wanted
from unichannel.integrations.pace import did_something, paced

__all__ = ["install"]

_STALE = 600.0
"""Seconds after which a tick that nobody took is dropped: more than clocks of two machines differ."""


def install(
    app: Any,
    make_engine: Callable[[], Engine],
    *,
    every: float = 1.0,
    name: str = "unichannel.run_due",
    queue: str | None = None,
    seconds: float = 10.0,
    limit: int | None = None,
) -> Any:
    """Register the task and its beat entry on a Celery app; gives the task.

    ``make_engine`` is called in each worker process, after the fork, at its first tick. ``every`` is in seconds,
    as are ``seconds`` (and ``limit``), the measure of one ``run_due``: work that is left goes on at once, in
    another message, so that other tasks get their turn. A store that cannot be reached is tried again three
    times with growing pauses; after that the next tick tries. Raises ConfigurationError for an engine in place
    of the function, and for no number of seconds.
    """
    need("celery", "celery")
    if not callable(make_engine):
        raise ConfigurationError(
            "workers fork, and connections do not survive that.",
            thing="make_engine",
            mend="Give the function that makes the engine, not an engine.",
        )
    every = paced(every)
    engines, options = _Engines(make_engine), {"expires": _STALE, **({"queue": queue} if queue else {})}

    @app.task(  # type: ignore[untyped-decorator]
        name=name,
        shared=False,  # another app of this process has its own, or none
        bind=True,
        ignore_result=True,
        acks_late=False,
        autoretry_for=(UnavailableError,),
        max_retries=3,
        retry_backoff=max(1, round(every)),
        retry_backoff_max=60,
    )
    def run_due(task: Any) -> None:
        report = engines.get().run_due(limit, seconds)
        if report.more and did_something(report):
            task.apply_async(**options)

    app.add_periodic_task(every, run_due.s(), name=name, **options)
    engines.close_with_the_worker()
    return run_due


class _Engines:
    """One engine for each process: connections do not survive a fork."""

    def __init__(self, make_engine: Callable[[], Engine]) -> None:
        self._make_engine, self._lock = make_engine, threading.Lock()
        self._made: dict[int, Engine] = {}  # a parent's is kept, since letting go of it would end its connections

    def get(self) -> Engine:
        """The engine of this process."""
        with self._lock:
            if os.getpid() not in self._made:
                self._made[os.getpid()] = wanted(Engine, self._make_engine())
            return self._made[os.getpid()]

    def close(self, **_: Any) -> None:
        """Close the engine of this process, where it made one."""
        with self._lock:
            made = self._made.pop(os.getpid(), None)
        if made is not None:
            made.close()

    def close_with_the_worker(self) -> None:
        """Have it closed when a worker, or one of its processes, ends."""
        signals = need("celery.signals", "celery")
        for signal in (signals.worker_process_shutdown, signals.worker_shutdown):
            signal.connect(self.close, weak=False)
