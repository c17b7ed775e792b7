"""D6: alerts, restock and cart, told by the application."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.examples.conftest import Play
from unichannel import days

Make = Callable[..., Play]
LAMP = {"product": "lamp", "name": "The lamp", "url": "https://shop.example.com/lamp"}


def test_d6_an_alert_at_once_also_at_night(play: Make) -> None:
    app = play("by_api")
    app.meet()
    app.at("2030-01-09T03:00")
    assert app.recipe.warn(app.lab.engine, "ada", "Lisbon") == "push accepted"
    assert app.told() == ["01-09 03:00 alert push"]
    app.lab.opens("ada")
    app.lab.advance(days(1))
    assert len(app.told()) == 1


def test_d6_an_alert_by_sms_where_there_is_no_push_or_it_is_not_opened(play: Make) -> None:
    app = play("by_api")
    app.meet()
    app.meet("bob", push=None)
    app.recipe.warn(app.lab.engine, "ada", "Lisbon")
    assert app.recipe.warn(app.lab.engine, "bob", "Lisbon") == "sms accepted"
    app.lab.advance(days(1))
    assert app.told("ada") == ["01-08 10:00 alert push", "01-08 10:30 alert sms"]
    assert app.told("bob") == ["01-08 10:00 alert sms"]


def test_d6_two_alerts_are_two(play: Make) -> None:
    app = play("by_api")
    app.meet(phone=None)
    for place in ("Lisbon", "Oslo"):
        app.recipe.warn(app.lab.engine, "ada", place)
    assert [said.body for said in app.said()] == ["From Lisbon. Was it you?", "From Oslo. Was it you?"]


def test_d6_an_alert_to_nobody_says_so(play: Make) -> None:
    app = play("by_api")
    app.meet(phone=None, push=None)
    assert app.recipe.warn(app.lab.engine, "ada", "Lisbon") == "nothing went out"


def test_d6_a_cart_is_reminded_of_once_however_often_it_is_told(play: Make) -> None:
    app = play("by_api")
    app.meet()
    for cart in ("c1", "c1", "c2"):
        app.recipe.remind(app.lab.engine, "ada", cart)
        app.lab.advance(days(1))
    assert app.told() == ["01-08 10:00 cart email", "01-10 10:00 cart email"]
    assert [said.text for said in app.said()] == [f"https://shop.example.com/cart/{cart}" for cart in ("c1", "c2")]


def test_d6_restock_to_those_who_asked_for_that_product(play: Make) -> None:
    app = play("by_api")
    for name in ("ada", "bob"):
        app.meet(name)
    app.lab.track("ada", "restock.wanted", LAMP)
    app.lab.track("bob", "restock.wanted", {**LAMP, "product": "chair"})
    app.lab.advance(days(2))
    for name in ("ada", "bob"):
        app.lab.track(name, "product.restocked", {"product": "lamp"})
    app.lab.advance(days(2))
    assert app.told("ada") == ["01-10 10:00 restocked sms"]
    assert app.told("bob") == []


def test_d6_restock_at_night_waits_for_the_morning(play: Make) -> None:
    app = play("by_api")
    app.meet()
    app.lab.track("ada", "restock.wanted", LAMP)
    app.at("2030-01-09T23:00")
    app.lab.track("ada", "product.restocked", {"product": "lamp"})
    app.lab.advance(days(2))
    assert app.told() == ["01-10 08:00 restocked sms"]


@pytest.mark.parametrize(("day", "sent"), [("2030-04-08T09:59", 1), ("2030-04-08T10:01", 0)])
def test_d6_a_wish_holds_for_three_months(play: Make, day: str, sent: int) -> None:
    app = play("by_api")
    app.meet()
    app.lab.track("ada", "restock.wanted", LAMP)
    app.at(day)
    app.lab.track("ada", "product.restocked", {"product": "lamp"})
    app.lab.advance(days(2))
    assert len(app.told()) == sent


def test_d6_bought_meanwhile_told_twice_or_wanted_again(play: Make) -> None:
    app = play("by_api")
    app.meet()
    app.lab.track("ada", "restock.wanted", LAMP)
    app.lab.track("ada", "order.paid", {"product": "lamp"})
    app.lab.track("ada", "product.restocked", {"product": "lamp"})
    assert app.told() == []
    app.lab.advance(days(1))
    app.lab.track("ada", "restock.wanted", LAMP)
    for _ in range(2):
        app.lab.track("ada", "product.restocked", {"product": "lamp"})
    app.lab.advance(days(2))
    assert len(app.told()) == 1
