"""The laws, on random journeys of every step and trigger and on random lives through them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.living import World, live, live_async
from unichannel import SqlStore
from unichannel.core.calendar.span import Span, hours, minutes
from unichannel.core.journey.form.stored import dumps, journey_digest, loads
from unichannel.core.journey.language.journey import Journey, walk
from unichannel.core.journey.language.step import step_name
from unichannel.core.journey.program import compile_journey
from unichannel.testing.strategies import Deed, deeds, journeys


def some(count: int) -> Any:
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


@given(journeys())
@some(60)
def test_each_compiles_and_is_stored_and_read_back_as_it_was(journey: Journey) -> None:
    program = compile_journey(journey)
    assert [node.name for node in program.nodes if node.name not in program.index] == []
    assert sorted(program.index) == sorted(step_name(step) for step in walk(journey))
    text = dumps(journey)
    again = loads(text)
    assert again == journey
    assert hash(again) == hash(journey)
    assert dumps(again) == text
    assert journey_digest(dumps(again)) == journey_digest(text)


# alone


@given(journeys(), deeds())
@some(60)
def test_every_run_ends_and_nothing_is_done_twice_or_after_the_end(journey: Journey, life: list[Deed]) -> None:
    world = World(journey)
    before: dict[int, int] = {}

    def look() -> None:
        history = world.history()
        live_ones = [(run.journey, run.entity) for run in history.runs if run.is_live]
        assert len(live_ones) == len(set(live_ones)), "two live runs of one journey and entity"
        for run in history.runs:
            assert run.at >= before.get(run.id, run.start), "a planned instant goes back"
            before[run.id] = run.at

    world.look = look
    live(world, life, end=True)
    nothing_forbidden(world)


def nothing_forbidden(world: World) -> None:
    history = world.history()
    faults = world.store.transact(lambda session: session.faults(100))
    assert [one.error for one in faults if "circle" not in one.error] == []
    over = next(event.occurred for event in history.events if event.name == "over")
    assert [run for run in history.runs if run.is_live and run.start <= over] == []
    pending = {run.id for run in history.runs if run.start > over}
    keys = [one.key for one in history.deliveries]
    assert len(set(keys)) == len(keys)
    places = [(one.enrollment, one.step, one.visit, one.rung, one.address) for one in history.deliveries]
    assert len(set(places)) == len(places)
    assert not world.transport.doubled()
    ended = {run.id: run.ended for run in history.runs if run.status in ("converted", "exited")}
    stopped = min((event.occurred for event in history.events if event.name == "unsubscribed"), default=None)
    for one in history.deliveries:
        assert one.enrollment not in ended or one.at <= (ended[one.enrollment] or 0), "planned after the end"
        assert one.enrollment in pending or one.status not in ("reserved", "sending", "retry", "in_doubt"), one
        if one.category == "marketing" and stopped is not None and one.channel == "sms":
            assert one.facts.get("sending", 0) <= stopped
        path = [passed[2] for passed in one.trace.get("detail", {}).get("path", ())]
        assert path == sorted(path), "the way to a send goes back in time"


@given(journeys(), deeds())
@some(12)
def test_the_same_life_twice_is_the_same(journey: Journey, life: list[Deed]) -> None:
    assert live(World(journey), life).told() == live(World(journey), life).told()


# faces and stores


@given(journeys(), deeds())
@some(15)
def test_both_faces_decide_alike(journey: Journey, life: list[Deed]) -> None:
    assert asyncio.run(live_async(World(journey), life)).told() == live(World(journey), life).told()


@given(journeys(), deeds(days=2, most=5))
@some(8)
def test_both_stores_decide_alike(journey: Journey, life: list[Deed]) -> None:
    calm = live(World(journey), life, horizon=3).told()
    with TemporaryDirectory() as folder:
        store = SqlStore(f"sqlite:///{Path(folder) / 'one.db'}")
        told = live(World(journey, store), life, horizon=3).told()
        store.close()
    assert told == calm


# time


def planned(world: World) -> list[Any]:
    """What was planned when, and what came of it."""
    history = world.history()
    return [
        sorted((one.step, one.visit, one.at) for one in history.deliveries),
        sorted((run.journey, run.entity, run.start, run.status, run.reason, run.step, run.at) for run in history.runs),
        sorted((event.name, event.occurred, str(event.properties)) for event in history.events),
        history.person.attributes,
    ]


def at_once(life: list[Deed]) -> list[Deed]:
    """All of it is told before the first tick."""
    return [Deed(0, deed.what, deed.name, deed.values, deed.minute % 600) for deed in life]


@given(journeys(drifts=False), deeds(tracked=True), st.sampled_from([minutes(10), hours(1), hours(7)]))
@some(60)
def test_a_late_tick_decides_as_the_punctual_one(journey: Journey, life: list[Deed], tick: Span) -> None:
    """Nobody tells anything after the first tick, nothing has a window or a cap: no edge lies in between."""
    told = at_once(life)
    punctual = live(World(journey, quiet_hours=None), told, horizon=4)
    late = live(World(journey, quiet_hours=None), told, horizon=4, tick=tick)
    assert planned(late) == planned(punctual)


@given(journeys(), deeds(tracked=True), st.randoms(use_true_random=False))
@some(25)
def test_the_order_of_telling_does_not_matter(journey: Journey, life: list[Deed], chance: Any) -> None:
    """The same events, with the same instants, told before the first tick."""
    told = list({deed.late: deed for deed in at_once(life)}.values())
    other = [*told]
    chance.shuffle(other)
    assert planned(live(World(journey), other)) == planned(live(World(journey), told))
