"""Rules of meaning: *Entities*, *Instants of events*, *send() and enroll()*: which runs there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.trial import message
from unichannel import Category, Handler, Journey, Send, Wait, days, hours, on
from unichannel.conditions import data_date
from unichannel.errors import InvalidInput, UnknownError
from unichannel.testing import Lab

word = message("word", "transactional")
thanks = message("thanks", "transactional")


def cart(**more: Any) -> Journey:
    return Journey(
        "cart",
        start=on("cart.left", entity="cart"),
        goal=on("order.placed"),
        steps=[Wait(hours(2)), Send(word, via="email"), Wait(days(1)), Send(word, via="sms")],
        **more,
    )


# entities


def test_the_goal_of_one_cart_does_not_end_the_other(lab: Lab, meet: Any) -> None:
    lab.add(cart())
    ada = meet()
    lab.track(ada, "cart.left", {"cart": "c1"})
    lab.track(ada, "cart.left", {"cart": "c2"})
    lab.advance(hours(2))
    lab.track(ada, "order.placed", {"cart": "c1"})
    lab.advance(days(2))
    assert lab.channels_sent(ada) == ["email", "email", "sms"]


def test_an_event_that_names_no_cart_is_about_all_of_them(lab: Lab, meet: Any) -> None:
    lab.add(cart())
    ada = meet()
    for name in ("c1", "c2"):
        lab.track(ada, "cart.left", {"cart": name})
    lab.track(ada, "order.placed")
    lab.advance(days(2))
    assert lab.sent(ada) == []


def test_any_entity_lifts_it(lab: Lab, meet: Any) -> None:
    wide = Journey(
        "wide", start=on("cart.left", entity="cart"), goal=on("order.placed", any_entity=True), steps=cart().steps
    )
    lab.add(wide)
    ada = meet()
    lab.track(ada, "cart.left", {"cart": "c1"})
    lab.track(ada, "order.placed", {"cart": "c2"})
    lab.advance(days(2))
    assert lab.sent(ada) == []


def test_a_wait_hears_its_own_cart_only(lab: Lab, meet: Any) -> None:
    wait = Wait(until=on("cart.seen"), timeout=days(1), on_timeout=[Send(word, via="email")])
    lab.add(Journey("cart", start=on("cart.left", entity="cart"), steps=[wait]))
    ada = meet()
    lab.track(ada, "cart.left", {"cart": "c1"})
    lab.track(ada, "cart.left", {"cart": "c2"})
    lab.track(ada, "cart.seen", {"cart": "c2"})
    lab.advance(days(2))
    assert lab.channels_sent(ada) == ["email"]


@pytest.mark.parametrize("by", ["refresh", "handler", "wait"])
def test_an_event_that_brings_a_run_to_its_end_begins_no_other(lab: Lab, meet: Any, by: str) -> None:
    """It found a run going, so it was for that run."""
    moved = on("slot.moved", entity="order")
    wait = Wait(until=moved if by == "wait" else data_date("slot"), name="slot")
    more: dict[str, Any] = {"refresh": {"refresh": moved}, "handler": {"handlers": [Handler(moved, to="told")]}}
    told = Journey(
        "slot",
        start=[on("shipped", entity="order"), moved],
        re_entry="after_end",
        steps=[wait, Send(word, via="email", name="told")],
        **more.get(by, {}),
    )
    lab.add(told)
    ada = meet()
    lab.track(ada, "shipped", {"order": "o1", "slot": "2030-01-10T12:00"})
    lab.advance(hours(1))
    lab.track(ada, "slot.moved", {"order": "o1", "slot": "2030-01-08T10:00"})
    lab.advance(days(5))
    assert len(lab.sent(ada)) == 1
    lab.track(ada, "slot.moved", {"order": "o1", "slot": "2030-01-14T10:00"})
    lab.track(ada, "slot.moved", {"order": "o1", "slot": "2030-01-14T10:00"})
    lab.advance(days(5))
    assert len(lab.sent(ada)) == 2


def test_one_live_run_for_each_entity(lab: Lab, meet: Any) -> None:
    lab.add(cart(re_entry="after_end"))
    ada = meet()
    lab.track(ada, "cart.left", {"cart": "c1"})
    lab.advance(hours(1))
    lab.track(ada, "cart.left", {"cart": "c1"})
    lab.advance(days(3))
    assert lab.channels_sent(ada) == ["email", "sms"]
    assert "already_running" in [one.code for one in lab.why(ada)]


def test_a_trigger_without_the_property_begins_nothing_and_says_so(lab: Lab, meet: Any) -> None:
    lab.add(cart())
    ada = meet()
    lab.track(ada, "cart.left", {"total": 3})
    assert [one.code for one in lab.why(ada)] == ["no_entity"]


# re-entry


def test_once_is_once(lab: Lab, meet: Any) -> None:
    lab.add(Journey("greets", start=on("hi"), steps=[Send(word, via="email")]))
    ada = meet()
    lab.track(ada, "hi")
    lab.advance(days(300))
    lab.track(ada, "hi")
    assert len(lab.sent(ada)) == 1
    assert lab.why(ada)[-1].code == "re_entry"


def test_after_the_last_runs_end(lab: Lab, meet: Any) -> None:
    lab.add(Journey("greets", start=on("hi"), steps=[Send(word, via="email"), Wait(days(1))], re_entry="after_end"))
    ada = meet()
    lab.track(ada, "hi")
    lab.advance(hours(23))
    lab.track(ada, "hi")
    assert len(lab.sent(ada)) == 1
    lab.advance(hours(1))
    lab.track(ada, "hi")
    assert len(lab.sent(ada)) == 2


def test_a_cool_down_counts_from_the_end(lab: Lab, meet: Any) -> None:
    lab.add(Journey("greets", start=on("hi"), steps=[Send(word, via="email"), Wait(days(2))], re_entry=days(3)))
    ada = meet()
    lab.track(ada, "hi")
    lab.advance(days(4))
    lab.track(ada, "hi")  # two days after the end
    assert len(lab.sent(ada)) == 1
    lab.advance(days(1))
    lab.track(ada, "hi")
    assert len(lab.sent(ada)) == 2


def test_re_entry_is_by_entity(lab: Lab, meet: Any) -> None:
    lab.add(Journey("order", start=on("ordered", entity="order"), steps=[Send(word, via="email")]))
    ada = meet()
    for order in ("o1", "o2", "o1"):
        lab.track(ada, "ordered", {"order": order})
    assert len(lab.sent(ada)) == 2


# late and doubled events


def test_an_event_that_is_too_old_begins_nothing_and_is_still_a_fact(lab: Lab, meet: Any) -> None:
    lab.add(Journey("greets", start=on("hi"), steps=[Send(word, via="email")]))
    ada = meet()
    lab.track(ada, "hi", occurred=lab.now - timedelta(hours=25))
    assert [one.code for one in lab.why(ada)] == ["too_late"]
    assert any("hi happened" in entry.sentence for entry in lab.timeline(ada))


def test_a_journey_says_how_late_it_accepts(lab: Lab, meet: Any) -> None:
    lab.use(categories=[Category("slow", purpose="transactional", ttl=7 * 86_400)])
    slow = Send(message("slow", "slow"), via="email")
    lab.add(Journey("greets", start=on("hi"), steps=[slow], accept_late=days(3)))
    ada = meet()
    lab.track(ada, "hi", occurred=lab.now - timedelta(days=2))
    assert len(lab.sent(ada)) == 1


def test_an_event_of_the_same_id_counts_once(lab: Lab, meet: Any) -> None:
    lab.add(Journey("greets", start=on("hi"), steps=[Send(word, via="email")], re_entry="after_end"))
    ada = meet()
    lab.track(ada, "hi", id="e1")
    lab.track(ada, "hi", id="e1")
    lab.engine.track(ada, "hi", id="e2")
    lab.engine.track(ada, "hi", id="e2")
    lab.run_due()
    assert len(lab.sent(ada)) == 2


def test_an_event_from_the_future_is_one_of_now(lab: Lab, meet: Any) -> None:
    lab.add(Journey("greets", start=on("hi"), steps=[Wait(hours(1)), Send(word, via="email")]))
    ada = meet()
    lab.track(ada, "hi", occurred=lab.now + timedelta(days=9))
    lab.advance(hours(1))
    assert len(lab.sent(ada)) == 1


# handlers


def test_a_handler_goes_through_its_steps_and_on_to_its_place(lab: Lab, meet: Any) -> None:
    """A9: wherever the run stands, also on a send whose ladder is open."""
    steps = [
        Send(word, via=["email", "sms"], success="opened"),
        Wait(days(5), name="rest"),
        Send(message("end", "transactional"), via="email"),
    ]
    lab.add(
        Journey(
            "trial",
            start=on("begun"),
            steps=steps,
            handlers=[Handler(on("done"), to="rest", steps=[Send(thanks, via="sms")])],
        )
    )
    ada = meet()
    lab.track(ada, "begun")
    lab.advance(hours(1))
    lab.track(ada, "done")
    lab.advance(days(4))
    assert lab.messages_sent(ada) == [("word", "email"), ("thanks", "sms")]  # no fallback of what was left
    lab.advance(days(1) + hours(1))
    assert lab.messages_sent(ada)[-1] == ("end", "email")


# handles


def test_a_handle_follows_what_became_of_it(lab: Lab, meet: Any) -> None:
    journey = Journey("greets", start=on("hi"), steps=[Send(word, via="email"), Wait(days(1))])
    lab.add(journey)
    ada = meet()
    handle = lab.engine.enroll(journey, ada)
    assert handle.status().state == "queued"
    lab.run_due()
    assert handle.status().state == "active"
    assert handle.status().deliveries[0][1:] == ("email", "accepted")
    lab.advance(days(1))
    assert handle.status().state == "completed"
    again = lab.engine.enroll(journey, ada)
    lab.run_due()
    assert (again.status().state, again.status().reason) == ("refused", "re_entry")


def test_a_key_makes_it_once(lab: Lab, meet: Any) -> None:
    ada = meet()
    first = lab.send(ada, word, via="email", key="order-7")
    second = lab.send(ada, word, via="email", key="order-7")
    third = lab.send(ada, word, via="email", key="order-8")
    assert first.id == second.id
    assert first.status() == second.status()
    assert third.status().state == "completed"
    assert len(lab.sent(ada)) == 2


def test_two_sends_of_one_message_at_the_same_time_are_two(lab: Lab, meet: Any) -> None:
    """Without a key each call is an intention of its own."""
    ada = meet()
    handles = [lab.engine.send(ada, word, data={"n": n}) for n in (1, 2)]
    lab.run_due()
    assert [handle.status().state for handle in handles] == ["completed", "completed"]
    assert len(lab.sent(ada)) == 2


def test_a_run_that_is_asked_for_has_its_data(lab: Lab, meet: Any) -> None:
    from unichannel import Email, Message

    code = Message("code", Email("{{ data.code }}", text="…"), category="transactional")
    ada = meet()
    lab.send(ada, code, data={"code": "1234"})
    assert lab.sent(ada)[0].content.subject == "1234"


def test_sent_at_once(lab: Lab, meet: Any) -> None:
    """Decided and delivered in the call, behind the same checks; no run_due in between."""
    ada = meet()
    handle = lab.engine.send(ada, word, via="sms", at_once=True)
    assert lab.channels_sent(ada) == ["sms"]
    assert handle.status().deliveries[0][1:] == ("sms", "accepted")


def test_sent_at_once_says_when_it_is_in_doubt(lab: Lab, meet: Any) -> None:
    lab.transport.plan("time_out")
    handle = lab.engine.send(meet(), word, via="sms", at_once=True)
    assert handle.status().deliveries[0][2] == "in_doubt"


def test_sent_at_once_is_still_asked_for_consent(lab: Lab) -> None:
    ada = lab.profile("ada", phone="+33612345678", consents=[])
    handle = lab.engine.send(ada, message("promo", "marketing"), via="sms", at_once=True)
    assert lab.sent(ada) == []
    assert handle.status().deliveries == ()


def test_sent_at_once_takes_no_connection(lab: Lab, meet: Any) -> None:
    with pytest.raises(InvalidInput, match="at_once= or connection="):
        lab.engine.send(meet(), word, at_once=True, connection=object())


def test_sent_at_once_to_somebody_just_identified(lab: Lab) -> None:
    """The identify is in the inbox: it is decided in the same call, in its order."""
    from unichannel import Profile

    lab.engine.identify(Profile("new", phone="+33612345678"))
    handle = lab.engine.send("new", word, via="sms", at_once=True)
    assert handle.status().deliveries[0][1:] == ("sms", "accepted")


def test_nobody_is_asked_for_who_is_not_known(lab: Lab) -> None:
    with pytest.raises(UnknownError, match=r"'nobody'.*identify"):
        lab.engine.send("nobody", word)
    assert lab.engine.next_due_at() is None
