"""``why``, ``timeline`` and ``migrate``: questions to a database, by whatever application it was filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from unichannel import Engine, SqlStore
from unichannel.cli.showing import plain_table, print_json
from unichannel.errors import InvalidInput
from unichannel.flows.explaining import Entry, Explanation

__all__ = ["ask_timeline", "ask_why", "migrate"]

_DELIVERY = re.compile(r"d\d+-\d+")


def _url(database: str, *, may_be_new: bool = False) -> str:
    """The URL of a database that was given as one, or as a file."""
    if "://" in database:
        return database
    if not may_be_new and not Path(database).is_file():
        raise InvalidInput(f"there is no file {database!r}.", thing="--db", mend="Name the file, or give a URL.")
    return f"sqlite:///{database}"


@contextmanager
def _opened(database: str) -> Iterator[Engine]:
    with Engine(SqlStore(_url(database))) as engine:
        yield engine


def migrate(database: str, console: Console) -> None:
    """Bring the schema to this version."""
    with Engine(SqlStore(_url(database, may_be_new=True))) as engine:
        engine.migrate()
    console.print("The schema is up to date.")


def ask_why(
    subject: str, journey: str | None, step: str | None, database: str, console: Console, *, json: bool
) -> None:
    """Print why a delivery was made, or why each send to a profile was made or not."""
    with _opened(database) as engine:
        found = _explanations(engine, subject, journey, step)
    if json:
        print_json([asdict(one) for one in found])
    elif not found:
        console.print("Nothing was decided there.")
    for one in [] if json else found:
        where = " ".join(part for part in (one.delivery, one.status) if part)
        console.print(f"[bold]{one.subject}[/bold]  {where or one.code}", highlight=False)
        console.print(f"  {one.sentence}", highlight=False, markup=False, soft_wrap=not console.is_terminal)


def _explanations(engine: Engine, subject: str, journey: str | None, step: str | None) -> list[Explanation]:
    if _DELIVERY.fullmatch(subject) and journey is None and step is None:
        return [engine.why(subject)]
    if journey is not None or step is not None:
        return engine.why(subject, journey=journey, step=step)
    journeys = dict.fromkeys(entry.journey for entry in engine.timeline(subject) if entry.journey)
    return [one for name in journeys for one in engine.why(subject, journey=name)]


def ask_timeline(profile: str, database: str, console: Console, *, json: bool) -> None:
    """Print everything that happened with a profile, in order."""
    with _opened(database) as engine:
        entries = engine.timeline(profile)
    if json:
        print_json([asdict(entry) for entry in entries])
    else:
        _print_entries(entries, console)


def _print_entries(entries: list[Entry], console: Console) -> None:
    table = plain_table()
    for head in ("at (UTC)", "journey", "what"):
        table.add_column(head, no_wrap=head != "what")
    for entry in entries:
        table.add_row(entry.at.removesuffix("+00:00").replace("T", " "), entry.journey, entry.sentence)
    console.print(table)
