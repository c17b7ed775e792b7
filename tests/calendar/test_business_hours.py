"""Business hours know public holidays, by the profile's country or the host's own, and days of the host's (A7)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from unichannel import Branch, BusinessHours, Email, Journey, Message, Send, on, when
from unichannel.conditions import business_hours
from unichannel.core.audience.profile import Person
from unichannel.core.calendar.zone import at_local, local
from unichannel.core.condition.view import Facts, View
from unichannel.errors import DefinitionError, InvalidInput
from unichannel.testing import Lab

OFFICE = BusinessHours("Europe/Paris")


def edges(hours: BusinessHours, text: str, zone: str = "Europe/Paris", country: str = "FR") -> tuple[bool, str]:
    is_open, until = hours.edges(at_local(datetime.fromisoformat(text), zone), zone, country)
    return is_open, "" if until is None else local(until, zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("at", "country", "expected"),
    [
        ("2030-05-07 12:00", "FR", (True, "2030-05-07 18:00")),
        ("2030-05-07 18:00", "FR", (False, "2030-05-09 09:00")),  # 8 May, a Wednesday
        ("2030-05-08 12:00", "FR", (False, "2030-05-09 09:00")),
        ("2030-05-08 12:00", "GB", (True, "2030-05-08 18:00")),
        ("2030-05-08 12:00", "", (True, "2030-05-08 18:00")),
        ("2030-04-18 18:00", "FR", (False, "2030-04-19 09:00")),  # Good Friday, in Alsace-Moselle only
        ("2030-04-18 18:00", "FR-57", (False, "2030-04-23 09:00")),  # and Easter Monday
        ("2030-12-26 12:00", "FR-57", (False, "2030-12-27 09:00")),
        ("2030-12-26 12:00", "FR", (True, "2030-12-26 18:00")),
    ],
)
def test_holidays_of_the_country_and_of_its_region(at: str, country: str, expected: tuple[bool, str]) -> None:
    assert edges(OFFICE, at, country=country) == expected


def test_the_hosts_own_country_goes_before_the_profiles() -> None:
    metz = BusinessHours("Europe/Paris", country="FR-57")
    assert edges(metz, "2030-11-01 12:00", country="GB") == (False, "2030-11-04 09:00"), "All Saints', a Friday"
    assert edges(BusinessHours("Europe/Paris", holidays=True), "2030-05-08 12:00") == (True, "2030-05-08 18:00")


def test_days_off_of_the_hosts_own() -> None:
    bridge = BusinessHours("Europe/Paris", closed=["2030-05-09", date(2030, 5, 10), "2030-05-09"])
    assert bridge.closed == (date(2030, 5, 9), date(2030, 5, 10))
    assert edges(bridge, "2030-05-07 19:00") == (False, "2030-05-13 09:00"), "a holiday, the bridge and the week-end"
    assert edges(BusinessHours(closed="2030-01-08"), "2030-01-08 12:00", "UTC") == (False, "2030-01-09 09:00")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2030-03-30 23:00", (True, "2030-03-31 03:30")),  # 02:30 to 03:30 is no hour at all that night
        ("2030-10-26 23:00", (True, "2030-10-27 03:30")),
        ("2030-03-31 04:00", (False, "2030-03-31 22:00")),
    ],
)
def test_a_night_shift_over_a_clock_change(at: str, expected: tuple[bool, str]) -> None:
    night = BusinessHours("Europe/Paris", opens="22:00", closes="03:30", days=("saturday", "sunday"))
    assert edges(night, at) == expected


def test_the_hours_that_elapse_at_a_clock_change() -> None:
    """Open from Saturday 22:00 to Sunday 03:30: five and a half hours, one fewer in spring, one more in autumn."""
    night = BusinessHours("Europe/Paris", opens="22:00", closes="03:30", days=("saturday",))
    lengths = {}
    for day in ("2030-03-23", "2030-03-30", "2030-10-26"):
        start = at_local(datetime.fromisoformat(f"{day} 22:00"), "Europe/Paris")
        is_open, until = night.edges(start, "Europe/Paris", "FR")
        assert is_open
        assert until is not None
        lengths[day] = (until - start) / 3_600_000_000
    assert lengths == {"2030-03-23": 5.5, "2030-03-30": 4.5, "2030-10-26": 6.5}


def test_a_night_shift_ends_where_a_day_begins_that_is_closed() -> None:
    night = BusinessHours("Europe/Paris", opens="22:00", closes="06:00", days=("monday", "tuesday"))
    assert edges(night, "2030-05-07 23:00") == (True, "2030-05-08 00:00")
    assert edges(night, "2030-05-08 01:00") == (False, "2030-05-13 22:00")
    assert edges(night, "2030-05-06 23:00") == (True, "2030-05-07 06:00")


def test_a_country_without_data_has_no_holidays_and_what_is_none_is_refused() -> None:
    assert edges(OFFICE, "2030-12-25 12:00", country="XX") == (True, "2030-12-25 18:00")
    with pytest.raises(DefinitionError, match="no country"):
        BusinessHours(country="France")
    with pytest.raises(DefinitionError, match="no day such as"):
        BusinessHours(closed=["Christmas"])
    with pytest.raises(InvalidInput):
        BusinessHours("Europe/Paname")


def truth(person: Person, text: str, whose: str = "host", default: str = "", hours: BusinessHours = OFFICE) -> bool:
    view = View(Facts(person), hours=hours, default_country=default)
    at = at_local(datetime.fromisoformat(text), "Europe/Paris")
    return business_hours(whose).truth(view, at).value  # type: ignore[arg-type]


def test_the_profiles_country_is_stated_or_the_phones_or_the_engines() -> None:
    on_the_day = "2030-07-14 12:00"
    every_day = BusinessHours("Europe/Paris", days=range(7))
    someone = Person(1, "ada", addresses={"phone": ["+33612345678"]})
    assert not truth(someone, on_the_day, hours=every_day)
    someone.country = "BE"
    assert truth(someone, on_the_day, hours=every_day)
    assert not truth(Person(2, "bob"), on_the_day, default="FR", hours=every_day)
    assert truth(Person(2, "bob"), on_the_day, hours=every_day)


def test_a_journey_leaves_it_for_who_is_there_on_a_working_day() -> None:
    """A7: outside of business hours the automatic answer goes, and a holiday is outside of them."""
    note = Message("note", Email("We are back soon", text="Thank you for writing."), category="transactional")
    journey = Journey(
        "answers", start=on("asked"), re_entry="after_end", steps=[Branch(when(~business_hours(), Send(note)))]
    )
    lab = Lab(business_hours=OFFICE, country="FR")
    lab.add(journey)
    lab.profile("ada", email="ada@example.com")
    for day in ("2030-05-07T10:00+02:00", "2030-05-08T10:00+02:00", "2030-05-09T10:00+02:00"):
        lab.advance_to(datetime.fromisoformat(day))
        lab.track("ada", "asked", {"entity": day})
    assert [f"{datetime.fromtimestamp(one.at / 1e6):%m-%d}" for one in lab.sent()] == ["05-08"]  # noqa: DTZ006
