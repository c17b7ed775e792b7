"""The engine on PostgreSQL: several at once, and connections that are killed at every statement."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from tests.journeys.trial import CATEGORIES, message
from tests.stores import postgres
from unichannel import AsyncEngine, Engine, Journey, Profile, Send, SqlStore, Wait, hours, on
from unichannel.core.policy.prior import pooled
from unichannel.errors import UnavailableError
from unichannel.flows import pooling
from unichannel.testing import ManualClock, RecordingTransport
from unichannel.testing.conformance.store_values import HOUR

hello = message("hello", "onboarding")
later = message("later", "onboarding")
greets = Journey("greets", start=on("hi"), steps=[Send(hello, via="email"), Wait(hours(1)), Send(later, via="email")])


@pytest.fixture
def url() -> Iterator[str]:
    with postgres.database() as url:
        yield url


def person(n: int) -> Profile:
    return Profile(f"p{n}", email=f"p{n}@example.com", timezone="UTC")


def settings(url: str, transport: RecordingTransport, clock: ManualClock) -> dict[str, Any]:
    routes = {"email": transport, "sms": transport}
    return {"store": SqlStore(url), "journeys": [greets], "categories": CATEGORIES, "routes": routes, "clock": clock}


def test_many_at_once_send_each_message_once(url: str) -> None:
    """P8: four workers in threads, and a host that goes on telling them of people."""
    transport, clock = RecordingTransport(), ManualClock()
    engines = [Engine(**settings(url, transport, clock)) for _ in range(4)]
    people = range(60)

    def host(engine: Engine) -> None:
        for n in people:
            engine.identify(person(n))
            engine.track(f"p{n}", "hi")

    def work(engine: Engine) -> None:
        for _ in range(5):
            engine.run_due()

    with ThreadPoolExecutor(5) as pool:
        for one in [pool.submit(host, engines[0]), *(pool.submit(work, engine) for engine in engines)]:
            one.result()
    engines[0].run_due()
    clock.set(clock.now() + HOUR)
    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(work, engine) for engine in engines]:
            one.result()
    engines[0].run_due()
    for engine in engines:
        engine.close()
    sent = sorted((one.address, one.message) for one in transport.journal)
    assert sent == sorted((f"p{n}@example.com", name) for n in people for name in ("hello", "later"))


def test_the_asynchronous_face(url: str) -> None:
    transport, clock = RecordingTransport(), ManualClock()

    async def work() -> None:
        async with AsyncEngine(**settings(url, transport, clock)) as engine:
            await engine.identify(person(1))
            await asyncio.gather(*(engine.track("p1", "hi", id="once") for _ in range(3)))
            await asyncio.gather(*(engine.run_due() for _ in range(3)))

    asyncio.run(work())
    assert [one.message for one in transport.journal] == ["hello"]


def test_the_hosts_transaction(url: str) -> None:
    """Open for as long as it likes, rolled back or committed: no worker waits, nothing happens before."""
    transport, clock = RecordingTransport(), ManualClock()
    with Engine(**settings(f"{url}&options=-c%20lock_timeout%3D1ms", transport, clock)) as engine:
        engine.identify(person(1))
        engine.track("p1", "hi", id="e1")
        engine.run_due()
        for commits in (False, True):
            with psycopg.connect(url) as host:
                engine.identify(person(1), connection=host)
                engine.track("p1", "hi", id=f"again-{commits}", connection=host)
                engine.identify(person(2), connection=host)
                engine.enroll(greets, "p2", connection=host)
                engine.send("p2", hello, via="email", connection=host)
                clock.set(clock.now() + HOUR)
                engine.run_due()
                assert {one.address for one in transport.journal} == {"p1@example.com"}
                assert [one.message for one in transport.journal] == ["hello", "later"]
                host.commit() if commits else host.rollback()
            engine.run_due()
            assert ("p2@example.com" in {one.address for one in transport.journal}) is commits
    again = [one.message for one in transport.journal if one.address == "p2@example.com"]
    assert sorted(again) == ["hello", "hello", "later"], "enrolled an hour before it was committed, and sent to"


class Killer:
    """Kills the store's own connection right before its so-manieth statement or commit, once."""

    def __init__(self, store: SqlStore, url: str, place: int) -> None:
        self.url, self.place, self.count = url, place, 0
        engine = store._sync_engine()
        event.listen(engine, "before_cursor_execute", lambda connection, *_: self.next(connection))
        event.listen(engine, "commit", self.next)

    def next(self, connection: Any) -> None:
        self.count += 1
        if self.count == self.place:
            pid = connection.connection.driver_connection.info.backend_pid
            with psycopg.connect(self.url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


def a_day(url: str, place: int) -> tuple[list[tuple[str, str]], int]:
    """What is sent on a day on which the connection is killed once, and how many places there are."""
    transport, clock = RecordingTransport(), ManualClock()
    given = settings(url, transport, clock)
    with Engine(**given) as engine:
        killer = Killer(given["store"], url, place)
        for n in (1, 2):
            engine.identify(person(n))
            engine.track(f"p{n}", "hi")
        engine.merge("p1", "p1b", unknown="create")
        engine.run_due()
        clock.set(clock.now() + HOUR)
        engine.run_due()
    return sorted((one.address, one.message) for one in transport.journal), killer.count


@pytest.mark.parametrize("place", range(1, 148, 9))
def test_killed_in_the_middle_it_is_done_again_or_was_done(url: str, place: int) -> None:
    expected = [(f"p{n}@example.com", name) for n in (1, 2) for name in ("hello", "later")]
    assert a_day(url, place)[0] == expected


def test_a_server_that_stays_away_is_unavailable(url: str) -> None:
    store = SqlStore(url.rpartition("=")[0] + "=/nowhere")
    with pytest.raises(UnavailableError):
        store.check()
    store.close()


def test_the_snapshot_of_the_base_is_taken_once_by_two_workers_at_once(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both find none and take one; the first that commits is kept, both decide by it, and decisions name it."""
    transport, clock = RecordingTransport(), ManualClock()
    kit = {**settings(url, transport, clock), "strategy": "adaptive"}
    engines = [Engine(**kit), Engine(**{**kit, "store": SqlStore(url)})]
    news = message("news", "onboarding")
    for n in range(4):
        engines[0].identify(person(n))
        engines[0].send(f"p{n}", news)
    both = threading.Barrier(2)
    taken = []

    def pooled_together(people: Any) -> Any:
        found = pooled(people)
        taken.append(found)
        both.wait(20)  # neither has written yet
        return found

    monkeypatch.setattr(pooling, "pooled", pooled_together)
    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(engine.run_due) for engine in engines]:
            one.result()
    assert len(taken) == 2
    assert snapshots(url) == 1
    hour = clock.now() // HOUR
    assert {engine._calls.ready().setting.prior.id for engine in engines} == {hour}
    told = [engines[0].why(f"p{n}", journey="send:news")[0].trace["detail"]["prior"] for n in range(4)]
    assert set(told) == {hour}

    monkeypatch.setattr(pooling, "pooled", pooled)
    for hours_later in (0, 1):  # not again within the hour; then by one of them
        clock.set(clock.now() + hours_later * HOUR)
        with ThreadPoolExecutor(2) as pool:
            for one in [pool.submit(engine.run_due) for engine in engines]:
                one.result()
        assert snapshots(url) == 1 + hours_later
    for engine in engines:
        engine.close()


def snapshots(url: str) -> int:
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM unichannel_priors").fetchall()
    return int(count)
