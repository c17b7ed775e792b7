"""B5 and B9 in virtual time; it is Tuesday 8 January 2030, 10:00 in Paris."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.examples.conftest import Play
from unichannel import consent, days, hours, minutes

Make = Callable[..., Play]


# B5 abandoned cart


def fill(shop: Play, cart: str = "c1", name: str = "ada", **more: object) -> None:
    shop.lab.track(name, "cart.updated", {"cart": cart}, **more)


def test_b5_push_after_two_hours_and_sms_24_hours_after_the_abandonment(play: Make) -> None:
    shop = play("abandoned_cart")
    shop.meet()
    fill(shop)
    shop.lab.advance(days(3))
    assert shop.told() == ["01-08 12:00 cart-left push", "01-09 10:00 cart-discount sms"]


@pytest.mark.parametrize("fields", [{"push": None}, {"preferences": {"carts": "email"}}])
def test_b5_with_email_first_for_who_has_no_app_or_asked_for_it(play: Make, fields: Any) -> None:
    shop = play("abandoned_cart")
    shop.meet(**fields)
    fill(shop)
    shop.lab.advance(days(3))
    assert shop.told() == ["01-08 12:00 cart-left email", "01-09 10:00 cart-discount sms"]


@pytest.mark.parametrize(("bought", "sent"), [("2030-01-08T11:59", 0), ("2030-01-09T09:59", 1)])
def test_b5_a_purchase_one_minute_before(play: Make, bought: str, sent: int) -> None:
    shop = play("abandoned_cart")
    shop.meet()
    fill(shop)
    shop.at(bought)
    shop.lab.track("ada", "order.paid", {"cart": "c1"})
    shop.lab.advance(days(3))
    assert len(shop.told()) == sent


@pytest.mark.parametrize("device", ["device-1", None])
def test_b5_who_reacted_gets_no_discount(play: Make, device: str | None) -> None:
    shop = play("abandoned_cart")
    shop.meet(push=device)
    fill(shop)
    shop.at("2030-01-09T09:59")
    shop.lab.opens("ada")
    shop.lab.advance(days(3))
    assert len(shop.told()) == 1


def test_b5_a_change_of_the_cart_sets_the_clock_back(play: Make) -> None:
    shop = play("abandoned_cart")
    shop.meet()
    fill(shop)
    shop.lab.advance(hours(1) + minutes(59))
    fill(shop)
    shop.at("2030-01-08T18:00")
    fill(shop)
    shop.lab.advance(days(3))
    assert shop.told() == ["01-08 13:59 cart-left push", "01-09 18:00 cart-discount sms"]


def test_b5_two_carts_at_once_are_two_runs(play: Make) -> None:
    shop = play("abandoned_cart")
    shop.meet()
    fill(shop, "c1")
    shop.lab.advance(minutes(30))
    fill(shop, "c2")
    shop.lab.advance(hours(3))
    shop.lab.track("ada", "order.paid", {"cart": "c1"})
    shop.lab.advance(days(3))
    assert shop.told() == [
        "01-08 12:00 cart-left push",
        "01-08 12:30 cart-left push",
        "01-09 10:30 cart-discount sms",
    ]
    assert "/cart/c2" in shop.said()[2].text


def test_b5_a_cart_is_reminded_of_once_and_told_twice_is_told_once(play: Make) -> None:
    shop = play("abandoned_cart")
    shop.meet()
    fill(shop, id="e1")
    fill(shop, id="e1")
    shop.lab.advance(days(2))
    fill(shop)
    shop.lab.advance(days(3))
    assert len(shop.told()) == 2


def test_b5_at_night_the_push_waits_and_the_sms_still_counts_from_the_abandonment(play: Make) -> None:
    shop = play("abandoned_cart")
    shop.meet()
    shop.at("2030-01-08T19:30")
    fill(shop)
    shop.lab.advance(days(3))
    push, sms = shop.told()
    assert "01-09 08:00" <= push < "01-09 08:31"
    assert sms == "01-09 19:30 cart-discount sms"


def test_b5_a_purchase_in_the_night_that_the_sms_waits_through(play: Make) -> None:
    shop = play("abandoned_cart")
    shop.meet()
    shop.at("2030-01-08T22:00")
    fill(shop)
    shop.at("2030-01-10T07:00")
    assert len(shop.told()) == 1
    shop.lab.track("ada", "order.paid", {"cart": "c1"})
    shop.lab.advance(days(3))
    assert len(shop.told()) == 1


def test_b5_engine_down_over_both_instants(play: Make) -> None:
    """The push goes late; the SMS does not follow at once, but keeps an hour between the two."""
    shop = play("abandoned_cart")
    shop.meet()
    fill(shop)
    shop.sleep("2030-01-09T15:00")
    shop.lab.advance(days(2))
    assert shop.told() == ["01-09 15:00 cart-left push", "01-09 16:00 cart-discount sms"]


def test_b5_without_a_device_or_a_consent(play: Make) -> None:
    shop = play("abandoned_cart")
    shop.meet(push=None, email=None)
    shop.meet("bob", consents=consent("sms"))
    shop.meet("cleo", consents=None)
    for name in ("ada", "bob", "cleo"):
        fill(shop, name=name)
    shop.lab.advance(days(3))
    assert shop.told("ada") == shop.told("bob") == ["01-09 10:00 cart-discount sms"]
    assert shop.told("cleo") == []


# B9 limited offer


def offer(shop: Play, ends_at: str = "2030-01-11T20:00", name: str = "ada", **fields: object) -> None:
    shop.meet(name, **fields)
    shop.lab.engine.enroll(shop.recipe.journey, name, {"offer": "spring", "ends_at": ends_at}, key=f"spring-{name}")


@pytest.mark.parametrize(
    ("ends_at", "expected"),
    [
        ("2030-01-11T20:00", "01-11 14:00"),
        ("2030-01-11T23:59", "01-11 17:59"),
        ("2030-01-11T09:00", "01-11 08"),
        ("2030-01-11T08:00", "01-10 19:30"),
        ("2030-01-11", "01-10 18:00"),
    ],
)
def test_b9_email_now_and_sms_before_the_end_never_at_night(play: Make, ends_at: str, expected: str) -> None:
    shop = play("limited_offer")
    offer(shop, ends_at)
    shop.lab.advance(days(7))
    assert shop.told()[0] == "01-08 10:00 offer email"
    assert [told[: len(expected)] for told in shop.told()[1:]] == [expected]


def test_b9_who_bought_one_minute_before_gets_no_sms(play: Make) -> None:
    shop = play("limited_offer")
    offer(shop)
    shop.at("2030-01-11T13:59")
    shop.lab.track("ada", "order.paid", {"offer": "spring"})
    shop.lab.advance(days(7))
    assert shop.lab.channels_sent("ada") == ["email"]


@pytest.mark.parametrize(("up_at", "sms"), [("19:59", 1), ("20:00", 0), ("20:01", 0)])
def test_b9_nothing_after_the_end_however_late_the_engine_is(play: Make, up_at: str, sms: int) -> None:
    shop = play("limited_offer")
    offer(shop)
    shop.lab.run_due()
    shop.sleep(f"2030-01-11T{up_at}")
    shop.lab.advance(days(3))
    assert len(shop.told()) == 1 + sms


def test_b9_not_the_email_either(play: Make) -> None:
    """The list is read while the engine is down, a day before the end."""
    shop = play("limited_offer")
    offer(shop, "2030-01-09T09:00")
    shop.sleep("2030-01-09T09:00")
    shop.lab.advance(days(3))
    assert shop.told() == []
    assert shop.lab.why("ada")[0].code == "expired"


def test_b9_down_in_the_evening_before_an_end_in_the_night(play: Make) -> None:
    """An e-mail wakes nobody."""
    shop = play("limited_offer")
    offer(shop, "2030-01-11T03:00")
    shop.lab.run_due()
    shop.sleep("2030-01-10T22:00")
    shop.lab.advance(days(3))
    assert shop.told()[1:] == ["01-10 22:00 last-call email"]


def test_b9_an_offer_that_is_over_is_not_begun(play: Make) -> None:
    shop = play("limited_offer")
    offer(shop, "2030-01-08T09:59")
    shop.lab.advance(days(3))
    assert shop.told() == []


@pytest.mark.parametrize(
    ("ends_at", "expected"), [("2030-01-11T20:00", "01-11 14:00"), ("2030-01-11T20:00+01:00", "01-11 08:00")]
)
def test_b9_the_end_of_somebody_in_new_york(play: Make, ends_at: str, expected: str) -> None:
    shop = play("limited_offer")
    offer(shop, ends_at, timezone="America/New_York")
    shop.lab.advance(days(7))
    assert shop.told(zone="America/New_York")[1] == f"{expected} last-call sms"


def test_b9_without_consent_or_read_twice(play: Make) -> None:
    shop = play("limited_offer")
    offer(shop, consents=consent("email"))
    offer(shop, consents=None)  # told again
    offer(shop, consents=None, name="bob")
    shop.lab.advance(days(7))
    assert shop.told() == ["01-08 10:00 offer email", "01-11 14:00 last-call email"]
    assert shop.told("bob") == []


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_b9_e2_both_on_the_channel_that_was_asked_for(play: Make, channel: str) -> None:
    shop = play("limited_offer")
    offer(shop, preferences={"offers": channel})
    shop.lab.advance(days(7))
    assert shop.told() == [f"01-08 10:00 offer {channel}", f"01-11 14:00 last-call {channel}"]
