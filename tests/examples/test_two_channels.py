"""B1, B3, B4, B6, B7, B8 in virtual time; it is Tuesday 8 January 2030, 10:00 in Paris."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.examples.conftest import Play
from unichannel import consent, days, hours, minutes, withdrawal

Make = Callable[..., Play]


# B1 welcome


def test_b1_email_at_once_and_the_code_an_hour_later(play: Make) -> None:
    shop = play("welcome")
    ada = shop.meet()
    shop.lab.track(ada, "signed_up")
    shop.lab.advance(days(2))
    assert shop.told() == ["01-08 10:00 welcome email", "01-08 11:00 first-order sms"]
    assert "HELLO10" in shop.said()[1].text


def test_b1_at_night_the_sms_waits_for_the_morning(play: Make) -> None:
    shop = play("welcome")
    ada = shop.meet()
    shop.at("2030-01-08T20:30")
    shop.lab.track(ada, "signed_up")
    shop.lab.advance(days(2))
    first, second = shop.told()
    assert first == "01-08 20:30 welcome email"
    assert "01-09 08:00" <= second < "01-09 08:31"


def test_b1_an_order_one_minute_before_the_sms(play: Make) -> None:
    shop = play("welcome")
    ada = shop.meet()
    shop.lab.track(ada, "signed_up")
    shop.lab.advance(minutes(59))
    shop.lab.track(ada, "order.paid")
    shop.lab.advance(days(2))
    assert shop.told() == ["01-08 10:00 welcome email"]


def test_b1_an_order_in_the_night_that_the_sms_waits_through(play: Make) -> None:
    shop = play("welcome")
    ada = shop.meet()
    shop.at("2030-01-08T20:30")
    shop.lab.track(ada, "signed_up")
    shop.at("2030-01-09T07:59")
    shop.lab.track(ada, "order.paid")
    shop.lab.advance(days(2))
    assert shop.told() == ["01-08 20:30 welcome email"]


def test_b1_an_order_while_the_engine_is_down(play: Make) -> None:
    shop = play("welcome")
    ada = shop.meet()
    shop.lab.track(ada, "signed_up")
    shop.sleep("2030-01-08T15:00")
    shop.lab.engine.track(ada, "order.paid")
    shop.lab.advance(days(2))
    assert shop.told() == ["01-08 10:00 welcome email"]


def test_b1_a_late_tick_sends_the_sms_late_and_after_three_days_not_at_all(play: Make) -> None:
    shop = play("welcome")
    ada = shop.meet()
    shop.lab.track(ada, "signed_up")
    shop.sleep("2030-01-08T15:00")
    shop.lab.run_due()
    assert shop.told()[1:] == ["01-08 15:00 first-order sms"]
    bob = shop.meet("bob")
    shop.lab.track(bob, "signed_up")
    shop.sleep("2030-01-12T15:00")
    shop.lab.run_due()
    assert [name for name, _ in shop.lab.messages_sent(bob)] == ["welcome"]


def test_b1_without_a_marketing_consent_the_email_alone(play: Make) -> None:
    shop = play("welcome")
    ada = shop.meet(consents=None)
    shop.lab.track(ada, "signed_up")
    shop.lab.advance(days(2))
    assert shop.told() == ["01-08 10:00 welcome email"]
    assert shop.lab.why(ada)[-1].codes == {"sms": "no_consent", "email": "no_consent"}


@pytest.mark.parametrize(
    "fields", [{"consents": consent("email")}, {"phone": None}, {"preferences": {"coupons": "email"}}]
)
def test_b1_e2_the_code_by_email_where_that_was_asked_for_or_is_all_there_is(play: Make, fields: Any) -> None:
    shop = play("welcome")
    ada = shop.meet(**fields)
    shop.lab.track(ada, "signed_up")
    shop.lab.advance(days(2))
    assert shop.told() == ["01-08 10:00 welcome email", "01-08 11:00 first-order email"]


def test_b1_a_withdrawal_in_the_night_that_the_sms_waits_through(play: Make) -> None:
    shop = play("welcome")
    shop.meet()
    shop.at("2030-01-08T20:30")
    shop.lab.track("ada", "signed_up")
    shop.at("2030-01-09T07:00")
    for channel in ("sms", "email"):
        shop.meet(consents=withdrawal(channel))
    shop.lab.advance(days(2))
    assert shop.told() == ["01-08 20:30 welcome email"]


def test_b1_a_sign_up_that_is_told_twice_counts_once(play: Make) -> None:
    shop = play("welcome")
    ada = shop.meet()
    for _ in range(2):
        shop.lab.track(ada, "signed_up", id="sign-up-ada")
    shop.lab.advance(days(2))
    shop.lab.track(ada, "signed_up")
    shop.lab.advance(days(2))
    assert len(shop.told()) == 2


# B3 replenishment

COFFEE = {"product": "coffee", "name": "Coffee", "url": "https://shop.example.com/coffee"}


@pytest.mark.parametrize("event", ["supply.due", "product.back_in_stock"])
def test_b3_email_and_on_day_three_an_sms_with_the_link(play: Make, event: str) -> None:
    shop = play("replenishment")
    ada = shop.meet()
    shop.lab.track(ada, event, COFFEE)
    shop.lab.advance(days(5))
    assert shop.told() == ["01-08 10:00 reorder email", "01-11 10:00 reorder sms"]
    assert COFFEE["url"] in shop.said()[1].text


def test_b3_a_bounce_is_followed_at_once(play: Make) -> None:
    shop = play("replenishment")
    ada = shop.meet()
    shop.lab.transport.plan("dead")
    shop.lab.track(ada, "supply.due", COFFEE)
    shop.lab.advance(days(5))
    assert shop.told() == ["01-08 10:00 reorder sms"]


@pytest.mark.parametrize("asked", [True, False])
def test_b3_e2_sms_first_for_who_asked_for_it_or_answers_it(play: Make, asked: bool) -> None:
    shop = play("replenishment")
    ada = shop.meet(preferences={"reorder": "sms"} if asked else {})
    if not asked:
        shop.lab.track(ada, "supply.due", {**COFFEE, "product": "tea"})
        shop.at("2030-01-11T10:01")
        shop.lab.clicks(ada, channel="sms")
        shop.at("2030-01-14T10:00")
    before = len(shop.told())
    shop.lab.track(ada, "supply.due", COFFEE)
    shop.lab.advance(days(5))
    assert [told.split()[-1] for told in shop.told()[before:]] == ["sms", "email"]


@pytest.mark.parametrize("act", ["clicks", "buys"])
def test_b3_an_action_one_minute_before_the_sms(play: Make, act: str) -> None:
    shop = play("replenishment")
    ada = shop.meet()
    shop.lab.track(ada, "supply.due", COFFEE)
    shop.at("2030-01-11T09:59")
    if act == "clicks":
        shop.lab.clicks(ada)
    else:
        shop.lab.track(ada, "order.paid", {"product": "coffee"})
    shop.lab.advance(days(5))
    assert shop.told() == ["01-08 10:00 reorder email"]


def test_b3_an_open_is_no_action_and_another_product_no_order(play: Make) -> None:
    shop = play("replenishment")
    ada = shop.meet()
    shop.lab.track(ada, "supply.due", COFFEE)
    shop.lab.opens(ada)
    shop.lab.track(ada, "order.paid", {"product": "tea"})
    shop.lab.advance(days(5))
    assert shop.lab.channels_sent(ada) == ["email", "sms"]


def test_b3_due_and_back_together_are_one_run_and_two_weeks_later_another(play: Make) -> None:
    shop = play("replenishment")
    ada = shop.meet()
    shop.lab.track(ada, "supply.due", COFFEE)
    shop.lab.track(ada, "product.back_in_stock", COFFEE)
    shop.lab.advance(days(5))
    shop.lab.track(ada, "supply.due", COFFEE)
    shop.lab.advance(days(5))
    assert len(shop.told()) == 2
    shop.lab.advance(days(8))
    shop.lab.track(ada, "supply.due", COFFEE)
    assert len(shop.told()) == 3


# B4 launch


def test_b4_push_to_all_and_a_day_later_sms_to_those_not_seen(play: Make) -> None:
    app = play("launch")
    people = [app.meet("ada"), app.meet("bob"), app.meet("cleo", push=None)]
    app.lab.track("ada", "app.opened")  # before the launch
    app.lab.advance(minutes(1))
    for name in people:
        app.lab.enroll(app.recipe.journey, name, key=f"launch-{name}")
    app.lab.advance(hours(2))
    app.lab.track("bob", "app.opened")
    app.lab.advance(days(3))
    assert app.told("ada") == ["01-08 10:01 launch push", "01-09 10:01 launch-sms sms"]
    assert app.told("bob") == ["01-08 10:01 launch push"]
    assert app.told("cleo") == ["01-09 10:01 launch-sms sms"]


def test_b4_a_list_that_is_read_twice_is_sent_once(play: Make) -> None:
    app = play("launch")
    ada = app.meet()
    for _ in range(2):
        app.lab.enroll(app.recipe.journey, ada, key="launch-ada")
        app.lab.advance(days(3))
    assert len(app.told()) == 2


def test_b4_at_night_the_push_waits_and_the_day_still_counts_from_the_launch(play: Make) -> None:
    app = play("launch")
    ada = app.meet()
    app.at("2030-01-08T23:00")
    app.lab.enroll(app.recipe.journey, ada)
    app.at("2030-01-09T12:00")
    assert [told[:8] for told in app.told()] == ["01-09 08"]
    app.lab.advance(days(1))
    assert app.told()[1][:8] == "01-10 08"


def test_b4_without_consent_nobody_is_written_to(play: Make) -> None:
    app = play("launch")
    ada = app.meet(consents=None)
    app.lab.enroll(app.recipe.journey, ada)
    app.lab.advance(days(3))
    assert app.told() == []


# B6 survey


def test_b6_e2_sms_first_for_who_asked_for_it(play: Make) -> None:
    shop = play("survey")
    ada = shop.meet(preferences={"surveys": "sms"})
    shop.lab.track(ada, "order.delivered", {"reference": "o1"})
    shop.lab.advance(days(5))
    assert shop.told() == ["01-09 10:00 survey sms", "01-11 10:00 survey email"]


def test_b6_what_bounced_is_followed_at_once_and_not_again(play: Make) -> None:
    shop = play("survey")
    ada = shop.meet()
    shop.lab.track(ada, "order.delivered", {"reference": "o1"})
    shop.at("2030-01-09T10:30")
    shop.lab.bounces(ada, "survey")
    shop.lab.advance(days(5))
    assert shop.told() == ["01-09 10:00 survey email", "01-09 10:30 survey sms"]


def test_b6_day_one_by_email_and_day_three_by_sms(play: Make) -> None:
    shop = play("survey")
    ada = shop.meet()
    shop.lab.track(ada, "order.delivered", {"reference": "o1"})
    shop.lab.advance(days(5))
    assert shop.told() == ["01-09 10:00 survey email", "01-11 10:00 survey sms"]
    assert "https://example.com/survey/o1" in shop.said()[1].text


def test_b6_an_answer_one_minute_before_the_sms_and_about_another_order(play: Make) -> None:
    shop = play("survey")
    ada = shop.meet()
    shop.lab.track(ada, "order.delivered", {"reference": "o1"})
    shop.lab.track(ada, "service.done", {"reference": "s1"})
    shop.at("2030-01-11T09:59")
    shop.lab.track(ada, "survey.answered", {"reference": "s1"})
    shop.lab.advance(days(5))
    assert shop.lab.channels_sent(ada) == ["email", "email", "sms"]
    assert "survey/o1" in shop.said()[2].text


def test_b6_an_answer_that_was_given_while_the_engine_was_down(play: Make) -> None:
    shop = play("survey")
    ada = shop.meet()
    shop.lab.track(ada, "order.delivered", {"reference": "o1"})
    shop.lab.advance(days(2))
    shop.sleep("2030-01-11T18:00")
    shop.lab.engine.track(ada, "survey.answered", {"reference": "o1"})
    shop.lab.advance(days(5))
    assert shop.lab.channels_sent(ada) == ["email"]


# B7 reach at lower cost


def test_b7_sms_only_where_the_push_did_not_engage(play: Make) -> None:
    shop = play("cheaper_reach")
    for name, device in (("ada", "a"), ("bob", "b"), ("cleo", None)):
        shop.meet(name, push=device)
        shop.lab.enroll(shop.recipe.journey, name)
    shop.at("2030-01-09T09:59")
    shop.lab.opens("ada")
    shop.lab.advance(days(3))
    assert shop.told("ada") == ["01-08 10:00 news push"]
    assert shop.told("bob") == ["01-08 10:00 news push", "01-09 10:00 news sms"]
    assert shop.told("cleo") == ["01-08 10:00 news sms"]


def test_b7_e10_sms_first_for_who_answers_it_so_much_more_that_it_pays(play: Make) -> None:
    shop = play("cheaper_reach")
    ada = shop.meet()
    for channel in ("sms", "push") * 3:
        shop.lab.send(ada, shop.recipe.news, via=channel)
        if channel == "sms":
            shop.lab.clicks(ada, channel="sms")
    shop.lab.advance(days(1))
    shop.lab.enroll(shop.recipe.journey, ada)
    assert shop.lab.channels_sent(ada)[-1] == "sms"
    last = shop.lab.why(ada)[-1]
    assert last.cause == "best_value"
    assert "SMS costs 0.0745 €; expected value SMS" in last.sentence


def test_b7_a_dead_device_falls_back_at_once(play: Make) -> None:
    shop = play("cheaper_reach")
    ada = shop.meet()
    shop.lab.transport.plan("dead")
    shop.lab.enroll(shop.recipe.journey, ada)
    assert shop.told() == ["01-08 10:00 news sms"]


def test_b7_several_devices_are_one_push(play: Make) -> None:
    shop = play("cheaper_reach")
    for name in ("ada", "bob"):
        shop.meet(name, push=[f"phone-{name}", f"tablet-{name}"])
        shop.lab.transport.plan("dead" if name == "bob" else None)
        shop.lab.enroll(shop.recipe.journey, name)
    shop.lab.opens("ada")
    shop.lab.advance(days(3))
    assert shop.lab.channels_sent("ada") == ["push", "push"]
    assert shop.told("bob") == ["01-08 10:00 news push", "01-09 10:00 news sms"]


def test_b7_an_open_in_the_night_that_the_sms_waits_through(play: Make) -> None:
    shop = play("cheaper_reach")
    ada = shop.meet()
    shop.at("2030-01-08T20:59")
    shop.lab.enroll(shop.recipe.journey, ada)
    shop.sleep("2030-01-09T22:00")  # the silence is noticed late, at night
    shop.lab.run_due()
    shop.at("2030-01-10T07:00")
    shop.lab.opens(ada)
    shop.lab.advance(days(2))
    assert shop.told() == ["01-08 20:59 news push"]


# B8 order


def test_b8_both_at_once_at_night_too_and_neither_waits_for_the_other(play: Make) -> None:
    shop = play("order")
    ada, bob = shop.meet(), shop.meet("bob", phone=None)
    shop.at("2030-01-08T23:30")
    for name in (ada, bob):
        shop.lab.track(name, "order.paid", {"order": "o1", "total": "42.00"}, id=f"paid-{name}")
        shop.lab.track(name, "order.paid", {"order": "o1", "total": "42.00"}, id=f"paid-{name}")
    shop.lab.advance(days(3))
    assert shop.told() == ["01-08 23:30 receipt email", "01-08 23:30 confirmation sms"]
    assert shop.told("bob") == ["01-08 23:30 receipt email"]


def test_b8_no_preference_takes_one_of_them_away(play: Make) -> None:
    shop = play("order")
    ada = shop.meet(preferences={"orders": "sms"})
    shop.lab.track(ada, "order.paid", {"order": "o1", "total": "42.00"})
    assert shop.lab.channels_sent(ada) == ["email", "sms"]


def test_b8_a_bounced_receipt_is_no_reason_for_another_sms(play: Make) -> None:
    shop = play("order")
    ada = shop.meet()
    shop.lab.track(ada, "order.paid", {"order": "o1", "total": "42.00"})
    shop.lab.bounces(ada, "receipt")
    shop.lab.advance(days(1))
    assert shop.lab.channels_sent(ada) == ["email", "sms"]
