"""Workload W: enroll, e-mail, wait up to 4 h for the open, SMS if not, wait 3 days, e-mail or SMS, finish.

Half of the people open after an hour. An opener takes 6 steps, the others 7: 6.5 a person. Everything
is on: consent, windows, templates, traces, the ledger; only the transport does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tests.benchmarks.measure import Place, Result, opens, peak
from unichannel import (
    Branch,
    Category,
    Email,
    Engine,
    Journey,
    MemoryStore,
    Message,
    Profile,
    Send,
    Sms,
    SqlStore,
    Wait,
    days,
    hours,
    on,
    when,
)
from unichannel.conditions import opened
from unichannel.core.words.instant import HOUR
from unichannel.ports import Context, Inbox, Outbound, Outcome, Parked, Receipt, Session, Store
from unichannel.testing import ManualClock, RecordingTransport
from unichannel.testing.lab import EVERYTHING

__all__ = ["Workload", "on_memory", "on_postgres", "on_sqlite", "run", "through"]

T = TypeVar("T")

CHUNK = 1_000
"""Events and receipts that the host hands in with one commit."""

hello = Message(
    "hello",
    Email(
        "Hello {{ profile.first_name }}", text="Hello", html="<p>Hello {{ profile.first_name | default: 'you' }}</p>"
    ),
    Sms("Hello {{ profile.first_name }}"),
    category="news",
)
later = Message("later", Email("Again", text="Again"), Sms("Again {{ profile.first_name }}"), category="news")

journey = Journey(
    "w",
    start=on("begun"),
    goal=on("bought"),
    steps=[
        Send(hello, via=["email", "sms"], success="opened", fallback_after=hours(4)),
        Wait(days(3)),
        Branch(when(opened("email"), Send(later, via="email")), otherwise=[Send(later, via="sms")]),
    ],
)


class NoOp(RecordingTransport):
    """Accepts everything and keeps nothing."""

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        return Outcome.accepted(outbound.key)


class Counting:
    """A store that counts its transactions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.transactions = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def transact(self, work: Callable[[Session], T], *, connection: Any = None) -> T:
        self.transactions += 1
        return self._store.transact(work, connection=connection)


class Workload:
    """W on a store, phase by phase; numbers of people go on from those that are there."""

    def __init__(self, store: Store, *, concurrency: int = 500) -> None:
        self.clock = ManualClock()
        self.store = Counting(store)
        transport = NoOp()
        self.engine = Engine(
            self.store,
            journeys=[journey],
            categories=[Category("news", purpose="marketing", quiet_hours=True)],
            routes={"email": transport, "sms": transport},
            clock=self.clock,
            concurrency=concurrency,
        )
        self.engine.migrate()

    def identify(self, people: int, first: int = 1) -> None:
        """Make these people known."""
        for names in _chunks(_names(people, first)):
            self.engine.identify(*map(_profile, names))
        self.engine.run_due(seconds=1e9)

    def begin(self, people: int, first: int = 1) -> None:
        """Hand in what begins their runs, without deciding."""
        now = self.clock.now()
        for names in _chunks(_names(people, first)):
            rows = [Inbox(name, "event", "begun", now, now, f"b-{name}") for name in names]
            self.store.transact(lambda session, rows=rows: session.put_inbox(rows))

    def opened(self, people: int) -> list[str]:
        """The keys of the first e-mails of those who open, which a provider would tell us."""
        return self.store.transact(lambda session: _keys(session, people))

    def open(self, opened: list[str]) -> None:
        """Hand in that these e-mails were opened."""
        now = self.clock.now()
        for keys in _chunks(opened):
            rows = [Parked("w", now, Receipt("opened", now, key=key, id=key), now) for key in keys]
            self.store.transact(lambda session, rows=rows: session.put_receipts(rows))

    def go(self, result: Result) -> None:
        """Everything that is due now."""
        for what, count in self.engine.run_due(seconds=1e9).outcomes.items():
            result.counts[what] = result.counts.get(what, 0) + count

    def sleep(self) -> bool:
        """Move to the next instant at which something is due; whether there is one."""
        due = self.engine.next_due_at()
        if due is not None:
            self.clock.set(max(self.clock.now(), round(due.timestamp() * 1_000_000)))
        return due is not None


def run(store: Store, people: int) -> Result:
    """Take so many people through W on a store; identifying them is not counted."""
    return through(Workload(store), people)


def through(work: Workload, people: int) -> Result:
    """Take so many people through W, phase by phase."""
    result = Result(people)
    work.identify(people)
    before, begun = peak(), work.store.transactions
    with result.phase("enroll"):
        work.begin(people)
    with result.phase("email"):
        work.go(result)
    work.clock.set(work.clock.now() + HOUR)
    opened = work.opened(people)
    with result.phase("opens"):
        work.open(opened)
        work.go(result)
    with result.phase("rest"):
        _finish(work, result)
    result.commits = work.store.transactions - begun
    _check(work, people)
    result.counts |= {"events": people + (people + 1) // 2, "peak_bytes": peak(), "peak_bytes_before": before}
    work.engine.close()
    return result


def _finish(work: Workload, result: Result) -> None:
    """Go on until every run has ended: there are two more instants, and windows none of W's."""
    sent = result.counts.get("accepted", 0)
    while result.counts["accepted"] < result.people * 5 // 2 and work.sleep():
        work.go(result)
        if result.counts["accepted"] == sent:
            raise AssertionError(f"W stands still: {result.counts}")
        sent = result.counts["accepted"]


def _check(work: Workload, people: int) -> None:
    """Everybody came to the end: what is fast and wrong is not measured."""
    runs = work.store.transact(lambda session: [session.enrollment(number) for number in range(1, people + 1)])
    if {run.status for run in runs} != {"completed"}:
        raise AssertionError(f"not every run of W came to its end: {runs[0]}")


def on_memory(people: int, place: Place) -> Result:
    """W on a MemoryStore."""
    run(MemoryStore(), 20)
    return run(MemoryStore(), people)


def on_sqlite(people: int, place: Place) -> Result:
    """W on SQLite as SqlStore opens it: WAL, synchronous=FULL."""
    run(SqlStore(f"sqlite:///{place.folder / 'warm.db'}"), 20)
    return run(SqlStore(f"sqlite:///{place.folder / 'w.db'}"), people)


def on_postgres(people: int, place: Place) -> Result:
    """W on PostgreSQL."""
    run(SqlStore(f"sqlite:///{place.folder / 'warm.db'}"), 20)
    return run(SqlStore(place.url), people)


def _names(people: int, first: int) -> list[str]:
    return [f"p{number}" for number in range(first, first + people)]


def _chunks(values: list[str]) -> list[list[str]]:
    return [values[at : at + CHUNK] for at in range(0, len(values), CHUNK)]


def _keys(session: Session, people: int) -> list[str]:
    """The keys of the first e-mails of those who open."""
    found = (session.delivery(number, 1) for number in range(1, people + 1) if opens(number))
    return [one.key for one in found if one is not None]


def _profile(name: str) -> Profile:
    return Profile(
        name, email=f"{name}@example.com", phone="+33612345678", timezone="UTC", consents=EVERYTHING, first_name=name
    )
