"""``why``, ``timeline``, ``export`` and ``audit``: questions to a database, by whatever application it was filled.

Who asks is the machine's user, and the audit trail says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from getpass import getuser
from pathlib import Path

from rich.console import Console
from rich.text import Text

from unichannel import Engine, SqlStore, acting
from unichannel.cli.naming import waiting_engine
from unichannel.cli.showing import plain_table, print_json
from unichannel.errors import InvalidInput
from unichannel.flows.explaining import Entry, Explanation

__all__ = ["ask_audit", "ask_timeline", "ask_why", "migrate", "print_export"]

_DELIVERY = re.compile(r"d\d+-\d+")
_NAMED = re.compile(r"[^:]+:[^\W\d]\w*")
"""A module or file and what is in it; neither a URL nor a file on a drive."""


def _url(database: str, *, may_be_new: bool = False) -> str:
    """The URL of a database that was given as one, or as a file."""
    if "://" in database:
        return database
    if not may_be_new and not Path(database).is_file():
        raise InvalidInput(f"there is no file {database!r}.", thing="--db", mend="Name the file, or give a URL.")
    return f"sqlite:///{database}"


@contextmanager
def _opened(database: str) -> Iterator[Engine]:
    with acting(_user()), _engine_of(database) as engine:
        yield engine


def _engine_of(database: str, *, may_be_new: bool = False) -> Engine:
    """An engine on the database; the host's own where that is named, which knows its contents and time zone too."""
    is_named = _NAMED.fullmatch(database) is not None and not Path(database).is_file()
    return waiting_engine(database) if is_named else Engine(SqlStore(_url(database, may_be_new=may_be_new)))


def _user() -> str:
    """The user of this machine; a container may have none."""
    try:
        return f"cli:{getuser()}"
    except (KeyError, OSError, ImportError):
        return "cli"


def migrate(database: str, console: Console) -> None:
    """Bring the schema to this version, and publish the journeys of an engine that is named."""
    with _engine_of(database, may_be_new=True) as engine:
        engine.migrate()
        engine.publish()
        has_journeys = bool(engine._calls.settings.journeys)
    console.print(f"The schema is up to date{', the journeys are published' * has_journeys}.")


def ask_why(
    subject: str, journey: str | None, step: str | None, database: str, console: Console, *, language: str, json: bool
) -> None:
    """Print why a delivery was made, or why each send to a profile was made or not."""
    with _opened(database) as engine:
        found = _explanations(engine, subject, journey, step, language)
    if json:
        print_json([asdict(one) for one in found])
    elif not found:
        console.print("Nothing was decided there.")
    else:
        _print_explanations(found, console)


def _explanations(
    engine: Engine, subject: str, journey: str | None, step: str | None, language: str
) -> Sequence[Explanation]:
    if _DELIVERY.fullmatch(subject) and journey is None and step is None:
        return [engine.why(subject, language=language)]
    if journey is not None or step is not None:
        return engine.why(subject, journey=journey, step=step, language=language)
    journeys = dict.fromkeys(entry.journey for entry in engine.timeline(subject) if entry.journey)
    return [one for name in journeys for one in engine.why(subject, journey=name, language=language)]


def _print_explanations(found: Sequence[Explanation], console: Console) -> None:
    """A table with colours on a terminal, two lines for each where the output is piped."""
    if console.is_terminal:
        table = plain_table()
        for head in ("at", "what", "status", "why"):
            table.add_column(head, ratio=1 if head == "why" else None)
        for one in found:
            state = one.status or one.code
            what = Text.assemble((one.subject, "bold"), f"\n{one.delivery}" if one.delivery else "")
            table.add_row(Text(_minute(one.at)), what, Text(state, style=_colour(state)), Text(one.sentence))
        console.print(table)
        return
    for one in found:
        where = " ".join(part for part in (one.delivery, one.status or one.code, _minute(one.at)) if part)
        console.print(f"{one.subject}  {where}", highlight=False, markup=False, soft_wrap=True)
        console.print(f"  {one.sentence}", highlight=False, markup=False, soft_wrap=True)


def _minute(at: str) -> str:
    """The profile's own time, to the minute, with its distance from UTC."""
    return f"{at[:16].replace('T', ' ')} {at[19:]}"


_COLOURS = {
    **dict.fromkeys(("delivered", "opened", "clicked", "replied", "converted", "completed", "goal"), "green"),
    **dict.fromkeys(("failed", "bounced", "unreachable", "expired", "cancelled", "complained", "set_aside"), "red"),
    **dict.fromkeys(("deferred", "retry", "in_doubt", "abandoned", "wait", "skipped", "refused"), "yellow"),
}


def _colour(state: str) -> str:
    return _COLOURS.get(state, "cyan")


def ask_timeline(profile: str, database: str, console: Console, *, language: str, json: bool) -> None:
    """Print everything that happened with a profile, in order."""
    with _opened(database) as engine:
        entries = engine.timeline(profile, language=language)
    if json:
        print_json([asdict(entry) for entry in entries])
    else:
        _print_entries(entries, console)


def _print_entries(entries: Sequence[Entry], console: Console) -> None:
    table = plain_table()
    for head in ("at", "journey", "what"):
        table.add_column(head, no_wrap=head != "what")
    for entry in entries:
        style = _colour(entry.code) if entry.code in _COLOURS else ""
        table.add_row(_minute(entry.at), Text(entry.journey), Text(entry.sentence, style=style))
    console.print(table)


def print_export(profile: str, database: str) -> None:
    """Print everything that is held about a person, as JSON."""
    with _opened(database) as engine:
        print_json(engine.export(profile).body)


def ask_audit(profile: str, database: str, console: Console, *, json: bool) -> None:
    """Print who read or changed what is held about a person."""
    with _opened(database) as engine:
        entries = engine.audit(profile)
    if json:
        print_json([{**asdict(entry), "at": entry.at.isoformat()} for entry in entries])
        return
    table = plain_table()
    for head in ("at", "what", "who", "from", "detail"):
        table.add_column(head)
    for entry in entries:
        at = entry.at.isoformat(sep=" ", timespec="seconds")
        table.add_row(*map(Text, (at, entry.what, entry.actor or "unknown", entry.source, entry.detail)))
    console.print(table)
