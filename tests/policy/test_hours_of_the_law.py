"""The hours of each country's rules, and of the zones that somebody may be in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.journeys.trial import message
from unichannel import Engine, Journey, MemoryStore, Send, Window, days, on
from unichannel.core.audience.profile import Person
from unichannel.core.calendar.hours import Hours, opening
from unichannel.core.calendar.zone import at_local, local
from unichannel.core.policy.compliance.countries import COUNTRIES, FRENCH_CHARTER, US_FEDERAL
from unichannel.core.policy.compliance.rule import Country, SendingHours, Source
from unichannel.core.policy.setting import Setting
from unichannel.core.policy.strategy import Preferred
from unichannel.core.policy.timing import closed, hours_for
from unichannel.core.policy.whereabouts import whereabouts
from unichannel.core.words.category import Category
from unichannel.core.words.instant import HOUR
from unichannel.errors import ConfigurationError, InvalidInput
from unichannel.testing import Lab, RecordingTransport

MARKETING, SERVICE = Category("news"), Category("account", purpose="transactional")
PARIS, LONDON, NEW_YORK, CHICAGO = "Europe/Paris", "Europe/London", "America/New_York", "America/Chicago"


def asked(country: str, zone: str, at: str, channel: str = "sms", category: Category = MARKETING, **more: Any) -> str:
    """When it may go, by the wall clock there; "" for at once."""
    person = Person(1, "ada", country=country, timezone=zone)
    now = at_local(datetime.fromisoformat(at), zone)
    found = closed(Setting(b"x", {}, Preferred(), quiet_hours=None, **more), channel, category, person, now)
    return "" if found is None or found.until is None else local(found.until, zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("country", "zone", "channel", "at", "until"),
    [
        # France, texts (law:F12): Monday to Saturday 8 to 20 h, no public holidays
        ("FR", PARIS, "sms", "2030-01-08 08:00", ""),
        ("FR", PARIS, "sms", "2030-01-08 19:59", ""),
        ("FR", PARIS, "sms", "2030-01-08 20:00", "2030-01-09 08:00"),
        ("FR", PARIS, "rcs", "2030-01-13 12:00", "2030-01-14 08:00"),
        ("FR", PARIS, "mms", "2030-05-01 12:00", "2030-05-02 08:00"),
        ("FR", PARIS, "sms", "2030-03-31 12:00", "2030-04-01 08:00"),  # the day of the change to summer time
        ("FR", PARIS, "sms", "2030-10-27 12:00", "2030-10-28 08:00"),  # and back
        ("FR-57", PARIS, "sms", "2030-04-19 12:00", "2030-04-20 08:00"),  # Good Friday in Moselle
        ("FR", PARIS, "sms", "2030-04-19 12:00", ""),
        ("FR", PARIS, "email", "2030-01-13 03:00", ""),  # wakes nobody
        ("FR", PARIS, "push", "2030-01-13 12:00", ""),
        # France, calls (law:F17)
        ("FR", PARIS, "voice", "2030-01-08 09:59", "2030-01-08 10:00"),
        ("FR", PARIS, "voice", "2030-01-08 13:00", "2030-01-08 14:00"),
        ("FR", PARIS, "voice", "2030-01-12 11:00", "2030-01-14 10:00"),
        ("FR", PARIS, "voice", "2030-12-25 11:00", "2030-12-26 10:00"),
        # the Union and the United Kingdom have no hours of their own
        ("DE", "Europe/Berlin", "sms", "2030-01-13 22:30", ""),
        ("GB", LONDON, "sms", "2030-03-31 12:00", ""),
        # a country without rules here is held to the default one's
        ("JP", "Asia/Tokyo", "sms", "2030-01-13 12:00", "2030-01-15 08:00"),  # with its own holidays
        # United States: state not known, and the states by name (law:U8); texts and calls
        ("US", NEW_YORK, "sms", "2030-01-08 08:30", "2030-01-08 09:00"),
        ("US", NEW_YORK, "sms", "2030-01-13 11:00", "2030-01-13 12:00"),
        ("US", NEW_YORK, "voice", "2030-01-08 20:00", "2030-01-09 09:00"),
        ("US-FL", NEW_YORK, "sms", "2030-01-08 20:00", "2030-01-09 08:00"),
        ("US-OK", CHICAGO, "sms", "2030-01-08 08:00", ""),
        ("US-WA", "America/Los_Angeles", "sms", "2030-01-08 19:59", ""),
        ("US-TX", CHICAGO, "sms", "2030-01-08 20:30", ""),
        ("US-TX", CHICAGO, "sms", "2030-01-13 11:59", "2030-01-13 12:00"),
        ("US-TX", CHICAGO, "sms", "2030-03-10 08:30", "2030-03-10 12:00"),  # the clocks change that night
        ("US-NV", "America/Los_Angeles", "sms", "2030-01-08 08:30", "2030-01-08 09:00"),  # as where it is not known
        # Canada: calls (law:C5)
        ("CA", "America/Toronto", "voice", "2030-01-08 21:29", ""),
        ("CA", "America/Toronto", "voice", "2030-01-08 21:30", "2030-01-09 09:00"),
        ("CA", "America/Toronto", "voice", "2030-01-12 09:59", "2030-01-12 10:00"),
        ("CA", "America/Toronto", "sms", "2030-01-12 03:00", ""),
    ],
)
def test_hours(country: str, zone: str, channel: str, at: str, until: str) -> None:
    assert asked(country, zone, at, channel) == until


FRENCH_HOLIDAYS_2030 = (
    "01-01", "04-22", "05-01", "05-08", "05-30", "06-10", "07-14", "08-15", "11-01", "11-11", "12-25"
)  # fmt: skip


@pytest.mark.parametrize("day", FRENCH_HOLIDAYS_2030)
@pytest.mark.parametrize("channel", ["sms", "mms", "rcs", "voice"])
def test_nothing_of_it_goes_on_a_french_holiday(day: str, channel: str) -> None:
    """law:F12, law:F14, law:F17, whatever day of the week it falls on; mail wakes nobody."""
    until = asked("FR", PARIS, f"2030-{day} 14:30", channel)
    assert until > f"2030-{day} 24"
    assert until.endswith("10:00" if channel == "voice" else "08:00")
    assert asked("FR", PARIS, f"2030-{day} 14:30", "email") == ""


CHANGES = {
    "FR": (PARIS, "2030-03-31", "2030-10-27"),
    "US": (NEW_YORK, "2030-03-10", "2030-11-03"),
    "US-FL": (NEW_YORK, "2030-03-10", "2030-11-03"),
    "US-OK": (CHICAGO, "2030-03-10", "2030-11-03"),
    "US-WA": ("America/Los_Angeles", "2030-03-10", "2030-11-03"),
    "US-TX": (CHICAGO, "2030-03-10", "2030-11-03"),
    "CA": ("America/Toronto", "2030-03-10", "2030-11-03"),
    "GB": (LONDON, "2030-03-31", "2030-10-27"),
    "DE": ("Europe/Berlin", "2030-03-31", "2030-10-27"),
}
"""The Sundays on which the clocks change."""

FIRST = {
    ("FR", "sms"): "+1 08:00",
    ("FR", "voice"): "+1 10:00",
    ("US", "sms"): "+0 12:00",
    ("US", "voice"): "+0 12:00",
    ("US-FL", "sms"): "+0 08:00",
    ("US-OK", "sms"): "+0 08:00",
    ("US-WA", "voice"): "+0 08:00",
    ("US-TX", "sms"): "+0 12:00",
    ("CA", "voice"): "+0 10:00",
    ("CA", "sms"): "",
    ("GB", "sms"): "",
    ("GB", "voice"): "",
    ("DE", "sms"): "",
}
"""When somebody may first be written to or called, counted from midnight of such a Sunday."""


@pytest.mark.parametrize("change", [0, 1], ids=["spring", "autumn"])
@pytest.mark.parametrize(("country", "channel"), FIRST)
def test_hours_are_those_of_the_clock_when_it_changes(country: str, channel: str, change: int) -> None:
    zone, *days_of_change = CHANGES[country]
    sunday = datetime.fromisoformat(days_of_change[change])
    later, _, clock = FIRST[country, channel].partition(" ")
    expected = f"{sunday + timedelta(days=int(later)):%Y-%m-%d} {clock}" if later else ""
    assert asked(country, zone, f"{sunday:%Y-%m-%d} 00:30", channel) == expected
    if later:
        # And the night of the change is an hour shorter, or longer.
        person, now = Person(1, "ada", country=country, timezone=zone), at_local(sunday, zone)
        found = closed(Setting(b"x", {}, Preferred(), quiet_hours=None), channel, MARKETING, person, now)
        assert found is not None
        assert found.until is not None
        by_the_clock = (datetime.fromisoformat(expected) - sunday).total_seconds() / 3600
        assert (found.until - now) / HOUR == by_the_clock + (-1, 1)[change]


def test_what_is_no_marketing_goes_at_any_hour() -> None:
    assert asked("FR", PARIS, "2030-01-13 03:00", category=SERVICE) == ""


def test_a_category_may_be_let_out_of_the_hours() -> None:
    assert asked("FR", PARIS, "2030-01-13 12:00", category=Category("winners", quiet_hours=False)) == ""


def test_the_other_practice_by_name() -> None:
    """The charter's hours (law:F11), and the federal ones (law:U1)."""
    given = {**COUNTRIES, "FR": COUNTRIES["FR"].with_(hours=(FRENCH_CHARTER,))}
    assert asked("FR", PARIS, "2030-01-08 21:59", countries=given) == ""
    given = {**COUNTRIES, "US": COUNTRIES["US"].with_(hours=(US_FEDERAL,))}
    assert asked("US", NEW_YORK, "2030-01-08 08:30", countries=given) == ""


def test_every_rule_has_a_source() -> None:
    rules = [rule for one in COUNTRIES.values() for rule in (*one.hours, *one.implied, *one.mentions)]
    assert all(rule.source.id.startswith("law:") and rule.source.says and rule.source.read for rule in rules)


# where somebody is


@pytest.mark.parametrize(
    ("fields", "zones", "known", "country"),
    [
        ({"timezone": "Asia/Tokyo", "phone": "+33612345678"}, ("Asia/Tokyo",), "stated", "FR"),
        ({"timezone": "Asia/Tokyo", "timezone_known": "device"}, ("Asia/Tokyo",), "device", "FR"),
        ({"country": "US-FL"}, (NEW_YORK, CHICAGO), "country", "US-FL"),
        ({"phone": "+12125551234"}, (NEW_YORK,), "phone", "US"),
        ({"phone": "+447911123456"}, ("Europe/Guernsey", "Europe/Isle_of_Man", "Europe/Jersey", LONDON), "phone", "GB"),
        ({}, ("UTC",), "default", "FR"),
    ],
)
def test_where_somebody_is_and_how_that_is_known(
    fields: dict[str, str], zones: tuple[str, ...], known: str, country: str
) -> None:
    phone = fields.pop("phone", None)
    person = Person(1, "ada", addresses={"phone": [phone]} if phone else {}, **fields)
    found = whereabouts(person, COUNTRIES, "UTC", "FR")
    assert (found.zones, found.zones_known) == (zones, known)
    assert "-".join(filter(None, (found.country, found.region))) == country


def test_p26_a_number_that_fits_many_zones_gets_the_hours_that_suit_them_all() -> None:
    """An Australian mobile may be in Perth or in Sydney: 9:00 in Perth is the earliest where both are awake."""
    person = Person(1, "ada", addresses={"phone": ["+61412345678"]})
    setting = Setting(b"x", {}, Preferred(), countries={"FR": Country("FR", "nothing asked")})
    early = at_local(datetime.fromisoformat("2030-01-08 08:30"), "Australia/Sydney")
    found = closed(setting, "sms", MARKETING, person, early)
    assert found is not None
    assert found.until is not None
    for zone in whereabouts(person, {}, "UTC", "FR").zones:
        assert 8 <= local(found.until, zone).hour < 21, zone
    assert (found.rule, found.zones_known) == ("quiet_hours", "phone")


# in a life


def promo(via: str = "sms") -> Journey:
    return Journey("promotes", start=on("begun"), steps=[Send(message("promo", "marketing"), via=via)])


def test_the_trace_names_the_rule_and_until_when_it_holds(lab: Lab) -> None:
    ada = lab.profile(phone="+33612345678")
    lab.add(promo())
    lab.advance_to(datetime(2030, 1, 13, 12, tzinfo=UTC))  # a Sunday
    lab.track(ada, "begun")
    (why,) = lab.why(ada, "promotes")
    assert why.codes == {"sms": "window"}
    assert "law:F12" in str(why.trace)
    assert lab.sent(ada) == []
    lab.advance(days(1))
    assert len(lab.sent(ada)) == 1


def test_hours_that_never_meet_are_named(lab: Lab) -> None:
    """Law in the morning, night until noon: it is refused with a code, not deferred for ever."""
    source = Source("house", "ours")
    mornings = Country("FR", "us", (SendingHours(frozenset({"sms"}), Hours([Window("08:00", "10:00")]), source),))
    lab.use(quiet_hours=Window("20:00", "12:00"), countries=[mornings], country="DE")
    lab.add(promo())
    ada = lab.profile(phone="+33612345678")
    lab.track(ada, "begun")
    (why,) = lab.why(ada, "promotes")
    assert (why.code, why.codes) == ("unreachable", {"sms": "never_open"})


def test_an_engine_whose_own_hours_never_meet_is_refused() -> None:
    """A window that never opens is found when the engine is made, not by nobody getting anything."""
    with pytest.raises(ConfigurationError, match="marketing by sms would never go out") as caught:
        Engine(MemoryStore(), routes={"sms": RecordingTransport()}, quiet_hours=Window("07:00", "06:59"))
    assert caught.value.thing == "quiet_hours"


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_the_hours_of_every_country_open_beside_the_default_night(country: str) -> None:
    """Which is why an engine that changes neither is not asked."""
    person = Person(1, "ada", country=country, timezone="UTC")
    for channel in ("sms", "voice"):
        rules = hours_for(Setting(b"x", {}, Preferred()), channel, person, marketing=True)
        found = opening(at_local(datetime.fromisoformat("2030-01-08"), "UTC"), rules)
        assert found is not None


def test_an_engine_without_rules_for_its_country_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no rules for the country 'ZZ'"):
        Engine(MemoryStore(), country="ZZ")


@pytest.mark.parametrize("code", ["fr", "", "France"])
def test_what_is_no_country(code: str, lab: Lab) -> None:
    with pytest.raises(ConfigurationError):
        Country(code, "x")
    if code:
        with pytest.raises(InvalidInput):
            lab.profile(country=code)
