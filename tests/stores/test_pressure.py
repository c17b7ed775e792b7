"""P47: caps that workers would overrun, in threads on real databases; and what deciding reads because of caps."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from typing import Any

import pytest
from sqlalchemy import event

from unichannel import Cap, Category, Email, Engine, Gap, Journey, Message, Profile, Send, Sms, Wait, days, hours, on
from unichannel.core.calendar.span import Span
from unichannel.stores.sql import SqlStore
from unichannel.testing import ManualClock, RecordingTransport
from unichannel.testing.clock import START
from unichannel.testing.lab import EVERYTHING

PEOPLE = [f"person-{n}" for n in range(12)]
NAMES = [f"j{n}" for n in range(6)]


def journey(name: str, **more: Any) -> Journey:
    news = Message(name, Email(subject=name, text=name), Sms(name), **more)
    return Journey(name, start=on(name), steps=[Send(news, via="email")], re_entry="after_end")


class Workers:
    """Several engines on one database, with a clock and a provider in common."""

    def __init__(self, url: str, count: int, *caps: Cap | Gap, journeys: list[Journey] | None = None) -> None:
        self.clock, self.transport = ManualClock(START), RecordingTransport()
        self.stores = [SqlStore(url) for _ in range(count)]
        self.engines = [
            Engine(
                store,
                journeys=journeys or [journey(name) for name in NAMES],
                categories=[Category("marketing", ttl=30 * 86_400)],
                routes={"email": self.transport, "sms": self.transport},
                clock=self.clock,
                quiet_hours=None,
                caps=caps,
            )
            for store in self.stores
        ]
        people = [Profile(one, email=f"{one}@example.com", phone="+33612345678", consents=EVERYTHING) for one in PEOPLE]
        for one in people:
            self.engines[0].identify(one)

    def work(self) -> None:
        """Each worker works until nothing is left, all at once."""
        errors: list[BaseException] = []

        def run(engine: Engine) -> None:
            try:
                while engine.run_due(limit=3).more:
                    pass
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=(engine,)) for engine in self.engines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors

    def advance(self, span: Span, steps: int) -> None:
        for _ in range(steps):
            self.clock.set(self.clock.now() + span.elapsed)
            self.work()

    def times(self) -> dict[str, list[float]]:
        """The hours at which each address was reached."""
        begin = self.transport.journal[0].at
        found = defaultdict(list)
        for sent in self.transport.journal:
            found[sent.address].append((sent.at - begin) / 3_600_000_000)
        return {address: sorted(times) for address, times in found.items()}

    def close(self) -> None:
        for engine in self.engines:
            engine.close()


@pytest.fixture
def workers(request: pytest.FixtureRequest, url: str) -> Any:
    made: list[Workers] = []

    def make(count: int, *caps: Cap | Gap, **more: Any) -> Workers:
        made.append(Workers(url, count, *caps, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_p47_workers_do_not_overrun_a_cap(workers: Any) -> None:
    """Six journeys per person, each asked for by a worker of its own: two go on each day, none is lost."""
    crew = workers(4, Cap(2, within=days(1)))
    crew.work()
    for place, name in enumerate(NAMES):
        for person in PEOPLE:
            crew.engines[place % 4].track(person, name)
        if place % 2:
            crew.work()
    crew.work()
    assert set(map(tuple, crew.times().values())) == {(0, 0)}
    crew.advance(hours(6), 12)
    times = crew.times()
    assert len(times) == len(PEOPLE)
    assert set(map(tuple, times.values())) == {(0, 0, 24, 24, 48, 48)}
    assert not crew.transport.doubled()


def test_p47_retries_of_many_workers_do_not_overrun_a_cap(workers: Any) -> None:
    """The provider is down for the first five hours: what was reserved then goes late, and counts from then."""
    crew = workers(3, Cap(2, within=hours(24)))
    crew.transport._fail = lambda _: "refuse" if crew.clock.now() < begin + hours(5).elapsed else None
    begin = crew.clock.now()
    for name in NAMES:
        for person in PEOPLE:
            crew.engines[0].track(person, name)
    crew.advance(hours(1), 80)
    for times in crew.times().values():
        assert len(times) == len(NAMES)
        for place in range(len(times) - 2):
            assert times[place + 2] - times[place] >= 24


def test_p47_one_matter_one_message_whichever_worker_says_it(workers: Any) -> None:
    about = [journey(name, about="order:7", about_for=hours(30)) for name in NAMES]
    crew = workers(4, journeys=about)
    for place, name in enumerate(NAMES):
        for person in PEOPLE:
            crew.engines[place % 4].track(person, name)
    crew.advance(hours(10), 20)
    assert set(map(tuple, crew.times().values())) == {(0, 30, 60, 90, 120, 150)}


class Statements:
    """Counts what is read of deliveries while it is decided."""

    def __init__(self, store: SqlStore) -> None:
        self.texts: list[str] = []
        event.listen(store._sync_engine(), "before_cursor_execute", self._seen)

    def _seen(self, _conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.texts.append(statement)

    def of_profiles(self) -> int:
        named = [one for one in self.texts if one.startswith("SELECT") and "unichannel_deliveries.expires >" in one]
        return len(named)


def test_what_is_decided_reads_no_more_where_nothing_counts(workers: Any) -> None:
    """One statement for each batch because of caps, however many there are; none without any."""
    found = Counter[int]()
    for caps in ((), (Cap(9),), (Cap(9), Gap(hours(1), channel="sms"), Cap(30, within="month"))):
        crew = workers(1, *caps)
        statements = Statements(crew.stores[0])
        crew.engines[0].run_due()
        statements.texts.clear()
        for person in PEOPLE:
            crew.engines[0].track(person, f"j{len(caps)}")
        crew.engines[0].run_due()
        batches = sum(
            "unichannel_profiles" in one and one.startswith("SELECT") and "body" in one for one in statements.texts
        )
        assert batches
        found[len(caps)] = statements.of_profiles()
    assert found[0] == 0
    assert found[1] == found[3] > 0


def test_what_is_longer_ago_than_any_cap_is_not_read(workers: Any) -> None:
    """The window bounds what is read: a year of messages costs a cap of a week nothing."""
    crew = workers(1, Cap(1, within=hours(24)))
    (engine,), (store,) = crew.engines, crew.stores
    for _ in range(5):
        engine.track("person-1", "j1")
        crew.work()
        crew.clock.set(crew.clock.now() + hours(24 * 40).elapsed)
    now = crew.clock.now()
    want = engine._calls.ready().want(now)
    assert want.since is not None
    assert now - want.since < hours(48).elapsed

    def read(session: Any) -> Any:
        ids = session.lock(["person-1"], now)
        return [session.load(list(ids.values()), one)[0] for one in (want, type(want)(deliveries=True))]

    recent, everything = store.transact(read)
    assert len(everything.facts.deliveries) == 5
    assert len(recent.facts.deliveries) <= 1


def test_a_run_that_goes_on_for_long_does_not_forget_what_it_sent(workers: Any) -> None:
    """Deliveries of open runs and of the window are the same ones: each is read, and counts, once."""
    news = [Message(name, Email(subject=name, text=name)) for name in ("one", "two")]
    steps = [Send(news[0], via="email"), Wait(hours(2)), Send(news[1], via="email")]
    crew = workers(1, Cap(2, within=days(1)), journeys=[Journey("long", start=on("go"), steps=steps)])
    for person in PEOPLE:
        crew.engines[0].track(person, "go")
    crew.work()
    crew.advance(hours(1), 4)
    assert set(map(tuple, crew.times().values())) == {(0, 2)}
