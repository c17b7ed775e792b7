"""Rows: the plain values that a store takes and gives; ``storing.py`` says what it does with them.

Instants are integers, microseconds UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from unichannel.core.audience.consent import Consent, Suppression
from unichannel.core.audience.profile import Person
from unichannel.core.condition.view import Facts
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.event import Event
from unichannel.core.words.trace import Trace
from unichannel.ports.receiving import Receipt

__all__ = ["Changes", "Fault", "Gate", "History", "Inbox", "Loaded", "Note", "Parked", "Sweep", "Want"]


@dataclass(slots=True)
class Inbox:
    """Something that was handed in and is not decided yet.

    ``kind``: event; identify (``body`` holds the changes); enroll and send (``body`` holds the
    definition's id and the data); begin (a run that a step asks for: ``body`` holds the journey's
    name and the data); evidence (a delivery showed something); news (a delivery's outcome matters
    to its run; of a call, ``body`` holds the answer); retry (``body``
    names an enrollment that was set aside); merge (``body`` names the ``other`` profile that is the
    same person); rectify (``body`` holds the changes); erase (``body`` says who asked, and from where);
    migrate (``body`` names an enrollment, the definition to go on with, and the rules). ``id`` is the
    store's, 0 before it is put.
    ``event_id`` names it once and for all for its profile: a second row of the same name is dropped
    when decided.
    """

    profile: str
    kind: Literal[
        "event",
        "identify",
        "enroll",
        "send",
        "begin",
        "evidence",
        "news",
        "retry",
        "merge",
        "rectify",
        "erase",
        "migrate",
    ]
    name: str
    occurred: int
    recorded: int
    event_id: str = ""
    depth: int = 0
    body: dict[str, Any] = field(default_factory=dict, repr=False)
    id: int = 0


@dataclass(slots=True)
class Want:
    """Which facts a batch reads: events by name, deliveries of all the profile's runs, closed runs of journeys.

    ``since``: of the profile's other runs, the deliveries whose time-to-live ends after that instant.
    """

    events: frozenset[str] = frozenset()
    deliveries: bool = False
    journeys: frozenset[str] = frozenset()
    since: int | None = None


@dataclass(slots=True)
class Loaded:
    """One locked profile with what a decision reads.

    ``runs`` are those that still listen (live, or with open ladders), and, where the profile has
    something in its inbox, its closed ones of the journeys wanted. ``seen`` are the names of
    inbox rows that were already decided (duplicates).
    """

    facts: Facts
    inbox: list[Inbox] = field(default_factory=list)
    runs: list[Enrollment] = field(default_factory=list)
    seen: frozenset[str] = frozenset()


@dataclass(slots=True)
class Note:
    """A trace that belongs to no delivery: a send that was not made, a run that ended or was refused.

    ``enrollment`` is 0 where there is none; ``origin`` is the name of the inbox row it answers.
    """

    profile: int
    journey: str
    enrollment: int
    origin: str
    trace: Trace


@dataclass(slots=True)
class Fault:
    """What was set aside because it raised: what and when; ``event`` that a run's decision was about.

    Of a delivery that could not be rendered ``event`` is {"delivery": id}, of a receipt that could not be
    merged {"receipt": id}; then ``profile`` and ``enrollment`` are 0.
    """

    profile: int
    enrollment: int
    error: str = field(repr=False)
    at: int
    event: dict[str, Any] | None = field(default=None, repr=False)
    id: int = 0


@dataclass(slots=True)
class Changes:
    """Everything that one batch of decisions changes; written together.

    ``inbox``: ids to delete. ``events``: (profile, event) that become history. ``cancelled``:
    (enrollment, n, reason, instant). ``wakes``: (profile, due), None where time alone changes
    nothing. ``addresses``: (profile, its address hashes now), for finding who wrote to us.
    ``uncharged``: keys of deliveries that are among the cancelled and were charged to budgets.
    """

    people: list[Person] = field(default_factory=list)
    inbox: list[int] = field(default_factory=list)
    events: list[tuple[int, Event]] = field(default_factory=list)
    started: list[Enrollment] = field(default_factory=list)
    updated: list[Enrollment] = field(default_factory=list)
    reserved: list[Delivery] = field(default_factory=list)
    cancelled: list[tuple[int, int, str, int]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    wakes: list[tuple[int, int | None]] = field(default_factory=list)
    emitted: list[Inbox] = field(default_factory=list)
    addresses: list[tuple[int, list[str]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    uncharged: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Gate:
    """What the gate asks before a delivery is marked ``sending``, read in the same transaction.

    ``person`` has nothing but the id where it was erased. ``unread`` are the profile's inbox rows of kinds
    event and erase; ``status``, ``journey`` and
    ``definition`` are the run's; ``entity`` keys it.
    """

    person: Person
    consents: list[Consent]
    suppressions: dict[str, Suppression]
    unread: list[Inbox]
    run: Enrollment


@dataclass(slots=True)
class Parked:
    """A receipt in the queue; ``due`` is when to look at it again, ``recorded`` when it came.

    ``hash`` is that of its address, "" where it has none that can be read, None where nobody looked.
    """

    provider: str
    recorded: int
    receipt: Receipt
    due: int
    id: int = 0
    hash: str | None = ""


@dataclass(slots=True)
class Sweep:
    """A pass over all profiles for a journey that is under way; ``after`` is the last profile it has done."""

    journey: str
    definition: int
    after: int


@dataclass(slots=True)
class History:
    """Everything about one profile, for explaining."""

    person: Person
    runs: list[Enrollment]
    deliveries: list[Delivery]
    notes: list[Note]
    events: list[Event]
    consents: list[Consent]
