"""The lab's engine is made anew when a journey is added: what happens after is no copy of what was before."""

from __future__ import annotations

from tests.journeys.trial import message
from unichannel import Journey, Send, on
from unichannel.testing import Lab


def test_an_event_after_lab_add_is_no_copy_of_one_before(lab: Lab) -> None:
    ada = lab.profile("ada", email="ada@example.com", timezone="UTC")
    lab.track(ada, "visited")
    lab.add(Journey("greets", start=on("hi"), steps=[Send(message("word", "transactional"), via="email")]))
    lab.track(ada, "hi")
    assert len(lab.sent(ada)) == 1


def test_two_enrolls_of_two_journeys(lab: Lab) -> None:
    """lab.enroll() adds the journey, so the second one is lost."""
    ada = lab.profile("ada", email="ada@example.com", timezone="UTC")
    for name in ("one", "two"):
        step = Send(message(name, "transactional"), via="email")
        lab.enroll(Journey(name, start=on(name), steps=[step]), ada)
    assert len(lab.sent(ada)) == 2
