"""Windows of local time: overnight, by weekday, adjoining, across both clock changes; and the next local time."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unichannel import BusinessHours, Window
from unichannel.core.calendar.window import WEEKDAYS
from unichannel.core.calendar.zone import at_local, local, next_local
from unichannel.core.words.instant import DAY, HOUR, MINUTE, from_datetime, iso
from unichannel.errors import DefinitionError
from unichannel.testing.strategies import CHANGES

PARIS, NEW_YORK, TOKYO = "Europe/Paris", "America/New_York", "Asia/Tokyo"
NIGHT = Window("21:00", "08:00")


def wall(text: str, name: str = PARIS) -> int:
    return at_local(datetime.fromisoformat(text), name)


def utc(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


def edge(window: Window, text: str, name: str = PARIS) -> tuple[bool, str]:
    is_open, until = window.edges(wall(text, name), name)
    return is_open, local(until, name).strftime("%a %d %H:%M")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2030-01-08 20:59", (False, "Tue 08 21:00")),
        ("2030-01-08 21:00", (True, "Wed 09 08:00")),  # opens: included
        ("2030-01-08 23:59", (True, "Wed 09 08:00")),
        ("2030-01-09 00:00", (True, "Wed 09 08:00")),
        ("2030-01-09 07:59", (True, "Wed 09 08:00")),
        ("2030-01-09 08:00", (False, "Wed 09 21:00")),  # closes: excluded
        ("2030-01-09 12:00", (False, "Wed 09 21:00")),
    ],
)
def test_p24_the_night_runs_over_midnight(at: str, expected: tuple[bool, str]) -> None:
    assert edge(NIGHT, at) == expected


def test_a_window_over_midnight_belongs_to_the_day_it_opens_on() -> None:
    friday_night = Window("22:00", "06:00", days=["friday"])
    assert edge(friday_night, "2030-01-11 23:00") == (True, "Sat 12 06:00")
    assert edge(friday_night, "2030-01-12 05:00") == (True, "Sat 12 06:00")
    assert edge(friday_night, "2030-01-11 05:00") == (False, "Fri 11 22:00")
    assert edge(friday_night, "2030-01-12 23:00") == (False, "Fri 18 22:00")


def test_days_that_adjoin_are_one_period() -> None:
    """A weekend written as whole days: it does not close at midnight."""
    weekend = Window("00:00", "23:59:59.999999", days=["saturday", "sunday"])
    assert edge(weekend, "2030-01-12 12:00")[1] == "Sat 12 23:59"
    whole = Window("12:00", "11:00", days=["saturday", "sunday"])
    assert edge(whole, "2030-01-12 13:00") == (True, "Sun 13 11:00")
    joined = Window("02:30", "02:10")  # both ends fall into the gap of 31 March: the nights on its two sides touch
    assert edge(joined, "2030-03-30 12:00") == (True, "Mon 01 02:10")


def test_p22_a_weekday_is_the_persons_not_utcs() -> None:
    """Monday 05:00 in Tokyo is still Sunday in UTC."""
    monday = Window("05:00", "06:00", days=["monday"])
    at = wall("2030-01-07 05:30", TOKYO)
    assert datetime.fromtimestamp(at / 1e6, UTC).weekday() == 6
    assert monday.edges(at, TOKYO)[0]
    assert not monday.edges(at, "UTC")[0]


def test_a_night_over_the_spring_change_is_an_hour_shorter() -> None:
    assert NIGHT.edges(wall("2030-03-30 21:00"), PARIS)[1] - wall("2030-03-30 21:00") == 10 * HOUR
    assert edge(NIGHT, "2030-03-30 22:00") == (True, "Sun 31 08:00")


def test_a_night_over_the_autumn_change_is_an_hour_longer() -> None:
    assert NIGHT.edges(wall("2030-10-26 21:00"), PARIS)[1] - wall("2030-10-26 21:00") == 12 * HOUR
    assert edge(NIGHT, "2030-10-26 22:00") == (True, "Sun 27 08:00")


def test_a_window_whose_opening_is_skipped_opens_after_the_gap() -> None:
    assert edge(Window("02:15", "04:00"), "2030-03-31 01:00") == (False, "Sun 31 03:00")


def test_a_window_that_is_skipped_whole_waits_for_the_next() -> None:
    """It lies in the hour that the clocks skip, and opens on Sundays only."""
    early = Window("02:15", "02:45", days=["sunday"])
    assert edge(early, "2030-03-25 12:00") == (False, "Sun 07 02:15")
    assert edge(early, "2030-03-31 03:00") == (False, "Sun 07 02:15")


def test_in_an_overlap_it_opens_at_the_first_and_closes_at_the_first() -> None:
    is_open, until = Window("02:15", "02:45").edges(utc("2030-10-27T00:20"), PARIS)
    assert (is_open, iso(until)) == (True, "2030-10-27T00:45:00Z")
    assert Window("02:15", "02:45").edges(utc("2030-10-27T01:20"), PARIS)[0] is False


def test_business_hours_are_a_window() -> None:
    hours = BusinessHours("Europe/Paris")
    assert edge(hours.window, "2030-01-11 19:00") == (False, "Mon 14 09:00")


@pytest.mark.parametrize(
    ("wrong", "mend"),
    [
        (lambda: Window("08:00", "08:00"), "two different times"),
        (lambda: Window("8 o'clock", "09:00"), "no time of day such as"),
        (lambda: Window("08:00", "09:00", days=["someday"]), "no weekday"),
        (lambda: Window("08:00", "09:00", days=[]), "at least one day"),
    ],
)
def test_a_window_that_cannot_be_is_refused(wrong: object, mend: str) -> None:
    with pytest.raises(DefinitionError, match=mend):
        wrong()  # type: ignore[operator]


times = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
weekdays = st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True)


@settings(deadline=None)
@given(st.sampled_from(CHANGES), times, times, weekdays, st.integers(-3 * 1440, 3 * 1440))
def test_edges_are_where_it_changes(
    place: tuple[str, int], opens: time, closes: time, on: list[str], minute: int
) -> None:
    """Up to the edge it is as it was, at the edge it is not."""
    name, around = place
    if opens == closes:
        return
    window, at = Window(opens, closes, days=on), around + minute * MINUTE
    is_open, until = window.edges(at, name)
    assert until > at
    assert window.edges(until, name)[0] is not is_open
    for before in range(at, until, max(MINUTE, (until - at) // 40)):
        assert window.edges(before, name) == (is_open, until)


# the next local time


def test_p22_the_next_monday_is_the_persons() -> None:
    sunday = utc("2030-01-06T12:00")
    assert iso(next_local(sunday, time(5), (0,), TOKYO)) == "2030-01-06T20:00:00Z"
    assert iso(next_local(sunday, time(5), (0,), NEW_YORK)) == "2030-01-07T10:00:00Z"


def test_p21_the_next_nine_o_clock_after_the_march_change() -> None:
    saturday = wall("2030-03-09 20:00", NEW_YORK)
    assert iso(next_local(saturday, time(9), (), NEW_YORK)) == "2030-03-10T13:00:00Z"


def test_now_counts_as_next() -> None:
    at = wall("2030-01-08 09:00")
    assert next_local(at, time(9), (), PARIS) == at
    assert next_local(at + 1, time(9), (), PARIS) == wall("2030-01-09 09:00")


def test_a_skipped_time_is_the_first_valid_one_after() -> None:
    assert iso(next_local(wall("2030-03-30 12:00"), time(2, 30), (), PARIS)) == "2030-03-31T01:00:00Z"


def test_a_repeated_time_comes_once() -> None:
    first = next_local(wall("2030-10-26 12:00"), time(2, 30), (), PARIS)
    assert iso(first) == "2030-10-27T00:30:00Z"
    assert iso(next_local(first + 1, time(2, 30), (), PARIS)) == "2030-10-28T01:30:00Z"


@given(st.sampled_from(CHANGES), st.integers(-3 * 1440, 3 * 1440), times, weekdays)
def test_the_next_local_time_is_within_eight_days(
    place: tuple[str, int], minute: int, at: time, names: list[str]
) -> None:
    name, around = place
    instant = around + minute * MINUTE
    found = next_local(instant, at, tuple(WEEKDAYS.index(one) for one in names), name)
    assert instant <= found <= instant + 8 * DAY
    assert WEEKDAYS[local(found, name).weekday()] in names
