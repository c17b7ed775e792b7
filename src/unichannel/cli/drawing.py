"""``diagram`` and ``check``: what journeys look like, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from unichannel import Journey
from unichannel.cli.naming import load_named, named_journeys
from unichannel.cli.showing import plain_table, print_json
from unichannel.core.journey.language.journey import walk
from unichannel.engine.checking import check_definition
from unichannel.errors import ConfigurationError, DefinitionError, InvalidInput
from unichannel.steps import StartJourney

__all__ = ["run_check", "run_diagram"]


def run_diagram(name: str, output: Path | None, *, outline: bool) -> None:
    """Print the pictures or outlines of the journeys of that name, or write them into a file."""
    journeys = named_journeys(name)
    as_page = output is not None and output.suffix == ".md"
    if len(journeys) > 1 and not outline and output is not None and not as_page:
        raise InvalidInput(
            f"{name!r} is {len(journeys)} journeys, and {output.name!r} holds one.",
            thing=str(output),
            mend="Write a page (-o journeys.md), or name one journey.",
        )
    text = _page(journeys, outline=outline) if as_page or len(journeys) > 1 else _plain(journeys[0], outline=outline)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"{str(output)!r} cannot be written: {error.strerror}.", thing=str(output), mend="Name another."
        ) from error


def _plain(journey: Journey, *, outline: bool) -> str:
    return f"{journey}\n" if outline else journey.diagram()


def _page(journeys: Iterable[Journey], *, outline: bool) -> str:
    """A page in Markdown, a section for each journey."""
    language = "text" if outline else "mermaid"
    return "\n".join(
        f"## {journey.name}\n\n````{language}\n{_plain(journey, outline=outline)}````\n" for journey in journeys
    )


@dataclass
class _Checked:
    """What was found in one journey, or in one name that gives none."""

    name: str
    version: int = 0
    steps: int = 0
    errors: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    starts: tuple[str, ...] = ()


def run_check(names: Sequence[str], console: Console, *, json: bool) -> int:
    """Print what is wrong with journeys; gives the exit code: 1 where there is an error."""
    checked = [one for name in names for one in _check_name(name)]
    _together(checked)
    if json:
        print_json([asdict(one) for one in checked])
    else:
        _print(checked, console)
    return 1 if any(one.errors for one in checked) else 0


def _check_name(name: str) -> list[_Checked]:
    """Check what stands at a name. What an engine would refuse is refused while it is made: an error of the name."""
    try:
        found = load_named(name)
    except (DefinitionError, ConfigurationError, InvalidInput) as error:
        return [_Checked(name, errors=[str(error)])]
    checked = []
    for one in found:
        journeys = [one] if isinstance(one, Journey) else one.journeys
        told = [] if isinstance(one, Journey) else one.findings
        checked += [_check(journey, [text for text in told if repr(journey.name) in text]) for journey in journeys]
    return checked


def _check(journey: Journey, told: list[str]) -> _Checked:
    done = _Checked(journey.name, journey.version, len(list(walk(journey))))
    try:
        done.findings = list(dict.fromkeys([*told, *check_definition(journey)]))
    except DefinitionError as error:
        done.errors = [str(error)]
    done.starts = tuple(dict.fromkeys(step.journey for step in walk(journey) if isinstance(step, StartJourney)))
    return done


def _together(checked: Sequence[_Checked]) -> None:
    """What only shows beside the others: two of one name, a journey to start that is not there."""
    counts = Counter(one.name for one in checked if one.version)
    for one in checked:
        if counts[one.name] > 1:
            one.errors.append(f"there are {counts[one.name]} journeys {one.name!r}. Give each a name of its own.")
        one.findings += [
            f"{one.name!r} starts {name!r}, which is not among those checked"
            for name in one.starts
            if name not in counts
        ]


def _print(checked: Sequence[_Checked], console: Console) -> None:
    table = plain_table()
    for head in ("journey", "version", "steps", "result"):
        table.add_column(head, justify="right" if head in ("version", "steps") else "left")
    for one in checked:
        style, result = ("red", "error") if one.errors else ("yellow", "findings") if one.findings else ("green", "ok")
        numbers = (str(one.version), str(one.steps)) if one.version else ("", "")
        table.add_row(escape(one.name), *numbers, f"[{style}]{result}[/{style}]")
    console.print(table)
    for one in checked:
        for lead, texts in (("error", one.errors), ("finding", one.findings)):
            for text in texts:
                console.print(f"{lead}: {text}", markup=False, highlight=False, soft_wrap=not console.is_terminal)
