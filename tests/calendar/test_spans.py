"""Spans: calendar days and months are the person's, hours elapse; right across both clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unichannel import days, hours, minutes, months, seconds, weeks, years
from unichannel.core.calendar.span import Span
from unichannel.core.calendar.zone import add, at_local, local, parse_date, subtract, zone
from unichannel.core.words.instant import HOUR, from_datetime, iso
from unichannel.errors import DefinitionError, InvalidInput
from unichannel.testing.strategies import CHANGES, ZONES

PARIS, NEW_YORK, TOKYO, LORD_HOWE = "Europe/Paris", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"


def utc(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


def clock(text: str) -> datetime:
    """What a clock reads, wherever it hangs."""
    return datetime.fromisoformat(text)


def wall(text: str, name: str) -> int:
    return at_local(clock(text), name)


def shown(instant: int, name: str) -> str:
    """What a clock on the wall there shows."""
    return local(instant, name).strftime("%Y-%m-%d %H:%M")


# spans as values


def test_spans_add_up_and_multiply() -> None:
    assert days(1) + hours(6) == Span(days=1, seconds=6 * 3600)
    assert weeks(2) == days(14)
    assert years(1) == months(12)
    assert hours(2) * 3 == hours(6)
    assert minutes(90) == hours(1.5)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (days(3), "3d"),
        (hours(4), "4h"),
        (minutes(90), "1h30min"),
        (days(1) + hours(2), "1d2h"),
        (months(1), "1mo"),
        (seconds(5), "5s"),
        (Span(), "0s"),
    ],
)
def test_a_span_reads_as_step_names_show_it(span: Span, text: str) -> None:
    assert str(span) == text


@pytest.mark.parametrize("wrong", [lambda: days(-1), lambda: hours(-1), lambda: months(-2)])
def test_a_span_is_never_negative(wrong: object) -> None:
    with pytest.raises(DefinitionError):
        wrong()  # type: ignore[operator]


# across the clock changes


def test_p21_the_offset_is_that_of_the_target() -> None:
    """09:00 in New York stays 09:00 after the March change, though the offset now is another."""
    friday = wall("2030-03-08 09:00", NEW_YORK)
    assert iso(friday) == "2030-03-08T14:00:00Z"
    assert shown(add(friday, days(3), NEW_YORK), NEW_YORK) == "2030-03-11 09:00"
    assert iso(add(friday, days(3), NEW_YORK)) == "2030-03-11T13:00:00Z"


def test_p23_one_day_is_not_24_hours() -> None:
    saturday = wall("2030-03-30 09:00", PARIS)
    assert shown(add(saturday, days(1), PARIS), PARIS) == "2030-03-31 09:00"
    assert shown(add(saturday, hours(24), PARIS), PARIS) == "2030-03-31 10:00"
    assert add(saturday, days(1), PARIS) - saturday == 23 * HOUR
    october = wall("2030-10-26 09:00", PARIS)
    assert add(october, days(1), PARIS) - october == 25 * HOUR


def test_p23_a_week_of_days_does_not_drift() -> None:
    """Day after day over the change, or seven days at once: the same local time."""
    instant = begun = wall("2030-03-28 18:30", PARIS)
    for _ in range(7):
        instant = add(instant, days(1), PARIS)
    assert instant == add(begun, weeks(1), PARIS)
    assert shown(instant, PARIS) == "2030-04-04 18:30"


def test_in_a_gap_the_first_valid_instant_after() -> None:
    assert shown(wall("2030-03-31 02:30", PARIS), PARIS) == "2030-03-31 03:00"
    assert shown(add(wall("2030-03-30 02:30", PARIS), days(1), PARIS), PARIS) == "2030-03-31 03:00"
    assert shown(subtract(wall("2030-04-01 02:30", PARIS), days(1), PARIS), PARIS) == "2030-03-31 03:00"
    assert shown(wall("2030-10-06 02:10", LORD_HOWE), LORD_HOWE) == "2030-10-06 02:30"  # half an hour is skipped


def test_in_an_overlap_the_first() -> None:
    assert iso(wall("2030-10-27 02:30", PARIS)) == "2030-10-27T00:30:00Z"
    assert iso(add(wall("2030-10-26 02:30", PARIS), days(1), PARIS)) == "2030-10-27T00:30:00Z"
    assert iso(subtract(wall("2030-10-28 02:30", PARIS), days(1), PARIS)) == "2030-10-27T00:30:00Z"


def test_a_date_that_the_calendar_skipped_is_the_next_one() -> None:
    """Samoa had no 30 December 2011."""
    assert shown(wall("2011-12-30 10:00", "Pacific/Apia"), "Pacific/Apia") == "2011-12-31 00:00"


def test_months_end_where_the_month_ends() -> None:
    assert shown(add(wall("2030-01-31 09:00", PARIS), months(1), PARIS), PARIS) == "2030-02-28 09:00"
    assert shown(add(wall("2028-02-29 09:00", PARIS), years(1), PARIS), PARIS) == "2029-02-28 09:00"
    assert shown(subtract(wall("2030-03-31 09:00", PARIS), months(1), PARIS), PARIS) == "2030-02-28 09:00"


def test_days_are_counted_on_the_calendar_then_hours_elapse() -> None:
    saturday = wall("2030-03-30 22:00", PARIS)
    assert shown(add(saturday, days(1) + hours(6), PARIS), PARIS) == "2030-04-01 04:00"


instants = st.sampled_from(CHANGES).flatmap(
    lambda one: st.tuples(st.just(one[0]), st.integers(one[1] - 72 * HOUR, one[1] + 72 * HOUR))
)


@given(instants, st.integers(0, 4000))
def test_elapsed_time_is_the_same_everywhere(place: tuple[str, int], count: int) -> None:
    name, instant = place
    assert add(instant, minutes(count), name) == instant + minutes(count).elapsed
    assert subtract(add(instant, minutes(count), name), minutes(count), name) == instant


@given(instants, st.integers(0, 5))
def test_days_keep_the_clock_or_end_at_a_change(place: tuple[str, int], count: int) -> None:
    name, instant = place
    begun, moved = local(instant, name), local(add(instant, days(count), name), name)
    assert moved.date() == begun.date() + timedelta(days=count)
    is_skipped = zone(name).utcoffset(moved.replace(tzinfo=None)) != zone(name).utcoffset(
        moved.replace(tzinfo=None) - timedelta(hours=1)
    )
    assert moved.time() == begun.time() or is_skipped


@given(st.sampled_from(ZONES), st.datetimes(clock("2029-01-01"), clock("2031-01-01")))
def test_a_wall_time_names_its_first_instant(name: str, read: datetime) -> None:
    """The instant shows that time, and no earlier one does; or it is the first after a gap."""
    instant = at_local(read, name)
    seen = local(instant, name).replace(tzinfo=None)
    assert seen >= read
    if seen == read:
        assert all(local(instant - back * HOUR // 2, name).replace(tzinfo=None) < read for back in (1, 2))
    else:
        assert local(instant - 1, name).replace(tzinfo=None) < read


# what a stored date means


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2030-07-01T09:00:00+02:00", "2030-07-01T07:00:00Z"),
        ("2030-07-01T09:00:00Z", "2030-07-01T09:00:00Z"),
        ("2030-07-01T09:00:00", "2030-07-01T07:00:00Z"),  # local
        ("2030-07-01", "2030-06-30T22:00:00Z"),  # its first moment
        (date(2030, 7, 1), "2030-06-30T22:00:00Z"),
        (clock("2030-07-01T09:00"), "2030-07-01T07:00:00Z"),
        (datetime(2030, 7, 1, 9, tzinfo=UTC), "2030-07-01T09:00:00Z"),
        (utc("2030-07-01T09:00"), "2030-07-01T09:00:00Z"),
        ("2030-03-31T02:30", "2030-03-31T01:00:00Z"),  # in the gap: the first instant after it
    ],
)
def test_a_date_is_read_in_the_persons_zone(value: object, instant: str) -> None:
    read = parse_date(value, PARIS)
    assert read is not None
    assert iso(read) == instant


@pytest.mark.parametrize("value", [None, "", "soon", "2030-13-01", True, 3.5, [], "10000-01-01", 10**30, "0001-01-01"])
def test_what_names_no_date_is_none_and_never_an_error(value: object) -> None:
    assert parse_date(value, TOKYO) is None


def test_an_unknown_zone_says_what_to_do() -> None:
    with pytest.raises(InvalidInput, match=r"no time zone 'Paris'.* IANA name"):
        zone("Paris")
