"""Merging: in any order, by either face, on either store it comes to the same; nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unichannel import (
    AsyncEngine,
    Engine,
    Journey,
    MemoryStore,
    Message,
    Profile,
    Send,
    Sms,
    Wait,
    consent,
    days,
    hours,
    on,
)
from unichannel.channels import Channel
from unichannel.core.audience.merging import merged
from unichannel.core.audience.profile import Person
from unichannel.ports import History
from unichannel.stores.sql import SqlStore
from unichannel.testing import ManualClock, RecordingTransport

KEYS = ("a", "b", "c")
_names = st.sampled_from(["x", "y", "z"])
_entry = st.lists(st.integers(0, 900), min_size=2, max_size=2)
_by_day = st.dictionaries(st.integers(20_000, 20_012).map(str), _entry, min_size=1)
_counts = st.dictionaries(st.sampled_from(["", "news"]), _by_day, min_size=1)


@st.composite
def people(draw: st.DrawFn, id: int) -> Person:
    return Person(
        id,
        f"k{id}",
        draw(st.integers(1, 9)),
        draw(st.integers(1, 9)),
        draw(st.dictionaries(_names, st.integers(0, 3))),
        draw(st.dictionaries(st.sampled_from(["email", "push"]), st.lists(_names, min_size=1, unique=True))),
        draw(st.sampled_from(["", "UTC", "Asia/Tokyo"])),
        preferences=draw(st.dictionaries(_names, st.sampled_from(["sms", "email"]))),
        engagement=draw(st.dictionaries(st.sampled_from(["email", "push"]), _counts)),
        tags=sorted(draw(st.sets(_names))),
        lists=sorted(draw(st.sets(_names))),
        timers=draw(st.dictionaries(_names, st.lists(st.integers(), max_size=1))),
    )


def of(*given: Person) -> Person:
    """One after the other, each two by the smaller id."""
    one = given[0]
    for other in given[1:]:
        one = merged(*sorted((one, other), key=lambda person: person.id))
    return one


def union(one: Person) -> Any:
    addresses = {kind: sorted(values) for kind, values in one.addresses.items()}
    return (
        (one.id, one.key, one.created, one.changed, one.tags, one.lists, one.engagement, addresses),
        (sorted(one.keys), sorted(one.attributes), sorted(one.preferences), bool(one.timezone), sorted(one.timers)),
    )


@given(people(1), people(2), people(3))
def test_three_come_to_the_same_in_any_order(a: Person, b: Person, c: Person) -> None:
    before = [one.as_json() for one in (a, b, c)]
    found = [of(*order) for order in permutations((a, b, c))]
    assert all(union(one) == union(found[0]) for one in found)
    assert [one.as_json() for one in (a, b, c)] == before, "merging changes none of them"
    last = max((a, b, c), key=lambda one: one.changed)
    if [one.changed for one in (a, b, c)].count(last.changed) == 1:
        assert all(one.attributes[name] == value for one in found for name, value in last.attributes.items())
    assert found[0].addresses.get("push", [])[: len(a.addresses.get("push", []))] == a.addresses.get("push", [])


# the engine

hello = Message("hello", Sms("Hello there"), category="marketing")
devices = Channel("sms", "push", interrupts=False)
order = Journey(
    "order",
    start=on("order.placed", entity="order"),
    goal=on("order.paid"),
    steps=[Wait(hours(3)), Send(hello, via="sms", ttl=days(9)), Wait(days(60))],
)


class World:
    """An engine behind one face, on one store, in virtual time."""

    def __init__(self, face: str, store: Any) -> None:
        self.clock, self.transport, self.store = ManualClock(), RecordingTransport(), store
        made = AsyncEngine if face == "async" else Engine
        self.engine: Any = made(
            store, journeys=[order], routes={"sms": self.transport}, channels=[devices], clock=self.clock
        )
        self.runner = asyncio.Runner() if face == "async" else None

    def call(self, name: str, *args: Any, **more: Any) -> Any:
        answer = getattr(self.engine, name)(*args, **more)
        return self.runner.run(answer) if self.runner is not None else answer

    def settle(self) -> None:
        while self.call("run_due").more:
            pass

    def history(self, key: str) -> History:
        found = self.store.transact(lambda session: session.history(key))
        assert found is not None
        return found

    def close(self) -> None:
        self.call("close")
        if self.runner is not None:
            self.runner.close()


@contextmanager
def world(face: str, store: str) -> Iterator[World]:
    made = World(face, MemoryStore() if store == "memory" else SqlStore("sqlite://"))
    try:
        made.call("migrate")
        for key in KEYS:
            made.call("identify", Profile(key, push=f"device-{key}", consents=consent("sms"), **{key: 1}))
        made.settle()
        yield made
    finally:
        made.close()


_key = st.sampled_from(KEYS)
_step = st.one_of(
    st.tuples(st.just("place"), _key, st.integers(1, 3)),
    st.tuples(st.just("pay"), _key, st.integers(1, 3)),
    st.tuples(st.just("merge"), _key, _key),
    st.tuples(st.just("wait"), st.integers(1, 5)),
    st.tuples(st.just("settle")),
)


def play(one: World, steps: list[Any]) -> None:
    for number, (what, *rest) in enumerate(steps):
        if what == "wait":
            one.settle()
            one.clock.set(one.clock.now() + rest[0] * 3_600_000_000)
            one.settle()
        elif what == "merge":
            one.call("merge", *rest)
        elif what == "settle":
            one.settle()
        else:
            name = {"place": "order.placed", "pay": "order.paid"}[what]
            one.call("track", rest[0], name, {"order": rest[1]}, id=f"e{number}")
    one.settle()


FACES = [("sync", "memory"), ("async", "memory"), ("sync", "sql")]


@pytest.mark.parametrize(("face", "store"), FACES)
@settings(deadline=None, max_examples=25, database=None)
@given(steps=st.lists(_step, max_size=12), ends=st.permutations([("a", "b"), ("b", "c"), ("c", "a")]))
def test_no_run_is_lost_and_none_doubled(face: str, store: str, steps: list[Any], ends: list[tuple[str, str]]) -> None:
    with world(face, store) as one:
        play(one, steps)
        before = {run.id for key in KEYS for run in one.history(key).runs}
        live = {run.entity for key in KEYS for run in one.history(key).runs if run.is_live}
        sent = len(one.transport.journal)
        play(one, [("merge", *pair) for pair in ends[:2]])
        history = one.history("a")
        assert history == one.history("b") == one.history("c")
        assert {run.id for run in history.runs} == before, "no run is lost, and none begun"
        alive = [run.entity for run in history.runs if run.is_live]
        assert len(alive) == len(set(alive)), "one live run of each order"
        paid = {str(rest[1]) for what, *rest in steps if what == "pay"}
        assert set(alive) <= live
        assert live - set(alive) <= paid, "only what was paid has ended"
        told = [f"e{n}" for n, (what, *_) in enumerate(steps) if what in ("place", "pay")]
        assert sorted(event.id for event in history.events if event.name.startswith("order.")) == sorted(told)
        assert sorted(history.person.addresses["push"]) == ["device-a", "device-b", "device-c"]
        assert history.person.key == "a"
        assert set(history.person.attributes) == set(KEYS)
        assert len(one.transport.journal) == sent, "a merge sends nothing"
        one.clock.set(one.clock.now() + 4 * 3_600_000_000)
        one.settle()
        keys = [message.key for message in one.transport.journal]
        assert len(keys) == len(set(keys))
        ended = {run.id for run in history.runs if run.status == "merged"}
        late = [one for one in one.history("c").deliveries if one.enrollment in ended]
        assert not [one for one in late if one.status in ("reserved", "retry", "sending")]
