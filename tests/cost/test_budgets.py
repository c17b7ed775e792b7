"""E10, B7: a ceiling is never overrun; at the ceiling the cheaper channel goes on; what went nowhere is given back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from unichannel import (
    AsyncEngine,
    Budget,
    Email,
    Engine,
    Journey,
    Message,
    Money,
    Prices,
    Profile,
    Push,
    Send,
    Sms,
    days,
    hours,
    on,
)
from unichannel.core.policy.budget import charge_of
from unichannel.errors import ConfigurationError, UnknownError
from unichannel.ports import Context, Outbound, Outcome
from unichannel.stores.memory import MemoryStore
from unichannel.testing import Lab, ManualClock, RecordingTransport, SeededEntropy
from unichannel.testing.lab import EVERYTHING

PRICES = Prices({"email": "0 EUR", "sms": {"FR": "0.0745 EUR"}})
NEWS = Message("news", Email("News", text="Long."), Sms("Short."))
SEND = Journey("campaign", start=on("begun"), steps=[Send(NEWS, via=["sms", "email"], success="accepted")])


def eur(amount: str) -> Money:
    return Money(amount, "EUR")


def begin(lab: Lab, *ids: str, **fields: Any) -> None:
    for id in ids:
        lab.profile(id, **{"email": f"{id}@example.com", "phone": "+33612345678", **fields})
        lab.track(id, "begun")


def lab_with(*budgets: Budget, prices: Prices = PRICES, journeys: Any = (SEND,), **more: Any) -> Lab:
    lab = Lab(prices=prices, budgets=budgets, **more)
    lab.add(*journeys)
    return lab


def recount(lab: Lab, *ids: str) -> Money:
    """What the deliveries weigh, one by one."""
    told = [one for id in ids for one in lab.history(id).deliveries]  # type: ignore[union-attr]
    return Money.of_micros(sum(charge_of(one) for one in told), "EUR")


def test_e10_at_the_ceiling_the_cheaper_channel_goes_on() -> None:
    lab = lab_with(Budget("texts", eur("0.20")))
    begin(lab, "ada", "bob", "cyd")
    assert [lab.channels_sent(id) for id in ("ada", "bob", "cyd")] == [["sms"], ["sms"], ["email"]]
    (why,) = lab.why("cyd")
    assert why.trace["verdicts"][0] == [
        "sms",
        "budget",
        {"budget": "texts", "left": 51_000, "cost": 74_500, "currency": "EUR"},
    ]
    stands = lab.engine.budget("texts")
    assert (stands.spent, stands.held, stands.left) == (eur("0.149"), eur("0"), eur("0.051"))


def test_a_delivery_knows_its_cost() -> None:
    lab = lab_with()
    long = Journey("long", start=on("long"), steps=[Send(Message("long", Sms("€" * 90)), via="sms")])
    lab.add(long)
    begin(lab, "ada")
    lab.track("ada", "long")
    costs = [(one.cost, one.currency, one.trace["detail"]["cost"]) for one in lab.history("ada").deliveries]  # type: ignore[union-attr]
    assert costs == [
        (74_500, "EUR", {"unit": 74_500, "units": 1, "country": "FR"}),
        (149_000, "EUR", {"unit": 74_500, "units": 2, "country": "FR"}),
    ]


def test_an_unknown_price_is_unknown_and_a_budget_does_not_guess() -> None:
    lab = lab_with()
    begin(lab, "eve", phone="+4915112345678")
    assert [(one.channel, one.cost, one.currency) for one in lab.history("eve").deliveries] == [("sms", None, "")]  # type: ignore[union-attr]
    lab = lab_with(Budget("all", eur("100")))
    begin(lab, "eve", phone="+4915112345678")
    assert lab.channels_sent("eve") == ["email"]
    assert lab.why("eve")[0].trace["verdicts"][0] == ["sms", "no_price", {"budget": "all", "country": "DE"}]


def test_tracked_links_count_with_the_length_that_they_will_have() -> None:
    """P35: the text is short, its link is not, and the token's length is known before the token is."""
    from unichannel import Tracking

    text = "a" * 100 + " {{ 'https://example.com' | link }}"
    journey = Journey("linked", start=on("begun"), steps=[Send(Message("m", Sms(text)), via="sms")])
    tracking = Tracking("https://app.example.com/u", keys=["0" * 32])
    lab = lab_with(journeys=[journey], tracking=tracking)
    begin(lab, "ada")
    (sent,) = lab.sent("ada")
    assert len(sent.content.text) > 160  # type: ignore[attr-defined]
    assert lab.history("ada").deliveries[0].cost == 149_000  # type: ignore[union-attr]


def test_a_months_end_frees_it() -> None:
    """The month of the engine's own zone, not UTC's."""
    lab = lab_with(Budget("texts", eur("0.08"), per="month"), timezone="Asia/Tokyo")
    begin(lab, "ada", "bob")
    assert lab.channels_sent("bob") == ["email"]
    lab.advance(days(23))
    assert lab.now.isoformat() == "2030-01-31T09:00:00+00:00"
    begin(lab, "cyd")
    assert lab.channels_sent("cyd") == ["email"]
    lab.advance(hours(6))
    begin(lab, "dan", timezone="UTC")
    assert lab.channels_sent("dan") == ["sms"]
    assert lab.engine.budget("texts").spent == eur("0.0745")


@pytest.mark.parametrize(
    ("narrowed", "texts"),
    [
        ({}, 1),
        ({"journey": "campaign"}, 1),
        ({"journey": "another"}, 2),
        ({"channel": "sms"}, 1),
        ({"channel": "email"}, 2),
        ({"purpose": "marketing"}, 1),
        ({"purpose": "transactional"}, 2),
        ({"campaign": "spring"}, 1),
        ({"campaign": "autumn"}, 2),
    ],
)
def test_a_budget_covers_what_it_is_narrowed_to(narrowed: dict[str, str], texts: int) -> None:
    lab = lab_with(Budget("b", eur("0.08"), **narrowed))  # type: ignore[arg-type]
    for id in ("ada", "bob"):
        lab.profile(id, email=f"{id}@example.com", phone="+33612345678")
        lab.track(id, "begun", {"campaign": "spring"})
    assert [sent.channel for sent in lab.sent()].count("sms") == texts


def test_every_budget_that_covers_it_has_to_hold_it() -> None:
    lab = lab_with(Budget("month", eur("1"), per="month"), Budget("journey", eur("0.08"), journey="campaign"))
    begin(lab, "ada", "bob")
    assert lab.channels_sent("bob") == ["email"]
    assert lab.why("bob")[0].trace["verdicts"][0][2]["budget"] == "journey"
    assert lab.engine.budget("month").spent == lab.engine.budget("journey").spent == eur("0.0745")


def test_two_sends_of_one_decision_see_each_other() -> None:
    """B8: two messages by design, decided in one turn; the budget holds one of them."""
    other = Message("other", Sms("Other."), Email("Other", text="Other."))
    both = Journey("both", start=on("begun"), steps=[Send(NEWS, via="sms"), Send(other, via=["sms", "email"])])
    lab = lab_with(Budget("b", eur("0.10")), journeys=[both])
    begin(lab, "ada")
    assert lab.channels_sent("ada") == ["sms", "email"]
    assert lab.engine.budget("b").spent == eur("0.0745") == recount(lab, "ada")


@pytest.mark.parametrize("failure", ["reject", "dead"])
def test_what_was_refused_gives_its_money_back(failure: Any) -> None:
    lab = lab_with(Budget("b", eur("0.08")))
    lab.transport.plan(failure)
    begin(lab, "ada")
    lab.run_due()
    assert lab.engine.budget("b").spent == eur("0") == recount(lab, "ada")
    lab.profile("bob", email="bob@example.com", phone="+33698765432")
    lab.track("bob", "begun")
    assert lab.channels_sent("bob") == ["sms"]


def test_what_is_in_doubt_or_bounced_stays_spent() -> None:
    lab = lab_with(Budget("b", eur("0.30")))
    lab.transport.plan("time_out")
    begin(lab, "ada", "bob")
    lab.bounces("bob", dead=False)
    lab.advance(hours(1))
    assert lab.engine.budget("b").spent == eur("0.149") == recount(lab, "ada", "bob")


def test_what_a_goal_cancels_gives_its_money_back() -> None:
    """Reserved, not accepted at first, cancelled by the goal: the money is there for the next."""
    journey = Journey("campaign", start=on("begun"), goal=on("bought"), steps=[Send(NEWS, via="sms")])
    lab = lab_with(Budget("b", eur("0.08")), journeys=[journey])
    lab.transport.plan("refuse")
    begin(lab, "ada")
    assert lab.engine.budget("b").spent == eur("0.0745")
    lab.track("ada", "bought")
    assert [one.status for one in lab.history("ada").deliveries] == ["cancelled"]  # type: ignore[union-attr]
    assert lab.engine.budget("b").spent == eur("0") == recount(lab, "ada")


def test_what_expires_gives_its_money_back() -> None:
    lab = lab_with(Budget("b", eur("0.08")))
    lab.transport._fail = lambda outbound: "refuse" if outbound.channel == "sms" else None
    begin(lab, "ada")
    lab.advance(days(5))
    assert lab.channels_sent("ada") == ["email"]
    assert lab.engine.budget("b").spent == eur("0") == recount(lab, "ada")


def test_a_merge_gives_back_what_it_cancels() -> None:
    journey = Journey("campaign", start=on("begun"), steps=[Send(NEWS, via="sms")])
    lab = lab_with(Budget("b", eur("1")), journeys=[journey])
    lab.transport.plan("refuse", "refuse")
    begin(lab, "ada", "bob")
    lab.merge("ada", "bob")
    assert lab.engine.budget("b").spent == recount(lab, "ada")


def test_b7_the_free_channel_goes_first_and_the_dear_one_only_where_it_is_needed() -> None:
    news = Message("news", Push("News", "Short."), Sms("Short."))
    journey = Journey("reach", start=on("begun"), steps=[Send(news, via=["push", "sms"], fallback_after=hours(24))])
    lab = lab_with(Budget("b", eur("0.08")), journeys=[journey])
    for id in ("ada", "bob", "cyd"):
        lab.profile(id, phone="+33612345678", push=f"token-{id}")
        lab.track(id, "begun")
    lab.opens("ada")
    assert lab.engine.budget("b").spent == eur("0")
    lab.advance(hours(24))
    assert [lab.channels_sent(id) for id in ("ada", "bob", "cyd")] == [["push"], ["push", "sms"], ["push"]]


def test_send_at_once_is_held_too() -> None:
    lab = lab_with(Budget("b", eur("0.08")), journeys=[])
    lab.profile("ada", email="ada@example.com", phone="+33612345678")
    for _ in range(2):
        lab.engine.send("ada", NEWS, via=["sms", "email"], at_once=True)
    assert lab.channels_sent("ada") == ["sms", "email"]
    stands = lab.engine.budget("b")
    assert (stands.spent, stands.held) == (eur("0.0745"), eur("0"))


def test_a_provider_price_takes_the_place_of_the_expected_one() -> None:
    """In whatever order and however often it comes; of two the higher counts."""
    for prices in (["0.06 EUR", "0.07 EUR", "0.06 EUR"], ["0.07 EUR", "0.06 EUR"]):
        lab = lab_with(Budget("b", eur("0.20")))
        begin(lab, "ada")
        for cost in prices:
            lab.tell("delivered", "ada", cost=cost)
        (one,) = lab.history("ada").deliveries  # type: ignore[union-attr]
        assert (one.cost, one.currency, "billed" in one.facts) == (70_000, "EUR", True)
        assert lab.engine.budget("b").spent == eur("0.07")


class Counting(RecordingTransport):
    """A provider that counts segments in its own way, and bills when it is asked."""

    told: Any = None

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        return replace(super().carry(outbound, ctx), **(self.told or {}))


@pytest.mark.parametrize(
    ("told", "cost"),
    [({"units": 2}, 149_000), ({"units": 1}, 74_500), ({"cost": eur("0.05")}, 50_000), ({}, 74_500)],
)
def test_the_provider_counts_the_segments(told: dict[str, Any], cost: int) -> None:
    counting = Counting()
    counting.told = told
    lab = lab_with(Budget("b", eur("0.20")), routes={"sms": counting, "email": counting})
    lab.transport = counting
    begin(lab, "ada")
    assert lab.history("ada").deliveries[0].cost == cost  # type: ignore[union-attr]
    assert lab.engine.budget("b").spent == Money.of_micros(cost, "EUR") == recount(lab, "ada")
    assert lab.why("ada")[0].cost == Money.of_micros(cost, "EUR")


@pytest.mark.parametrize("cost", ["a lot", "-0.01 EUR", "0.01", "0.00000001 EUR"])
def test_a_receipt_with_a_price_that_is_none_is_a_receipt_all_the_same(cost: str) -> None:
    lab = lab_with(Budget("b", eur("0.20")))
    begin(lab, "ada")
    lab.tell("delivered", "ada", cost=cost)
    (one,) = lab.history("ada").deliveries  # type: ignore[union-attr]
    assert (one.cost, "delivered" in one.facts, "billed" in one.facts) == (74_500, True, False)


def test_a_price_in_another_currency_is_the_hosts_to_convert() -> None:
    lab = lab_with(Budget("b", eur("0.20")))
    begin(lab, "ada")
    lab.tell("delivered", "ada", cost="0.01 USD")
    assert lab.history("ada").deliveries[0].cost == 74_500  # type: ignore[union-attr]
    free = Lab()
    free.add(SEND)
    begin(free, "ada")
    free.tell("delivered", "ada", cost="0.01 USD")
    (one,) = free.history("ada").deliveries  # type: ignore[union-attr]
    assert (one.cost, one.currency) == (10_000, "USD"), "nothing was expected, so what is billed is what is known"


def test_a_strategy_ranks_only_what_can_be_paid() -> None:
    """Two rungs are ranked; a channel that no budget holds does not take one of them."""
    three = Message("m", Sms("S"), Email("E", text="E"), Push("P", "P"))
    journey = Journey("any", start=on("begun"), steps=[Send(three)])
    lab = lab_with(Budget("b", eur("0.01")), journeys=[journey])
    lab.profile("ada", email="a@example.com", phone="+33612345678", push="t", preferences={"*": "sms"})
    lab.track("ada", "begun")
    assert lab.history("ada").deliveries[0].trace["detail"]["rungs"] == ["email", "push"]  # type: ignore[union-attr]


def test_the_asynchronous_face_does_the_same() -> None:
    async def play() -> tuple[list[str], Money, Money | None]:
        transport = RecordingTransport()
        engine = AsyncEngine(
            MemoryStore(),
            journeys=[SEND],
            routes={"sms": transport, "email": transport},
            prices=PRICES,
            budgets=[Budget("b", eur("0.08"))],
            quiet_hours=None,
            entropy=SeededEntropy(),
            clock=ManualClock(),
        )
        async with engine:
            await engine.migrate()
            for id in ("ada", "bob"):
                await engine.identify(Profile(id, email=f"{id}@example.com", phone="+33612345678", consents=EVERYTHING))
                await engine.track(id, "begun")
            await engine.run_due()
            found = await engine.forecast(SEND)
            return [one.channel for one in transport.journal], (await engine.budget("b")).spent, found.highest

    assert asyncio.run(play()) == (["sms", "email"], eur("0.0745"), eur("0.149"))


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"budgets": [Budget("b", eur("1"))]}, "needs prices"),
        ({"budgets": [Budget("b", Money(1, "USD"))], "prices": PRICES}, "in USD, the prices are in EUR"),
        ({"budgets": [Budget("b", eur("1")), Budget("b", eur("2"))], "prices": PRICES}, "two budgets named 'b'"),
    ],
)
def test_what_cannot_hold_is_refused_when_the_engine_is_made(settings: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=wrong):
        Engine(store=MemoryStore(), **settings)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (("", eur("1")), "needs a name"),
        (("b", eur("-1")), "0 or more"),
        (("b", "1 EUR"), "0 or more"),
    ],
)
def test_a_wrong_budget_is_refused(arguments: tuple[Any, ...], wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=wrong):
        Budget(*arguments)
    with pytest.raises(ConfigurationError, match="per='year'"):
        Budget("b", eur("1"), per="year")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"purpose='marktng'.*'marketing'"):
        Budget("b", eur("1"), purpose="marktng")  # type: ignore[arg-type]


def test_a_journey_that_is_not_there_is_a_finding() -> None:
    """A slip of the pen limits nothing; but it may be another worker's."""
    budgets = [Budget(name, eur("1"), journey=name) for name in ("campaing", "campaign", "send:news")]
    (found,) = [one for one in lab_with(*budgets).engine.findings if "journey" in one]
    assert found == "the budget 'campaing' is for the journey 'campaing', which this engine was not given"


def test_a_channel_without_a_price_is_a_finding() -> None:
    lab = lab_with(Budget("b", eur("1"), channel="whatsapp"))
    found = [one for one in lab.engine.findings if "budget" in one]
    assert found == ["the budget 'b' covers whatsapp, which has no price: nothing that it covers goes out there"]
    with pytest.raises(UnknownError, match="'other'"):
        lab.engine.budget("other")
