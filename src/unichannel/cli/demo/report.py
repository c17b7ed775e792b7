"""The demo's tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console

from unichannel import Send
from unichannel.cli.demo.counting import Tally
from unichannel.cli.demo.journeys import journeys
from unichannel.cli.demo.running import Options
from unichannel.cli.showing import plain_table
from unichannel.core.journey.language.journey import walk
from unichannel.core.journey.language.step import step_name

__all__ = ["print_report"]


_ORDER = [(journey.name, step_name(step)) for journey in journeys() for step in walk(journey) if isinstance(step, Send)]
"""The sends, in the order in which they are written."""

_ASKED = ("welcome", "sms")
"""Why did this customer get the SMS? That is what the closing lines ask."""


def print_report(console: Console, options: Options, tally: Tally) -> None:
    """Print what came of a run, and where to ask on."""
    _print_table(console, "People", ("", "people"), _people(tally))
    _print_table(console, "Messages that arrived", ("journey", "step", "email", "sms"), _steps(tally))
    fallbacks = [(step, why, str(number)) for (step, why), number in sorted(tally.fallbacks.items())]
    _print_table(console, "Fallbacks, and why", ("step", "why", "messages"), fallbacks)
    if tally.unreachable:
        rows = [(why, str(number)) for why, number in tally.unreachable.most_common()]
        title = "Sends for which no channel was left; the event send.unreachable told the owner of each"
        _print_table(console, title, ("why", "times"), rows)
    _print_sums(console, options, tally)
    _print_door(console, options, tally)


def _people(tally: Tally) -> Iterable[Sequence[str]]:
    for name in ("enrolled", "completed", "converted"):
        yield name, str(getattr(tally, name))


def _steps(tally: Tally) -> Iterable[Sequence[str]]:
    for journey, step in _ORDER:
        counts = tally.steps.get((journey, step), Counter())
        yield journey, step, str(counts["email"] or "-"), str(counts["sms"] or "-")
    sums = [sum(counts[channel] for counts in tally.steps.values()) for channel in ("email", "sms")]
    yield "all", "", str(sums[0]), str(sums[1])
    yield "did not arrive", "refused or expired", str(tally.failed["email"]), str(tally.failed["sms"])


def _print_table(console: Console, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = plain_table()
    for head in heads:
        table.add_column(head, justify="right" if head in ("people", "email", "sms", "messages", "times") else "left")
    for row in rows:
        table.add_row(*row)
    console.print(f"\n{title}", style="bold")
    console.print(table)


def _print_sums(console: Console, options: Options, tally: Tally) -> None:
    good = "green" if tally.is_sound(options) else "red"
    sums = f"late {tally.late}, doubled {tally.doubled.total()}, lost {len(tally.lost)}, in doubt {len(tally.in_doubt)}"
    console.print(f"\n{sums}", style=f"bold {good}", highlight=False)
    console.print("Counted against the journals of the mail server and of the SMS server.", style="dim")
    if tally.kills:
        console.print(f"An engine was killed {tally.kills} times, with {options.concurrency} calls out at most.")
    for name, ids in (("Lost", tally.lost), ("In doubt", tally.in_doubt), ("Set aside", tally.faults)):
        if ids:
            console.print(f"{name}: {', '.join(ids)}", highlight=False)
    console.print("How people behave follows the field's own claims, which nobody has proved.", style="dim")


def _print_door(console: Console, options: Options, tally: Tally) -> None:
    someone = next((row["profile"] for row in tally.deliveries if (row["step"], row["channel"]) == _ASKED), "p001")
    at = f'--db "{options.store.removeprefix("sqlite:///")}"'
    console.print("\nAsk on:")
    for line in (f"unichannel why {someone} --step welcome {at}", f"unichannel timeline {someone} {at}"):
        console.print(f"  {line}", style="cyan", highlight=False, soft_wrap=True)
