"""P3: one person's trouble is nobody else's: the rest of the batch goes out, once."""

from __future__ import annotations

import pytest

from unichannel import Email, Journey, Message, Profile, Send, days, on
from unichannel.testing import Lab
from unichannel.testing.lab import EVERYTHING

hello = Message("hello", Email("Hello {{ profile.first_name }}", text="Hello"), category="transactional")
PEOPLE = [f"p{number}" for number in range(20)]


@pytest.fixture
def crowd(lab: Lab) -> Lab:
    lab.add(Journey("greets", start=on("hi"), steps=[Send(hello, via="email")]))
    for name in PEOPLE:
        known = {} if name == "p7" else {"first_name": name}
        lab.engine.identify(Profile(name, email=f"{name}@example.com", consents=EVERYTHING, attributes=known))
        lab.engine.track(name, "hi")
    return lab


def test_p3_one_decision_that_raises_neither_stops_nor_repeats_the_others(crowd: Lab) -> None:
    crowd.run_due()
    crowd.advance(days(2))
    assert sorted(one.address for one in crowd.sent()) == sorted(
        f"{name}@example.com" for name in PEOPLE if name != "p7"
    )
    assert len(crowd.engine.failed()) == 1


def test_p3_one_refusal_by_the_provider_repeats_nobody_else(crowd: Lab) -> None:
    crowd.transport.plan(None, None, "refuse", None, "time_out_after_acceptance")
    crowd.run_due()
    crowd.advance(days(2))
    doubled = crowd.transport.doubled()
    assert len(doubled) == 1, "only the one in doubt: transactional goes at least once"
    assert len({one.key for one in crowd.sent()}) == len(PEOPLE) - 1
