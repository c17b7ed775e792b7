"""B2: the SMS follows the slot, keeps out of the night, and never comes after the slot has begun."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.examples.conftest import Play
from unichannel import days
from unichannel.testing import Lab

Make = Callable[..., Play]


def ship(shop: Play, slot: str, order: str = "o1", **fields: object) -> None:
    shop.meet("ada", **fields)
    shop.lab.track("ada", "order.shipped", {"order": order, "slot": slot})


def move(shop: Play, slot: str, order: str = "o1") -> None:
    shop.lab.track("ada", "slot.moved", {"order": order, "slot": slot})


def sms(shop: Play) -> list[str]:
    return [told.removesuffix(" slot-soon sms") for told in shop.told() if told.endswith("sms")]


@pytest.mark.parametrize(
    ("slot", "expected"),
    [
        ("2030-01-10T14:00", "01-10 11:00"),
        ("2030-01-10T11:00", "01-10 08:00"),
        ("2030-01-10T10:00", "01-10 08:00"),  # 7:00 is night: when it ends
        ("2030-01-10T08:01", "01-10 08:00"),
        ("2030-01-10T08:00", "01-09 20:30"),  # the slot has begun when the night ends: the evening before
        ("2030-01-10T06:00", "01-09 20:30"),
        ("2030-01-10T23:59", "01-10 20:59"),
        ("2030-01-11T00:00", "01-10 20:30"),
        ("2030-01-10T14:00+00:00", "01-10 12:00"),
    ],
)
def test_three_hours_before_the_slot_never_at_night(play: Make, slot: str, expected: str) -> None:
    shop = play("delivery")
    ship(shop, slot)
    assert shop.told() == ["01-08 10:00 shipped push"]
    shop.lab.advance(days(5))
    assert sms(shop) == [expected]


def test_the_sms_names_the_slot(play: Make) -> None:
    shop = play("delivery")
    ship(shop, "2030-01-10T14:00")
    shop.lab.advance(days(5))
    assert shop.said()[1].text == "Example Shop: your order o1 comes on Thursday from 14:00."


@pytest.mark.parametrize(
    ("moved_to", "expected"),
    [
        ("2030-01-11T09:00", "01-11 08:00"),  # later
        ("2030-01-10T10:30", "01-10 08:00"),  # earlier
        ("2030-01-09T13:30", "01-09 12:00"),  # so much earlier that it is due now
    ],
)
def test_a_slot_that_moves_takes_the_sms_with_it(play: Make, moved_to: str, expected: str) -> None:
    shop = play("delivery")
    ship(shop, "2030-01-10T14:00")
    shop.at("2030-01-09T12:00")
    move(shop, moved_to)
    shop.lab.advance(days(5))
    assert sms(shop) == [expected]
    assert f"from {moved_to[-5:]}." in shop.said()[1].text


@pytest.mark.parametrize("fields", [{"phone": None}, {"preferences": {"slots": "push"}}])
def test_e2_a_push_names_the_slot_where_that_was_asked_for_or_is_all_there_is(play: Make, fields: Any) -> None:
    shop = play("delivery")
    ship(shop, "2030-01-10T14:00", **fields)
    shop.lab.advance(days(5))
    assert [told for told in shop.told() if "slot-soon" in told] == ["01-10 11:00 slot-soon push"]


def test_a_slot_that_moves_into_the_past_says_nothing(play: Make) -> None:
    shop = play("delivery")
    ship(shop, "2030-01-10T14:00")
    shop.at("2030-01-09T12:00")
    move(shop, "2030-01-09T11:00")
    shop.lab.advance(days(5))
    assert sms(shop) == []


def test_a_slot_that_moves_after_the_sms_is_told_again(play: Make) -> None:
    shop = play("delivery")
    ship(shop, "2030-01-10T14:00")
    shop.at("2030-01-10T12:00")
    move(shop, "2030-01-10T18:00")
    shop.lab.advance(days(5))
    assert sms(shop) == ["01-10 11:00", "01-10 15:00"]
    assert "from 18:00" in shop.said()[2].text


def test_a_slot_that_moves_in_the_night_that_its_sms_waits_through(play: Make) -> None:
    shop = play("delivery")
    ship(shop, "2030-01-10T10:00")
    shop.at("2030-01-10T07:30")
    move(shop, "2030-01-10T16:00")
    shop.lab.advance(days(5))
    assert len(sms(shop)) == 1
    assert "from 16:00" in shop.said()[1].text


def test_two_orders_have_two_slots(play: Make) -> None:
    shop = play("delivery")
    ship(shop, "2030-01-10T14:00", "o1")
    ship(shop, "2030-01-11T14:00", "o2")
    move(shop, "2030-01-12T14:00", "o2")
    shop.lab.advance(days(5))
    assert sms(shop) == ["01-10 11:00", "01-12 11:00"]


def test_shipped_at_night_shortly_before_the_slot(play: Make) -> None:
    """There is no allowed moment left before the slot: no SMS after it has begun."""
    shop = play("delivery")
    shop.at("2030-01-08T23:00")
    ship(shop, "2030-01-09T07:00")
    shop.lab.advance(days(5))
    assert sms(shop) == []


@pytest.mark.parametrize(("up_at", "expected"), [("13:59", ["01-10 13:59"]), ("14:00", [])])
def test_a_late_tick_sends_it_before_the_slot_or_not_at_all(play: Make, up_at: str, expected: list[str]) -> None:
    shop = play("delivery")
    ship(shop, "2030-01-10T14:00")
    shop.sleep(f"2030-01-10T{up_at}")
    shop.lab.run_due()
    assert sms(shop) == expected


def test_delivered_early_told_twice_or_without_a_device(play: Make) -> None:
    shop = play("delivery")
    ship(shop, "2030-01-10T14:00", push=None)
    shop.lab.track("ada", "order.shipped", {"order": "o1", "slot": "2030-01-10T14:00"})
    shop.lab.track("ada", "order.shipped", {"order": "o2", "slot": "2030-01-10T15:00"})
    shop.lab.track("ada", "order.delivered", {"order": "o2"})
    shop.lab.advance(days(5))
    assert shop.told() == ["01-10 11:00 slot-soon sms"]


@pytest.mark.parametrize(
    ("slot", "expected"),
    [
        ("2030-03-31T11:00", "03-31 08:00"),
        ("2030-03-31T05:00", "03-30 20:30"),
        ("2030-10-27T11:00", "10-27 08:00"),
        ("2030-10-27T06:00", "10-26 20:30"),
    ],
)
def test_on_the_days_when_the_clock_changes(slot: str, expected: str) -> None:
    lab = Lab(start=datetime.fromisoformat(slot).replace(tzinfo=UTC) - timedelta(days=2))
    shop = Play(lab, "delivery")
    ship(shop, slot)
    lab.advance(days(5))
    assert sms(shop) == [expected]
