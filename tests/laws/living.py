"""Leading a random life through a random journey: one script, on either face, either store, at any ticks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import assume, currently_in_test_context

from unichannel import AsyncEngine, Engine, MemoryStore, Profile, Request, days
from unichannel.core.calendar.span import Span
from unichannel.core.journey.language.journey import Journey
from unichannel.core.words.instant import DAY, MINUTE, from_datetime, to_datetime
from unichannel.policies import AddressAge
from unichannel.ports import History, Store
from unichannel.testing import ManualClock, RecordingTransport, SeededEntropy
from unichannel.testing.clock import START
from unichannel.testing.lab import EVERYTHING
from unichannel.testing.strategies import COMPANION, FUNCTION, Deed, answer

BEGAN = from_datetime(START)
TURNS = 3_000
Op = tuple[str, tuple[Any, ...], dict[str, Any]]

ADA = Profile("ada", email="ada@example.com", phone="+33612345678", timezone="Europe/Paris", consents=EVERYTHING)


class World:
    """What an engine needs, and what came of it. ``look`` is called after each turn of the engine."""

    def __init__(self, journey: Journey, store: Store | None = None, **more: Any) -> None:
        self.store, self.clock, self.transport = store or MemoryStore(), ManualClock(), RecordingTransport()
        self.look: Callable[[], None] = lambda: None
        self.settings: dict[str, Any] = {
            "journeys": [journey, COMPANION],
            "routes": {"email": self.transport, "sms": self.transport},
            "clock": self.clock,
            "entropy": SeededEntropy(),
            "functions": {FUNCTION: answer},
            # So long that only conditions with a span of their own see one age.
            "ageing": {"email": AddressAge(days(400)), "sms": AddressAge(days(400))},
            **more,
        }

    def history(self) -> History:
        found = self.store.transact(lambda session: session.history("ada"))
        assert found is not None
        return found

    def told(self) -> list[Any]:
        """Everything that was decided, without keys, which differ from store to store."""
        history = self.history()
        made = sorted(history.deliveries, key=lambda one: (one.enrollment, one.n))
        return [
            [
                (one.id, one.step, one.visit, one.rung, one.channel, one.status, one.at, one.facts, one.trace)
                for one in made
            ],
            [one.frozen for one in made],
            [(note.journey, note.enrollment, note.trace.as_json()) for note in history.notes],
            sorted(
                (run.id, run.journey, run.entity, run.status, run.reason, run.at, run.step, run.due)
                for run in history.runs
            ),
            sorted((run.id, json.dumps(run.data, sort_keys=True)) for run in history.runs),
            sorted(
                (event.name, event.occurred, json.dumps(event.properties, sort_keys=True)) for event in history.events
            ),
            history.person.attributes,
        ]


def script(world: World, deeds: list[Deed], tick: Span | None, horizon: int, end: bool) -> Iterator[Op]:
    """The calls of a life, in their order."""
    yield "migrate", (), {}
    yield "identify", (ADA,), {}
    yield "run_due", (), {}
    for number, deed in enumerate(deeds):
        yield from _until(world, BEGAN + deed.minute * MINUTE, tick)
        yield from _do(world, deed, number)
    yield from _until(world, BEGAN + horizon * DAY, tick)
    yield "run_due", (), {}
    if end:
        yield "track", ("ada", "over"), {"id": "over"}
        yield from _until(world, world.clock.now() + DAY, tick)


def _until(world: World, end: int, tick: Span | None) -> Iterator[Op]:
    """Let time pass: a turn at every due instant or every full tick, none just because a deed comes."""
    for _ in range(TURNS):
        if end <= world.clock.now():
            return  # told at the same instant: nobody looks in between
        if tick is None:
            due = yield "next_due_at", (), {}
            upcoming = max(from_datetime(due), world.clock.now()) if due is not None else end + 1
        else:
            upcoming = (world.clock.now() // tick.elapsed + 1) * tick.elapsed
        if upcoming > end:
            world.clock.set(max(end, world.clock.now()))
            return
        world.clock.set(upcoming)
        yield "run_due", (), {}
        world.look()
    raise AssertionError("there is always something due: it never ends")


def _do(world: World, deed: Deed, number: int) -> Iterator[Op]:
    if deed.what == "track":
        at = to_datetime(BEGAN + (deed.minute - deed.late) * MINUTE)
        yield (
            "track",
            ("ada", deed.name, dict(deed.values)),
            {"occurred": at, "id": f"deed-{number}-{deed.minute}-{deed.late}"},
        )
    elif deed.what == "identify":
        yield "identify", (Profile("ada", **dict(deed.values)),), {}
    elif world.transport.journal:
        last = world.transport.journal[-1]
        kind = "unsubscribed" if deed.what == "stop" else deed.name
        receipt = {"kind": kind, "key": last.key, "channel": last.channel, "address": last.address, "id": f"r{number}"}
        request = Request("POST", "https://example.com/", {}, json.dumps([receipt]).encode())
        yield "receive", ("recording", request), {}


_ENOUGH = 400
"""Messages after which a life is not gone on with: one that breeds without end would take minutes."""


def live(world: World, deeds: list[Deed], *, tick: Span | None = None, horizon: int = 7, end: bool = False) -> World:
    """Live it on the face that waits."""
    with Engine(world.store, **world.settings) as engine:
        calls, given = script(world, deeds, tick, horizon, end), None
        try:
            while True:
                name, args, more = calls.send(given)  # type: ignore[attr-defined]
                given = getattr(engine, name)(*args, **more)
                while name == "run_due" and given.more:
                    _go_on(world)
                    given = engine.run_due()
                _go_on(world)
        except StopIteration:
            return world


async def live_async(world: World, deeds: list[Deed]) -> World:
    """Live it on the face that is awaited."""
    async with AsyncEngine(world.store, **world.settings) as engine:
        calls, given = script(world, deeds, None, 7, False), None
        try:
            while True:
                name, args, more = calls.send(given)  # type: ignore[attr-defined]
                given = await getattr(engine, name)(*args, **more)
                while name == "run_due" and given.more:
                    _go_on(world)
                    given = await engine.run_due()
                _go_on(world)
        except StopIteration:
            return world


def _go_on(world: World) -> None:
    """Leave a life that breeds, where another may be drawn."""
    if currently_in_test_context():
        assume(len(world.transport.journal) < _ENOUGH)
