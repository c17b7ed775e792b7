"""Rules of meaning: *Send* and *Success*: what a ladder does, rung by rung."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.trial import message
from tests.sending.running import run
from unichannel import Category, Journey, Send, Wait, days, hours, minutes, on, seconds, start
from unichannel.core.messaging.content import Content
from unichannel.core.messaging.message import Message
from unichannel.core.words.definition import definition
from unichannel.testing import Lab

news = message("news", "transactional")
promo = message("promo", "marketing")
after = message("after", "transactional")


@definition
class Ping(Content, kind="test-ping"):
    """A push, as a host would write its own content."""

    channel = "push"
    texts = ("text",)
    text: str


three = Message("three", Ping("ping"), *news.contents, category="transactional")


def test_three_rungs_in_turn_each_after_its_silence(lab: Lab, meet: Any) -> None:
    ada = meet(push="token-1")
    run(lab, ada, Send(three, via=["push", "email", "sms"], fallback_after=hours(1), success="opened"))
    assert lab.channels_sent(ada) == ["push"]
    lab.advance(hours(1))
    assert lab.channels_sent(ada) == ["push", "email"]
    lab.advance(hours(1))
    assert lab.channels_sent(ada) == ["push", "email", "sms"]
    lab.advance(days(2))
    assert len(lab.sent(ada)) == 3


def test_success_on_any_rung_stops_the_ladder(lab: Lab, meet: Any) -> None:
    """The push is opened while the email is out: no SMS."""
    ada = meet(push="token-1")
    run(lab, ada, Send(three, via=["push", "email", "sms"], fallback_after=hours(1), success="opened"))
    lab.advance(hours(1))
    lab.opens(ada, channel="push")
    lab.advance(days(2))
    assert lab.channels_sent(ada) == ["push", "email"]


def test_a_rung_without_an_address_is_passed_over_with_a_trace(lab: Lab, meet: Any) -> None:
    ada = meet()
    journey = run(lab, ada, Send(three, via=["push", "email", "sms"]))
    assert lab.channels_sent(ada) == ["email"]
    assert lab.why(ada, journey)[0].codes == {"push": "no_address", "email": "reserved", "sms": "next_rung"}


def test_silence_runs_from_acceptance_not_from_the_reservation(lab: Lab, meet: Any) -> None:
    """The provider takes it at its second try, a minute later: the delay counts from there."""
    lab.transport.plan("refuse")
    ada = meet()
    run(lab, ada, Send(news, via=["email", "sms"], fallback_after=hours(1), success="opened"))
    lab.advance(hours(1))
    assert lab.channels_sent(ada) == ["email"]
    lab.advance(minutes(1))
    assert lab.channels_sent(ada) == ["email", "sms"]


def test_the_cursor_stays_until_the_ladder_is_settled(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(news, via=["email", "sms"], success="opened"), Send(after, via="email"))
    lab.advance(hours(3))
    assert lab.messages_sent(ada) == [("news", "email")]
    lab.opens(ada)
    assert lab.messages_sent(ada) == [("news", "email"), ("after", "email")]


def test_the_last_rung_settles_when_it_is_accepted(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(news, via=["email", "sms"], success="opened"), Send(after, via="email"))
    lab.advance(hours(4))
    assert lab.messages_sent(ada) == [("news", "email"), ("news", "sms"), ("after", "email")]


def test_b8_two_messages_by_design_go_together(lab: Lab, meet: Any) -> None:
    """Two sends of one rung each: neither waits for the other."""
    ada = meet()
    run(lab, ada, Send(message("receipt", "transactional"), via="email"), Send(after, via="sms"))
    assert lab.messages_sent(ada) == [("receipt", "email"), ("after", "sms")]


def test_wait_false_lets_the_run_go_on_and_the_ladder_climb(lab: Lab, meet: Any) -> None:
    """B7, B1: it settles at once; a hard failure still brings the next rung."""
    ada = meet()
    run(lab, ada, Send(news, via=["email", "sms"], success="opened", wait=False), Send(after, via="email"))
    assert lab.messages_sent(ada) == [("news", "email"), ("after", "email")]
    lab.bounces(ada, "news")
    assert lab.messages_sent(ada)[-1] == ("news", "sms")


def test_without_via_the_strategy_ranks_two_and_only_a_failure_moves_on(lab: Lab, meet: Any) -> None:
    ada = meet(push="token-1")
    run(lab, ada, Send(three), Wait(days(9)))
    assert lab.channels_sent(ada) == ["email"]
    lab.advance(days(2))
    assert lab.channels_sent(ada) == ["email"]
    lab.bounces(ada)
    assert lab.channels_sent(ada) == ["email", "push"]
    lab.tell("failed", ada, channel="push")
    assert lab.channels_sent(ada) == ["email", "push"]


def test_without_via_but_with_a_delay_silence_moves_on(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(news, fallback_after=hours(2)))
    lab.advance(hours(2))
    assert lab.channels_sent(ada) == ["email", "sms"]


def test_a_written_ladder_takes_its_delay_from_the_category(lab: Lab, meet: Any) -> None:
    lab.use(categories=[Category("alert", purpose="transactional", urgency="urgent")])
    ada = meet()
    run(lab, ada, Send(message("alert", "alert"), via=["sms", "email"], ttl=days(1)))
    lab.advance(minutes(29))
    assert lab.channels_sent(ada) == ["sms"]
    lab.advance(minutes(1))
    assert lab.channels_sent(ada) == ["sms", "email"]


# success


@pytest.mark.parametrize(
    ("success", "heard", "stops"),
    [
        ("delivered", "delivered", True),
        ("delivered", "opened", True),
        ("opened", "delivered", False),
        ("opened", "clicked", True),
        ("clicked", "opened", False),
        ("clicked", "replied", True),
        ("accepted", None, True),
    ],
)
def test_evidence_is_met_by_itself_or_anything_above(
    lab: Lab, meet: Any, success: Any, heard: str | None, stops: bool
) -> None:
    ada = meet()
    run(lab, ada, Send(news, via=["email", "sms"], success=success))
    if heard is not None:
        lab.tell(heard, ada)
    lab.advance(hours(5))
    assert lab.channels_sent(ada) == (["email"] if stops else ["email", "sms"])


@pytest.mark.parametrize("heard", ["opened", "clicked"])
def test_p34_a_machine_is_nobody(lab: Lab, meet: Any, heard: str) -> None:
    ada = meet()
    run(lab, ada, Send(news, via=["email", "sms"], success="opened"))
    lab.tell(heard, ada, machine=True)
    lab.advance(hours(5))
    assert lab.channels_sent(ada) == ["email", "sms"]


def test_a_ladder_written_out_waits_for_what_each_channel_can_show(lab: Lab, meet: Any) -> None:
    """Delivered is success for an SMS, which shows no open; an email has to be opened."""
    ada, bob = meet(), meet("bob")
    lab.add(Journey("by-email", start=on("mail"), steps=[Send(news, via=["email", "sms"])]))
    lab.add(Journey("by-sms", start=on("text"), steps=[Send(news, via=["sms", "email"])]))
    lab.track(ada, "mail")
    lab.track(bob, "text")
    lab.tell("delivered", ada)
    lab.tell("delivered", bob)
    lab.advance(hours(5))
    assert lab.channels_sent(ada) == ["email", "sms"]
    assert lab.channels_sent(bob) == ["sms"]


# in the background


def test_a_hard_failure_within_72_hours_starts_the_next_rung_and_moves_no_cursor(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(news), Wait(until=start + days(5)), Send(after, via="email"))
    lab.advance(hours(71))
    lab.bounces(ada, dead=False)
    assert lab.messages_sent(ada) == [("news", "email"), ("news", "sms")]
    lab.advance(days(1))
    assert len(lab.sent(ada)) == 2
    lab.advance(days(1) + hours(2))
    assert lab.messages_sent(ada)[2:] == [("after", "email")]
    assert (lab.sent(ada)[2].at - lab.sent(ada)[0].at) == days(5).nominal


def test_a_hard_failure_after_72_hours_starts_nothing(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(news), Wait(days(9)))
    lab.advance(hours(73))
    lab.bounces(ada)
    lab.advance(hours(1))
    assert lab.channels_sent(ada) == ["email"]


def test_the_last_step_does_not_close_a_ladder(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(news))
    lab.advance(hours(5))
    lab.bounces(ada)
    assert lab.channels_sent(ada) == ["email", "sms"]


def test_a_goal_closes_every_ladder(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(news), Wait(days(9)), goal=on("bought"))
    lab.track(ada, "bought")
    lab.bounces(ada)
    lab.advance(days(1))
    assert lab.channels_sent(ada) == ["email"]


def test_a_bounce_after_delivery_is_a_failure_and_after_an_open_is_none(lab: Lab, meet: Any) -> None:
    ada, bob = meet(), meet("bob")
    lab.add(Journey("tells", start=on("told"), steps=[Send(news), Wait(days(9))]))
    lab.track(ada, "told")
    lab.track(bob, "told")
    lab.tell("delivered", ada)
    lab.opens(bob)
    lab.advance(minutes(5))
    lab.bounces(ada)
    lab.bounces(bob)
    assert lab.channels_sent(ada) == ["email", "sms"]
    assert lab.channels_sent(bob) == ["email"]


def test_a_late_success_after_the_last_rung_changes_nothing(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(news, via=["email", "sms"], success="opened"), Send(after, via="email"))
    lab.advance(hours(5))
    lab.opens(ada, "news", channel="email")
    assert lab.messages_sent(ada) == [("news", "email"), ("news", "sms"), ("after", "email")]


# several addresses


def test_a_rung_goes_to_each_address_and_fails_when_all_did(lab: Lab, meet: Any) -> None:
    """Two devices are one push (E9): one dead token is no failure."""
    ada = meet(push=["token-1", "token-2"])
    run(lab, ada, Send(three, via=["push", "email"], success="opened"))
    assert lab.channels_sent(ada) == ["push", "push"]
    first, second = lab.sent(ada)
    assert first.key != second.key
    lab._post({"kind": "failed", "key": first.key, "channel": "push", "id": "x1", "address_dead": True})
    assert lab.channels_sent(ada) == ["push", "push"]
    lab._post({"kind": "failed", "key": second.key, "channel": "push", "id": "x2"})
    assert lab.channels_sent(ada) == ["push", "push", "email"]


# doubt


def test_at_most_once_is_given_up_after_15_minutes_and_counts_as_silence(lab: Lab, meet: Any) -> None:
    lab.transport.plan("time_out")
    lab.use(categories=[Category("promo", purpose="marketing")])
    ada = meet()
    run(lab, ada, Send(message("promo", "promo"), via=["email", "sms"], fallback_after=hours(1), success="opened"))
    lab.advance(minutes(15))
    assert lab.why(ada)[0].status == "abandoned"
    lab.advance(minutes(44))
    assert lab.sent(ada) == []  # silence, not failure
    lab.advance(minutes(1))
    assert lab.channels_sent(ada) == ["sms"]  # an hour after it was marked sending


def test_a_doubt_that_comes_back_holds_up_no_next_rung(lab: Lab, meet: Any) -> None:
    """Each doubt takes longer than the last, up to when the rung's tries end: silence was to be four hours."""
    lab.transport.plan(*["time_out"] * 20)
    ada = meet()
    run(lab, ada, Send(news, via=["email", "sms"], success="opened"))
    lab.advance(hours(3) + minutes(59))
    lab.transport._planned.clear()
    assert lab.sent(ada) == []
    lab.advance(minutes(1))
    assert lab.channels_sent(ada) == ["sms"]


HARD = {
    "a bounce": ("email", {"kind": "bounced", "address_dead": False}),
    "a rejection": ("email", {"kind": "rejected"}),
    "a spam filter": ("email", {"kind": "bounced", "code": "5.7.1", "address_dead": False}),
    "a failure": ("email", {"kind": "failed"}),
    "a dead number": ("sms", {"kind": "failed", "code": "30003", "address_dead": True}),
}


@pytest.mark.parametrize(("first", "told"), HARD.values(), ids=list(HARD))
def test_every_hard_failure_moves_on_at_once(lab: Lab, meet: Any, first: str, told: dict[str, Any]) -> None:
    """A8, A10: long before the silence is over."""
    ada = meet()
    second = "sms" if first == "email" else "email"
    run(lab, ada, Send(news, via=[first, second], fallback_after=hours(4), success="delivered"))
    lab.advance(minutes(1))
    lab.tell(told["kind"], ada, **{name: value for name, value in told.items() if name != "kind"})
    assert lab.channels_sent(ada) == [first, second]


@pytest.mark.parametrize("failure", ["reject", "dead", "opted_out"])
def test_what_is_refused_when_it_is_handed_over_moves_on_at_once(lab: Lab, meet: Any, failure: Any) -> None:
    lab.transport.plan(failure)
    ada = meet()
    run(lab, ada, Send(news, via=["email", "sms"], fallback_after=hours(4), success="opened"))
    assert lab.channels_sent(ada) == ["sms"]


def test_at_least_once_goes_again_with_the_same_key_and_content(lab: Lab, meet: Any) -> None:
    lab.transport.plan("time_out_after_acceptance")
    ada = meet()
    run(lab, ada, Send(news, via="email"))
    lab.advance(minutes(14))
    assert len(lab.sent(ada)) == 1
    lab.advance(minutes(1))
    first, second = lab.sent(ada)
    assert first.key == second.key
    assert first.content == second.content
    assert lab.why(ada)[0].status == "accepted"


def test_a_receipt_resolves_the_doubt(lab: Lab, meet: Any) -> None:
    lab.transport.plan("time_out_after_acceptance")
    ada = meet()
    run(lab, ada, Send(news, via="email"))
    lab.tell("delivered", ada)
    lab.advance(days(1))
    assert len(lab.sent(ada)) == 1
    assert lab.why(ada)[0].status == "delivered"


def test_where_the_provider_knows_our_key_the_doubt_costs_nobody_a_double(meet: Any, lab: Lab) -> None:
    from unichannel.testing import RecordingTransport

    keyed = RecordingTransport("keyed", takes_key=86_400)
    keyed.plan("time_out_after_acceptance")
    lab.use(routes={"email": keyed})
    ada = meet()
    run(lab, ada, Send(promo, via="email"))
    lab.advance(minutes(20))
    assert keyed.doubled() == []
    assert lab.why(ada)[0].status == "accepted"


def test_a_provider_that_no_longer_knows_the_key_is_not_asked_again(meet: Any, lab: Lab) -> None:
    from unichannel.testing import RecordingTransport

    forgetful = RecordingTransport("forgetful", takes_key=600)
    forgetful.plan("time_out_after_acceptance")
    lab.use(routes={"email": forgetful})
    ada = meet()
    run(lab, ada, Send(news, via="email"))
    lab.advance(hours(1))
    assert len(forgetful.calls) == 1
    assert lab.why(ada)[0].status == "abandoned"


def test_retries_of_a_rung_end_at_its_fallback_delay(lab: Lab, meet: Any) -> None:
    lab.transport.plan(*["refuse"] * 30)
    ada = meet()
    run(lab, ada, Send(news, via=["email", "sms"], fallback_after=minutes(10), success="opened"))
    lab.advance(minutes(9) + seconds(59))
    lab.transport._planned.clear()
    assert lab.sent(ada) == []
    lab.advance(seconds(1))
    assert lab.channels_sent(ada) == ["sms"]
