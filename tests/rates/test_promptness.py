"""From event to fallback within two seconds, at one-second ticks, and nothing is asked in between."""

from __future__ import annotations

import pytest

from tests.journeys.trial import message
from unichannel import Journey, Send, Wait, minutes, on
from unichannel.core.words.instant import SECOND
from unichannel.testing import Lab

alarm = Journey(
    "alarm",
    start=on("door.open"),
    steps=[Send(message("alarm", "transactional"), via=["email", "sms"], fallback_after=minutes(1)), Wait(minutes(30))],
)


@pytest.mark.parametrize("how", ["the provider refuses it", "the mailbox is gone", "nobody opens it"])
def test_from_event_to_fallback_within_two_seconds(how: str) -> None:
    lab = Lab()
    lab.add(alarm)
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678")
    if how == "the provider refuses it":
        lab.transport.plan("reject")
    lab.engine.track(ada, "door.open")
    caused = lab.clock.now()
    ticks = 0
    while "sms" not in lab.channels_sent(ada) and ticks < 70:
        ticks += 1
        lab.clock.set(lab.clock.now() + SECOND)
        lab.engine.run_due()
        if how == "the mailbox is gone" and ticks == 1:
            caused = lab.clock.now()
            lab.tell("bounced", ada)
    if how == "nobody opens it":
        caused += minutes(1).elapsed
    sent = next(one.at for one in lab.sent(ada) if one.channel == "sms")
    assert sent - caused <= 2 * SECOND


def test_nothing_is_asked_in_between() -> None:
    """The host sleeps until ``next_due_at``: waiting for four hours takes a handful of passes."""
    lab = Lab()
    lab.add(alarm)
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678")
    lab.track(ada, "door.open")
    passes = 0
    while (due := lab.engine.next_due_at()) is not None and passes < 50:
        assert due > lab.now, "there is never something to do at once that a pass leaves undone"
        lab.advance_to(due)
        passes += 1
    assert lab.channels_sent(ada) == ["email", "sms"]
    assert passes <= 6
