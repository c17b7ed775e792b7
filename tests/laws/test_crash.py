"""Crash at every operation of every flow: nobody lost, nobody twice beyond the guarantee (P1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.trial import set_up, tips, trial, welcome
from tests.steps.saying import tell
from unichannel import (
    Call,
    Category,
    Digest,
    Emit,
    Journey,
    Repeat,
    StartJourney,
    Update,
    Wait,
    hours,
    minutes,
    on,
)
from unichannel.conditions import attribute_date
from unichannel.ports import FunctionCall
from unichannel.steps import manual, on_date
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
    assert len(report.crashed) > (200 if not transport else 50)
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
    assert len(report.crashed) > 25
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
    assert len(report.crashed) > 50
    assert report.doubled <= (0 if guarantee == "at_most_once" else 1)
    for one in report.crashed:
        assert one.sent <= report.calm.sent or one.statuses["abandoned"], one.operation
        assert not one.statuses.keys() & {"reserved", "sending", "retry", "in_doubt"}, one.operation
        # What was in doubt when its run ended as merged is not sent again, and says so.
        missing = report.calm.sent - one.sent
        assert missing.total() <= one.statuses["abandoned"] + one.statuses["cancelled"], one.operation
        assert steps is BOTH or not one.statuses["cancelled"], one.operation


# every step that does something besides sending


class Host:
    """The host's side: how often its function was asked, with which keys. It knows a key that it was given before."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def __call__(self, call: FunctionCall) -> int:
        self.asked.append((call.profile, str(call.arguments["round"]), call.key))
        return len({key for _, _, key in self.asked})


HOSTS: list[Host] = []

CHILD = Journey(
    "child",
    start=manual(),
    steps=[Wait(minutes(30)), Update({"child": "{{ profile.child | default: 0 | plus: 1 }}"})],
    re_entry="after_end",
)
HEARS = Journey("hears", start=on("said"), steps=[tell("heard", "{{ data.round }}")], re_entry="after_end")
EVERYTHING = Journey(
    "everything",
    start=on_date(attribute_date("renews"), at="09:20"),
    steps=[
        Digest(on("comment"), hours(1), into="comments"),
        tell("news", "{{ data.comments.count }}:{% for one in data.comments.events %} {{ one.by }}{% endfor %}"),
        Repeat(
            [
                Update({"rounds": "{{ profile.rounds | default: 0 | plus: 1 }}"}),
                Call("ask", {"round": "{{ profile.rounds }}"}, into="answer"),
                Emit("said", {"round": "{{ profile.rounds }}"}),
            ],
            times=2,
            every=hours(1),
        ),
        StartJourney("child", wait=True, into="end"),
        tell("end", "{{ data.end.status }} {{ profile.rounds }} {{ profile.child }}"),
    ],
)


def lab_of_everything() -> Lab:
    host = Host()
    HOSTS.append(host)
    lab = Lab(functions={"ask": host}, concurrency=2)
    lab.transport = RecordingTransport(takes_key=86_400)
    lab.add(EVERYTHING, CHILD, HEARS)
    return lab


LIFE = [
    lambda lab: lab.profile("ada", email="ada@example.com", timezone="UTC", renews="2030-01-08"),
    lambda lab: lab.advance_to(START + timedelta(minutes=30)),
    lambda lab: lab.track("ada", "comment", {"by": "bob"}, id="c-bob"),
    lambda lab: lab.track("ada", "comment", {"by": "eve"}, id="c-eve"),
    lambda lab: lab.advance_to(START + timedelta(minutes=90)),
    lambda lab: lab.advance_to(START + timedelta(hours=9)),
]


def lived(lab: Lab) -> dict[str, Any]:
    history = lab.history("ada")
    assert history is not None
    return {
        "subjects": sorted(one.content.subject for one in lab.sent("ada")),
        "attributes": history.person.attributes,
        "runs": sorted((run.journey, run.entity, run.status) for run in history.runs),
        "said": sorted(str(event.properties) for event in history.events if event.name == "said"),
        "calls": sorted((one.step, one.visit, one.status) for one in history.deliveries if one.is_call),
    }


def test_crash_at_every_operation_of_every_step() -> None:
    """Nothing is lost or done twice: not a round, a count, an event, a comment, a run; a call at most once more."""
    HOSTS.clear()
    labs: list[Lab] = []

    def make() -> Lab:
        labs.append(lab_of_everything())
        return labs[-1]

    report = crash_sweep(LIFE, make, ["ada"])
    assert len(report.crashed) > 50
    assert list(report.lost()) == []
    assert report.doubled == 0
    calm, calls = lived(labs[0]), HOSTS[0].asked
    assert calm["attributes"]["rounds"] == len(calls) == 2
    assert "2: bob eve" in calm["subjects"]
    for one, lab, host in zip(report.crashed, labs[1:], HOSTS[1:], strict=True):
        assert lived(lab) == calm, one.operation
        keys = [key for _, _, key in host.asked]
        assert len(keys) - len(set(keys)) <= 2, one.operation  # a flight of two at most
        assert max(keys.count(key) for key in keys) <= 2, one.operation
        assert sorted({asked[:2] for asked in host.asked}) == sorted({asked[:2] for asked in calls}), one.operation
