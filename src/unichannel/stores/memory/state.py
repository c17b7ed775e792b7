"""The rows of a memory store, how changes to them are taken back, and copies on the way in and out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any

from unichannel.core.audience.consent import Consent, Suppression
from unichannel.core.audience.profile import Person
from unichannel.core.audience.seal import Sealed
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.trouble import Trouble
from unichannel.core.words.event import Event
from unichannel.core.words.plain import copied
from unichannel.ports.storing import Fault, Inbox, Note, Parked, Sweep

__all__ = ["State", "at_work", "copy_delivery", "copy_event", "copy_inbox", "copy_run", "saved"]

_GONE: Any = object()


class State:
    """The rows; every change goes through ``put`` or ``drop``, so that it can be taken back."""

    def __init__(self) -> None:
        self.profiles: dict[str, int] = {}
        self.people: dict[int, Person] = {}
        self.merged: dict[int, int] = {}
        self.wakes: dict[int, int | None] = {}
        self.inbox: dict[int, Inbox] = {}
        self.inbox_of: dict[str, dict[int, None]] = defaultdict(dict)
        self.events: dict[int, dict[int, Event]] = defaultdict(dict)
        self.event_ids: dict[tuple[int, str], None] = {}
        self.runs: dict[int, Enrollment] = {}
        self.runs_of: dict[int, dict[int, None]] = defaultdict(dict)
        self.deliveries: dict[tuple[int, int], Delivery] = {}
        self.deliveries_of: dict[int, dict[tuple[int, int], None]] = defaultdict(dict)
        self.by_key: dict[str, tuple[int, int]] = {}
        self.by_provider: dict[tuple[str, str], tuple[int, int]] = {}
        self.by_hash: dict[str, dict[tuple[int, int], None]] = defaultdict(dict)
        self.consents: dict[str, list[Consent]] = defaultdict(list)
        self.sealed: dict[int, Sealed] = {}
        self.suppressions: dict[str, Suppression] = {}
        self.receipts: dict[int, Parked] = {}
        self.notes: list[Note] = []
        self.faults: dict[int, Fault] = {}
        self.addresses: dict[int, list[str]] = {}
        self.sweeps: dict[str, Sweep] = {}
        self.troubles: dict[str, Trouble] = {}
        self.windows: dict[tuple[str, int], Any] = {}
        self.blocks: dict[tuple[str, int, int], Any] = {}
        self.priors: dict[int, tuple[int, str]] = {}
        self.stored: dict[int, tuple[str, int, str, str]] = {}
        self.counters: dict[str, int] = defaultdict(int)
        self.wake_heap: list[tuple[int, int]] = []
        self.due_heap: list[tuple[int, tuple[int, int]]] = []
        self.undo: list[Callable[[], object]] = []

    def put(self, rows: dict[Any, Any], key: Any, value: Any) -> None:
        self.undo.append(partial(_restore, rows, key, rows.get(key, _GONE)))
        rows[key] = value

    def drop(self, rows: dict[Any, Any], key: Any) -> None:
        if key in rows:
            before = rows.pop(key)
            self.undo.append(lambda: _put_back(rows, key, before))

    def append(self, rows: list[Any], value: Any) -> None:
        rows.append(value)
        self.undo.append(rows.pop)

    def swap(self, rows: list[Any], values: list[Any]) -> None:
        """Put other values into a list."""
        before = list(rows)
        rows[:] = values
        self.undo.append(lambda: rows.__setitem__(slice(None), before))

    def number(self, name: str, count: int = 1) -> int:
        """The first of ``count`` new numbers; numbers are not taken back."""
        first = self.counters[name] + 1
        self.counters[name] += count
        return first


def _restore(rows: dict[Any, Any], key: Any, before: Any) -> None:
    if before is _GONE:
        rows.pop(key, None)
    else:
        rows[key] = before


def _put_back(rows: dict[Any, Any], key: Any, value: Any) -> None:
    """Put a row back into its place: rows are numbered, and read in the order of their numbers."""
    kept = sorted([*rows.items(), (key, value)], key=lambda item: item[0])
    rows.clear()
    rows.update(kept)


def copy_delivery(one: Delivery) -> Delivery:
    kept = at_work(one)
    kept.trace = copied(kept.trace)
    return kept


def at_work(one: Delivery) -> Delivery:
    """A copy for deciding and sending, which never look at its trace."""
    kept = Delivery(*_delivery(one))
    kept.facts, kept.frozen = kept.facts.copy(), copied(kept.frozen)
    return kept


def saved(before: Delivery, after: Delivery) -> Delivery:
    """The row after a save, which never touches what the delivery says and why."""
    kept = Delivery(*_delivery(after))
    kept.facts, kept.frozen, kept.trace = kept.facts.copy(), before.frozen, before.trace
    return kept


def copy_inbox(one: Inbox) -> Inbox:
    kept = Inbox(*_inbox(one))
    kept.body = copied(kept.body)
    return kept


def copy_event(one: Event) -> Event:
    kept = Event(*_event(one))
    kept.properties = copied(kept.properties)
    return kept


def copy_run(one: Enrollment) -> Enrollment:
    kept = one.copy()
    kept.data, kept.path = copied(kept.data), copied(kept.path)
    kept.collected, kept.answers = copied(kept.collected), copied(kept.answers)
    return kept


_delivery, _inbox, _event = (attrgetter(*kind.__slots__) for kind in (Delivery, Inbox, Event))
