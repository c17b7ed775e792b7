"""P4, P7, P8: two workers on two connections, and every place in the one's pass at which the other may come between.

A worker is stopped right before each of its statements and commits in turn; meanwhile another worker,
a host, a provider or a person does something, until it is done or waits for a lock; then it goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.stores import postgres
from tests.stores.interleaving import interrupted_at
from unichannel import Category, Email, Engine, Journey, Message, Profile, Request, Send, Sms, SqlStore, on
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.instant import SECOND
from unichannel.ports import History
from unichannel.testing import ManualClock, RecordingTransport
from unichannel.testing.lab import EVERYTHING

LEASE, DOUBT = 120, 900
PLACES = 140
hello = Message("hello", Email("Hello", text="Hello"), Sms("Hello"), category="news")
journey = Journey("greets", start=on("hi"), goal=on("bought"), steps=[Send(hello, via=["email", "sms"])])


@dataclass
class Stage:
    """Two workers on one database, and what reached the provider."""

    url: str
    transport: RecordingTransport
    mine: Engine
    other: Engine
    clock: ManualClock
    others_clock: ManualClock

    def finish(self) -> None:
        """Let what was put off for a moment be done, by either."""
        self.clock.set(max(self.clock.now(), self.others_clock.now()) + 2 * SECOND)
        self.others_clock.set(self.clock.now())
        for engine in (self.mine, self.other):
            while engine.run_due().more:
                pass

    def history(self, who: str) -> History:
        found = self.mine._calls.settings.store.transact(lambda session: session.history(who))
        assert found is not None
        return found

    def only(self, who: str) -> Delivery:
        (one,) = self.history(who).deliveries
        return one

    def times(self, who: str) -> int:
        """How often somebody's message reached the provider."""
        address = phone(who) if who.startswith("s") else f"{who}@example.com"
        return sum(one.address == address for one in self.transport.journal)

    def report(self, kind: str, **fields: object) -> None:
        """A provider tells the other process of something."""
        body = json.dumps([{"kind": kind, **fields}]).encode()
        self.other.receive("recording", Request("POST", "https://host.example/hooks", {}, body))


@pytest.fixture
def guarantee() -> str:
    return "at_least_once"


@pytest.fixture
def stage(guarantee: str) -> Iterator[Stage]:
    transport, clocks = RecordingTransport(), (ManualClock(), ManualClock())
    with postgres.database() as url:
        engines = [
            Engine(
                SqlStore(url),
                journeys=[journey],
                categories=[Category("news", quiet_hours=False, guarantee=guarantee)],
                routes={"email": transport, "sms": transport},
                clock=clock,
                lease=LEASE,
                doubt_for=DOUBT,
            )
            for clock in clocks
        ]
        made = Stage(url, transport, *engines, *clocks)
        made.finish()
        yield made
        for engine in engines:
            engine.close()


def meet(stage: Stage, prefix: str = "p", **more: str) -> None:
    """People whom the workers know, one for each place there may be, with nothing to do."""
    people = [f"{prefix}{number}" for number in range(1, PLACES)]
    fields = [{"email": f"{who}@example.com"} if prefix != "s" else {"phone": phone(who)} for who in people]
    stage.mine.identify(
        *(Profile(who, **one, timezone="UTC", consents=EVERYTHING) for who, one in zip(people, fields, strict=True))
    )
    stage.finish()


def phone(who: str) -> str:
    return f"+336{10_000_000 + int(who[1:])}"


def told(stage: Stage, who: str) -> None:
    """A message has to go to somebody."""
    stage.mine.track(who, "hi")


def sweep(
    stage: Stage, act: Callable[[Stage, str], object], set_up: Callable[[Stage, str], object] = told, prefix: str = "p"
) -> list[str]:
    """Let it happen at every place of a pass, each time with somebody new; who they were, in order of the places."""
    people: list[str] = []
    places = 1
    meet(stage, prefix)
    while len(people) < places:
        who = f"{prefix}{len(people) + 1}"
        people.append(who)
        set_up(stage, who)
        store = stage.mine._calls.settings.store
        assert isinstance(store, SqlStore)
        places = interrupted_at(len(people), store, stage.url, stage.mine.run_due, lambda who=who: act(stage, who))
    stage.finish()
    assert 20 < len(people) < PLACES, "places of a pass"
    return people


def test_another_worker_decides_and_delivers(stage: Stage) -> None:
    for who in sweep(stage, lambda stage, _: stage.other.run_due()):
        assert stage.times(who) == 1, who
        assert stage.only(who).status == "accepted"


def test_a_host_commits_late(stage: Stage) -> None:
    """What was inserted before the pass and committed in it is not passed by."""
    hosts: dict[str, psycopg.Connection[Any]] = {}

    def insert(stage: Stage, who: str) -> None:
        hosts[who] = psycopg.connect(stage.url)
        told(stage, who)
        stage.other.track(f"late{who}", "hi", connection=hosts[who])
        stage.other.track(who, "hi", id=f"again-{who}", connection=hosts[who])

    def commit(stage: Stage, who: str) -> None:
        hosts[who].commit()
        hosts[who].close()

    meet(stage, "latep")
    for who in sweep(stage, commit, insert):
        assert (stage.times(who), stage.times(f"late{who}")) == (1, 1), who


def test_one_event_told_by_two_hosts_begins_one_run(stage: Stage) -> None:
    """P4: an idempotency key that is looked up and then written lets both through."""

    def told_once(stage: Stage, who: str) -> None:
        stage.mine.track(who, "hi", id=f"hi-{who}")

    def again(stage: Stage, who: str) -> None:
        stage.other.track(who, "hi", id=f"hi-{who}")
        stage.other.run_due()

    for who in sweep(stage, again, told_once):
        history = stage.history(who)
        assert (len(history.runs), len(history.events), stage.times(who)) == (1, 1, 1), who


def test_one_send_asked_for_by_two_hosts_goes_once(stage: Stage) -> None:
    """P4."""

    def ask(engine: Engine, who: str) -> None:
        engine.send(who, hello, key=f"k-{who}")

    def first(stage: Stage, who: str) -> None:
        ask(stage.mine, who)

    def again(stage: Stage, who: str) -> None:
        ask(stage.other, who)
        stage.other.run_due()

    for who in sweep(stage, again, first):
        assert (len(stage.history(who).runs), stage.times(who)) == (1, 1), who


def test_a_stop_while_it_is_marked(stage: Stage) -> None:
    """Up to the gate's reading it goes to nobody, from there on it is sent and known to be: no third thing."""

    def stop(stage: Stage, who: str) -> None:
        stage.report("unsubscribed", channel="sms", address=phone(who), id=f"stop-{who}")

    people = sweep(stage, stop, prefix="s")
    sent = [stage.times(who) for who in people]
    assert sent == sorted(sent), "a later STOP stopped what an earlier one did not"
    assert set(sent) == {0, 1}
    for who, times in zip(people, sent, strict=True):
        statuses = [one.status for one in stage.history(who).deliveries]
        assert statuses == ["accepted"] if times else statuses in ([], ["cancelled"]), who


def test_a_goal_while_it_is_sent(stage: Stage) -> None:
    people = sweep(stage, lambda stage, who: stage.other.track(who, "bought"))
    sent = [stage.times(who) for who in people]
    assert sent == sorted(sent)
    assert set(sent) == {0, 1}
    for who, times in zip(people, sent, strict=True):
        statuses = [one.status for one in stage.history(who).deliveries]
        assert statuses == ["accepted"] if times else statuses in ([], ["cancelled"]), who


def test_a_receipt_while_it_is_settled(stage: Stage) -> None:
    """It comes as soon as the provider has the message, before we know that it has, and again later."""

    def report(stage: Stage, who: str) -> None:
        for one in stage.transport.journal:
            if one.address.startswith(f"{who}@"):
                stage.report("delivered", key=one.key, id=f"d-{one.key}")
        stage.other.run_due()

    for who in sweep(stage, report):
        assert (stage.times(who), "accepted" in stage.only(who).facts) == (1, True), who
        report(stage, who)
        report(stage, who)
        assert stage.only(who).status == "delivered"
        assert stage.only(who).due is None


@pytest.mark.parametrize("guarantee", ["at_most_once", "at_least_once"])
def test_a_lease_ends_before_its_call_lands(stage: Stage) -> None:
    """Another worker takes it for doubtful; the outcome is merged whenever it comes, and nothing goes again."""

    def later(stage: Stage, who: str) -> None:
        stage.others_clock.set(stage.clock.now() + (LEASE + 1) * SECOND)
        stage.other.run_due()

    for who in sweep(stage, later):
        assert (stage.times(who), stage.only(who).status) == (1, "accepted"), who


@pytest.mark.parametrize("guarantee", ["at_most_once"])
def test_a_doubt_ends_before_its_call_lands(stage: Stage) -> None:
    """At most once stays so though the other worker's clock is wrong by more than ``doubt_for``."""

    def much_later(stage: Stage, who: str) -> None:
        stage.others_clock.set(stage.clock.now() + (LEASE + 1) * SECOND)
        stage.other.run_due()
        stage.others_clock.set(stage.clock.now() + (DOUBT + 1) * SECOND)
        stage.other.run_due()

    def catch_up(stage: Stage, who: str) -> None:
        stage.clock.set(stage.others_clock.now())
        told(stage, who)

    people = sweep(stage, much_later, catch_up)
    assert all(stage.times(who) == 1 and stage.only(who).status == "accepted" for who in people)


def test_two_turn_out_to_be_one(stage: Stage) -> None:
    """A merge in the middle: the run moves or goes on where it is, its message goes once."""

    def merge(stage: Stage, who: str) -> None:
        stage.other.merge(f"known{who}", who)
        stage.other.run_due()

    meet(stage, "knownp")
    for who in sweep(stage, merge):
        assert stage.times(who) + stage.times(f"known{who}") == 1, who  # at the address that it has by then
        assert stage.history(who).person.key == f"known{who}"
