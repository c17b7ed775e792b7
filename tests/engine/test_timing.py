"""The machine's clock is set right by the store's, and a clock that was given is left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unichannel import Engine, MemoryStore, SqlStore
from unichannel.ambient import SystemClock
from unichannel.core.words.instant import MINUTE, SECOND
from unichannel.engine.timing import StoreClock, clock_of
from unichannel.ports import Session, Store
from unichannel.testing import ManualClock

BEGIN = ManualClock().now()


class Machine(SystemClock):
    """A machine's clock, wrong by a span that can change; ``time`` is the true one."""

    def __init__(self, time: ManualClock, skew: int = 0) -> None:
        self.time, self.skew = time, skew

    def now(self) -> int:
        return self.time.now() + self.skew


class Server:
    """A store's session that knows the true time, and takes a while to say it."""

    def __init__(self, time: ManualClock, there: int = 0, back: int = 0) -> None:
        self._time, self._there, self._back = time, there, back
        self.asked = 0

    def clock(self) -> int:
        self.asked += 1
        self._time.set(self._time.now() + self._there)
        told = self._time.now()
        self._time.set(told + self._back)
        return told


def ask(clock: StoreClock, session: Any) -> str:
    return clock.asking(lambda _: "done")(cast("Session", session))


spans = st.integers(0, 3 * SECOND)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(-60 * MINUTE, 60 * MINUTE), spans, spans), min_size=1, max_size=4))
def test_it_is_right_but_for_a_second_and_the_way(lives: list[tuple[int, int, int]]) -> None:
    time = ManualClock()
    machine = Machine(time)
    clock = StoreClock(machine)
    for skew, there, back in lives:
        machine.skew = skew
        time.set(time.now() + 180 * MINUTE)
        assert ask(clock, Server(time, there, back)) == "done"
        assert abs(clock.now() - time.now()) <= SECOND + there + back
        assert clock.here(clock.now()) == machine.now()


@pytest.mark.parametrize("skew", [-SECOND, -1, 0, 1, SECOND])
def test_clocks_that_agree_are_left_as_they_are(skew: int) -> None:
    """Else each answer would shift the time a little, backwards too."""
    time = ManualClock()
    clock = StoreClock(Machine(time, skew))
    ask(clock, Server(time, back=100))
    assert clock.now() == time.now() + skew


def test_it_is_asked_now_and_then_and_as_soon_as_the_machines_clock_was_moved() -> None:
    time = ManualClock()
    machine, server = Machine(time, 20 * MINUTE), Server(time)
    clock = StoreClock(machine)
    for _ in range(3):
        ask(clock, server)
    assert server.asked == 1
    machine.skew = 0
    ask(clock, server)
    assert (server.asked, clock.now()) == (2, time.now())
    machine.skew = MINUTE
    ask(clock, server)
    assert (server.asked, clock.now()) == (3, time.now())
    time.set(time.now() + 10 * SECOND)
    ask(clock, server)
    assert server.asked == 4


def test_a_clock_that_was_given_is_taken_at_its_word() -> None:
    clock = ManualClock()
    assert clock_of(clock) is clock
    assert isinstance(clock_of(None), StoreClock)
    assert isinstance(clock_of(SystemClock()), StoreClock)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_store_without_a_clock_leaves_the_time_to_the_engine(kind: str, tmp_path: Path) -> None:
    store: Store = MemoryStore() if kind == "memory" else SqlStore(f"sqlite:///{tmp_path}/app.db")
    machine = Machine(ManualClock(), 20 * MINUTE)
    with Engine(store, clock=machine) as engine:
        engine.migrate()
        engine.run_due()
        found = engine._calls.clock
        assert isinstance(found, StoreClock)
        assert found.now() == machine.now()
        assert found.asking(len) is len, "it is not asked again"  # type: ignore[comparison-overlap, arg-type]


def test_the_machines_clock_is_todays() -> None:
    assert abs(clock_of(None).now() / SECOND - datetime.now(UTC).timestamp()) < 60
