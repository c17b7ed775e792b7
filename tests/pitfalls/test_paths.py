"""P10 to P19: journeys that stick, or take two paths."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journeys.trial import message
from unichannel import Branch, Engine, Handler, Journey, Send, Wait, days, hours, minutes, on, opened, start, when
from unichannel.conditions import attribute, clicked, happened, silent, unanswered
from unichannel.testing import Lab

first = message("first", "transactional")
yes = message("yes", "transactional")
no = message("no", "transactional")
after = message("after", "transactional")


def send(name: str, via: str = "email") -> Send:
    return Send(message(name, "transactional"), via=via)


# P10


def test_p10_an_event_before_the_wait_is_reached_counts(lab: Lab, meet: Any) -> None:
    lab.add(
        Journey(
            "asks",
            start=on("asked"),
            steps=[send("first"), Wait(days(1)), Wait(until=on("answered"), timeout=days(9)), send("thanks")],
        )
    )
    ada = meet()
    lab.track(ada, "asked")
    lab.advance(hours(2))
    lab.track(ada, "answered")  # while the run still waits for its day
    lab.advance(days(1))
    assert lab.messages_sent(ada) == [("first", "email"), ("thanks", "email")]


def test_p10_an_event_that_is_told_late_counts_from_when_it_occurred(lab: Lab, meet: Any) -> None:
    lab.add(
        Journey(
            "asks",
            start=on("asked"),
            steps=[Wait(until=on("answered"), timeout=days(1), on_timeout=[send("reminder")]), send("thanks")],
        )
    )
    ada = meet()
    lab.track(ada, "asked")
    lab.advance(hours(5))
    lab.track(ada, "answered", occurred=lab.now - timedelta(hours=3))
    lab.advance(days(2))
    assert lab.messages_sent(ada) == [("thanks", "email")]


# P11


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(("opened", "clicked", "replied")), max_size=3), st.integers(0, 2879))
def test_p11_one_path_and_only_one(deeds: list[str], minute: int) -> None:
    """Whatever the person does and whenever the engine looks: yes or no, never both, never neither."""
    lab = Lab()
    branch = Branch(when(opened("email"), Send(yes, via="email")), otherwise=[Send(no, via="email")])
    lab.add(Journey("asks", start=on("asked"), steps=[Send(first, via="email"), Wait(days(1)), branch, send("end")]))
    lab.profile("ada", email="ada@example.com", timezone="UTC")
    lab.track("ada", "asked")
    lab.clock.set(lab.clock.now() + minutes(minute).elapsed)  # nobody ran it in between
    for deed in deeds:
        lab.engine.track(deed, delivery="d1-1")
    lab.run_due()
    lab.advance(days(3))
    names = [name for name, _ in lab.messages_sent("ada")]
    chosen = "yes" if deeds and minute <= 24 * 60 else "no"
    assert names == ["first", chosen, "end"]


def test_p11_an_open_at_the_very_instant_takes_one_path(lab: Lab, meet: Any) -> None:
    branch = Branch(when(opened("email"), Send(yes, via="email")), otherwise=[Send(no, via="email")])
    lab.add(Journey("asks", start=on("asked"), steps=[Send(first, via="email"), Wait(days(1)), branch]))
    ada = meet()
    lab.track(ada, "asked")
    lab.clock.set(lab.clock.now() + days(1).at_most)
    lab.opens(ada)
    lab.advance(days(2))
    assert len(lab.messages_sent(ada)) == 2


# P12


def test_p12_an_exit_ends_a_thirty_day_wait_at_once(lab: Lab, meet: Any) -> None:
    waits = Journey("waits", start=on("begun"), exits=on("left"), steps=[Wait(days(30)), send("late")])
    ada = meet()
    lab.add(waits)
    handle = lab.enroll(waits, ada)
    lab.advance(days(3))
    lab.track(ada, "left")
    assert handle.status().state == "exited"
    assert lab.engine.next_due_at() is None
    lab.advance(days(40))
    assert lab.messages_sent(ada) == []


def test_p12_what_was_queued_does_not_go_out_after_the_exit(lab: Lab, meet: Any) -> None:
    """The provider is down, the message waits for its next try; then the person leaves."""
    lab.add(Journey("tells", start=on("begun"), exits=on("left"), steps=[send("news"), Wait(days(1))]))
    lab.transport.plan("refuse")
    ada = meet()
    lab.track(ada, "begun")
    assert lab.messages_sent(ada) == []
    lab.track(ada, "left")
    lab.advance(days(3))
    assert lab.messages_sent(ada) == []
    assert lab.why(ada, step="send-news-email")[0].status == "cancelled"


def test_p12_an_exit_that_nobody_has_read_yet_stops_what_is_queued(lab: Lab, meet: Any) -> None:
    """It is inserted by another process between the decision and the sending: the gate reads the inbox."""
    lab.add(Journey("tells", start=on("begun"), goal=on("bought"), steps=[send("news"), Wait(days(1))]))
    ada = meet()
    other = Engine(**lab._all_settings())
    is_told = False

    def buy(when: str, _operation: object) -> None:
        nonlocal is_told
        if when == "after" and not is_told and lab._keys(ada):  # its delivery was reserved just now
            is_told = True
            other.track(ada, "bought", id="bought")

    lab.engine.watch(buy)
    lab.track(ada, "begun")
    lab.advance(days(1))
    assert is_told
    assert lab.messages_sent(ada) == []
    assert lab.why(ada)[0].status == "cancelled"


# P13


def test_p13_a_message_that_was_never_sent_makes_no_condition_pass(lab: Lab, meet: Any) -> None:
    """Not opened, silent, unanswered: of what never went out none of these holds."""
    asks = [
        when(opened("email", of="never"), send("opened-it")),
        when(silent(opened, for_=hours(1)), send("ignored-it")),
        when(silent(lambda: clicked(of="never"), for_=hours(1)), send("did-not-click")),
        when(unanswered("question", by="answer", within=hours(1)), send("did-not-answer")),
    ]
    lab.add(Journey("asks", start=on("begun"), steps=[Wait(days(2)), Branch(*asks, otherwise=[send("nothing-known")])]))
    ada = meet()
    lab.track(ada, "begun")
    lab.advance(days(3))
    assert lab.messages_sent(ada) == [("nothing-known", "email")]


def test_p13_silence_begins_with_the_first_chance(lab: Lab, meet: Any) -> None:
    ignored = when(silent(lambda: opened("email"), for_=days(2)), send("ignored-it"))
    lab.add(
        Journey(
            "asks",
            start=on("begun"),
            steps=[Wait(days(5)), send("first"), Wait(days(1)), Branch(ignored, otherwise=[send("too-soon")])],
        )
    )
    ada = meet()
    lab.track(ada, "begun")
    lab.advance(days(7))
    assert lab.messages_sent(ada) == [("first", "email"), ("too-soon", "email")]


# P14


def test_p14_the_first_arm_that_holds_wins_and_each_branch_for_itself(lab: Lab, meet: Any) -> None:
    first_branch = Branch(
        when(attribute("plan", "pro"), send("pro")),
        when(attribute("vip", True), send("vip")),
        otherwise=[send("other")],
        name="plan",
    )
    second_branch = Branch(when(happened("visit"), send("visited")), otherwise=[send("not-visited")], name="visit")
    lab.add(Journey("sorts", start=on("begun"), steps=[first_branch, second_branch]))
    ada, bob = meet(plan="pro", vip=True), meet("bob", vip=True)
    lab.track(bob, "visit")
    lab.track(ada, "begun")
    lab.track(bob, "begun")
    assert lab.messages_sent(ada) == [("pro", "email"), ("not-visited", "email")]
    assert lab.messages_sent(bob) == [("vip", "email"), ("visited", "email")]


# P16


@pytest.mark.parametrize("failure", ["reject", "dead", "opted_out", "time_out"])
def test_p16_a_failed_send_does_not_end_the_journey(lab: Lab, meet: Any, failure: Any) -> None:
    lab.transport.plan(failure)
    goes_on = Journey("goes-on", start=on("begun"), steps=[send("first"), Wait(days(1)), send("second", "sms")])
    ada = meet()
    handle = lab.enroll(goes_on, ada)
    lab.advance(days(2))
    assert ("second", "sms") in lab.messages_sent(ada)
    assert handle.status().state == "completed"


def test_p16_a_provider_that_never_answers_does_not_hold_the_journey(lab: Lab, meet: Any) -> None:
    lab.transport.plan(*["refuse"] * 20)
    steps = [Send(first, via=["email", "sms"]), Wait(until=start + days(3)), send("second")]
    lab.add(Journey("goes-on", start=on("begun"), steps=steps))
    ada = meet()
    lab.track(ada, "begun")
    lab.advance(days(2))
    lab.transport._planned.clear()
    lab.advance(days(2))
    assert lab.messages_sent(ada)[-1] == ("second", "email")


# P17, P19


def abandoned_cart() -> Journey:
    """Two hours after the last change of a cart that is not bought by then (B5)."""
    return Journey(
        "abandoned-cart",
        start=on("cart.updated", entity="cart"),
        goal=on("order.placed"),
        steps=[
            Wait(until=on("cart.updated"), timeout=hours(2), on_timeout=[send("your-cart")], name="changed"),
            Wait(days(1)),
        ],
        handlers=[Handler(on("cart.updated"), to="changed")],
        re_entry="after_end",
    )


def test_p17_two_carts_at_once(lab: Lab, meet: Any) -> None:
    lab.add(abandoned_cart())
    ada = meet()
    lab.track(ada, "cart.updated", {"cart": "c1"})
    lab.advance(hours(1))
    lab.track(ada, "cart.updated", {"cart": "c2"})
    lab.track(ada, "order.placed", {"cart": "c1"})
    lab.advance(hours(1))
    assert lab.messages_sent(ada) == []  # c1 was bought, c2 has an hour to go
    lab.advance(hours(1))
    assert lab.messages_sent(ada) == [("your-cart", "email")]


def test_p19_an_abandoned_cart_can_be_built(lab: Lab, meet: Any) -> None:
    """An event begins the run, and the same event is waited for: the one that began it does not count."""
    lab.add(abandoned_cart())
    ada = meet()
    lab.track(ada, "cart.updated", {"cart": "c1"})
    lab.advance(hours(1))
    lab.track(ada, "cart.updated", {"cart": "c1"})
    lab.advance(hours(1))
    assert lab.messages_sent(ada) == []
    lab.advance(hours(1))
    assert lab.messages_sent(ada) == [("your-cart", "email")]


def test_p19_the_trigger_is_no_event_of_its_own_wait(lab: Lab, meet: Any) -> None:
    waits = Wait(until=on("visit"), timeout=hours(2), on_timeout=[send("gone")])
    lab.add(Journey("visits", start=on("visit"), steps=[waits, send("end")]))
    ada = meet()
    lab.track(ada, "visit")
    assert lab.messages_sent(ada) == []
    lab.advance(hours(2))
    assert lab.messages_sent(ada) == [("gone", "email"), ("end", "email")]
