"""Crash at every operation of every flow: nobody lost, nobody twice beyond the guarantee (P1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.journeys.trial import set_up, tips, trial, welcome
from unichannel import Category
from unichannel.testing import Lab, RecordingTransport, crash_sweep
from unichannel.testing.clock import START


def lab_with(guarantee: str, **transport: object) -> Lab:
    names = {"onboarding": "transactional", "education": "marketing", "follow-up": "marketing", "renewal": "marketing"}
    lab = Lab(categories=[Category(name, purpose=p, guarantee=guarantee) for name, p in names.items()], concurrency=1)
    lab.transport = RecordingTransport(**transport)
    lab.add(trial, set_up)
    return lab


def bob_opens(lab: Lab) -> None:
    if any(sent.message == "welcome" for sent in lab.sent("bob")):
        lab.tell("opened", "bob", "welcome", id="o-bob")


STEPS = [
    lambda lab: lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC"),
    lambda lab: lab.profile("bob", email="bob@example.com", timezone="UTC"),
    lambda lab: lab.track("ada", "trial.started", id="s-ada"),
    lambda lab: lab.track("bob", "trial.started", id="s-bob"),
    lambda lab: lab.advance_to(START + timedelta(hours=5)),
    lambda lab: lab.track("bob", "setup.completed", id="u-bob"),
    lambda lab: bob_opens(lab),
    lambda lab: lab.advance_to(START + timedelta(days=8)),
    lambda lab: lab.track("ada", "subscription.created", id="g-ada"),
    lambda lab: lab.advance_to(START + timedelta(days=14)),
]


@pytest.mark.parametrize("guarantee", ["at_least_once", "at_most_once"])
@pytest.mark.parametrize("transport", [{}, {"takes_key": 86400}, {"looks_up": True}], ids=["plain", "key", "look_up"])
def test_crash_at_every_operation(guarantee: str, transport: dict[str, object]) -> None:
    steps = STEPS if not transport else STEPS[:5]
    report = crash_sweep(steps, lambda: lab_with(guarantee, **transport), ["ada", "bob"])
    assert len(report.crashed) > (400 if not transport else 100)
    assert list(report.lost()) == []
    knows = bool(transport)
    assert report.doubled <= (0 if guarantee == "at_most_once" or knows else 1)
    for one in report.crashed:
        assert one.sent <= report.calm.sent or one.statuses["abandoned"], one.operation
        assert not one.statuses.keys() & {"reserved", "sending", "retry", "in_doubt"}, one.operation
        if knows:
            assert one.sent == report.calm.sent, one.operation


ASKED = [
    lambda lab: lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC"),
    lambda lab: lab.engine.send("ada", welcome, via=["email", "sms"], key="w", at_once=True),
    lambda lab: lab.send("ada", tips, via="sms", key="t"),
    lambda lab: lab.enroll(set_up, "ada", key="s"),
    lambda lab: lab.stops("ada") if "sms" in lab.channels_sent("ada") else None,
    lambda lab: lab.advance_to(START + timedelta(days=1)),
]


@pytest.mark.parametrize("guarantee", ["at_least_once", "at_most_once"])
def test_crash_at_every_operation_of_send_enroll_and_receive(guarantee: str) -> None:
    report = crash_sweep(ASKED, lambda: lab_with(guarantee), ["ada"])
    assert len(report.crashed) > 50
    assert list(report.lost()) == []
    assert report.doubled <= (0 if guarantee == "at_most_once" else 1)


def test_it_has_teeth() -> None:
    """A store that forgets the mark `sending` is found out: the sweep can fail."""

    class Forgetful(RecordingTransport):
        def carry(self, outbound, ctx):  # type: ignore[no-untyped-def]
            self._take(outbound, ctx)
            return super().carry(outbound, ctx)

    lab = lab_with("at_most_once")
    lab.transport = Forgetful()
    STEPS[0](lab)
    STEPS[2](lab)
    assert lab.transport.doubled()


SIGN_IN = [
    lambda lab: lab.profile("visitor", phone="+33612345678", timezone="UTC"),
    lambda lab: lab.track("visitor", "trial.started", id="s-visitor"),
    lambda lab: lab.profile("ada", email="ada@example.com", timezone="UTC"),
    lambda lab: lab.merge("ada", "visitor"),
    lambda lab: lab.merge("visitor", "ada"),
    lambda lab: lab.advance_to(START + timedelta(days=4)),
]
BOTH = [*SIGN_IN[:3], lambda lab: lab.track("ada", "trial.started", id="s-ada"), *SIGN_IN[3:]]


@pytest.mark.parametrize("guarantee", ["at_least_once", "at_most_once"])
@pytest.mark.parametrize("steps", [SIGN_IN, BOTH], ids=["one run", "two runs"])
def test_crash_at_every_operation_of_a_merge(guarantee: str, steps: list[Callable[[Lab], object]]) -> None:
    report = crash_sweep(steps, lambda: lab_with(guarantee), ["ada"])
    assert len(report.crashed) > 100
    assert report.doubled <= (0 if guarantee == "at_most_once" else 1)
    for one in report.crashed:
        assert one.sent <= report.calm.sent or one.statuses["abandoned"], one.operation
        assert not one.statuses.keys() & {"reserved", "sending", "retry", "in_doubt"}, one.operation
        # What was in doubt when its run ended as merged is not sent again, and says so.
        missing = report.calm.sent - one.sent
        assert missing.total() <= one.statuses["abandoned"] + one.statuses["cancelled"], one.operation
        assert steps is BOTH or not one.statuses["cancelled"], one.operation
