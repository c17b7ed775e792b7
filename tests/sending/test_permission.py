"""Rules of meaning: *Receipts* and *Goal, exit, in flight*; law 7: consent twice, STOP by address, dead addresses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.journeys.trial import message
from tests.sending.running import run
from unichannel import Journey, Profile, Send, Wait, consent, days, hours, minutes, on, withdrawal
from unichannel.testing import Lab

promo = message("promo", "marketing")
word = message("word", "transactional")


def withdraw(lab: Lab, profile: str, *channels: str) -> None:
    lab.engine.identify(Profile(profile, consents=withdrawal(*channels, purpose="marketing")))


# consent


def test_marketing_needs_consent_and_transactional_none(lab: Lab) -> None:
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678", consents=[])
    journey = run(lab, ada, Send(promo, via="email"), Send(word, via="email"))
    assert lab.messages_sent(ada) == [("word", "email")]
    assert lab.why(ada, journey, "send-promo-email")[0].codes == {"email": "no_consent"}


def test_a_rung_without_consent_is_skipped(lab: Lab) -> None:
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678", consents=consent("sms"))
    run(lab, ada, Send(promo, via=["email", "sms"]))
    assert lab.channels_sent(ada) == ["sms"]


def test_two_mailboxes_of_one_person_get_one_email(lab: Lab) -> None:
    """The first that may be written to; the second only once the first is dead."""
    ada = lab.profile("ada", addresses={"email": ["ada@example.com", "lovelace@example.org"]})
    lab.send(ada, word, via="email")
    assert [sent.address for sent in lab.sent(ada)] == ["ada@example.com"]
    lab.bounces(ada)
    lab.send(ada, word, via="email")
    assert [sent.address for sent in lab.sent(ada)][1:] == ["lovelace@example.org"]


def test_the_latest_entry_counts(lab: Lab, meet: Any) -> None:
    ada = meet()
    withdraw(lab, ada, "email")
    lab.advance(minutes(1))
    lab.engine.identify(Profile(ada, consents=consent("email")))
    run(lab, ada, Send(promo, via="email"))
    assert lab.channels_sent(ada) == ["email"]


def test_consent_is_asked_again_when_it_goes_out(lab: Lab, meet: Any) -> None:
    """Reserved, the provider is down, consent is withdrawn: cancelled, and the ladder tries its next rung."""
    lab.transport.plan("refuse")
    ada = meet()
    run(lab, ada, Send(promo, via=["email", "sms"], success="opened"))
    withdraw(lab, ada, "email")
    lab.advance(minutes(5))
    assert lab.channels_sent(ada) == ["sms"]
    assert [(one.channel, one.status) for one in lab.why(ada)] == [("email", "cancelled"), ("sms", "accepted")]


def test_withdrawing_everything_stops_every_channel(lab: Lab, meet: Any) -> None:
    ada = meet()
    withdraw(lab, ada)
    journey = run(lab, ada, Send(promo, via=["email", "sms"]))
    assert lab.sent(ada) == []
    assert set(lab.why(ada, journey)[0].codes.values()) == {"opted_out"}


# STOP


def test_stop_reaches_what_is_queued(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(promo, via="sms"), Wait(minutes(30)), Send(message("more", "marketing"), via="sms"))
    lab.transport.plan("refuse")
    lab.advance(minutes(30))
    assert lab.messages_sent(ada) == [("promo", "sms")]
    lab.stops(ada)
    lab.advance(days(1))
    assert lab.messages_sent(ada) == [("promo", "sms")]
    assert lab.why(ada)[1].status == "cancelled"


def test_stop_belongs_to_the_address(lab: Lab, meet: Any) -> None:
    """Two people share a number; SMS, MMS and RCS share one too. The mailbox is another address."""
    ada, bob = meet(), meet("bob")
    journey = Journey("promotes", start=on("begun"), steps=[Send(promo, via=["sms", "email"])], re_entry="after_end")
    lab.add(journey)
    lab.track(ada, "begun")
    lab.stops(ada)
    lab.track(bob, "begun")
    assert lab.channels_sent(bob) == ["email"]
    assert lab.why(bob, journey)[0].codes["sms"] == "suppressed"


def test_stop_follows_the_number_to_another_profile(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(promo, via="sms"))
    lab.stops(ada)
    carl = meet("carl", phone="06 12 34 56 78", region="FR")
    lab.track(carl, "begun")
    assert lab.sent(carl) == []


def test_stop_stops_marketing_and_everything_once_the_provider_refuses(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(
        lab,
        ada,
        Send(promo, via="sms"),
        Wait(days(1)),
        Send(word, via="sms"),
        Wait(days(2)),
        Send(message("w2", "transactional"), via="sms"),
    )
    lab.stops(ada)
    lab.advance(days(1))
    assert lab.messages_sent(ada)[-1] == ("word", "sms")
    lab.stops(ada, refused=True)
    lab.advance(days(3))
    assert lab.messages_sent(ada)[-1] == ("word", "sms")


def test_start_lifts_a_stop(lab: Lab, meet: Any) -> None:
    ada = meet()
    journey = Journey("promotes", start=on("begun"), steps=[Send(promo, via="sms")], re_entry="after_end")
    lab.add(journey)
    lab.track(ada, "begun")
    lab.stops(ada)
    lab.tell("subscribed", ada)
    lab.track(ada, "begun")
    assert lab.channels_sent(ada) == ["sms", "sms"]


def test_a_complaint_stops_marketing_to_the_mailbox(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(promo, via="email"), Wait(days(1)), Send(message("p2", "marketing"), via=["email", "sms"]))
    lab.tell("complained", ada)
    lab.advance(days(2))
    assert lab.channels_sent(ada) == ["email", "sms"]


def test_a_link_withdraws_for_the_person_not_the_address(lab: Lab, meet: Any) -> None:
    ada, bob = meet(email="us@example.com"), meet("bob", email="us@example.com")
    lab.add(Journey("promotes", start=on("begun"), steps=[Send(promo, via="email")], re_entry="after_end"))
    lab.track(ada, "begun")
    lab._post({"kind": "unsubscribed", "key": lab.sent(ada)[0].key, "channel": "email", "id": "u1"})
    lab.track(ada, "begun")
    lab.track(bob, "begun")
    assert len(lab.sent(ada)) == 1
    assert len(lab.sent(bob)) == 1


# dead addresses


def test_a_dead_address_is_skipped_from_then_on(lab: Lab, meet: Any) -> None:
    ada = meet()
    journey = run(lab, ada, Send(promo, via="email"), Wait(days(1)), Send(word, via=["email", "sms"]))
    lab.bounces(ada)
    lab.advance(days(2))
    assert lab.messages_sent(ada) == [("promo", "email"), ("word", "sms")]
    assert lab.why(ada, journey)[-1].codes["email"] == "dead_address"


def test_a_dead_address_that_is_lifted_is_alive(lab: Lab, meet: Any) -> None:
    """P32: what revives it is a new address, or the host."""
    ada = meet()
    run(lab, ada, Send(promo, via="email"), Wait(days(1)), Send(word, via=["email", "sms"]))
    lab.bounces(ada)
    lab.engine.unsuppress("email", "ada@example.com", reason="asked by phone")
    lab.advance(days(1))
    assert lab.messages_sent(ada) == [("promo", "email"), ("word", "email")]


def test_a_bounce_that_says_nothing_of_the_address_kills_nothing(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(promo, via="email"), Wait(days(1)), Send(word, via=["email", "sms"]))
    lab.bounces(ada, dead=False)
    lab.advance(days(2))
    assert lab.messages_sent(ada) == [("promo", "email"), ("word", "email"), ("word", "sms")]


def test_a_new_address_is_alive(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(promo, via="email"), Wait(days(1)), Send(word, via="email"))
    lab.bounces(ada)
    meet(email="ada@other.example")
    lab.advance(days(2))
    assert lab.messages_sent(ada) == [("promo", "email"), ("word", "email")]


# goal, exit, in flight


def test_what_is_already_sending_is_recorded_after_the_end_and_never_falls_back(lab: Lab, meet: Any) -> None:
    lab.transport.plan("time_out")
    ada = meet()
    journey = run(lab, ada, Send(word, via=["email", "sms"]), Wait(days(3)), goal=on("bought"))
    lab.track(ada, "bought")  # the email is in doubt
    lab.advance(days(2))
    assert lab.sent(ada) == []  # in doubt, the run over: it does not go again
    assert [one.code for one in lab.why(ada, journey)] == ["reserved", "goal"]


def test_receipts_of_what_was_sent_before_the_end_are_kept(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(word, via=["email", "sms"]), Wait(days(3)), goal=on("bought"))
    lab.track(ada, "bought")
    lab.opens(ada)
    lab.advance(days(2))
    assert lab.why(ada)[0].status == "opened"
    assert lab.channels_sent(ada) == ["email"]


def test_a_goal_that_is_told_late_ends_the_run_from_when_it_is_known(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Wait(days(1)), Send(word, via="email"), Wait(days(2)), Send(promo, via="email"), goal=on("bought"))
    lab.advance(days(1) + hours(1))
    lab.track(ada, "bought", occurred=lab.now - timedelta(hours=3))
    lab.advance(days(3))
    assert lab.messages_sent(ada) == [("word", "email")]


def test_a_goal_from_before_the_start_is_none(lab: Lab, meet: Any) -> None:
    lab.add(Journey("sends", start=on("begun"), steps=[Send(word, via="email")], goal=on("bought")))
    ada = meet()
    lab.track(ada, "bought")
    lab.advance(hours(1))
    lab.track(ada, "begun")
    assert lab.messages_sent(ada) == [("word", "email")]


def test_journeys_that_start_each_other_in_a_circle_end_in_failed(lab: Lab, meet: Any) -> None:
    """A send that is unreachable begins a journey whose send is unreachable too."""
    ada = meet(phone=None)
    circle = Journey("circle", start=on("send.unreachable"), steps=[Send(word, via="sms")], re_entry="after_end")
    lab.add(circle)
    run(lab, ada, Send(word, via="sms"))
    (fault,) = lab.engine.failed()
    assert "circle" in fault.error
    assert lab.engine.next_due_at() is None


# receipts that find nothing


def test_a_receipt_that_comes_before_its_delivery_is_known_is_tried_again(lab: Lab, meet: Any) -> None:
    """It is parked, looked at by each pass, and found once the provider's id is known."""
    ada = meet()
    lab._post({"kind": "delivered", "provider_id": "recording-1", "id": "early"})
    run(lab, ada, Send(word, via="email"))
    lab.advance(minutes(2))
    assert lab.why(ada)[0].status == "delivered"


def test_a_receipt_that_finds_nothing_is_kept_for_seven_days(lab: Lab) -> None:
    lab._post({"kind": "delivered", "provider_id": "nobody's", "id": "stray"})
    lab.advance(days(6))
    assert lab.engine.next_due_at() is not None
    lab.advance(days(2))
    assert lab.engine.next_due_at() is None


def test_the_host_tells_of_an_open_that_it_saw(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(word, via=["email", "sms"], success="opened"))
    lab.engine.track("opened", delivery=lab.why(ada)[0].delivery)
    lab.advance(days(1))
    assert lab.channels_sent(ada) == ["email"]
