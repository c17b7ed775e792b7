"""P30, P39: fallback without anything built by hand, and texts without holes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.trial import message
from unichannel import Email, Journey, Message, Send, Wait, days, hours, minutes, on
from unichannel.testing import Lab

CLIMBS = Send(message("news", "transactional"), via=["email", "sms"], success="opened")


def test_p30_a_bounce_that_comes_later_escalates(lab: Lab, meet: Any) -> None:
    lab.add(Journey("tells", start=on("begun"), steps=[CLIMBS]))
    ada = meet()
    lab.track(ada, "begun")
    lab.advance(hours(1))
    lab.bounces(ada)
    assert lab.channels_sent(ada) == ["email", "sms"]


def test_p30_silence_escalates(lab: Lab, meet: Any) -> None:
    lab.add(Journey("tells", start=on("begun"), steps=[CLIMBS]))
    ada = meet()
    lab.track(ada, "begun")
    lab.tell("delivered", ada)
    lab.advance(hours(4))
    assert lab.channels_sent(ada) == ["email", "sms"]


def test_p30_a_bounce_days_after_the_run_went_on_still_escalates(lab: Lab, meet: Any) -> None:
    """A single rung of the strategy's two: the cursor is at the next wait, the ladder still listens."""
    lab.add(Journey("tells", start=on("begun"), steps=[Send(message("news", "transactional")), Wait(days(10))]))
    ada = meet()
    lab.track(ada, "begun")
    lab.advance(days(2))
    lab.bounces(ada)
    assert lab.channels_sent(ada) == ["email", "sms"]


def test_p30_a_late_open_stops_what_has_not_gone_out(lab: Lab, meet: Any) -> None:
    """Silence was up, the SMS could not be handed over yet; then the email is opened after all."""
    lab.add(Journey("tells", start=on("begun"), steps=[CLIMBS]))
    ada = meet()
    lab.track(ada, "begun")
    lab.transport.plan("refuse", "refuse")
    lab.advance(hours(4))
    assert lab.channels_sent(ada) == ["email"]
    lab.opens(ada, channel="email")
    lab.advance(days(2))
    assert lab.channels_sent(ada) == ["email"]
    _, sms = lab.why(ada)
    assert (sms.channel, sms.status) == ("sms", "cancelled")


def test_p30_a_late_open_stops_what_waits_for_the_morning(lab: Lab, meet: Any) -> None:
    promo = Send(message("promo", "marketing"), via=["email", "sms"], success="opened")
    lab.add(Journey("promotes", start=on("begun"), steps=[promo]))
    ada = meet()
    lab.advance(hours(10))  # 19:00
    lab.track(ada, "begun")
    lab.advance(hours(7))  # the silence was up at 23:00, in the night
    assert lab.channels_sent(ada) == ["email"]
    lab.opens(ada)
    lab.advance(days(2))
    assert lab.channels_sent(ada) == ["email"]
    assert [one.channel for one in lab.why(ada) if one.delivery] == ["email"]  # nor was it ever reserved


@pytest.mark.parametrize("name", [None, "", "missing"], ids=["None", "empty", "missing"])
def test_p39_no_text_has_a_hole(lab: Lab, meet: Any, name: str | None) -> None:
    """Nobody gets "Hello ,": the run is set aside with the variable's name, and can be taken up."""
    hello = Message("hello", Email("Hello {{ profile.first_name }},", text="Hi"), category="transactional")
    lab.add(Journey("greets", start=on("begun"), steps=[Send(hello, via="email")]))
    ada = meet() if name == "missing" else meet(first_name=name)
    lab.track(ada, "begun")
    lab.advance(hours(1))
    assert lab.messages_sent(ada) == []
    assert "profile.first_name" in lab.engine.failed()[0].error


def test_p39_a_default_fills_the_hole(lab: Lab, meet: Any) -> None:
    hello = Message(
        "hello", Email("Hello {{ profile.first_name | default: 'you' }},", text="Hi"), category="transactional"
    )
    lab.add(Journey("greets", start=on("begun"), steps=[Send(hello, via="email")]))
    ada = meet(first_name="")
    lab.track(ada, "begun")
    assert lab.sent(ada)[0].content.subject == "Hello you,"


def test_p39_a_value_that_goes_missing_later_changes_nothing(lab: Lab, meet: Any) -> None:
    """What the text reads was frozen when the delivery was reserved: a retry says the same."""
    hello = Message("hello", Email("Hello {{ profile.first_name }},", text="Hi"), category="transactional")
    lab.add(Journey("greets", start=on("begun"), steps=[Send(hello, via="email")]))
    lab.transport.plan("refuse")
    ada = meet(first_name="Ada")
    lab.track(ada, "begun")
    meet(first_name=None)
    lab.advance(minutes(5))
    assert lab.sent(ada)[0].content.subject == "Hello Ada,"
