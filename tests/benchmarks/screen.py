"""On the terminal: a bar while it runs, then tables in colour; plain text where it is piped."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.benchmarks.entrants import CONTENDERS
from tests.benchmarks.plan import Tell

__all__ = ["show", "telling"]


@contextmanager
def telling() -> Iterator[Tell]:
    """What tells how far it is, on standard error."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plainly
        return
    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("", total=None)
        yield lambda name, done, of: progress.update(bar, description=name, completed=done, total=of)


def _plainly(name: str, done: int, of: int) -> None:
    if name:
        print(f"{done + 1}/{of} {name}", file=sys.stderr, flush=True)


def show(report: Mapping[str, Any]) -> None:
    """The tables; wide where nobody looks, so that lines stay whole."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(_ratios(report))
    console.print(_speeds(report))
    if report["idle"]:
        console.print(_idle(report["idle"]))
    for kind in ("missing", "failed"):
        for name, why in report[kind].items():
            console.print(f"[red]{kind}[/] {name}: {why}", highlight=False)
    machine = report["machine"]
    load = machine["load_1min"]
    console.print(f"{machine['cores']} cores, {machine['processor']}; load {load['lowest']} to {load['highest']}")
    console.print(report["sizes"]["growth_measured"])


def _ratios(report: Mapping[str, Any]) -> Table:
    table = Table(title="Ratios", title_justify="left")
    for heading in ("", "measured", "target"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    colours = {True: "green", False: "red", None: "yellow"}
    for name, ratio in report["ratios"].items():
        target = report["targets"].get(name, "none")
        colour = "default" if target == "none" else colours[report["met"][name]]
        table.add_row(name, f"[{colour}]{'missing' if ratio is None else f'{ratio:g}'}[/]", target)
    return table


def _speeds(report: Mapping[str, Any]) -> Table:
    table = Table(title="Workload W", title_justify="left")
    for heading in ("contender", "people", "steps/s", "steps/CPU-s", "events/s", "peak MB"):
        table.add_column(heading, justify="left" if heading == "contender" else "right")
    table.add_column("transitions that share a commit")
    for one in CONTENDERS:
        found = report["contenders"][one.name]
        figures = ("-", "missing", "", "", "") if found is None else _figures(found)
        table.add_row(one.title, *figures, one.shares)
    return table


def _figures(found: Mapping[str, Any]) -> tuple[str, ...]:
    speeds = [found["people"], found["steps_per_second"], found["steps_per_cpu_second"], found.get("events_per_second")]
    memory = found["counts"].get("peak_bytes")
    return (*("" if one is None else f"{one:,.0f}" for one in speeds), f"{memory / 1e6:,.0f}" if memory else "")


def _idle(idle: Mapping[str, Any]) -> Table:
    table = Table(title="Waiting on SQLite", title_justify="left")
    for heading in ("waiting", "poll, ms", "median", "1,000 due, ms"):
        table.add_column(heading, justify="right")
    for size, one in idle.items():
        table.add_row(f"{int(size):,}", f"{one['poll_ms']:g}", f"{one['poll_ms_median']:g}", f"{one['due_ms']:,.0f}")
    return table
