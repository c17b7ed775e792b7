"""What hosts get wrong about choices and prices: said when it is written, else told in the trace (P31)."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.journeys.trial import message
from unichannel import (
    AsyncEngine,
    Budget,
    Category,
    Engine,
    Journey,
    MemoryStore,
    Money,
    Prices,
    Send,
    SqlStore,
    Wait,
    days,
    on,
)
from unichannel.core.policy.prior import Prior, pooled
from unichannel.core.policy.strategy import Question, Ranking
from unichannel.errors import ConfigurationError, DefinitionError
from unichannel.strategies import Adaptive, BestValue, Learning, Mixed, Strategy, Used
from unichannel.testing import Lab, RecordingTransport

NEWS = message("news", "transactional")
SERVICE = Category("transactional", purpose="transactional")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Prices({"sms": {"FR": "0.08 EUR", "BE": "-0.01 EUR"}}), "price of sms to BE is below 0"),
        (lambda: Prices({"sms": Money("-1", "EUR")}), "price of sms is below 0"),
    ],
)
def test_a_negative_price_is_named(wrong: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        wrong()


@pytest.mark.parametrize(
    "shares", [(0.5, 0.4), (0.7, 0.4), (1.0, 0.0), (1.5, -0.5), (math.nan, 0.5), (math.inf, 0.5), ()]
)
def test_shares_that_do_not_add_up_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(DefinitionError, match="shares of a mix are"):
        Mixed([(share, "email") for share in shares])


@pytest.mark.parametrize("face", [Engine, AsyncEngine])
@pytest.mark.parametrize(
    ("what", "more"),
    [
        ("the table of prices", {"prices": Prices({"smss": "0.08 EUR"})}),
        (
            "the budget 'b'",
            {"prices": Prices({"sms": "0.08 EUR"}), "budgets": [Budget("b", Money("1", "EUR"), channel="smss")]},
        ),
        ("the category 'alerts'", {"categories": [Category("alerts", channel="smss")]}),
        ("the event 'x' of learning=", {"learning": Learning(events={"x": Used("device", {"phone": "smss"})})}),
    ],
)
def test_a_setting_for_a_channel_that_is_not_there_is_refused(face: Any, what: str, more: dict[str, Any]) -> None:
    """It would hold for nothing, and nobody would hear of it."""
    with pytest.raises(ConfigurationError) as caught:
        face(MemoryStore(), **more)
    assert f"{what} names the channel 'smss'" in str(caught.value)
    assert "Did you mean 'sms'?" in str(caught.value)


def test_a_slip_in_what_a_strategy_is_given_is_named_rightly() -> None:
    """Its first argument stands behind those that it inherits."""
    with pytest.raises(DefinitionError, match=r"BestValue: worth: '0\.5' is no money"):
        BestValue("0.5")


def test_a_strategy_may_yield_its_channels(lab: Lab) -> None:
    """It was read twice, the second time in vain: nobody got anything."""
    lab.use(categories=[SERVICE], strategy=lambda offered, about: (one for one in ("sms", "email")))
    lab.add(Journey("tells", start=on("begun"), steps=[Send(NEWS, name="news")]))
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678")
    lab.track(ada, "begun")
    assert lab.channels_sent(ada) == ["sms"]


@pytest.mark.parametrize("weight", [-0.1, 1.1, math.nan])
def test_a_weight_that_is_no_share_is_refused(weight: float) -> None:
    with pytest.raises(DefinitionError):
        Learning(weights={"opened": weight})


@pytest.mark.parametrize("start", [(0.3, 0), (0.3, -1), (0.0, 2), (1.0, 2), (math.nan, 2), (0.3, math.nan)])
def test_a_prior_without_data_is_refused(start: tuple[float, float]) -> None:
    with pytest.raises(DefinitionError, match="the beginning of 'sms'"):
        Adaptive(begin={"sms": start})


def test_a_base_that_shows_nothing_says_nothing() -> None:
    for people in ([], [{}], [{"email": {"news": {"1": [100, 0]}}}] * 9):
        prior = Prior(1, 0, pooled(people))
        assert not prior.knows("email")
        assert prior.categories("email") == frozenset()


def test_a_rung_that_no_route_serves_is_said_when_the_engine_is_made() -> None:
    journey = Journey("j", start=on("x"), steps=[Send(NEWS, via=["email", "sms"])])
    with pytest.raises(DefinitionError, match=r"'j' sends 'news' by sms, which no route serves\. Give Engine\(routes="):
        Engine(MemoryStore(), journeys=[journey], categories=[SERVICE], routes={"email": RecordingTransport()})


def test_a_rung_that_no_route_serves_any_more_is_passed_over(lab: Lab) -> None:
    """The run began with an engine that had the route: now the trace says so, and the next one goes."""
    lab.use(categories=[SERVICE])
    steps = [Wait(days(1)), Send(NEWS, via=["sms", "email"], name="news")]
    lab.add(Journey("j", start=on("x"), steps=steps))
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC")
    lab.track(ada, "x")
    lab._journeys.clear()
    lab.use(routes={"email": lab.transport})
    lab.advance(days(1))
    assert lab.channels_sent(ada) == ["email"]
    (why,) = lab.engine.why(ada, journey="j")
    assert why.codes == {"sms": "no_route", "email": "reserved"}
    assert "SMS was not possible: no provider serves it" in why.sentence


class Wrong(Strategy, kind="wrong-in-tests"):
    """A host's class that gives what a test says."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def rank(self, question: Question) -> Ranking:
        return self.answer


ANSWERS = {
    "nothing": None,
    "a list": ["sms"],
    "no channels": Ranking([1, 2]),  # type: ignore[list-item]
    "odds that are none": Ranking(["sms"], {"sms": "all"}),  # type: ignore[dict-item]
    "odds above one": Ranking(["sms"], {"sms": 7.0}),
    "odds that are no number": Ranking(["sms"], {"sms": math.nan}),
    "what no trace can hold": Ranking(["sms"], {"sms": 1.0}, {"seen": object()}),
}


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a mix"])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
def test_a_strategy_that_answers_nonsense_loses_nothing(answer: Any, inside: bool) -> None:
    """The usual channel takes the message, the trace says why, and the others of the batch are not held up."""
    strategy = Mixed([(0.5, Wrong(answer)), (0.5, Wrong(answer))]) if inside else Wrong(answer)
    lab = Lab(store=SqlStore("sqlite://"), strategy=strategy, categories=[SERVICE])
    lab.add(Journey("tells", start=on("begun"), steps=[Send(NEWS, name="news")]))
    people = [lab.profile(name, email=f"{name}@example.com", phone=f"+3361234567{n}") for n, name in enumerate("ab")]
    for one in people:
        lab.engine.track(one, "begun")
    lab.run_due()
    for one in people:
        assert lab.channels_sent(one) == ["email"]
        (why,) = lab.why(one)
        assert why.cause == "strategy_failed"
        assert "because the strategy raised" in why.sentence
    lab.close()
