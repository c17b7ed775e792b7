"""P1, P2, P7, P8, P47: whatever happens to workers, server and network, nobody is lost, doubled or overrun."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.conftest import PEOPLE
from tests.faults.counting import LIMITS, Flights, doubled, lost, overrun, strays
from tests.faults.people import CHARACTERS, expected
from tests.faults.provider import Arrival
from tests.faults.running import Result
from tests.faults.worker import CONCURRENCY, is_struck

FEW = 20
RESTARTS = ((0.3, signal.SIGQUIT), (0.6, signal.SIGINT))


def test_nobody_is_lost_doubled_or_overrun(run_faults: Callable[..., Result]) -> None:
    """Four workers, killed and restarted, on a server that goes away twice; ``pytest -s`` shows the lines."""
    result = run_faults(PEOPLE, dooms=2, strikes=4 + PEOPLE // 1000, restarts=RESTARTS)
    print(f"\n{result.lines()}", *result.stories, sep="\n")
    assert (result.lost, result.doubled, result.overrun) == ([], [], [])
    assert (result.strays, result.open, result.faults) == ([], [], [])
    assert result.kills >= 8
    assert result.restarts == len(RESTARTS)
    in_the_air = CONCURRENCY * (result.kills + 4 * result.restarts)
    hung = sum(one.hung for one in result.arrivals)
    assert hung > 0, "no provider hung up"
    assert len(result.within) <= in_the_air + hung
    assert len(result.abandoned) <= in_the_air + hung


class TestPlanted:
    """A bug shows: the count can fail."""

    def test_in_a_worker(self, run_faults: Callable[..., Result]) -> None:
        """One that forgets events, sends some messages twice, and some again as if a second run had."""
        result = run_faults(FEW, workers=2, is_calm=True, is_planted=True)
        again = {one.address for one in result.arrivals if one.key.endswith("-again")}
        struck = {one.key for one in result.arrivals if is_struck("twice", one.address, one.message)}
        assert len(result.lost) > 1
        assert sorted(result.doubled) == sorted(struck)
        assert sorted(f"{one.partition('@')[0]}: {LIMITS[0].name}" for one in again) == result.overrun
        assert result.doubled
        assert result.overrun
        assert result.within == []


# counting


def arrival(number: int = 1, message: str = "welcome", provider: str = "email", **more: Any) -> Arrival:
    address = f"p{number}@example.com" if provider == "email" else f"+336{10_000_000 + number}"
    return Arrival(0, provider, f"{message}-{provider}-{number}", address, message, "w0-0", **more)


class TestCounting:
    def test_what_did_not_come_is_lost_but_for_what_was_given_up(self) -> None:
        wanted = {1: frozenset({("welcome", "email"), ("tips", "sms")})}
        assert lost(wanted, [arrival()], set()) == ["p1 tips by sms"]
        assert lost(wanted, [arrival()], {(1, ("tips", "sms"))}) == []
        assert strays(wanted, [arrival(), arrival(message="tips")]) == ["p1 tips by email"]

    def test_what_came_twice_is_doubled(self) -> None:
        calm = Flights({("w0-0", "welcome-email-1", 1)}, set())
        assert doubled([arrival(), arrival(2)], calm) == ([], [])
        assert doubled([arrival(), arrival()], calm) == (["welcome-email-1"], [])

    def test_a_worker_that_is_alive_excuses_nothing(self) -> None:
        assert doubled([arrival(), arrival()], Flights())[0] == ["welcome-email-1"]

    def test_what_was_settled_before_the_kill_excuses_nothing(self) -> None:
        settled = Flights({("w0-0", "welcome-email-1", 1)}, {"w0-0"})
        assert doubled([arrival(), arrival()], settled)[0] == ["welcome-email-1"]

    def test_what_was_in_the_air_excuses_one(self) -> None:
        killed = Flights(set(), {"w0-0"})
        assert doubled([arrival(), replace(arrival(), life="w0-1")], killed) == ([], ["welcome-email-1"])
        assert doubled([arrival(hung=True), arrival()], Flights()) == ([], ["welcome-email-1"])
        again = [arrival(hung=True), arrival(), arrival()]
        assert doubled(again, Flights()) == (["welcome-email-1"], ["welcome-email-1"])

    @pytest.mark.parametrize("said", [("welcome", "sms"), ("tips", "email"), ("tips", "sms")])
    def test_nothing_excuses_what_goes_at_most_once_or_can_be_asked_for(self, said: tuple[str, str]) -> None:
        twice = [arrival(1, *said, hung=True)] * 2
        assert len(doubled(twice, Flights(set(), {"w0-0"}))[0]) == 1

    def test_a_limit_counts_keys_within_a_window(self) -> None:
        one, other = arrival(), replace(arrival(), key="another")
        assert overrun([one, one]) == []
        assert overrun([one, other]) == ["p1: one live run"]
        assert overrun([one, replace(other, at=86_400_000_000)]) == []

    def test_somebody_is_there_of_each_character(self) -> None:
        assert {frozenset(one) for one in expected(FEW).values()} == {one.hears for one in CHARACTERS}
