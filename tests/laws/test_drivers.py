"""Both faces and both stores take the same decisions with the same traces, whatever happens."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journeys.trial import CATEGORIES, set_up, trial
from unichannel import AsyncEngine, Engine, MemoryStore, Profile, Request, SqlStore
from unichannel.core.words.instant import from_datetime
from unichannel.ports import Store
from unichannel.testing import ManualClock, RecordingTransport, SeededEntropy
from unichannel.testing.clock import START
from unichannel.testing.lab import EVERYTHING

DEEDS = (
    "setup.completed",
    "tutorial.completed",
    "subscription.created",
    "opened",
    "clicked",
    "bounced",
    "unsubscribed",
)
Deeds = list[tuple[int, str]]


class World:
    """The same settings for every engine; ``looks`` are taken by a plain loop over hours."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.transport = store, ManualClock(), RecordingTransport()
        self.settings: dict[str, Any] = {
            "journeys": [trial, set_up],
            "categories": CATEGORIES,
            "routes": {"email": self.transport, "sms": self.transport},
            "clock": self.clock,
            "entropy": SeededEntropy(),
        }

    def receipt(self, kind: str) -> Request | None:
        if not self.transport.journal:
            return None
        last = self.transport.journal[-1]
        body = [
            {
                "kind": kind,
                "key": last.key,
                "channel": last.channel,
                "address": last.address,
                "id": f"{kind}-{self.clock.now()}",
            }
        ]
        return Request("POST", "https://example.com/", {}, json.dumps(body).encode())

    def told(self) -> list[Any]:
        history = self.store.transact(lambda session: session.history("ada"))
        assert history is not None
        made = sorted(history.deliveries, key=lambda one: (one.enrollment, one.n))
        deliveries = [
            (one.id, one.step, one.visit, one.rung, one.channel, one.status, one.at, one.reserved, one.facts, one.trace)
            for one in made
        ]
        notes = [(one.journey, one.enrollment, one.trace.as_json()) for one in history.notes]
        runs = sorted((one.id, one.status, one.at, one.step, one.due) for one in history.runs)
        return [deliveries, notes, runs, sorted((one.name, one.occurred) for one in history.events)]


ADA = Profile("ada", email="ada@example.com", phone="+33612345678", timezone="Europe/Paris", consents=EVERYTHING)


def live(world: World, deeds: Deeds) -> list[Any]:
    with Engine(world.store, **world.settings) as engine:
        engine.migrate()
        engine.identify(ADA)
        engine.track("ada", "trial.started", id="start")
        for hour, deed in deeds:
            _sync_until(world, engine, hour)
            request = world.receipt(deed)
            if "." in deed:
                engine.track("ada", deed, id=f"{deed}-{hour}")
            elif request is not None:
                engine.receive("recording", request)
        _sync_until(world, engine, 15 * 24)
        return world.told()


def _sync_until(world: World, engine: Engine, hour: int) -> None:
    end = from_datetime(START + timedelta(hours=hour))
    engine.run_due()
    while (due := engine.next_due_at()) is not None and from_datetime(due) <= end:
        world.clock.set(max(from_datetime(due), world.clock.now()))
        engine.run_due()
    world.clock.set(end)


async def live_async(world: World, deeds: Deeds) -> list[Any]:
    async with AsyncEngine(world.store, **world.settings) as engine:
        await engine.migrate()
        await engine.identify(ADA)
        await engine.track("ada", "trial.started", id="start")
        for hour, deed in deeds:
            await _async_until(world, engine, hour)
            request = world.receipt(deed)
            if "." in deed:
                await engine.track("ada", deed, id=f"{deed}-{hour}")
            elif request is not None:
                await engine.receive("recording", request)
        await _async_until(world, engine, 15 * 24)
        return world.told()


async def _async_until(world: World, engine: AsyncEngine, hour: int) -> None:
    end = from_datetime(START + timedelta(hours=hour))
    await engine.run_due()
    while (due := await engine.next_due_at()) is not None and from_datetime(due) <= end:
        world.clock.set(max(from_datetime(due), world.clock.now()))
        await engine.run_due()
    world.clock.set(end)


deeds = st.lists(st.tuples(st.integers(1, 14 * 24), st.sampled_from(DEEDS)), max_size=6).map(sorted)


@given(deeds)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_faces_decide_alike(deeds: Deeds) -> None:
    calm = live(World(MemoryStore()), deeds)
    assert asyncio.run(live_async(World(MemoryStore()), deeds)) == calm


@given(deeds)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_stores_decide_alike(deeds: Deeds) -> None:
    calm = live(World(MemoryStore()), deeds)
    with TemporaryDirectory() as folder:
        store = SqlStore(f"sqlite:///{Path(folder) / 'one.db'}")
        assert live(World(store), deeds) == calm
        other = SqlStore(f"sqlite:///{Path(folder) / 'two.db'}")
        told = asyncio.run(_async_and_close(other, deeds))
        store.close()
        other.close()
        assert told == calm


async def _async_and_close(store: SqlStore, deeds: Deeds) -> list[Any]:
    told = await live_async(World(store), deeds)
    await store.close_async()
    return told
