"""P2, P6 to P9: workers that die, come late, or are many, and an event that nobody can decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest

from tests.journeys.trial import message
from unichannel import Engine, Journey, MemoryStore, Message, Profile, Send, Sms, Wait, days, hours, minutes, on
from unichannel.conditions import attribute_date
from unichannel.ports import Session
from unichannel.steps import on_date
from unichannel.testing import Lab, RecordingTransport
from unichannel.testing.crash import Crash

T = TypeVar("T")

hello = message("hello", "transactional")
later = message("later", "transactional")
greets = Journey("greets", start=on("hi"), steps=[Send(hello, via="email"), Wait(hours(1)), Send(later, via="email")])


class Losing:
    """A session in which another worker holds the profiles: `lock` gives none of them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self, keys: Sequence[str], now: int) -> dict[str, int]:
        return {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class Contended(MemoryStore):
    """A store where the next lock is lost."""

    lost = 0

    def transact(self, work: Callable[[Session], T], *, connection: Any = None) -> T:
        def contended(session: Session) -> T:
            return work(Losing(session) if self._is_lost(session) else session)  # type: ignore[arg-type]

        return super().transact(contended, connection=connection)

    def _is_lost(self, session: Session) -> bool:
        """Lose it where there is something to decide, as often as is wanted."""
        if self.lost and session.candidates(self.now, 1):
            self.lost -= 1
            return True
        return False

    now = 0


@pytest.mark.parametrize("lost", [1, 2, 5])
def test_p7_a_lost_lock_loses_no_work(lab: Lab, meet: Any, lost: int) -> None:
    """Whoever loses the lock leaves the work where it was: the event, and the wait that is over."""
    store = Contended()
    lab.use(store=store)
    lab.add(greets)
    ada = meet()
    store.lost, store.now = lost, lab.clock.now()
    lab.track(ada, "hi")
    assert lab.messages_sent(ada) == [("hello", "email")]
    store.lost, store.now = lost, lab.clock.now() + hours(1).elapsed
    lab.advance(hours(1))
    assert store.lost == 0
    assert lab.messages_sent(ada) == [("hello", "email"), ("later", "email")]


def interrupted_at(place: int) -> tuple[Lab, bool]:
    """One worker's day, with a whole pass of another before or after its so-manieth operation."""
    lab, count = Lab(), 0
    lab.add(greets)
    for person in PEOPLE:
        lab.profile(person, email=f"{person}@example.com", timezone="UTC")
    other = Engine(**lab._all_settings())

    def interrupt(_when: str, _operation: object) -> None:
        nonlocal count
        count += 1
        if count == place:
            other.run_due()

    lab.engine.watch(interrupt)
    for person in PEOPLE:
        lab.engine.track(person, "hi")
    lab.run_due()
    lab.advance(hours(2))
    return lab, count >= place


PEOPLE = ("ada", "bob", "eve")


def test_p8_of_two_workers_one_wins() -> None:
    """Wherever in the one's work the other does a whole pass of its own: everything goes, and goes once."""
    place, is_within = 0, True
    while is_within:
        place += 1
        lab, is_within = interrupted_at(place)
        assert lab.transport.doubled() == [], place
        for person in PEOPLE:
            assert lab.messages_sent(person) == [("hello", "email"), ("later", "email")], place
    assert place > 30


CROWD = [f"p{number}" for number in range(12)]
renews = Journey("renews", start=on_date(attribute_date("renews")), steps=[Send(later, via="email")])


def crowd_that_crashes_at(place: int) -> tuple[Lab, bool]:
    """Twelve who have an event each and a date, and a worker that dies over its so-manieth operation."""
    lab, left = Lab(concurrency=4), place

    def bomb(_phase: str, _operation: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Crash

    lab.transport = RecordingTransport(takes_key=86_400)  # what is in doubt is another matter
    lab.add(greets)
    for name in CROWD:
        lab.engine.identify(Profile(name, email=f"{name}@example.com", timezone="UTC", renews="2030-01-09"))
    lab.run_due()
    lab.add(renews)  # those who are there already are gone through from a place that is kept
    for name in CROWD:
        lab.engine.track(name, "hi")
    lab.watch(bomb)
    try:
        lab.run_due()
    except Crash:
        lab.restart()
    lab.watch(None)
    lab.advance(days(2))
    return lab, left <= 0


def test_p2_a_crash_skips_nobody_of_a_batch() -> None:
    """No place in a list is kept that a crash could leave too far on: not of who is due, not of who is swept."""
    place, is_within = 0, True
    while is_within:
        place += 1
        lab, is_within = crowd_that_crashes_at(place)
        sent = sorted((one.address.partition("@")[0], one.message) for one in lab.sent())
        assert sent == sorted([(name, "hello") for name in CROWD] + [(name, "later") for name in CROWD] * 2), place
    assert place > 20


offer = message("offer", "marketing")


@pytest.mark.parametrize("phase", ["waiting", "reserved"])
def test_p6_after_days_without_a_worker_nothing_stale_goes_out(lab: Lab, meet: Any, phase: str) -> None:
    """What was due too long ago is left out and says so; what counts from now goes on."""

    def stop_before_the_call(_phase: str, _operation: object) -> None:
        history = lab.history(ada)
        if history is not None and any(one.status == "reserved" for one in history.deliveries if one.n == 1):
            raise Crash

    lab.add(Journey("offers", start=on("hi"), steps=[Wait(hours(1)), Send(offer, via="email")]), greets)
    ada = meet()
    lab.track(ada, "hi")
    if phase == "reserved":
        lab.watch(stop_before_the_call)
        with pytest.raises(Crash):
            lab.advance(hours(1))
        lab.watch(None)
    lab.restart()
    lab.clock.set(lab.clock.now() + hours(120).elapsed)
    lab.run_due()
    assert lab.messages_sent(ada) == [("hello", "email")]
    (why,) = lab.why(ada, "offers")
    assert (why.code, why.status) == (("reserved", "expired") if phase == "reserved" else ("expired", ""))


def test_p9_what_cannot_be_decided_is_set_aside_once(lab: Lab, meet: Any) -> None:
    """No retry at a fixed second for ever: it waits in failed(), and everybody else goes on."""
    broken = Message("broken", Sms("{{ data.code }}"), category="transactional")
    lab.add(Journey("breaks", start=on("hi"), steps=[Wait(minutes(30)), Send(broken)]), greets)
    ada, bob = meet(), meet("bob")
    lab.track(ada, "hi")
    lab.track(bob, "hi", {"code": "1234"})
    assert lab.engine.next_due_at() is not None  # the greetings' wait
    lab.advance(days(3))
    assert lab.engine.next_due_at() is None
    (fault,) = lab.engine.failed()
    assert "data.code" in fault.error
    assert lab.messages_sent(ada) == [("hello", "email"), ("later", "email")]
    assert len(lab.messages_sent(bob)) == 3
