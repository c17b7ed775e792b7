"""Workers whose machines' clocks are minutes wrong, on one PostgreSQL: the server's clock counts.

Time is the test's own: the server's ``clock_timestamp`` is a function that reads a row, found before
PostgreSQL's by the search path, and each machine's clock is wrong by a span of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.engine.test_timing import Machine
from tests.stores import postgres
from unichannel import (
    AsyncEngine,
    Call,
    Category,
    Email,
    Engine,
    Journey,
    Message,
    Profile,
    Request,
    Route,
    Send,
    Sms,
    SqlStore,
    Wait,
    hours,
    on,
)
from unichannel.core.words.instant import MINUTE, SECOND, to_datetime
from unichannel.ports import Context, FunctionCall, Outbound, Outcome
from unichannel.testing import Crash, ManualClock, RecordingTransport
from unichannel.testing.lab import EVERYTHING

LEASE, DOUBT = 120 * SECOND, 15 * MINUTE
WRONG = [-20 * MINUTE, 20 * MINUTE]
hello = Message("hello", Email("Hello", text="Hello"), Sms("Hello"), category="news")
later = Message("later", Email("Later", text="Later"), category="news")
JOURNEYS = [
    Journey("greets", start=on("hi"), steps=[Send(hello, via="email"), Wait(hours(1)), Send(later, via="email")]),
    Journey("asks", start=on("asked"), steps=[Call("crm.ask")]),
    Journey("alarms", start=on("alarm"), steps=[Send(hello, via=["email", "sms"])]),
]
_TIME = """
CREATE TABLE server_time (instant BIGINT);
INSERT INTO server_time VALUES (0);
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
AS 'SELECT to_timestamp(instant / 1000000.0) FROM public.server_time'
"""


class Town:
    """A server, whose time is the true one, and workers beside it."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}&options=-c%20search_path%3Dpublic,pg_catalog"
        self.time = ManualClock()
        self.journal: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self.engines: list[Engine] = []
        self._server = psycopg.connect(url, autocommit=True)
        for statement in _TIME.split(";"):
            self._server.execute(statement)
        self.pass_by(0)

    def pass_by(self, span: int) -> None:
        self.time.set(self.time.now() + span)
        self._server.execute("UPDATE server_time SET instant = %s", [self.time.now()])

    def settings(self, skew: int, **more: Any) -> dict[str, Any]:
        return {
            "store": SqlStore(self.url),
            "journeys": JOURNEYS,
            "categories": [Category("news", quiet_hours=False, guarantee="at_least_once")],
            "routes": {"email": Mail(self), "sms": RecordingTransport()},
            "functions": {"crm.ask": self.call},
            "clock": Machine(self.time, skew),
            "lease": LEASE / SECOND,
            "doubt_for": DOUBT / SECOND,
            **more,
        }

    def worker(self, skew: int, **more: Any) -> Engine:
        self.engines.append(Engine(**self.settings(skew, **more)))
        return self.engines[-1]

    def call(self, call: FunctionCall) -> None:
        self.took(call.key)

    def took(self, key: str) -> None:
        self.journal.append(key)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()

    def close(self) -> None:
        for engine in self.engines:
            engine.close()
        self._server.close()


class Mail(RecordingTransport):
    """Takes a message; something else happens before it answers."""

    def __init__(self, town: Town) -> None:
        super().__init__("mail", ["email"])
        self._town = town

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        self._town.took(outbound.key)
        return super().carry(outbound, ctx)


@pytest.fixture
def town() -> Iterator[Town]:
    with postgres.database() as url:
        made = Town(url)
        yield made
        made.close()


def meet(engine: Engine, *names: str) -> None:
    engine.identify(*(person(name) for name in names))


def person(name: str) -> Profile:
    return Profile(name, email=f"{name}@example.com", phone="+33612345678", consents=EVERYTHING)


def dies() -> None:
    raise Crash


@pytest.mark.parametrize("skew", WRONG)
@pytest.mark.parametrize("event", ["hi", "asked"])
@pytest.mark.parametrize("who", ["the one that sends", "the other"])
def test_what_is_in_the_air_is_not_sent_again(town: Town, skew: int, event: str, who: str) -> None:
    """Neither a clock that is ahead ends a lease or a doubt early, nor is one that is behind written into them."""
    mine, other = town.worker(skew), town.worker(0)
    if who == "the other":
        mine, other = other, mine
    meet(mine, "ada")
    mine.track("ada", event)

    def look() -> None:
        for _ in range(3):
            other.run_due()
            town.pass_by(SECOND)

    town.meanwhile = look
    mine.run_due()
    assert len(town.journal) == 1


@pytest.mark.parametrize("skew", WRONG)
@pytest.mark.parametrize(("event", "again_after"), [("hi", DOUBT), ("asked", LEASE)])
@pytest.mark.parametrize("who", ["the one that dies", "the other"])
def test_what_a_dead_worker_left_goes_when_it_is_time(
    town: Town, skew: int, event: str, again_after: int, who: str
) -> None:
    dead, other = town.worker(skew), town.worker(0)
    if who == "the other":
        dead, other = other, dead
    meet(dead, "ada")
    dead.track("ada", event)
    town.meanwhile = dies
    with pytest.raises(Crash):
        dead.run_due()
    begun = town.time.now()
    for instant in (LEASE - SECOND, LEASE + SECOND, DOUBT - SECOND, DOUBT + SECOND):
        town.pass_by(begun + instant - town.time.now())
        other.run_due()
        assert len(town.journal) == (1 if instant < again_after else 2)
    assert len(set(town.journal)) == 1


@pytest.mark.parametrize("skew", WRONG)
def test_places_at_a_provider_are_held_until_the_lease_ends(town: Town, skew: int) -> None:
    routes = {"email": Route(Mail(town), concurrency=1), "sms": RecordingTransport()}
    mine, other = town.worker(0, routes=routes), town.worker(skew, routes=routes)
    meet(mine, "ada", "bob")
    for name in ("ada", "bob"):
        mine.track(name, "hi")

    def look_and_die() -> None:
        other.run_due()
        raise Crash

    town.meanwhile = look_and_die
    with pytest.raises(Crash):
        mine.run_due()
    assert len(town.journal) == 1, "one call is out at a time"
    town.pass_by(LEASE - SECOND)
    other.run_due()
    assert len(town.journal) == 1
    town.pass_by(2 * SECOND)
    other.run_due()
    assert len(town.journal) == 2


@pytest.mark.parametrize("skew", WRONG)
@pytest.mark.parametrize("who", ["the host", "the worker"])
def test_what_a_host_tells_is_done_at_once(town: Town, skew: int, who: str) -> None:
    """What is told by a machine that is ahead would else wait until the others have come so far."""
    host, worker = town.worker(skew), town.worker(0)
    if who == "the worker":
        host, worker = worker, host
    meet(host, "ada")
    host.track("ada", "alarm")
    worker.run_due()
    assert len(town.journal) == 1
    sms = worker._calls.routes.transports["recording"]
    assert isinstance(sms, RecordingTransport)
    bounced = [{"kind": "bounced", "key": town.journal[0], "id": "b1"}]
    host.receive("recording", Request("POST", "https://host.example/hooks", {}, json.dumps(bounced).encode()))
    worker.run_due()
    assert [one.channel for one in sms.journal] == ["sms"], "the fallback goes in the next pass"


@pytest.mark.parametrize("skew", WRONG)
def test_waits_end_by_the_servers_clock_and_the_host_sleeps_by_its_own(town: Town, skew: int) -> None:
    worker = town.worker(skew)
    meet(worker, "ada")
    worker.track("ada", "hi")
    worker.run_due()
    assert worker.next_due_at() == to_datetime(town.time.now() + skew) + timedelta(hours=1)
    town.pass_by(60 * MINUTE - 2 * SECOND)
    worker.run_due()
    assert len(town.journal) == 1
    town.pass_by(2 * SECOND)
    worker.run_due()
    assert len(town.journal) == 2


def test_a_clock_that_is_set_right_meanwhile_is_noticed(town: Town) -> None:
    worker, machine = town.worker(20 * MINUTE), Machine(town.time, 20 * MINUTE)
    worker = town.worker(0, clock=machine)
    meet(worker, "ada")
    worker.track("ada", "hi")
    worker.run_due()
    machine.skew = 0
    for _ in range(2):
        worker.run_due()
        assert worker._calls.clock.now() == town.time.now()
    town.pass_by(60 * MINUTE)
    worker.run_due()
    assert len(town.journal) == 2


@pytest.mark.parametrize("connection", [True, False])
def test_it_is_asked_in_the_transaction_that_is_there(town: Town, connection: bool) -> None:
    """The host's own, too: no other connection is taken for it."""
    host = town.worker(20 * MINUTE)
    meet(host, "ada")
    town.pass_by(MINUTE)
    with psycopg.connect(town.url) as theirs:
        host.identify(Profile("bob"), connection=theirs if connection else None)
        if connection:
            theirs.rollback()
    host.track("ada", "hi")
    host.run_due()
    assert len(town.journal) == 1


def test_awaited_it_is_the_same(town: Town) -> None:
    other = town.worker(0)

    async def work() -> None:
        async with AsyncEngine(**town.settings(20 * MINUTE)) as engine:
            await engine.identify(person("ada"))
            await engine.track("ada", "hi")
            town.meanwhile = other.run_due
            await engine.run_due()
            assert await engine.next_due_at() == to_datetime(town.time.now() + 80 * MINUTE)

    asyncio.run(work())
    assert len(town.journal) == 1


def test_a_clock_that_was_given_is_taken_at_its_word(town: Town) -> None:
    """The tests' own, on PostgreSQL too: nobody asks the server."""
    clock = ManualClock()
    clock.set(clock.now() + 5 * 60 * MINUTE)
    worker = town.worker(0, clock=clock)
    meet(worker, "ada")
    worker.track("ada", "hi")
    worker.run_due()
    assert worker.next_due_at() == to_datetime(clock.now() + 60 * MINUTE)


def test_the_real_servers_clock_is_that_of_this_machine() -> None:
    """Without the tests' function: microseconds since 1970, UTC."""
    with postgres.database() as url:
        store = SqlStore(f"{url}&options=-c%20timezone%3DAsia/Tokyo")
        told = store.transact(lambda session: session.clock())
        store.close()
    assert told is not None
    assert abs(told - Engine(store)._calls.clock.now()) < MINUTE
