"""Outlines: a journey in plain words, indented, one line for each step with its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unichannel.core.calendar.span import Span
from unichannel.core.condition.pattern import On
from unichannel.core.journey.language.journey import Handler, Journey
from unichannel.core.journey.language.step import Step, step_name
from unichannel.core.journey.language.trigger import Trigger
from unichannel.core.words.saying import joined, line

__all__ = ["outline", "re_entry_words", "rules", "start_words"]

_WIDTH = 100
_LATE = Span(seconds=24 * 3600)

Line = tuple[str, str]
"""What a line says, and the name of its step, "" where it is none's."""


def outline(journey: Journey) -> str:
    """The journey for people to read; every line of a step ends with the step's name."""
    head = [(f"{line(journey.name)}, version {journey.version}", ""), *((text, "") for text in _head(journey))]
    lines = [*head, *_numbered(journey.steps)]
    for handler in journey.handlers:
        lines += _handler(handler)
    return "\n".join(_set(lines))


def _head(journey: Journey) -> list[str]:
    """What holds for the whole run: in one line where it is short, else a line for each."""
    first, *others = map(start_words, journey.starts)
    told = [f"starts {first}", *(f"or {other}" for other in others), *rules(journey)]
    whole = "; ".join(told)
    return [whole] if len(whole) <= _WIDTH else told


def start_words(start: On | Trigger) -> str:
    """When a run begins: "when order.paid happens", "every year on birthday at 09:00"."""
    return f"when {start}" if isinstance(start, On) else str(start)


def rules(journey: Journey) -> list[str]:
    """Entity, entry, goal, exits, re-entry, data and lateness, where they are not the usual ones."""
    told = [
        ("one run at a time for each {}", line(journey.entity)),
        ("only if {}", str(journey.entry) if journey.entry is not None else ""),
        ("ends as converted when {}", joined(map(str, journey.goals), "or")),
        ("ends when {}", joined(map(str, journey.ends), "or")),
        ("{}", re_entry_words(journey)),
        ("its data is kept up to date by {}", joined((on.words("") for on in journey.refreshes), "and")),
        ("events count if recorded within {}", journey.accept_late.words() if journey.accept_late != _LATE else ""),
        ("priority {}", str(journey.priority) if journey.priority else ""),
    ]
    return [text.format(what) for text, what in told if what]


def re_entry_words(journey: Journey) -> str:
    """When somebody may go through again, "" for once."""
    if isinstance(journey.re_entry, Span):
        return f"again from {journey.re_entry.words()} after the last run ended"
    return "again once the last run has ended" if journey.re_entry == "after_end" else ""


def _numbered(steps: Sequence[Step]) -> Iterator[Line]:
    width = len(str(len(steps)))
    for number, step in enumerate(steps, start=1):
        yield from _step(step, f"{number:>{width + 1}} ", " " * (width + 2))


def _step(step: Step, lead: str, indent: str) -> Iterator[Line]:
    """A step's line, led by its number or indent, and below it the ways inside it."""
    yield f"{lead}{step.words()}", step_name(step)
    for words, steps in step.ways():
        if steps or (step.chooses and words != "otherwise"):
            yield f"{indent}  {words}{'' if steps else ': nothing'}", ""
        for inner in steps:
            yield from _step(inner, f"{indent}    ", f"{indent}    ")


def _handler(handler: Handler) -> Iterator[Line]:
    again = ", even if it has been there" if handler.again else ""
    first = "this, then " if handler.steps else ""
    yield f"when {handler.on}, wherever the run stands: {first}on to {line(handler.to)}{again}", ""
    for step in handler.steps:
        yield from _step(step, "  ", "  ")


def _set(lines: Sequence[Line]) -> Iterator[str]:
    """The names in a column of their own, behind the longest line of a step that is not overly long."""
    column = max((len(text) for text, name in lines if name and len(text) <= _WIDTH), default=0)
    for text, name in lines:
        yield f"{text:<{column}}  [{line(name)}]" if name else text
