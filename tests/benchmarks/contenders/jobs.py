"""W as procrastinate jobs on PostgreSQL: each transition is a job that defers the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from tests.benchmarks.measure import Place, Result, opens

__all__ = ["on_postgres"]

CONCURRENCY = 8

POLL = 0.01
"""Seconds between looks for jobs where none was found; its default of 5 would measure sleep."""

NEXT = {"enroll": "email", "email": "wait", "wait": "sms", "sms": "rest", "rest": "later", "later": "finish"}


def on_postgres(people: int, place: Place) -> Result:
    """One worker of eight jobs at once; the first jobs are deferred in one statement."""
    return asyncio.run(_run(people, place.url))


async def _run(people: int, url: str) -> Result:
    app, done, over = _app(url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await _work(app, [0], done, over)
        result = Result(people)
        with result.phase("jobs"):
            await _work(app, range(1, people + 1), done, over)
        result.steps = len(done)
    return result


def _app(url: str) -> tuple[Any, list[str], asyncio.Event]:
    """The application, what its one task has done, and what tells that somebody is through."""
    from procrastinate import App, PsycopgConnector

    app, done, over = App(connector=PsycopgConnector(conninfo=url)), [], asyncio.Event()

    @app.task(name="step")
    async def step(person: int, at: str) -> None:
        done.append(at)
        after = "rest" if at == "wait" and opens(person) else NEXT.get(at)
        if after:
            await step.defer_async(person=person, at=after)
        else:
            over.set()

    return app, done, over


async def _work(app: Any, people: Sequence[int], done: list[str], over: asyncio.Event) -> None:
    """Defer the first job of each, and work until everybody is through."""
    done.clear()
    await app.tasks["step"].batch_defer_async(*({"person": person, "at": "enroll"} for person in people))
    worker = asyncio.create_task(
        app.run_worker_async(
            concurrency=CONCURRENCY, fetch_job_polling_interval=POLL, listen_notify=False, install_signal_handlers=False
        )
    )
    while done.count("finish") < len(people):
        over.clear()
        await over.wait()
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
