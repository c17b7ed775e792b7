"""APScheduler 3: a job that calls ``run_due``."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from unichannel.engine.async_ import AsyncEngine
from unichannel.engine.sync import Engine
from unichannel.errors import ConfigurationError
from unichannel.integrations.extras import need, wanted
from unichannel.integrations.pace import paced

__all__ = ["install"]


def install(scheduler: Any, engine: Engine | AsyncEngine, *, every: float = 1.0, id: str = "unichannel") -> Any:
    """Add the job to a scheduler; gives the job.

    ``every`` is in seconds. Ticks that were missed are made up for by one (``coalesce``), and a pass that is
    still under way is not joined by another (``max_instances=1``); a pass begins nothing new after nine tenths
    of its tick, so that the next one goes on. An ``AsyncEngine`` needs the ``AsyncIOScheduler``.
    Raises ConfigurationError for another scheduler, those of APScheduler 4 among them.
    """
    need("apscheduler", "apscheduler")
    _check(scheduler, engine)
    every = paced(every)
    return scheduler.add_job(
        partial(engine.run_due, seconds=every * 0.9),
        "interval",
        seconds=every,
        id=id,
        name="unichannel.run_due",
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,  # late is better than not at all
        next_run_time=datetime.now(UTC),
        replace_existing=True,
    )


def _check(scheduler: Any, engine: Engine | AsyncEngine) -> None:
    kinds = {one.__name__ for one in type(scheduler).__mro__ if one.__module__.startswith("apscheduler.schedulers.")}
    if "BaseScheduler" not in kinds:
        kind = type(scheduler).__qualname__
        raise ConfigurationError(
            f"{kind} is no scheduler of APScheduler 3.", thing=kind, mend='Install "apscheduler>=3.10,<4".'
        )
    if not isinstance(engine, Engine | AsyncEngine):
        wanted(Engine, engine)
    if isinstance(engine, AsyncEngine) and "AsyncIOScheduler" not in kinds:
        raise ConfigurationError(
            "an AsyncEngine is awaited, and this scheduler does not.",
            thing=type(scheduler).__qualname__,
            mend="Use AsyncIOScheduler, or an Engine.",
        )
