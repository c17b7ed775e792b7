"""``run-due``: one pass for cron, or the loop as a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict

import typer

from unichannel.cli.naming import named_engine
from unichannel.cli.showing import print_json
from unichannel.core.calendar.span import days, seconds
from unichannel.engine.async_ import AsyncEngine
from unichannel.engine.sync import Engine
from unichannel.flows.purging import Purge, Retention
from unichannel.flows.running import Report
from unichannel.integrations.loop import run_forever, run_forever_async
from unichannel.integrations.pace import did_something

__all__ = ["purge_once", "run_loop", "run_once"]


def run_once(name: str, budget: float, *, json: bool) -> None:
    """Do what is due now and say what that was."""
    engine = named_engine(name)
    report = asyncio.run(_once(engine, budget)) if isinstance(engine, AsyncEngine) else _sync_once(engine, budget)
    _say(report, json=json)


def _sync_once(engine: Engine, budget: float) -> Report:
    with engine:
        return engine.run_due(seconds=budget)


async def _once(engine: AsyncEngine, budget: float) -> Report:
    async with engine:
        return await engine.run_due(seconds=budget)


def purge_once(name: str, kept: Mapping[str, int], budget: float, *, json: bool) -> None:
    """Delete what is older than so many days, and say how much that was."""
    engine = named_engine(name)
    retention = Retention(**{kind: days(count) for kind, count in kept.items()})
    if isinstance(engine, AsyncEngine):
        report = asyncio.run(_purge(engine, retention, budget))
    else:
        with engine:
            report = engine.purge(retention, seconds=budget)
    if json:
        print_json(asdict(report), lines=True)
        return
    counts = [f"{getattr(report, kind)} {kind}" for kind in (*kept, "faults")]
    typer.echo("; ".join([", ".join(counts) + " deleted", *(["more is left"] if report.more else [])]))


async def _purge(engine: AsyncEngine, retention: Retention, budget: float) -> Purge:
    async with engine:
        return await engine.purge(retention, seconds=budget)


def run_loop(name: str, tick: float, *, json: bool) -> None:
    """Do what is due until SIGINT or SIGTERM; say what each pass did, where it did something."""

    def on_pass(report: Report) -> None:
        if did_something(report):
            _say(report, json=json)

    engine = named_engine(name)
    if isinstance(engine, AsyncEngine):
        asyncio.run(_loop(engine, tick, on_pass))
        return
    with engine:
        run_forever(engine, tick=seconds(tick), on_pass=on_pass)


async def _loop(engine: AsyncEngine, tick: float, on_pass: Callable[[Report], None]) -> None:
    async with engine:
        await run_forever_async(engine, tick=seconds(tick), on_pass=on_pass)


def _say(report: Report, *, json: bool) -> None:
    if json:
        print_json(asdict(report), lines=True)
        return
    outcomes = ", ".join(f"{count} {what}" for what, count in sorted(report.outcomes.items())) or "nothing delivered"
    parts = [f"{report.profiles} decided", f"{report.started} started", outcomes]
    parts += [f"{report.faults} set aside"] if report.faults else []
    parts += [f"left to others: {', '.join(report.elsewhere)}"] if report.elsewhere else []
    typer.echo("; ".join([*parts, *(["more is left"] if report.more else [])]))
