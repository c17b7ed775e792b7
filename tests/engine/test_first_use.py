"""The first use of an engine: by two threads at once, and where the store fails in the middle of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from tests.journeys.trial import message
from unichannel import Engine, Journey, MemoryStore, Profile, Send, on
from unichannel.errors import UnavailableError
from unichannel.ports import Session
from unichannel.testing import ManualClock, RecordingTransport

T = TypeVar("T")

greets = Journey("greets", start=on("hi"), steps=[Send(message("hello", "transactional"), via="email")])
parts = Journey("parts", start=on("bye"), steps=[Send(message("farewell", "transactional"), via="email")])


class Interrupted(MemoryStore):
    """A store where something happens after the so-manieth transaction from now."""

    place = 0
    happens: Callable[[], None]

    def transact(self, work: Callable[[Session], T], *, connection: Any = None) -> T:
        done = super().transact(work, connection=connection)
        self.place -= 1
        if self.place == 0:
            self.happens()
        return done


def an_engine(store: MemoryStore, transport: RecordingTransport) -> Engine:
    routes = {"email": transport, "sms": transport}
    return Engine(store=store, journeys=[greets, parts], routes=routes, clock=ManualClock())


def told(engine: Engine, of: str) -> None:
    engine.identify(Profile(of, email=f"{of}@example.com"))
    engine.track(of, "hi")
    engine.track(of, "bye")
    engine.run_due()


@pytest.mark.parametrize("place", [1, 2])
def test_another_thread_uses_it_while_it_publishes(place: int) -> None:
    """Both begin what they were told of: an event is never taken by a worker that knows but half of its journeys."""
    store, transport = Interrupted(), RecordingTransport()
    with an_engine(store, transport) as engine:
        store.place, store.happens = place, lambda: told(engine, "ada")
        engine.publish()
        told(engine, "bob")
    sent = sorted((one.address.split("@")[0], one.message) for one in transport.journal)
    assert sent == [("ada", "farewell"), ("ada", "hello"), ("bob", "farewell"), ("bob", "hello")]


def _unavailable() -> None:
    raise UnavailableError("the database is away.", thing="store")


@pytest.mark.parametrize("place", [1, 2])
def test_the_store_fails_while_it_publishes(place: int) -> None:
    """The next use publishes all of it again."""
    store, transport = Interrupted(), RecordingTransport()
    with an_engine(store, transport) as engine:
        store.place, store.happens = place, _unavailable
        with pytest.raises(UnavailableError):
            engine.publish()
        told(engine, "ada")
    assert sorted(one.message for one in transport.journal) == ["farewell", "hello"]
