"""Each send is a matter of its own: a second receipt does not wait until the first was opened."""

from __future__ import annotations

from tests.journeys.trial import message
from unichannel import minutes
from unichannel.testing import Lab

word = message("word", "transactional")


def test_a_second_send_while_the_first_ladder_is_still_open_goes_too(lab: Lab) -> None:
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC")
    lab.send(ada, word, via=["email", "sms"])
    lab.advance(minutes(5))
    handle = lab.send(ada, word, via=["email", "sms"])
    assert handle.status().state == "active"
    assert lab.channels_sent(ada) == ["email", "email"]
