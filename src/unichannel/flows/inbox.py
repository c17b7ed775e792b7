"""Inbox rows as a pass reads them: in their order, each once, as the events that they stand for."""

from __future__ import annotations

from collections.abc import Iterable

from unichannel.core.words.event import Event
from unichannel.flows.kit import Kit
from unichannel.ports import Inbox, Loaded

__all__ = ["ASKED", "LEARNED", "SHOWN", "as_event", "most_new_runs", "once"]

LEARNED = "learned"
"""What a row adds to what is known of the person on a channel; no part of the event it stands for."""

SHOWN = "shown"
"""The address that a row shows to work, by which sign, and when; no part of the event either."""

ASKED = ("enroll", "send", "begin")
"""Kinds of rows that ask for one run."""


def most_new_runs(kit: Kit, rows: Iterable[Inbox]) -> int:
    """How many runs these inbox rows can begin at most."""
    return sum(
        len(kit.triggered_by(as_event(row))) if row.kind in ("event", "evidence") else row.kind in ASKED for row in rows
    )


def as_event(row: Inbox) -> Event:
    """The event that an inbox row stands for."""
    body = row.body
    if LEARNED in body or SHOWN in body:
        body = {name: value for name, value in body.items() if name not in (LEARNED, SHOWN)}
    return Event(row.name, min(row.occurred, row.recorded), row.recorded, body, row.event_id, row.depth)


def once(loaded: Loaded) -> list[Inbox]:
    """The inbox rows that are not copies of what was decided before, in the order they occurred."""
    seen: set[str] = set(loaded.seen)
    rows = []
    for row in loaded.inbox:
        if row.event_id and row.event_id in seen:
            continue
        seen.add(row.event_id)
        rows.append(row)
    return sorted(rows, key=lambda row: (row.occurred, row.id))
