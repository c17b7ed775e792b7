"""Workload W: enroll, e-mail, wait up to 4 h for the open, SMS if not, wait 3 days, e-mail or SMS, finish.

Half of the people open after an hour. An opener takes 6 steps, the others 7: 6.5 a person.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from unichannel import (
    Branch,
    Category,
    Email,
    Engine,
    Journey,
    Message,
    Profile,
    Send,
    Sms,
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

__all__ = ["STEPS", "Result", "run"]

STEPS = 6.5
"""Steps a person: enroll, send, wait, (SMS,) wait, send, finish."""

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
    """Accepts everything and keeps nothing but a count."""

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        return Outcome.accepted(outbound.key)


@dataclass
class Result:
    """Seconds of each phase, and what came of it."""

    people: int
    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return sum(self.seconds.values())

    @property
    def steps_per_second(self) -> float:
        return self.people * STEPS / self.total

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began


def run(store: Store, people: int, *, concurrency: int = 500) -> Result:
    """Take so many people through W on a store; identifying them is not counted."""
    clock, transport = ManualClock(), NoOp()
    engine = Engine(
        store,
        journeys=[journey],
        categories=[Category("news", purpose="marketing", quiet_hours=True)],
        routes={"email": transport, "sms": transport},
        clock=clock,
        concurrency=concurrency,
    )
    engine.migrate()
    names = [f"p{number}" for number in range(people)]
    for chunk in range(0, people, 1000):
        engine.identify(*(_profile(name) for name in names[chunk : chunk + 1000]))
    engine.run_due(seconds=1e9)
    result = Result(people)
    with result.phase("enroll"):
        for chunk in range(0, people, 1000):
            _track(store, names[chunk : chunk + 1000], clock.now())
    with result.phase("email"):
        _go(engine, result)
    clock.set(clock.now() + HOUR)
    receipts = _opens(store, people, clock.now())
    with result.phase("opens"):
        for chunk in range(0, len(receipts), 1000):
            _put(store, receipts[chunk : chunk + 1000])
        _go(engine, result)
    for _ in range(3):
        due = engine.next_due_at()
        if due is None:
            break
        clock.set(max(clock.now(), int(due.timestamp() * 1_000_000)))
        with result.phase("rest"):
            _go(engine, result)
    engine.close()
    return result


def _profile(name: str) -> Profile:
    return Profile(
        name, email=f"{name}@example.com", phone="+33612345678", timezone="UTC", consents=EVERYTHING, first_name=name
    )


def _track(store: Store, names: list[str], now: int) -> None:
    rows = [Inbox(name, "event", "begun", now, now, f"b-{name}") for name in names]
    store.transact(lambda session: session.put_inbox(rows))


def _opens(store: Store, people: int, now: int) -> list[Parked]:
    """Half of the people open their first e-mail."""

    def keys(session: Session) -> list[str]:
        found = (session.delivery(number, 1) for number in range(1, people + 1, 2))
        return [one.key for one in found if one is not None]

    return [Parked("w", now, Receipt("opened", now, key=key, id=key), now) for key in store.transact(keys)]


def _put(store: Store, receipts: list[Parked]) -> None:
    store.transact(lambda session: session.put_receipts(receipts))


def _go(engine: Engine, result: Result) -> None:
    report = engine.run_due(seconds=1e9)
    for what, count in report.outcomes.items():
        result.counts[what] = result.counts.get(what, 0) + count
