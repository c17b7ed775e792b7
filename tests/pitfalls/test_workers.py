"""P7, P8, P9: many workers, and an event that nobody can decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest

from tests.journeys.trial import message
from unichannel import Engine, Journey, MemoryStore, Message, Send, Sms, Wait, days, hours, minutes, on
from unichannel.ports import Session
from unichannel.testing import Lab

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
