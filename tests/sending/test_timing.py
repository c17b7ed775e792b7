"""Rules of meaning: *Nothing is reserved that may not go now* and *Waits*: windows, times to live, spacing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.journeys.trial import message
from tests.sending.running import run
from unichannel import Category, Handler, Journey, Profile, Send, Wait, days, hours, minutes, on, start, withdrawal
from unichannel.conditions import data_date
from unichannel.testing import Lab

promo = message("promo", "marketing")
second = message("second", "marketing")
word = message("word", "transactional")


def at(lab: Lab, profile: str) -> list[str]:
    return [datetime.fromtimestamp(one.at / 1e6, UTC).strftime("%d %H:%M") for one in lab.sent(profile)]


# the night


def test_marketing_waits_for_the_morning_and_is_spread_over_half_an_hour(lab: Lab, meet: Any) -> None:
    people = [meet(f"p{n}", phone=f"+336123456{n:02}") for n in range(40)]
    lab.add(Journey("promotes", start=on("begun"), steps=[Send(promo, via="sms")]))
    lab.advance(hours(13))  # 22:00
    for person in people:
        lab.track(person, "begun")
    assert lab.sent() == []
    lab.advance(hours(12))
    times = [at(lab, person)[0] for person in people]
    assert min(times) >= "09 08:00"
    assert max(times) < "09 08:30"
    assert len(set(times)) > 15


def test_nothing_is_reserved_while_it_waits(lab: Lab, meet: Any) -> None:
    ada = meet()
    lab.advance(hours(13))
    journey = run(lab, ada, Send(promo, via="sms"))
    (why,) = lab.why(ada, journey)
    assert (why.code, why.delivery, why.codes) == ("deferred", "", {"sms": "window"})


def test_it_is_decided_wholly_anew_in_the_morning(lab: Lab, meet: Any) -> None:
    """Consent is withdrawn in the night: the morning does not send, and says why."""
    ada = meet()
    lab.advance(hours(13))
    journey = run(lab, ada, Send(promo, via="sms"), Send(word, via="email"))
    lab.advance(hours(2))
    lab.engine.identify(Profile(ada, consents=withdrawal("sms", purpose="marketing")))
    lab.advance(hours(12))
    assert lab.messages_sent(ada) == [("word", "email")]
    assert [(one.code, one.codes) for one in lab.why(ada, journey, "send-promo-sms")] == [
        ("deferred", {"sms": "window"}),
        ("unreachable", {"sms": "opted_out"}),
    ]


def test_a_later_rung_waits_for_the_morning_too(lab: Lab, meet: Any) -> None:
    ada = meet()
    lab.advance(hours(10))  # 19:00; an email does not wake anybody
    run(lab, ada, Send(promo, via=["email", "sms"], success="opened"))
    lab.advance(hours(12))
    assert lab.channels_sent(ada) == ["email"]
    lab.advance(hours(2))
    assert lab.channels_sent(ada) == ["email", "sms"]


def test_transactional_messages_do_not_wait(lab: Lab, meet: Any) -> None:
    ada = meet()
    lab.advance(hours(13))
    run(lab, ada, Send(word, via="sms"))
    assert lab.channels_sent(ada) == ["sms"]


def test_the_night_is_the_persons_own(lab: Lab, meet: Any) -> None:
    """At 09:00 UTC it is 18:00 in Tokyo and 01:00 in Los Angeles."""
    aki, bob = meet("aki", timezone="Asia/Tokyo"), meet("bob", timezone="America/Los_Angeles")
    lab.add(Journey("promotes", start=on("begun"), steps=[Send(promo, via="sms")]))
    lab.track(aki, "begun")
    lab.track(bob, "begun")
    assert lab.channels_sent(aki) == ["sms"]
    assert lab.channels_sent(bob) == []
    lab.advance(hours(8))
    assert "08 16:00" <= at(lab, bob)[0] < "08 16:30"


def test_a_channel_that_opens_too_late_is_passed_over(lab: Lab, meet: Any) -> None:
    """ttl_before_window: the SMS would open only after the offer's end, so the email goes."""
    lab.use(categories=[Category("offer", ttl=4 * 3600)])
    ada = meet()
    lab.advance(hours(13))
    journey = run(lab, ada, Send(message("offer", "offer"), via=["sms", "email"]))
    assert lab.channels_sent(ada) == ["email"]
    assert lab.why(ada, journey)[0].codes == {"sms": "ttl_before_window", "email": "reserved"}


def test_where_every_channel_opens_too_late_the_journey_goes_on(lab: Lab, meet: Any) -> None:
    lab.use(categories=[Category("offer", ttl=4 * 3600)])
    ada = meet()
    lab.advance(hours(13))
    journey = run(lab, ada, Send(message("offer", "offer"), via="sms"), Send(word, via="email"))
    assert lab.messages_sent(ada) == [("word", "email")]
    assert lab.why(ada, journey, "send-offer-sms")[0].codes == {"sms": "ttl_before_window"}


# time to live


def test_a_day_12_step_reached_a_day_late_still_goes_and_two_days_late_does_not(lab: Lab, meet: Any) -> None:
    """Nobody ran the engine for a while; transactional is worth sending for 24 h."""
    ada, bob = meet(), meet("bob")
    steps = [
        Wait(until=start + days(2)),
        Send(word, via="email"),
        Wait(days(1)),
        Send(message("end", "marketing"), via="email"),
    ]
    journey = Journey("late", start=on("begun"), steps=steps)
    lab.add(journey)
    lab.track(ada, "begun")
    lab.clock.set(lab.clock.now() + (days(2) + hours(23)).nominal)
    lab.run_due()
    assert lab.messages_sent(ada) == [("word", "email")]
    lab.track(bob, "begun")
    lab.clock.set(lab.clock.now() + days(4).nominal)
    lab.run_due()
    assert lab.messages_sent(bob) == [("end", "email")]
    assert [one.code for one in lab.why(bob, journey, "send-word-email")] == ["expired"]


def test_what_is_late_does_not_make_the_rest_late(lab: Lab, meet: Any) -> None:
    """A following duration counts from the planned instant, so nothing drifts."""
    ada = meet()
    lab.add(
        Journey(
            "late",
            start=on("begun"),
            steps=[Wait(hours(1)), Send(word, via="email"), Wait(hours(10)), Send(promo, via="email")],
        )
    )
    lab.track(ada, "begun")
    lab.clock.set(lab.clock.now() + hours(6).nominal)
    lab.run_due()
    lab.advance(days(1))
    assert at(lab, ada) == ["08 15:00", "08 20:00"]


def test_each_rung_has_a_time_to_live_of_its_own(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(word, via=["email", "sms"], fallback_after=hours(20), success="opened", ttl=hours(21)))
    lab.advance(hours(20))
    assert lab.channels_sent(ada) == ["email", "sms"]


def test_a_one_time_password_is_never_late(lab: Lab, meet: Any) -> None:
    """Its validity runs from the first rung, over all of them."""
    lab.use(categories=[Category("otp", purpose="transactional", urgency="otp", ttl=300)])
    ada = meet()
    lab.transport.plan(*["refuse"] * 9)
    journey = run(lab, ada, Send(message("code", "otp"), via=["sms", "email"], fallback_after=minutes(6)))
    lab.advance(hours(2))
    assert lab.sent(ada) == []
    assert {one.status or one.code for one in lab.why(ada, journey)} == {"expired"}


# two marketing steps


def test_two_marketing_steps_that_fall_together_through_lateness_keep_an_hour(lab: Lab, meet: Any) -> None:
    ada = meet()
    lab.add(
        Journey("late", start=on("begun"), steps=[Send(promo, via="email"), Wait(hours(3)), Send(second, via="email")])
    )
    lab.engine.track(ada, "begun")
    lab.clock.set(lab.clock.now() + hours(5).nominal)
    lab.run_due()
    assert at(lab, ada) == ["08 14:00"]
    lab.advance(hours(2))
    assert at(lab, ada) == ["08 14:00", "08 15:00"]


def test_steps_planned_closer_than_an_hour_keep_their_own_distance(lab: Lab, meet: Any) -> None:
    ada = meet()
    lab.add(
        Journey(
            "late", start=on("begun"), steps=[Send(promo, via="email"), Wait(minutes(20)), Send(second, via="email")]
        )
    )
    lab.engine.track(ada, "begun")
    lab.clock.set(lab.clock.now() + hours(5).nominal)
    lab.run_due()
    lab.advance(hours(2))
    assert at(lab, ada) == ["08 14:00", "08 14:20"]


def test_steps_planned_together_go_together(lab: Lab, meet: Any) -> None:
    ada = meet()
    run(lab, ada, Send(promo, via="email"), Send(second, via="sms"))
    assert at(lab, ada) == ["08 09:00", "08 09:00"]


def test_steps_deferred_over_the_night_do_not_arrive_together(lab: Lab, meet: Any) -> None:
    ada = meet()
    lab.advance(hours(13))  # 22:00
    run(lab, ada, Send(promo, via="sms"), Wait(hours(2)), Send(second, via="sms"))
    lab.advance(hours(20))
    first, other = lab.sent(ada)
    assert other.at - first.at >= hours(1).nominal


# waits before a date


def ships(via: str = "sms") -> Journey:
    """B2: three hours before the delivery slot; if that is at night, in time before it begins."""
    wait = Wait(until=data_date("slot") - hours(3), before=data_date("slot"), name="before the slot")
    return Journey(
        "ships", start=on("shipped", entity="order"), steps=[wait, Send(promo, via=via)], refresh=on("moved")
    )


def test_b2_three_hours_before_by_day(lab: Lab, meet: Any) -> None:
    lab.add(ships())
    ada = meet()
    lab.track(ada, "shipped", {"order": "o1", "slot": "2030-01-10T15:00"})
    lab.advance(days(3))
    assert at(lab, ada) == ["10 12:00"]


def test_b2_the_evening_before_where_the_slot_begins_in_the_night(lab: Lab, meet: Any) -> None:
    """03:00 lies in the night, which ends at 08:00, after the slot at 06:00: half an hour before it began.

    For marketing by SMS to France it begins at 20:00 (law:F12).
    """
    lab.add(ships())
    ada = meet()
    lab.track(ada, "shipped", {"order": "o1", "slot": "2030-01-10T06:00"})
    lab.advance(days(3))
    assert at(lab, ada) == ["09 19:30"]


def test_b2_the_morning_where_the_night_ends_before_the_slot(lab: Lab, meet: Any) -> None:
    lab.add(ships())
    ada = meet()
    lab.track(ada, "shipped", {"order": "o1", "slot": "2030-01-10T10:00"})
    lab.advance(days(3))
    assert "10 08:00" <= at(lab, ada)[0] < "10 08:30"


# waits for events


def test_a_wait_for_an_event_or_its_time(lab: Lab, meet: Any) -> None:
    reminder = message("reminder", "transactional")
    wait = Wait(until=on("paid"), timeout=days(2), on_timeout=[Send(reminder, via="email")])
    lab.add(Journey("bills", start=on("billed"), steps=[wait, Send(word, via="email")]))
    ada, bob = meet(), meet("bob")
    lab.track(ada, "billed")
    lab.track(bob, "billed")
    lab.advance(days(1))
    lab.track(ada, "paid")
    lab.advance(days(2))
    assert lab.messages_sent(ada) == [("word", "email")]
    assert lab.messages_sent(bob) == [("reminder", "email"), ("word", "email")]


def test_a_wait_that_looks_back_beyond_the_start(lab: Lab, meet: Any) -> None:
    wait = Wait(
        until=on("visited", since=days(7)), timeout=days(1), on_timeout=[Send(message("come", "transactional"))]
    )
    lab.add(Journey("visits", start=on("begun"), steps=[wait]))
    ada, bob = meet(), meet("bob")
    lab.track(bob, "visited")
    lab.advance(hours(5))
    lab.track(ada, "visited")
    lab.advance(days(6) + hours(22))
    lab.track(ada, "begun")
    lab.track(bob, "begun")  # whose visit was seven days and three hours ago
    lab.advance(days(2))
    assert lab.messages_sent(ada) == []
    assert lab.messages_sent(bob) == [("come", "email")]


def test_looking_back_counts_no_event_twice(lab: Lab, meet: Any) -> None:
    """The run comes back to the wait: the visit that ended it the last time does not end it again."""
    wait = Wait(until=on("visited", since=days(7)), timeout=days(1), name="visit")
    steps = [wait, Send(word, via="email"), Wait(days(30))]
    lab.add(Journey("visits", start=on("begun"), steps=steps, handlers=[Handler(on("again"), to="visit", again=True)]))
    ada = meet()
    lab.track(ada, "visited")
    lab.advance(days(1))
    lab.track(ada, "begun")
    assert len(lab.sent(ada)) == 1
    lab.advance(hours(1))
    lab.track(ada, "again")
    assert len(lab.sent(ada)) == 1
    lab.advance(days(1))
    assert len(lab.sent(ada)) == 2
