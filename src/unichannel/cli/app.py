"""The commands and their options."""

from __future__ import annotations

import json
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from unichannel import __version__
from unichannel.cli.showing import console, explained
from unichannel.errors import MissingExtra

__all__ = ["app"]

app = typer.Typer(
    help="Customer journeys across every channel: try them, and ask why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Database = Annotated[
    str,
    typer.Option(
        "--db", help="The database: a SQLite file, a URL, or your engine: app.engine:make_engine.", show_default=False
    ),
]
Language = Annotated[str, typer.Option("--language", help="Tell it in this language: en, en-US or fr.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for another program.")]


class Guarantee(StrEnum):
    """What a doubtful send becomes."""

    at_least_once = "at_least_once"
    at_most_once = "at_most_once"


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"unichannel {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Customer journeys across every channel: try them, and ask why."""


@app.command()
def demo(
    people: Annotated[int, typer.Option(min=1, max=500, help="How many people sign up.")] = 500,
    db: Annotated[
        Path | None, typer.Option("--db", help="A new SQLite file; by default in a new folder, which stays.")
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="Instead of a file, the URL of a database in which nobody is yet: postgresql://…")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=16, help="How many processes do the work.")] = 1,
    kill: Annotated[int, typer.Option(min=0, help="Kill an engine's process that often, at random moments.")] = 0,
    seed: Annotated[int, typer.Option(help="The seed of those moments.")] = 1,
    guarantee: Annotated[Guarantee, typer.Option(help="What a doubtful send becomes.")] = Guarantee.at_least_once,
    use_async: Annotated[bool, typer.Option("--async", help="Use the asynchronous engine.")] = False,
    as_json: AsJson = False,
    child: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """A trial of 14 days for 500 people, in virtual time, over real SMTP and HTTP on this machine."""
    with explained():
        _need("sqlalchemy", "alembic", "aiosqlite", "aiosmtpd")
        if child is not None:
            from unichannel.cli.demo.worker import run_worker

            run_worker(json.loads(child))
            return
        from unichannel.cli.demo.command import demo_store, run_command
        from unichannel.cli.demo.running import Options

        url, folder = demo_store(db, store)
        asked = Options(url, folder, people, kill, seed, guarantee.value, use_async, workers=workers)
        code = run_command(asked, console(), as_json=as_json)
    raise typer.Exit(code)


def _need(*modules: str) -> None:
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"the demo needs {', '.join(missing)}.",
            thing=missing[0],
            mend='Install it: pip install "unichannel[demo]".',
        )


@app.command()
def why(
    subject: Annotated[str, typer.Argument(metavar="DELIVERY|PROFILE", help="A delivery such as d12-1, or a profile.")],
    db: Database,
    journey: Annotated[str | None, typer.Option(help="Only this journey.")] = None,
    step: Annotated[str | None, typer.Option(help="Only this step.")] = None,
    language: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Why something was sent, or was not."""
    with explained():
        from unichannel.cli.asking import ask_why

        ask_why(subject, journey, step, db, console(), language=language, json=as_json)


@app.command()
def timeline(profile: str, db: Database, language: Language = "en", as_json: AsJson = False) -> None:
    """Everything that happened with a profile, in order."""
    with explained():
        from unichannel.cli.asking import ask_timeline

        ask_timeline(profile, db, console(), language=language, json=as_json)


@app.command()
def export(profile: str, db: Database) -> None:
    """Everything that is held about a person, as JSON."""
    with explained():
        from unichannel.cli.asking import print_export

        print_export(profile, db)


@app.command()
def audit(profile: str, db: Database, as_json: AsJson = False) -> None:
    """Who read or changed what is held about a person, also of one who was erased."""
    with explained():
        from unichannel.cli.asking import ask_audit

        ask_audit(profile, db, console(), json=as_json)


@app.command()
def migrate(db: Database) -> None:
    """Bring a database's schema to this version, and publish your engine's journeys; safe to run again."""
    with explained():
        from unichannel.cli.asking import migrate as bring_up

        bring_up(db, console())


@app.command()
def purge(
    engine: Annotated[
        str,
        typer.Argument(metavar="MODULE:ENGINE", help="An Engine or AsyncEngine, or a function that makes one."),
    ],
    events: Annotated[int, typer.Option(min=0, help="Days that events are kept.")] = 400,
    deliveries: Annotated[int, typer.Option(min=0, help="Days that deliveries are kept after their run.")] = 400,
    notes: Annotated[int, typer.Option(min=0, help="Days that notes of what was not sent are kept.")] = 90,
    enrollments: Annotated[int, typer.Option(min=0, help="Days that ended runs are kept.")] = 400,
    content: Annotated[
        int | None, typer.Option(min=0, help="Days that what was said is kept; else as long as its delivery.")
    ] = None,
    audit: Annotated[int, typer.Option(min=0, help="Days that the audit trail is kept.")] = 365,
    seconds: Annotated[float, typer.Option(min=0, help="Begin nothing new after these.")] = 50.0,
    as_json: AsJson = False,
) -> None:
    """Delete what is older and no definition reads any more; call it again where more is left."""
    with explained():
        from unichannel.cli.running import purge_once

        kept = {"events": events, "deliveries": deliveries, "notes": notes, "enrollments": enrollments, "audit": audit}
        kept |= {} if content is None else {"content": content}
        purge_once(engine, kept, seconds, json=as_json)


@app.command("run-due")
def run_due(
    engine: Annotated[
        str,
        typer.Argument(
            metavar="MODULE:ENGINE",
            help="An Engine or AsyncEngine, or a function that makes one; a path to a .py file will do for the module.",
        ),
    ],
    loop: Annotated[bool, typer.Option("--loop", help="Go on until Ctrl-C or SIGTERM.")] = False,
    seconds: Annotated[float, typer.Option(min=0, help="Without --loop: begin nothing new after these.")] = 50.0,
    tick: Annotated[float, typer.Option(min=0.001, help="With --loop: the longest sleep, in seconds.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Decide and deliver what is due, once (for cron) or in a loop; exit code 75 where the store cannot be reached."""
    with explained():
        from unichannel.cli.running import run_loop, run_once

        if loop:
            run_loop(engine, tick, json=as_json)
        else:
            run_once(engine, seconds, json=as_json)


Name = Annotated[
    str,
    typer.Argument(
        metavar="MODULE:ATTRIBUTE",
        help="A journey, a list of journeys or an Engine; a path to a .py file will do for the module. "
        "Without an attribute, every journey of the module.",
    ),
]


@app.command()
def diagram(
    name: Name,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write into a file: .md for a page, .mmd for Mermaid alone.")
    ] = None,
    outline: Annotated[bool, typer.Option("--outline", help="Print it in words instead.")] = False,
) -> None:
    """A journey as a Mermaid flowchart, or in words."""
    with explained():
        from unichannel.cli.drawing import run_diagram

        run_diagram(name, output, outline=outline)


@app.command()
def check(
    names: Annotated[
        list[str],
        typer.Argument(metavar="MODULE:ATTRIBUTE…", help="Journeys, lists of them or Engines, as for diagram."),
    ],
    as_json: AsJson = False,
) -> None:
    """What is wrong with journeys, before they run; exit code 1 where there is an error."""
    with explained():
        from unichannel.cli.drawing import run_check

        code = run_check(names, console(), json=as_json)
    raise typer.Exit(code)
