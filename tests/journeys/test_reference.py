"""A1 to A10, the reference journey, in virtual time."""

from __future__ import annotations

import pytest

from tests.journeys.trial import CATEGORIES, set_up, trial
from unichannel import BusinessHours, days, hours, minutes
from unichannel.testing import Lab


@pytest.fixture
def lab(lab: Lab) -> Lab:
    lab.use(categories=CATEGORIES, business_hours=BusinessHours("Europe/Paris"))
    lab.add(trial, set_up)
    return lab


def sign_up(lab: Lab, id: str = "ada", **fields: object) -> str:
    """Somebody with both addresses, in UTC, who starts a trial now."""
    known = {"email": f"{id}@example.com", "phone": "+33612345678", "timezone": "UTC", "first_name": "Ada", **fields}
    lab.profile(id, **known)
    lab.track(id, "trial.started")
    return id


def test_a1_welcome_by_email_at_once(lab: Lab) -> None:
    ada = sign_up(lab)
    assert lab.messages_sent(ada) == [("welcome", "email")]
    assert lab.sent(ada)[0].content.subject == "welcome for Ada"


def test_a2_unopened_for_four_hours_falls_back_to_sms(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.advance(hours(3) + minutes(59))
    assert lab.channels_sent(ada) == ["email"]
    lab.advance(minutes(1))
    assert lab.channels_sent(ada) == ["email", "sms"]


def test_a2_an_open_within_four_hours_stops_the_fallback(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.advance(hours(2))
    lab.opens(ada)
    lab.advance(days(2))
    assert lab.channels_sent(ada) == ["email"]


def test_a2_a_bounce_falls_back_at_once(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.advance(minutes(1))
    lab.bounces(ada)
    assert lab.channels_sent(ada) == ["email", "sms"]


def test_a3_day_three_by_email_to_those_who_opened_one(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.opens(ada)
    lab.advance(days(3))
    assert lab.messages_sent(ada)[-1] == ("tips", "email")


def test_a3_day_three_by_sms_to_those_who_engaged_by_sms_only(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.advance(hours(5))
    lab.clicks(ada, channel="sms")
    lab.advance(days(3))
    assert lab.messages_sent(ada)[-1] == ("tips", "sms")


def test_a3_neither_so_far_gets_email(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.advance(days(3))
    assert lab.messages_sent(ada) == [("welcome", "email"), ("welcome", "sms"), ("tips", "email")]


def test_a3_neither_so_far_and_a_dead_mailbox_gets_sms(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.bounces(ada)
    lab.advance(days(3))
    assert lab.messages_sent(ada)[-1] == ("tips", "sms")


def test_a3_counts_from_sign_up_whatever_a_fallback_did(lab: Lab) -> None:
    ada = sign_up(lab)
    began = lab.now
    lab.advance(days(4))
    tips = lab.sent(ada)[2]
    assert (tips.at - lab.sent(ada)[0].at) == 3 * 24 * 3600 * 1_000_000
    assert began.hour == 9


def test_a4_day_seven_on_the_channel_shown_to_prefer(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.advance(hours(5))
    lab.clicks(ada, channel="sms")
    lab.advance(days(7))
    assert lab.messages_sent(ada)[-1] == ("follow-up", "sms")


def test_a4_an_email_reader_keeps_getting_email(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.opens(ada)
    lab.advance(days(7))
    assert lab.messages_sent(ada)[-1] == ("follow-up", "email")


def test_a5_reminder_by_email_and_sms_six_hours_later(lab: Lab) -> None:
    lab.advance(days(1))  # day 12 is then a Monday
    ada = sign_up(lab)
    lab.advance(days(12))
    assert lab.messages_sent(ada)[-1] == ("reminder", "email")
    lab.advance(hours(6))
    assert lab.messages_sent(ada)[-1] == ("reminder", "sms")


def test_a5_on_a_sunday_the_sms_waits_for_monday(lab: Lab) -> None:
    """No marketing texts to France on Sundays (law:F12); an e-mail wakes nobody."""
    ada = sign_up(lab)
    lab.advance(days(12) + hours(6))
    assert lab.messages_sent(ada)[-1] == ("reminder", "email")
    lab.advance(hours(18))
    assert lab.messages_sent(ada)[-1] == ("reminder", "sms")


def test_a6_subscribing_ends_the_journey_at_once(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.advance(days(2))
    sent = lab.messages_sent(ada)
    lab.track(ada, "subscription.created")
    lab.advance(days(14))
    assert lab.messages_sent(ada) == sent
    assert lab.why(ada, trial)[-1].code == "goal"


def test_a7_within_business_hours_congratulation_only(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.track(ada, "setup.completed")
    assert lab.messages_sent(ada)[1:] == [("congratulation", "email")]


def test_a7_outside_business_hours_also_next_steps_by_sms(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.opens(ada)
    lab.advance(hours(9))  # 18:00 UTC is 19:00 in Paris
    lab.track(ada, "setup.completed")
    assert lab.messages_sent(ada)[1:] == [("congratulation", "email"), ("next-steps", "sms")]


def test_a8_a_rejected_email_goes_out_by_sms(lab: Lab) -> None:
    lab.transport.plan("reject")
    ada = sign_up(lab)
    assert lab.messages_sent(ada) == [("welcome", "sms")]


def test_a8_a_provider_down_past_the_retries_goes_out_by_sms(lab: Lab) -> None:
    lab.use(routes={"email": _down(lab), "sms": lab.transport})
    ada = sign_up(lab)
    lab.advance(hours(4))
    assert lab.messages_sent(ada) == [("welcome", "sms")]


def _down(lab: Lab) -> object:
    from unichannel.testing import RecordingTransport

    return RecordingTransport("mail", fail=lambda _: "refuse")


def test_a8_no_channel_left_tells_the_owner(lab: Lab) -> None:
    lab.transport.plan("dead", "dead")
    ada = sign_up(lab)
    assert lab.messages_sent(ada) == []
    told = [entry for entry in lab.timeline(ada) if "send.unreachable" in entry.sentence]
    assert len(told) == 1


def test_a9_tutorial_completed_moves_the_run_on(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.opens(ada)
    lab.advance(days(1))
    lab.track(ada, "tutorial.completed")
    assert lab.messages_sent(ada)[-1] == ("tutorial-done", "sms")
    lab.advance(days(7))
    assert [name for name, _ in lab.messages_sent(ada)] == ["welcome", "tutorial-done", "follow-up"]


def test_a9_a_run_that_is_past_the_step_is_not_moved_back(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.opens(ada)
    lab.advance(days(9))
    sent = lab.messages_sent(ada)
    lab.track(ada, "tutorial.completed")
    lab.advance(days(2))
    assert lab.messages_sent(ada) == sent


def test_a10_an_unanswered_sms_falls_back_to_email(lab: Lab) -> None:
    from tests.journeys.trial import follow_up
    from unichannel import Journey, Send, on

    asks = Journey("asks", start=on("asked"), steps=[Send(follow_up, via=["sms", "email"], success="clicked")])
    lab.add(asks)
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC")
    lab.track(ada, "asked")
    lab.advance(hours(4))
    assert lab.channels_sent(ada) == ["sms", "email"]


def test_a10_a_delivered_sms_that_asks_for_nothing_is_a_success(lab: Lab) -> None:
    from tests.journeys.trial import follow_up
    from unichannel import Journey, Send, on

    lab.add(Journey("tells", start=on("told"), steps=[Send(follow_up, via=["sms", "email"])]))
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC")
    lab.track(ada, "told")
    lab.tell("delivered", ada)
    lab.advance(days(3))
    assert lab.channels_sent(ada) == ["sms"]


def test_why_and_timeline_tell_the_truth(lab: Lab) -> None:
    ada = sign_up(lab)
    lab.advance(hours(4))
    first, second = lab.why(ada, trial, "send-welcome-email-sms")
    assert (first.channel, second.channel) == ("email", "sms")
    assert "was not opened within 4 h" in second.sentence
    for line in lab.timeline(ada):
        print(line)
