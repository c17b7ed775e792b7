"""Doubts of a route that is paused: none is lost, and none goes to another provider, which cannot know of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.journeys.trial import message
from tests.rates.test_traffic import Telling, crowd
from unichannel import Category, Engine, Journey, Send, hours, minutes, on
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.instant import MINUTE
from unichannel.ports import Context, Outbound, Outcome, Request
from unichannel.testing import Crash, Lab, RecordingTransport

hello = message("hello", "kind")
JOURNEY = Journey("by-sms", start=on("hi"), steps=[Send(hello, via=["sms", "email"], fallback_after=hours(4))])
PAUSED = Outcome.retry("429", "too many requests", retry_after=3600.0)
LOST = Outcome.in_doubt("time_out", "no answer")


class Dying(Telling):
    """Takes what it is told to, and the process dies before it answers."""

    dies = False

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        if self.dies:
            self.dies = False
            super().carry(outbound, ctx)
            raise Crash
        return super().carry(outbound, ctx)


class Stage:
    """Ada's message is in doubt at the first provider, which then asks to be left alone for an hour."""

    def __init__(self, guarantee: Any, *, how: str = "no answer", **abilities: Any) -> None:
        self.first = Dying("first", ["sms"], **abilities)
        self.second, self.mail = RecordingTransport("second", ["sms"]), RecordingTransport("mail", ["email"])
        kind = Category("kind", purpose="transactional", guarantee=guarantee)
        routes = {"sms": [self.first, self.second], "email": self.mail}
        self.lab = Lab(routes=routes, categories=[kind])
        self.lab.add(JOURNEY)
        for number, who in enumerate(("ada", "bob")):
            self.lab.profile(who, email=f"{who}@example.com", phone=f"+3360000000{number}")
        self.first.answers = [LOST] if how == "no answer" else []
        self.first.dies = how == "it dies"
        self.lab.engine.track("ada", "hi")
        try:
            self.lab.engine.run_due()
        except Crash:
            self.lab.restart()
        self.begun = self.lab.clock.now()
        self.first.answers = [PAUSED]
        self.lab.engine.track("bob", "hi")
        self.lab.engine.run_due()
        assert [one.address for one in self.second.journal] == ["+33600000001"], "bob's goes to the second at once"
        self.calls = len(self.first.calls)

    @property
    def sms(self) -> Delivery:
        history = self.lab.history("ada")
        assert history is not None
        return next(one for one in history.deliveries if one.channel == "sms")

    def is_nowhere_else(self) -> bool:
        return len(self.second.journal) == 1


@pytest.mark.parametrize("how", ["no answer", "it dies"])
def test_at_most_once_is_given_up_in_its_time_and_the_ladder_goes_on(how: str) -> None:
    """Nobody is asked about it, so the pause is none of its business."""
    stage = Stage("at_most_once", how=how)
    stage.lab.advance(minutes(18))
    assert stage.sms.status == "abandoned"
    stage.lab.advance(hours(4))
    assert "ada@example.com" in {one.address for one in stage.mail.journal}
    stage.lab.advance(hours(30))
    assert len(stage.first.calls) == stage.calls
    assert stage.is_nowhere_else()
    assert stage.lab.engine.next_due_at() is None


@pytest.mark.parametrize("how", ["no answer", "it dies"])
@pytest.mark.parametrize("takes_key", [None, 7 * 86_400])
def test_at_least_once_goes_again_by_the_same_provider_once_it_may(how: str, takes_key: int | None) -> None:
    stage = Stage("at_least_once", how=how, takes_key=takes_key)
    stage.lab.advance(minutes(59))
    assert len(stage.first.calls) == stage.calls
    assert stage.sms.due is not None
    stage.lab.advance(minutes(2))
    assert stage.first.calls[stage.calls :] == [stage.sms.key]
    assert stage.sms.status == "accepted"
    assert stage.sms.facts["accepted"] - stage.begun >= 60 * MINUTE
    assert stage.is_nowhere_else()


@pytest.mark.parametrize("guarantee", ["at_most_once", "at_least_once"])
def test_it_is_looked_up_where_it_is_in_doubt(guarantee: str) -> None:
    stage = Stage(guarantee, how="it dies", looks_up=True)
    stage.lab.advance(minutes(59))
    assert stage.sms.status in ("sending", "in_doubt")
    stage.lab.advance(minutes(2))
    assert stage.sms.status == "accepted", "the provider has had it all the while"
    assert len(stage.first.journal) == 1
    assert stage.is_nowhere_else()


@pytest.mark.parametrize("guarantee", ["at_most_once", "at_least_once"])
def test_a_receipt_settles_it_while_the_route_is_paused(guarantee: str) -> None:
    stage = Stage(guarantee, how="it dies")
    stage.lab.advance(minutes(4))
    told = json.dumps([{"kind": "delivered", "key": stage.sms.key, "id": "r1"}]).encode()
    stage.lab.engine.receive("first", Request("POST", "https://host.example/hooks", {}, told))
    stage.lab.advance(hours(3))
    assert stage.sms.status == "delivered"
    assert (len(stage.first.journal), stage.is_nowhere_else()) == (1, True)


def test_doubts_that_are_given_up_are_no_probe() -> None:
    """What is only waited out calls nobody: it goes at once, and so does the real probe."""
    first = Telling("first", ["sms"])
    first.answers = [LOST] * 6
    lab = Lab(routes={"sms": first}, categories=[Category("kind", purpose="transactional", guarantee="at_most_once")])
    lab.add(Journey("by-sms", start=on("hi"), steps=[Send(hello, via="sms")]))
    crowd(lab.engine, 6)
    lab.engine.run_due()
    assert len(first.calls) == 6
    lab.clock.set(lab.clock.now() + 16 * MINUTE)
    lab.profile("late", phone="+33611111111")
    lab.engine.track("late", "hi")
    lab.engine.run_due()
    doubts = [one.status for n in range(6) if (known := lab.history(f"p{n}")) for one in known.deliveries]
    assert doubts == ["abandoned"] * 6
    assert [one.address for one in first.journal] == ["+33611111111"]


@pytest.mark.parametrize("guarantee", ["at_most_once", "at_least_once"])
def test_a_worker_without_that_provider_goes_by_the_guarantee(guarantee: Any) -> None:
    """A provider that was taken out of the settings, or a worker for other channels: its pass goes on."""
    stage = Stage(guarantee)
    kind = Category("kind", purpose="transactional", guarantee=guarantee)
    other = Engine(
        stage.lab._all_settings()["store"], routes={"email": stage.mail}, categories=[kind], clock=stage.lab.clock
    )
    stage.lab.clock.set(stage.begun + 16 * MINUTE)
    other.run_due()
    assert stage.sms.status == ("abandoned" if guarantee == "at_most_once" else "retry")
    assert not other.failed()
