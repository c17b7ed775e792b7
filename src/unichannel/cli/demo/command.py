"""``unichannel demo``: from options to a table, or to JSON."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from unichannel import SqlStore
from unichannel.cli.demo.counting import tally
from unichannel.cli.demo.report import print_report
from unichannel.cli.demo.running import Options, run_demo
from unichannel.errors import InvalidInput

__all__ = ["DAYS", "demo_store", "run_command"]

DAYS = 16
"""Days of virtual time: a day of sign-ups, fourteen of trial, and the zones between."""


def demo_store(database: Path | None, url: str | None) -> tuple[str, Path]:
    """The URL of the database to write and the folder beside it, new ones where none were named.

    Raises InvalidInput for a database that is in use.
    """
    if database is None or url is not None:
        folder = Path(tempfile.mkdtemp(prefix="unichannel-demo-"))
        return _empty(url) if url is not None else f"sqlite:///{folder / 'demo.db'}", folder
    if database.exists():
        raise InvalidInput(
            f"{str(database)!r} is there already.",
            thing="--db",
            mend="Name a new file; the demo begins with an empty one.",
        )
    folder = Path(f"{database}.journals")
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{database.resolve()}", folder


def _empty(url: str) -> str:
    """The URL, of a database that nobody keeps profiles in."""
    store = SqlStore(url)
    try:
        store.migrate()
        is_used = bool(store.transact(lambda session: session.profiles_after(0, 1)))
    finally:
        store.close()
    if is_used:
        raise InvalidInput(
            "the database has profiles in it.", thing="--store", mend="Name one without; the demo begins with none."
        )
    return url


def run_command(options: Options, console: Console, *, as_json: bool) -> int:
    """Run the demo and print what came of it; the exit code."""
    began = time.monotonic()
    with _progress(options) as progress:
        outcome = run_demo(options, progress)
    counted = tally(options, outcome)
    if as_json:
        sys.stdout.write(json.dumps(counted.as_json(), indent=1) + "\n")
    else:
        print_report(console, options, counted)
        console.print(f"\n15 days in {time.monotonic() - began:.0f} seconds.", style="dim", highlight=False)
    return 0 if counted.is_sound(options) else 1


@contextmanager
def _progress(options: Options) -> Iterator[Callable[[float], None]]:
    """A bar over the days of virtual time, on stderr, so that what is printed can be piped."""
    columns = (TextColumn("day {task.completed:4.1f}"), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{options.people} people, virtual time", total=DAYS)
        yield lambda days: bar.update(task, completed=min(days, DAYS))
