"""Reach: how far back a definition looks, so that what it still reads is never thrown away.

The rules of this file:

1. An event of which nothing here proves that it is read within a span is read for ever.
2. ``happened(…, within=…)`` reads as far back as its window. What a wait, goal, exit or handler
   matches lies after its run's start, which is no older than ``accept_late`` when the run begins, or
   as far back as ``since=``; what open runs read is the store's to keep.
3. A closed run is read by its journey's re-entry rule, and by a digest that goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from unichannel.core.calendar.span import Span
from unichannel.core.condition.leaves import Happened
from unichannel.core.condition.pattern import On
from unichannel.core.journey.language.journey import Handler, Journey
from unichannel.core.journey.language.repeat import Digest
from unichannel.core.journey.language.step import Wait
from unichannel.core.journey.program import Program

__all__ = ["event_reach", "run_reach"]

_IN_RUN = (Journey, Handler, Wait)


def event_reach(programs: Iterable[Program]) -> dict[str, int | None]:
    """For each event that any of them reads, how far back in microseconds; None is for ever."""
    found: dict[str, int | None] = {}
    for program in programs:
        proved = _proved(program)
        for name in program.needs.events:
            span = proved.get(name)
            found[name] = _wider(found[name], span) if name in found else span
    return found


def _proved(program: Program) -> dict[str, int | None]:
    """The reach of each event that the definition names, None where some use of it has no bound."""
    proved: dict[str, int | None] = {}
    for name, span in _looks(program.journey, program.journey.accept_late.at_most):
        proved[name] = _wider(proved[name], span) if name in proved else span
    return proved


def _wider(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _looks(thing: Any, late: int, within: object = None) -> Iterator[tuple[str, int | None]]:
    """(event, reach) of each place in a definition that names an event; ``within`` is what holds it."""
    if isinstance(thing, Happened):
        back = thing.event.since
        known = [span.at_most for span in (thing.within, back) if span is not None]
        yield thing.event.event, (max(known) + late if thing.within is not None else None)
    elif isinstance(thing, On):
        since = thing.since.at_most if thing.since is not None else 0
        yield thing.event, (since + late if isinstance(within, _IN_RUN) else None)
    elif isinstance(thing, list | tuple):
        for one in thing:
            yield from _looks(one, late, within)
    elif is_dataclass(thing):
        for part in fields(thing):
            yield from _looks(getattr(thing, part.name), late, thing)


def run_reach(programs: Iterable[Program]) -> dict[str, int | None]:
    """For each journey, for how long after its end a run is read, in microseconds; None is for ever."""
    found: dict[str, int | None] = {}
    for program in programs:
        name, span = program.journey.name, _re_entry(program)
        found[name] = _wider(found[name], span) if name in found else span
    return found


def _re_entry(program: Program) -> int | None:
    journey = program.journey
    if journey.re_entry == "once" or any(isinstance(node.step, Digest) for node in program.nodes):
        return None
    cool_down = journey.re_entry.at_most if isinstance(journey.re_entry, Span) else 0
    return cool_down + journey.accept_late.at_most
