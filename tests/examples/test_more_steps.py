"""Recipes around Call, Repeat, Digest, StartJourney, Update and Emit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.examples.conftest import Play
from unichannel import days, hours, minutes, weeks

Make = Callable[..., Play]


def events(play: Play, name: str) -> list[str]:
    """What the profile's timeline knows as events."""
    return [one.sentence.removesuffix(" happened") for one in play.lab.timeline(name) if one.what == "event"]


# relaunch, with a look into the CRM


class Crm:
    """A CRM that knows its customers, and is down as often as told."""

    def __init__(self, *customers: str, down: int = 0) -> None:
        self.customers, self.down, self.keys = customers, down, list[str]()

    def __call__(self, call: Any) -> bool:
        self.keys.append(call.key)
        if len(self.keys) <= self.down:
            raise ConnectionError
        return call.profile in self.customers


def relaunch(play: Make, crm: Crm) -> Play:
    shop = play("relaunch", functions={"crm.has_bought": crm})
    shop.meet()
    shop.lab.enroll(shop.recipe.journey, "ada")
    return shop


@pytest.mark.parametrize(
    ("act", "second"),
    [(None, "other-angle"), ("opens", "better-offer"), ("clicks", "follow-up"), ("visits", "follow-up")],
)
def test_d2_the_second_message_follows_what_the_person_did(play: Make, act: str | None, second: str) -> None:
    shop = relaunch(play, Crm())
    shop.lab.advance(days(1))
    if act == "visits":
        shop.lab.track("ada", "site.visited")
    elif act is not None:
        getattr(shop.lab, act)("ada")
    shop.lab.advance(days(9))
    assert shop.told() == ["01-08 10:00 offer email", f"01-13 10:00 {second} email"]


def test_d2_who_bought_elsewhere_gets_nothing_more_and_is_marked(play: Make) -> None:
    shop = relaunch(play, Crm("ada"))
    shop.lab.advance(days(9))
    assert shop.told() == ["01-08 10:00 offer email"]
    history = shop.lab.history("ada")
    assert history is not None
    assert history.runs[0].reason == "bought elsewhere"
    last = str(shop.lab.why("ada", "relaunch")[-1])
    assert last == "The journey relaunch ended at its step exit-bought elsewhere (bought elsewhere)."


def test_d2_who_buys_is_not_asked_about(play: Make) -> None:
    crm = Crm()
    shop = relaunch(play, crm)
    shop.at("2030-01-13T09:59")
    shop.lab.track("ada", "order.paid")
    shop.lab.advance(days(9))
    assert (len(shop.told()), crm.keys) == (1, [])


def test_d2_a_crm_that_comes_back_within_two_hours(play: Make) -> None:
    crm = Crm(down=3)
    shop = relaunch(play, crm)
    shop.lab.advance(days(9))
    assert shop.lab.messages_sent("ada")[1:] == [("other-angle", "email")]
    assert len(crm.keys) == 4
    assert len(set(crm.keys)) == 1


def test_d2_a_crm_that_stays_down_sends_nothing_and_tells_the_team(play: Make) -> None:
    shop = relaunch(play, Crm(down=1000))
    shop.lab.advance(days(9))
    assert len(shop.told()) == 1
    assert "crm.silent" in events(shop, "ada")


def test_d2_engine_down_over_the_day_asks_the_crm_when_it_is_back(play: Make) -> None:
    crm = Crm()
    shop = relaunch(play, crm)
    shop.sleep("2030-01-14T10:00")
    crm.customers = ("ada",)
    shop.lab.advance(days(3))
    assert (len(shop.told()), len(crm.keys)) == (1, 1)


# payment reminders


def bill(shop: Play, invoice: str = "i1", due_on: str = "2030-01-20") -> None:
    facts = {"invoice": invoice, "total": "42.00", "due_on": due_on, "url": "https://example.com/pay"}
    shop.lab.track("ada", "invoice.sent", facts)


def test_reminders_every_week_until_it_is_paid(play: Make) -> None:
    shop = play("payment_reminders")
    shop.meet()
    bill(shop)
    shop.at("2030-01-27T09:01")
    shop.lab.track("ada", "invoice.paid", {"invoice": "i1"})
    shop.lab.advance(days(60))
    assert shop.told() == [
        "01-20 09:00 reminder email",
        "01-27 09:00 reminder email",
        "01-27 09:01 thanks email",
    ]


def test_reminders_end_after_three_and_a_person_takes_over(play: Make) -> None:
    shop = play("payment_reminders")
    shop.meet()
    bill(shop)
    shop.lab.advance(days(60))
    assert [told[:11] for told in shop.told()] == ["01-20 09:00", "01-27 09:00", "02-03 09:00"]
    assert events(shop, "ada").count("invoice.overdue") == 1


def test_reminders_keep_their_hour_when_the_clock_changes(play: Make) -> None:
    shop = play("payment_reminders")
    shop.meet()
    bill(shop, due_on="2030-03-31")
    shop.lab.advance(days(120))
    assert [told[:11] for told in shop.told()] == ["03-31 09:00", "04-07 09:00", "04-14 09:00"]


def test_paid_before_the_date_paid_at_the_last_minute_paid_by_another_invoice(play: Make) -> None:
    shop = play("payment_reminders")
    shop.meet()
    for invoice in ("i1", "i2", "i3"):
        bill(shop, invoice)
    shop.lab.track("ada", "invoice.paid", {"invoice": "i1"})
    shop.at("2030-01-20T08:59")
    shop.lab.track("ada", "invoice.paid", {"invoice": "i2"})
    shop.lab.advance(hours(1))
    assert [said.subject for said in shop.said()] == ["Invoice i3 is due"]


def test_a_due_date_that_moves_takes_the_reminders_with_it(play: Make) -> None:
    shop = play("payment_reminders")
    shop.meet()
    bill(shop)
    shop.lab.track("ada", "invoice.changed", {"invoice": "i1", "due_on": "2030-02-10"})
    shop.lab.advance(days(60))
    assert [told[:11] for told in shop.told()] == ["02-10 09:00", "02-17 09:00", "02-24 09:00"]


def test_a_reminder_that_is_late_goes_and_the_next_keeps_its_day(play: Make) -> None:
    shop = play("payment_reminders")
    shop.meet()
    bill(shop)
    shop.sleep("2030-01-24T15:00")
    shop.lab.advance(days(30))
    assert [told[:11] for told in shop.told()] == ["01-24 15:00", "01-27 09:00", "02-03 09:00"]


def test_paid_in_the_week_after_the_last_reminder_is_not_overdue(play: Make) -> None:
    shop = play("payment_reminders")
    shop.meet()
    bill(shop)
    shop.at("2030-02-05T12:00")
    shop.lab.track("ada", "invoice.paid", {"invoice": "i1"})
    shop.lab.advance(days(30))
    assert "invoice.overdue" not in events(shop, "ada")


# digest


def comment(shop: Play, text: str, document: str = "d1", **more: Any) -> None:
    facts = {"document": document, "title": "The plan", "author": "Bob", "text": text}
    shop.lab.track("ada", "comment.created", facts, **more)


def texts(shop: Play) -> list[str]:
    return [said.text.replace("Bob: ", "").strip() for said in shop.said()]


def test_comments_of_an_hour_are_one_message(play: Make) -> None:
    shop = play("comment_digest")
    shop.meet()
    for text in ("1", "2", "3", "4"):
        comment(shop, text)
        shop.lab.advance(minutes(25))
    shop.lab.advance(days(1))
    assert texts(shop) == ["1\n2\n3", "4"]
    assert shop.said()[0].subject == "3 on The plan"
    assert [told[:11] for told in shop.told()] == ["01-08 11:00", "01-08 12:15"]


def test_two_documents_are_two_digests_and_a_comment_told_twice_is_one(play: Make) -> None:
    shop = play("comment_digest")
    shop.meet()
    comment(shop, "1", id="c1")
    comment(shop, "1", id="c1")
    comment(shop, "2", "d2")
    shop.lab.advance(days(1))
    assert sorted(texts(shop)) == ["1", "2"]


def test_engine_down_for_hours_loses_no_comment_and_tells_none_twice(play: Make) -> None:
    shop = play("comment_digest")
    shop.meet()
    comment(shop, "1")
    for hour, text in ((11, "2"), (12, "3"), (13, "4")):
        shop.sleep(f"2030-01-08T{hour}:30")
        facts = {"document": "d1", "title": "The plan", "author": "Bob", "text": text}
        shop.lab.engine.track("ada", "comment.created", facts)
    shop.lab.advance(days(1))
    assert sorted("\n".join(texts(shop)).split("\n")) == ["1", "2", "3", "4"]


def test_many_comments_are_counted_and_twenty_shown(play: Make) -> None:
    shop = play("comment_digest")
    shop.meet()
    for number in range(25):
        comment(shop, str(number))
    shop.lab.advance(days(1))
    assert shop.said()[0].subject == "25 on The plan"
    assert texts(shop)[0].split("\n") == [str(number) for number in range(5, 25)]


def test_a_comment_told_late_is_told_and_no_other_a_second_time(play: Make) -> None:
    shop = play("comment_digest")
    shop.meet()
    comment(shop, "1")
    shop.lab.advance(minutes(55))
    comment(shop, "2")
    shop.lab.advance(minutes(30))
    comment(shop, "3", occurred=datetime(2030, 1, 8, 9, 50, tzinfo=UTC))
    shop.lab.advance(days(1))
    assert sorted("\n".join(texts(shop)).split("\n")) == ["1", "2", "3"]


def test_a_comment_at_the_instant_of_closing_and_after_a_digest_is_told(play: Make) -> None:
    shop = play("comment_digest")
    shop.meet()
    comment(shop, "1")
    shop.lab.advance(hours(1))
    comment(shop, "2")
    shop.lab.advance(hours(3))
    comment(shop, "3")
    shop.lab.advance(days(1))
    assert texts(shop) == ["1", "2", "3"]


# hand over


def attributes(shop: Play, name: str = "ada") -> dict[str, Any]:
    history = shop.lab.history(name)
    assert history is not None
    return history.person.attributes


def test_the_first_journey_waits_for_the_offer_and_marks_who_buys(play: Make) -> None:
    shop = play("hand_over")
    shop.meet()
    shop.lab.track("ada", "tutorial.completed", {"plan": "team"})
    assert (attributes(shop)["stage"], attributes(shop)["offers"]) == ("experienced", 1)
    shop.lab.advance(days(1))
    assert shop.told() == ["01-08 10:00 well-done email", "01-09 10:00 plan email"]
    assert shop.said()[1].text == "The team plan fits what you do."
    shop.lab.track("ada", "order.paid")
    assert attributes(shop)["stage"] == "paying"
    shop.lab.advance(weeks(4))
    assert "lead.cold" not in events(shop, "ada")


def test_who_does_not_buy_within_two_weeks_is_told_to_the_team(play: Make) -> None:
    shop = play("hand_over")
    shop.meet()
    shop.lab.track("ada", "tutorial.completed", {"plan": "team"})
    shop.at("2030-01-23T09:59")
    assert "lead.cold" not in events(shop, "ada")
    shop.at("2030-01-23T10:00")
    assert events(shop, "ada").count("lead.cold") == 1


def test_an_offer_that_is_refused_does_not_hold_the_first_journey_up(play: Make) -> None:
    shop = play("hand_over")
    shop.meet()
    shop.lab.enroll(shop.recipe.OFFER, "ada", {"plan": "solo"})
    shop.lab.track("ada", "tutorial.completed", {"plan": "team"})
    shop.lab.advance(days(1))
    assert [name for name, _ in shop.lab.messages_sent("ada")].count("plan") == 1
    assert "lead.cold" in events(shop, "ada")
