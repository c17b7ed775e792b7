"""Previewing: how many a journey would enroll over an existing base, before it is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from unichannel.core.journey.language.trigger import next_occurrence
from unichannel.core.journey.program import Program
from unichannel.core.words.instant import to_datetime
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.ports import Loaded, Session, Want

__all__ = ["Preview", "preview"]


@dataclass(slots=True)
class Preview:
    """What the triggers of a journey would do with the people who are there now.

    ``profiles`` is how many were looked at; ``dated`` those for whom a next occurrence is known;
    ``due`` those of them whose next one lies within the time asked for, of whom ``enrolled`` would
    be enrolled as they are now, the others being refused by ``entry``. ``first`` is the earliest
    occurrence. Runs that events begin are not foreseen: events of the past begin none.
    """

    journey: str
    profiles: int = 0
    dated: int = 0
    due: int = 0
    enrolled: int = 0
    first: datetime | None = None

    def __str__(self) -> str:
        when = f", the first at {self.first:%Y-%m-%d %H:%M} UTC" if self.first is not None else ""
        refused = self.due - self.enrolled
        return (
            f"{self.journey}: {self.enrolled:,} of {self.profiles:,} profiles would be enrolled "
            f"({self.dated:,} have a date, {self.due:,} are due, {refused:,} of them refused by entry){when}"
        )


def preview(kit: Kit, program: Program, within: int) -> Flow[Preview]:
    """Look at every profile, in batches; nothing is written. ``within`` in microseconds from now."""
    result, after = Preview(program.journey.name), 0
    now = yield from ask(Now())
    want = Want(program.needs.events, program.needs.deliveries)
    while True:
        last, loaded = yield from ask(Transact(partial(_read, after=after, limit=kit.batch, want=want)))
        if not loaded:
            return result
        _count(result, kit, program, loaded, now, now + within)
        after = last


def _read(session: Session, after: int, limit: int, want: Want) -> tuple[int, list[Loaded]]:
    ids = [id for id, _ in session.profiles_after(after, limit)]
    return (ids[-1], session.load(ids, want)) if ids else (after, [])


def _count(result: Preview, kit: Kit, program: Program, loaded: Sequence[Loaded], now: int, end: int) -> None:
    setting, entry = kit.setting, program.journey.entry
    for one in loaded:
        result.profiles += 1
        view = setting.view(one.facts)
        found = next_occurrence(program.timed, view, now)
        if found is None:
            continue
        result.dated += 1
        at = to_datetime(found[0])
        result.first = at if result.first is None else min(result.first, at)
        if found[0] <= end:
            result.due += 1
            result.enrolled += entry is None or entry.truth(view, now).value
