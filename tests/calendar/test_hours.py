"""Hours with Sundays and public holidays, in one place or in several that may be meant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unichannel import Window
from unichannel.core.calendar.holidays import is_holiday, public_holidays
from unichannel.core.calendar.hours import Hours, Place, opening
from unichannel.core.calendar.window import WEEKDAYS
from unichannel.core.calendar.zone import at_local, local
from unichannel.core.words.instant import DAY, MINUTE, from_datetime
from unichannel.errors import DefinitionError

PARIS = Place("Europe/Paris", "FR")
TEXTS = Hours([Window("08:00", "20:00", days=WEEKDAYS[:6])], holidays=False)
CALLS = Hours(
    [Window("10:00", "13:00", days=WEEKDAYS[:5]), Window("14:00", "20:00", days=WEEKDAYS[:5])], holidays=False
)


def wall(text: str, zone: str = "Europe/Paris") -> int:
    return at_local(datetime.fromisoformat(text), zone)


def opens(hours: Hours, text: str, place: Place = PARIS) -> str:
    found = hours.opening(wall(text, place.zone), place)
    assert found is not None
    return local(found, place.zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2030-01-08 09:00", "2030-01-08 09:00"),
        ("2030-01-08 07:59", "2030-01-08 08:00"),
        ("2030-01-08 20:00", "2030-01-09 08:00"),  # closes: excluded
        ("2030-01-12 19:59", "2030-01-12 19:59"),  # a Saturday
        ("2030-01-12 20:00", "2030-01-14 08:00"),  # over the Sunday
        ("2030-04-20 20:00", "2030-04-23 08:00"),  # over Easter, Monday included
        ("2030-03-30 20:00", "2030-04-01 08:00"),  # over the change to summer time
        ("2030-10-26 20:00", "2030-10-28 08:00"),  # and back
    ],
)
def test_french_texts(at: str, expected: str) -> None:
    assert opens(TEXTS, at) == expected


FRENCH_HOLIDAYS_2030 = (
    "01-01", "04-22", "05-01", "05-08", "05-30", "06-10", "07-14", "08-15", "11-01", "11-11", "12-25"
)  # fmt: skip


@pytest.mark.parametrize("day", FRENCH_HOLIDAYS_2030)
def test_each_french_holiday_is_closed_all_day(day: str) -> None:
    noon = wall(f"2030-{day} 12:00")
    found = TEXTS.opening(noon, PARIS)
    assert found is not None
    assert local(found, "Europe/Paris").date() > date.fromisoformat(f"2030-{day}")
    assert local(found, "Europe/Paris").strftime("%H:%M") == "08:00"


def test_no_other_day_is_a_holiday() -> None:
    days = {f"{day:%m-%d}" for day in public_holidays("FR", "", 2030)}
    assert days == set(FRENCH_HOLIDAYS_2030)


def test_a_region_has_its_own() -> None:
    """Good Friday and 26 December in Alsace-Moselle only (law:F14)."""
    assert is_holiday(date(2030, 4, 19), "FR", "57")
    assert not is_holiday(date(2030, 4, 19), "FR", "75")
    assert not is_holiday(date(2030, 4, 19), "FR")
    assert opens(TEXTS, "2030-12-26 12:00", Place("Europe/Paris", "FR", "57")) == "2030-12-27 08:00"


def test_a_country_without_data_has_no_holidays() -> None:
    assert not is_holiday(date(2030, 1, 1), "ZZ")


def test_several_windows_a_day() -> None:
    assert opens(CALLS, "2030-01-08 13:30") == "2030-01-08 14:00"
    assert opens(CALLS, "2030-01-11 20:00") == "2030-01-14 10:00"  # Friday evening, to Monday


def test_the_hours_that_suit_all_zones() -> None:
    """P26: a number that may be in New York or in Los Angeles is written to when it is day in both."""
    day = Hours([Window("08:00", "21:00")])
    both = [partial(day.opening, place=Place(zone, "US")) for zone in ("America/New_York", "America/Los_Angeles")]
    morning = wall("2030-01-08 09:00", "America/New_York")  # 06:00 in Los Angeles
    assert opening(morning, both) == wall("2030-01-08 08:00", "America/Los_Angeles")
    evening = wall("2030-01-08 18:30", "America/Los_Angeles")  # 21:30 in New York
    assert opening(evening, both) == wall("2030-01-09 08:00", "America/Los_Angeles")


def test_hours_that_never_meet() -> None:
    early, late = Hours([Window("08:00", "09:00")]), Hours([Window("10:00", "11:00")])
    assert opening(wall("2030-01-08 08:00"), [partial(one.opening, place=PARIS) for one in (early, late)]) is None


def test_no_window_is_no_hours() -> None:
    with pytest.raises(DefinitionError, match="never open"):
        Hours([])


FROM, UNTIL = (from_datetime(datetime(year, 1, 1, tzinfo=UTC)) for year in (2029, 2032))
instants = st.integers(FROM, UNTIL)
zones = st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Apia"])


@given(instants, zones, st.sampled_from([TEXTS, CALLS]))
def test_the_opening_is_the_first_open_instant(instant: int, zone: str, hours: Hours) -> None:
    """Brute force: no quarter of an hour before it is open, and it is."""
    place = Place(zone, "FR")
    found = hours.opening(instant, place)
    assert found is not None
    assert instant <= found < instant + 12 * DAY
    assert is_open(hours, found, place)
    assert not any(is_open(hours, at, place) for at in range(instant, found, 15 * MINUTE))


def is_open(hours: Hours, instant: int, place: Place) -> bool:
    """By the wall clock alone: none of these windows runs over midnight."""
    now = local(instant, place.zone)
    if now.weekday() == 6 or is_holiday(now.date(), "FR"):
        return False
    minute = now.hour * 60 + now.minute
    if hours is TEXTS:
        return 8 * 60 <= minute < 20 * 60
    return now.weekday() < 5 and (600 <= minute < 780 or 840 <= minute < 1200)


@given(instants, zones, zones)
def test_what_suits_all_suits_each(instant: int, first: str, second: str) -> None:
    """And nothing before it does, by quarters of an hour."""
    rules = [(TEXTS, Place(first, "FR")), (Hours([Window("09:00", "21:00")]), Place(second))]
    found = opening(instant, [partial(hours.opening, place=place) for hours, place in rules])
    for at in range(instant, found if found is not None else instant + 2 * DAY, 15 * MINUTE):
        assert any(hours.opening(at, place) != at for hours, place in rules)
    if found is not None:
        assert all(hours.opening(found, place) == found for hours, place in rules)
