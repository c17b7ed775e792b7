"""D3, D4, D5: dates that slide, come every year, or are counted from silence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.examples.conftest import Play
from unichannel import consent, days, months, weeks, years
from unichannel.consents import ConsentRules
from unichannel.testing import Lab

Make = Callable[..., Play]

FOR_GOOD = ConsentRules(renewed_after=None)
"""Four years without a click are longer than a French consent lasts."""


# D3 sliding dates


def start_supply(shop: Play, order: str = "o1", **more: Any) -> None:
    supply = {"order": order, "name": "Tea", "starts_at": "2030-01-09T10:00", "supply_days": 30, **more}
    shop.lab.track("ada", "supply.started", supply)


@pytest.mark.parametrize(
    ("supply_days", "expected"),
    [
        (30, ["01-24 10:00 half-way email", "01-30 10:00 next-one sms"]),
        (60, ["02-08 10:00 half-way email", "02-20 10:00 next-one sms"]),
        (28, ["01-23 10:00 half-way email", "01-29 10:00 next-one sms"]),
        (10, ["01-14 10:00 half-way email", "01-16 10:00 next-one sms"]),
        ("a month", []),
        (None, []),
    ],
)
def test_d3_the_days_follow_the_supply(play: Make, supply_days: Any, expected: list[str]) -> None:
    shop = play("supply")
    shop.meet()
    start_supply(shop, supply_days=supply_days)
    shop.lab.advance(days(90))
    assert shop.told() == expected


def test_d3_the_local_hour_is_kept_when_the_clock_changes(play: Make) -> None:
    shop = play("supply")
    shop.meet()
    start_supply(shop, starts_at="2030-03-25T10:00")
    shop.lab.advance(days(120))
    assert shop.told() == ["04-09 10:00 half-way email", "04-15 10:00 next-one sms"]


@pytest.mark.parametrize("event", ["supply.stopped", "supply.renewed"])
def test_d3_only_while_it_is_active(play: Make, event: str) -> None:
    shop = play("supply")
    shop.meet()
    start_supply(shop)
    start_supply(shop, "o2")
    shop.at("2030-01-30T09:59")
    shop.lab.track("ada", event, {"order": "o1"})
    shop.lab.advance(days(30))
    assert shop.lab.channels_sent("ada") == ["email", "email", "sms"]


def test_d3_an_order_that_is_changed_under_way(play: Make) -> None:
    shop = play("supply")
    shop.meet()
    start_supply(shop)
    shop.at("2030-01-25T10:00")
    shop.lab.track("ada", "supply.changed", {"order": "o1", "supply_days": 60})
    shop.lab.advance(days(60))
    assert shop.told() == ["01-24 10:00 half-way email", "02-20 10:00 next-one sms"]


def test_d3_engine_down_over_the_day(play: Make) -> None:
    shop = play("supply")
    shop.meet()
    start_supply(shop)
    shop.sleep("2030-01-26T15:00")
    shop.lab.advance(days(30))
    assert shop.told() == ["01-26 15:00 half-way email", "01-30 10:00 next-one sms"]


# D4 every year


def test_d4_born_on_29_february(play: Make) -> None:
    club = play("birthdays", consent=FOR_GOOD)
    club.meet(birthday="1992-02-29")
    for count, day in enumerate(("2030-02-28", "2031-02-28", "2032-02-29", "2033-02-28"), 1):
        club.at(f"{day}T08:59")
        assert len(club.told()) == count - 1
        club.at(f"{day}T09:00")
        assert len(club.told()) == count
        club.lab.opens("ada")


def test_d4_subscribed_on_29_february(play: Make) -> None:
    club = Play(Lab(start=datetime(2032, 2, 29, 6, tzinfo=UTC)), "birthdays", consent=FOR_GOOD)
    club.meet(subscribed_at="2032-02-29T07:00")
    club.lab.advance(days(300))
    assert club.told() == []  # not on the day itself, though nine comes after seven
    club.lab.advance(years(4))
    assert club.told() == [f"02-{day} 09:00 another-year email" for day in (28, 28, 28, 29)]


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/Paris", "03-31"), ("America/New_York", "03-10"), ("Asia/Tokyo", "06-01")]
)
def test_d4_at_nine_on_the_persons_clock_also_when_it_changes(play: Make, zone: str, day: str) -> None:
    club = play("birthdays")
    club.meet(birthday=f"1990-{day}", timezone=zone)
    club.lab.advance(months(9))
    assert club.told(zone=zone) == [f"{day} 09:00 happy-birthday email"]


def test_d4_told_late_told_twice_moved_or_not_known(play: Make) -> None:
    club = play("birthdays")
    club.meet("ada", birthday="1990-01-08")  # today, after nine
    club.meet("bob", birthday="1990-01-20")
    club.meet("bob", birthday="1990-01-20")
    club.meet("cleo", birthday="1990-01-20")
    club.meet("dora", birthday="in spring")
    club.lab.advance(days(9))
    club.meet("cleo", birthday="1990-01-25")
    club.lab.advance(days(30))
    club.meet("bob", birthday="1990-01-20")
    club.lab.advance(months(9))
    assert [len(club.told(name)) for name in ("ada", "bob", "cleo", "dora")] == [0, 1, 1, 0]
    assert club.told("cleo") == ["01-25 09:00 happy-birthday email"]


def test_d4_late_on_the_day_but_not_the_day_after(play: Make) -> None:
    club = play("birthdays")
    club.meet("ada", birthday="1990-01-20")
    club.lab.run_due()
    club.sleep("2030-01-20T20:00")
    club.lab.run_due()
    assert len(club.told()) == 1
    club.sleep("2031-01-21T12:00")
    club.lab.advance(days(3))
    assert len(club.told()) == 1


def test_d4_who_flies_west_on_the_day_is_congratulated_once(play: Make) -> None:
    club = play("birthdays")
    club.meet(birthday="1990-01-20", timezone="Asia/Tokyo")
    club.at("2030-01-20T06:00")  # nine has been in Tokyo, and comes in New York
    club.meet(timezone="America/New_York")
    club.lab.advance(days(30))
    assert len(club.told()) == 1


def test_d4_without_consent(play: Make) -> None:
    club = play("birthdays")
    club.meet(birthday="1990-01-20", consents=None)
    club.lab.advance(days(30))
    assert club.told() == []


# D5 inactivity


def test_d5_two_months_after_the_latest_visit_to_the_minute(play: Make) -> None:
    shop = play("we_miss_you")
    shop.meet()
    shop.lab.track("ada", "visit")
    shop.at("2030-03-08T09:59")
    shop.lab.track("ada", "visit")
    shop.at("2030-05-08T09:58")
    assert shop.told() == []
    shop.at("2030-05-08T09:59")
    assert shop.told() == ["05-08 09:59 we-miss-you email"]


def test_d5_asked_again_only_after_a_new_visit_and_silence(play: Make) -> None:
    shop = play("we_miss_you")
    shop.meet()
    shop.lab.track("ada", "visit")
    shop.lab.advance(years(1))
    assert len(shop.told()) == 1
    shop.lab.track("ada", "visit")
    shop.lab.advance(weeks(8))
    assert len(shop.told()) == 1
    shop.lab.advance(years(1))
    assert len(shop.told()) == 2


@pytest.mark.parametrize(
    ("visit", "expected"), [("2030-12-31T15:00", "02-28 15:00"), ("2030-01-30T15:00", "03-30 15:00")]
)
def test_d5_months_end_and_clocks_change(play: Make, visit: str, expected: str) -> None:
    shop = play("we_miss_you")
    shop.meet()
    shop.at(visit)
    shop.lab.track("ada", "visit")
    shop.lab.advance(months(5))
    assert shop.told() == [f"{expected} we-miss-you email"]


def test_d5_a_visit_told_late_counts_from_when_it_was(play: Make) -> None:
    shop = play("we_miss_you")
    shop.meet()
    shop.lab.track("ada", "visit")
    shop.lab.advance(days(40))
    shop.lab.track("ada", "visit", occurred=datetime(2030, 1, 20, 9, tzinfo=UTC))
    shop.lab.advance(months(5))
    assert shop.told() == ["03-20 10:00 we-miss-you email"]


def test_d5_a_visit_while_the_engine_is_down_before_the_day(play: Make) -> None:
    shop = play("we_miss_you")
    shop.meet()
    shop.lab.track("ada", "visit")
    shop.lab.advance(days(50))
    shop.sleep("2030-03-07T10:00")
    shop.lab.engine.track("ada", "visit")
    shop.sleep("2030-03-12T10:00")
    shop.lab.advance(months(1))
    assert shop.told() == []


def test_d5_who_never_came_is_enrolled_and_counts_from_when_they_became_known(play: Make) -> None:
    shop = play("we_miss_you")
    shop.meet()
    shop.at("2030-02-01T12:00")
    shop.lab.enroll(shop.recipe.journey, "ada")
    shop.lab.advance(months(5))
    assert shop.told() == ["03-08 10:00 we-miss-you email"]


def test_d5_without_consent(play: Make) -> None:
    shop = play("we_miss_you")
    shop.meet(consents=consent("sms"))
    shop.lab.track("ada", "visit")
    shop.lab.advance(months(5))
    assert shop.told() == []
