"""The trial journey goes where a person answers, and back, with nobody doing it by hand (A3, A4, A10)."""

from __future__ import annotations

from tests.journeys.trial import CATEGORIES, follow_up, message, trial
from unichannel import days, hours
from unichannel.testing import Lab

receipt = message("receipt", "onboarding")


def test_who_answers_only_sms_gets_day_7_by_sms_and_after_three_opened_emails_by_email(lab: Lab) -> None:
    lab.use(categories=CATEGORIES)
    lab.add(trial)
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC")
    lab.track(ada, "trial.started")
    lab.advance(hours(5))  # the e-mail is not opened, the text message follows
    lab.clicks(ada, "welcome", channel="sms")
    lab.advance(days(3))
    lab.clicks(ada, "tips", channel="sms")
    lab.advance(days(4))
    assert lab.messages_sent(ada)[-1] == ("follow-up", "sms")  # day 7; it is not answered

    for _ in range(3):
        lab.send(ada, receipt, via="email")
        lab.opens(ada, "receipt")
        lab.advance(days(1))
    lab.send(ada, follow_up)
    assert lab.messages_sent(ada)[-1] == ("follow-up", "email")
