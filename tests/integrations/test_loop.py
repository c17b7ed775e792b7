"""The loop: one pass a tick while idle, woken by news, through troubles, and to a clean end."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integrations.waiting import until
from unichannel import (
    AsyncEngine,
    Email,
    Engine,
    Journey,
    MemoryStore,
    Message,
    Profile,
    Route,
    Send,
    SqlStore,
    Wait,
    hours,
    on,
    seconds,
    start,
)
from unichannel.core.calendar.span import Span
from unichannel.core.words.instant import SECOND
from unichannel.errors import ConfigurationError, SchemaError, UnavailableError
from unichannel.flows.ops import Transact
from unichannel.flows.running import Report
from unichannel.integrations.loop import Stop, run_forever, run_forever_async
from unichannel.ports import Allowance, Context, Outbound, Outcome
from unichannel.testing import ManualClock, RecordingTransport

hello = Message("hello", Email("Hello", text="Hello."), category="transactional")
later = Message("later", Email("Later", text="Still there?"), category="transactional")
JOURNEYS = [
    Journey(
        "hello", start=on("begun"), steps=[Send(hello, via="email"), Wait(until=start + seconds(90.3)), Send(later)]
    )
]
ADA = Profile("ada", email="ada@example.com")


class Slow(RecordingTransport):
    """Takes its time, and says when a call is out."""

    blocking = True

    def __init__(self) -> None:
        super().__init__()
        self.out, self.go_on = threading.Event(), threading.Event()

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        self.out.set()
        assert self.go_on.wait(10)
        return super().carry(outbound, ctx)

    async def carry_async(self, outbound: Outbound, ctx: Context) -> Outcome:
        self.out.set()
        assert await asyncio.to_thread(self.go_on.wait, 10)
        return await super().carry_async(outbound, ctx)


def make(transport: RecordingTransport, clock: ManualClock | None = None) -> Engine:
    engine = Engine(MemoryStore(), journeys=JOURNEYS, routes={"email": transport}, quiet_hours=None, clock=clock)
    engine.migrate()
    engine.identify(ADA)
    return engine


class VirtualSleep:
    """Moves the clock by what is slept, and stops the loop at an instant."""

    def __init__(self, clock: ManualClock, stop: Stop, span: float) -> None:
        self.clock, self.stop, self.end = clock, stop, clock.now() + round(span * SECOND)
        self.slept: list[float] = []

    def __call__(self, pause: float) -> None:
        self.slept.append(pause)
        self.clock.set(self.clock.now() + round(pause * SECOND))
        if self.clock.now() >= self.end:
            self.stop.ask()

    async def sleep(self, pause: float) -> None:
        self(pause)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def transport() -> RecordingTransport:
    return RecordingTransport()


def test_an_idle_engine_makes_one_pass_a_tick(clock: ManualClock, transport: RecordingTransport) -> None:
    passes: list[Report] = []
    stop = Stop()
    sleep = VirtualSleep(clock, stop, 600)
    with make(transport, clock) as engine:
        run_forever(engine, stop=stop, clock=clock, sleep=sleep, on_pass=passes.append)
    assert len(passes) == 600
    assert set(sleep.slept) == {1.0}


def test_what_is_due_within_a_tick_is_done_when_it_is_due(clock: ManualClock, transport: RecordingTransport) -> None:
    passes: list[Report] = []
    stop = Stop()
    begun = clock.now()
    with make(transport, clock) as engine:
        engine.track("ada", "begun")
        sleep = VirtualSleep(clock, stop, 200)
        run_forever(engine, stop=stop, clock=clock, sleep=sleep, on_pass=passes.append)
    assert [round((one.at - begun) / SECOND, 3) for one in transport.journal] == [0.0, 90.3]
    assert len(passes) <= 201


def test_awaited_it_paces_itself_the_same(clock: ManualClock, transport: RecordingTransport) -> None:
    passes: list[Report] = []

    async def run() -> None:
        stop = Stop()
        engine = AsyncEngine(
            MemoryStore(), journeys=JOURNEYS, routes={"email": transport}, quiet_hours=None, clock=clock
        )
        await engine.migrate()
        await engine.identify(ADA)
        await engine.track("ada", "begun")
        sleep = VirtualSleep(clock, stop, 200).sleep
        await run_forever_async(engine, stop=stop, clock=clock, sleep=sleep, on_pass=passes.append)
        await engine.close()

    begun = clock.now()
    asyncio.run(run())
    assert [round((one.at - begun) / SECOND, 3) for one in transport.journal] == [0.0, 90.3]
    assert len(passes) <= 201


def test_work_that_others_hold_is_not_spun_on(clock: ManualClock) -> None:
    """A person's row that another keeps locked stays due: a pass a tick, no more."""
    passes: list[Report] = []
    stop = Stop()

    class Held(Engine):
        def run_due(self, limit: int | None = None, seconds: float = 50.0) -> Report:
            super().run_due(limit, seconds)
            return Report(more=True)

    with Held(MemoryStore(), clock=clock) as engine:
        engine.migrate()
        run_forever(engine, stop=stop, clock=clock, sleep=VirtualSleep(clock, stop, 100), on_pass=passes.append)
    assert len(passes) == 100


@pytest.mark.parametrize("tick", [seconds(1), seconds(10)])
def test_a_route_whose_places_another_has_is_not_spun_on(clock: ManualClock, tick: Span) -> None:
    """It is asked again once a second, with a longer tick too; what waited goes soon after the place is free."""
    transport, stop, operations = RecordingTransport("mail", ["email"]), Stop(), Counter[int]()
    store, places, begun = MemoryStore(), Allowance("places:mail", 1), clock.now()
    routes = {"email": Route(transport, concurrency=1)}
    with Engine(store, journeys=JOURNEYS, routes=routes, quiet_hours=None, clock=clock) as engine:
        engine.migrate()
        engine.identify(ADA)
        engine.track("ada", "begun")
        block = store.transact(lambda session: session.take(places, 1, clock.now(), clock.now() + 90 * SECOND))
        engine.watch(lambda _phase, operation: operations.update([clock.now()] * isinstance(operation, Transact)))
        sleep = VirtualSleep(clock, stop, 40)

        def sleeping(pause: float) -> None:
            sleep(pause)
            if clock.now() >= begun + 30 * SECOND:
                store.transact(lambda session: session.give_back([block]))
                stop.asked |= bool(transport.journal)

        run_forever(engine, tick=tick, stop=stop, clock=clock, sleep=sleeping)
    assert set(sleep.slept[:30]) == {1.0}
    assert max(operations.values()) < 30, "a pass looks for the place once"
    assert transport.journal[0].at - begun <= 32 * SECOND


def test_a_backlog_goes_on_without_a_pause(transport: RecordingTransport) -> None:
    """A pass whose budget is gone leaves the rest to the next, at once."""
    passes: list[Report] = []
    pauses: list[float] = []
    stop = Stop()

    def sleep(pause: float) -> None:
        pauses.append(pause)
        if not passes[-1].more:
            stop.ask()

    with make(transport) as engine:
        names = [f"p{n}" for n in range(600)]
        engine.identify(*(Profile(name, email=f"{name}@example.com") for name in names))
        for name in names:
            engine.track(name, "begun")
        run_forever(engine, stop=stop, sleep=sleep, budget=0.05, on_pass=passes.append)
    assert len(passes) > 1
    assert pauses[:-1] == [0.0] * (len(passes) - 1)
    assert pauses[-1] > 0
    assert len(transport.journal) == 600


def running(engine: Engine, **more: object) -> tuple[threading.Thread, Stop]:
    stop = Stop()
    thread = threading.Thread(target=run_forever, args=(engine,), kwargs={"stop": stop, **more})
    thread.start()
    return thread, stop


def test_what_this_process_tracks_wakes_it_at_once(transport: RecordingTransport) -> None:
    passes: list[Report] = []
    with make(transport) as engine:
        thread, stop = running(engine, tick=hours(1), on_pass=passes.append)
        until(lambda: passes, "the first pass")
        begun = time.monotonic()
        engine.track("ada", "begun")
        until(lambda: transport.journal, "the message")
        took = time.monotonic() - begun
        stop.ask()
        thread.join(10)
    print(f"\nfrom track to the message, woken: {took * 1000:.0f} ms")
    assert not thread.is_alive()
    assert took < 2
    assert not engine._calls.listeners, "it listens no longer"


def test_what_the_host_has_yet_to_commit_wakes_nobody(tmp_path: Path, transport: RecordingTransport) -> None:
    import sqlite3

    heard: list[None] = []
    store = SqlStore(f"sqlite:///{tmp_path / 'app.db'}")
    with Engine(store, journeys=JOURNEYS, routes={"email": transport}) as engine:
        engine.migrate()
        engine.publish()
        engine.on_news(lambda: heard.append(None))
        with closing(sqlite3.connect(tmp_path / "app.db")) as host:
            host.execute("CREATE TABLE orders (id)")
            host.execute("INSERT INTO orders VALUES (1)")
            engine.identify(ADA, connection=host)
            assert not heard
            host.commit()
        engine.track("ada", "begun")
        assert len(heard) == 1


def test_stopping_lets_what_is_out_come_back() -> None:
    transport = Slow()
    with make(transport) as engine:
        thread, stop = running(engine)
        engine.track("ada", "begun")
        assert transport.out.wait(10)
        stop.ask()
        assert thread.is_alive()
        transport.go_on.set()
        thread.join(10)
        assert not thread.is_alive()
        assert statuses(engine) == ["accepted"]


def statuses(engine: Engine) -> list[str]:
    return [one.status for one in engine.why("ada", journey="hello") if one.delivery]


def test_cancelling_lets_what_is_out_come_back() -> None:
    transport = Slow()

    async def run() -> list[str]:
        routes = {"email": transport}
        async with AsyncEngine(MemoryStore(), journeys=JOURNEYS, routes=routes, quiet_hours=None) as engine:
            await engine.migrate()
            await engine.identify(ADA)
            await engine.track("ada", "begun")
            task = asyncio.create_task(run_forever_async(engine, signals=False))
            assert await asyncio.to_thread(transport.out.wait, 10)
            task.cancel()
            await asyncio.sleep(0)
            assert not task.done()
            transport.go_on.set()
            await asyncio.wait({task}, timeout=10)
            assert task.cancelled()
            return [one.status for one in await engine.why("ada", journey="hello") if one.delivery]

    assert asyncio.run(run()) == ["accepted"]


@pytest.fixture
def handlers() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    assert signal.getsignal(signal.SIGTERM) is before, "the host's handler is back"


def from_elsewhere(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    return thread


@pytest.mark.usefixtures("handlers")
def test_a_signal_lets_what_is_out_come_back() -> None:
    transport = Slow()
    with make(transport) as engine:
        engine.track("ada", "begun")

        def end() -> None:
            assert transport.out.wait(10)
            os.kill(os.getpid(), signal.SIGTERM)
            transport.go_on.set()

        thread = from_elsewhere(end)
        run_forever(engine)
        thread.join()
        assert statuses(engine) == ["accepted"]


@pytest.mark.usefixtures("handlers")
def test_a_signal_wakes_a_sleeping_loop(transport: RecordingTransport) -> None:
    passes: list[Report] = []

    def end() -> None:
        until(lambda: passes, "the first pass")
        os.kill(os.getpid(), signal.SIGTERM)

    with make(transport) as engine:
        thread = from_elsewhere(end)
        begun = time.monotonic()
        run_forever(engine, tick=hours(1), on_pass=passes.append)
        thread.join()
    assert time.monotonic() - begun < 10


@pytest.mark.usefixtures("handlers")
def test_a_signal_wakes_a_sleeping_task(transport: RecordingTransport) -> None:
    passes: list[Report] = []

    def end() -> None:
        until(lambda: passes, "the first pass")
        os.kill(os.getpid(), signal.SIGTERM)

    async def run() -> None:
        async with AsyncEngine(MemoryStore()) as engine:
            await engine.migrate()
            await run_forever_async(engine, tick=hours(1), on_pass=passes.append)

    thread = from_elsewhere(end)
    begun = time.monotonic()
    asyncio.run(run())
    thread.join()
    assert time.monotonic() - begun < 10


def test_while_the_database_is_gone_it_pauses_longer_and_says_so(tmp_path: Path, clock: ManualClock) -> None:
    place = tmp_path / "mounted"
    passes: list[Report] = []
    troubles: list[tuple[UnavailableError, float]] = []
    stop = Stop()
    pauses = VirtualSleep(clock, stop, 10_000)
    with Engine(SqlStore(f"sqlite:///{place / 'app.db'}"), clock=clock) as engine:

        def sleep(pause: float) -> None:
            pauses(pause)
            if len(pauses.slept) == 9:
                place.mkdir()
                engine.migrate()
            if passes:
                stop.ask()

        run_forever(
            engine,
            stop=stop,
            clock=clock,
            sleep=sleep,
            on_pass=passes.append,
            on_trouble=lambda error, pause: troubles.append((error, pause)),
        )
    assert [pause for _, pause in troubles] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert pauses.slept[9:] == [1.0]


def test_trouble_is_logged_by_default(tmp_path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture) -> None:
    stop = Stop()
    with Engine(SqlStore(f"sqlite:///{tmp_path / 'no' / 'app.db'}"), clock=clock) as engine:
        run_forever(engine, stop=stop, clock=clock, sleep=VirtualSleep(clock, stop, 1))
    assert "Trying again in 1 s" in caplog.text


def test_any_other_error_ends_it(tmp_path: Path) -> None:
    (tmp_path / "app.db").touch()
    with Engine(SqlStore(f"sqlite:///{tmp_path / 'app.db'}")) as engine, pytest.raises(SchemaError):
        run_forever(engine)
    assert not engine._calls.listeners


@pytest.mark.parametrize("tick", [seconds(0), hours(0), 1, "1s"])
def test_a_tick_of_nothing_is_refused(tick: object) -> None:
    with Engine(MemoryStore()) as engine, pytest.raises(ConfigurationError, match="cannot be slept"):
        run_forever(engine, tick=tick)  # type: ignore[arg-type]


def test_the_other_kind_of_engine_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="runs an Engine, not AsyncEngine"):
        run_forever(AsyncEngine(MemoryStore()))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="runs an AsyncEngine, not Engine"):
        asyncio.run(run_forever_async(Engine(MemoryStore())))  # type: ignore[arg-type]
