"""Expected value less cost, as a strategy: E8 (where it is worth an interruption), E10 (the ceiling), A3, A4."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.selection.kit import question
from unichannel import (
    Budget,
    Category,
    Email,
    Engine,
    Journey,
    MemoryStore,
    Message,
    Money,
    Prices,
    Send,
    Sms,
    days,
    on,
)
from unichannel.core.policy.strategy import Question
from unichannel.core.words.definition import dump, load
from unichannel.errors import ConfigurationError
from unichannel.strategies import BestValue, ByCategory, Mixed, Strategy
from unichannel.testing import Lab, RecordingTransport

COSTS = {"email": Money("0.001", "EUR"), "sms": Money("0.0745", "EUR")}
PRICES = Prices({"email": "0.001 EUR", "sms": {"FR": "0.0745 EUR"}})
NEWS = Message(
    "news",
    Email("News", text="Long: https://shop.example", html='<a href="https://shop.example">Long</a>'),
    Sms("Short: https://shop.example"),
    category="news",
)
NEWS_KIND = Category("news", purpose="transactional")


def asked(email: int = 0, sms: int = 0, costs: Any = COSTS, **more: Any) -> Question:
    """Somebody who answered so many of ten messages on each channel."""
    shown = [(one, ago, ago < hits) for one, hits in (("email", email), ("sms", sms)) for ago in range(10)]
    return question(*shown, costs=costs, **more)


def greedy(worth: str, **more: Any) -> BestValue:
    return BestValue(f"{worth} EUR", explore=0, **more)


@pytest.mark.parametrize(("worth", "first"), [("0", "email"), ("0.05", "email"), ("0.15", "email"), ("5", "sms")])
def test_the_dearer_channel_is_taken_where_an_answer_is_worth_it(worth: str, first: str) -> None:
    assert greedy(worth).rank(asked(email=2, sms=5)).channels[0] == first


def test_where_the_odds_are_near_the_cheaper_comes_first_however_much_an_answer_is_worth() -> None:
    even = asked(email=5, sms=5)
    assert [greedy(worth).rank(even).channels[0] for worth in ("0.01", "1", "1000")] == ["email"] * 3


@given(st.integers(0, 10), st.integers(0, 10), st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 10**6))
def test_each_is_worth_at_least_as_much_as_the_next(email: int, sms: int, worth: int, one: int, two: int) -> None:
    costs = {"email": Money.of_micros(one, "EUR"), "sms": Money.of_micros(two, "EUR")}
    best = BestValue(Money.of_micros(worth, "EUR"), explore=0)
    ranking = best.rank(asked(email, sms, costs))
    known = best.believe(asked(email, sms))
    values = [known[channel].mean * worth - costs[channel].micros for channel in ranking.channels]
    assert values[0] >= values[1] - 1e-6
    assert [ranking.detail["values"][channel] for channel in ranking.channels] == [
        [round(value), costs[channel].micros] for value, channel in zip(values, ranking.channels, strict=True)
    ]


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 10))
def test_an_unknown_cost_comes_last_and_is_never_tried_by_chance(draw: float, sms: int) -> None:
    only = {"email": COSTS["email"]}
    ranking = BestValue("1 EUR", explore=0.5).rank(asked(0, sms, only, draw=draw))
    assert ranking.channels == ["email", "sms"]
    assert ranking.odds == {"email": 1.0}


def test_where_no_cost_is_known_the_more_likely_comes_first() -> None:
    assert greedy("1").rank(asked(2, 5, {})).channels == ["sms", "email"]


def test_what_is_worth_too_little_may_be_left_out() -> None:
    assert greedy("0.10", least="0 EUR").rank(asked(email=2, sms=5)).channels == ["email"]
    assert greedy("0.001", least="0.01 EUR").rank(asked(email=2, sms=5)).channels == []


def test_chance_is_bounded_and_tries_the_channel_that_may_bring_more() -> None:
    odds = BestValue("1 EUR", explore=0.2).rank(question(("email", 1, True), costs=COSTS)).odds
    assert sum(odds.values()) == pytest.approx(1)
    assert 0 < odds["sms"] <= 0.2


@pytest.mark.parametrize("strategy", [BestValue("0.5 EUR", least="0 EUR", explore=0.1, begin={"sms": (0.4, 3)})])
def test_it_comes_back_as_it_was_stored(strategy: Strategy) -> None:
    for one in (strategy, ByCategory({"urgent": strategy}), Mixed([(0.5, strategy), (0.5, "email")])):
        assert load(Strategy, dump(one)) == one


@pytest.mark.parametrize("inside", [lambda one: one, lambda one: ByCategory({"urgent": one}, otherwise="email")])
@pytest.mark.parametrize(
    ("prices", "wrong"), [(None, "has no prices"), (Prices({"sms": "0.08 USD"}), "prices are in USD")]
)
def test_an_engine_without_prices_in_its_currency_is_refused(prices: Any, wrong: str, inside: Any) -> None:
    routes = {"email": RecordingTransport(), "sms": RecordingTransport(name="other")}
    with pytest.raises(ConfigurationError, match=wrong):
        Engine(MemoryStore(), routes=routes, strategy=inside(BestValue("1 EUR")), prices=prices)


def test_a_channel_without_a_price_is_a_finding() -> None:
    routes = {"email": RecordingTransport(), "sms": RecordingTransport(name="other")}
    engine = Engine(MemoryStore(), routes=routes, strategy=BestValue("1 EUR"), prices=Prices({"email": "0 EUR"}))
    assert [one for one in engine.findings if "sms has no price: it comes last" in one]


def lab_with(worth: str, **more: Any) -> Lab:
    lab = Lab(prices=PRICES, categories=[NEWS_KIND], strategy=greedy(worth), **more)
    lab.add(Journey("tells", start=on("begun"), steps=[Send(NEWS)], re_entry="after_end"))
    return lab


def tells(lab: Lab, id: str = "ada", **fields: Any) -> str:
    lab.profile(id, **{"email": f"{id}@example.com", "phone": "+33612345678", "timezone": "UTC", **fields})
    lab.track(id, "begun")
    return id


def answers_texts(lab: Lab, id: str = "ada") -> None:
    """Three texts, each clicked; three e-mails, none."""
    tells(lab, id)
    for channel in ("sms", "email") * 3:
        lab.send(id, NEWS, via=channel)
        if channel == "sms":
            lab.clicks(id, "news", channel="sms")
    lab.advance(days(1))


@pytest.mark.parametrize(("worth", "channel"), [("0.05", "email"), ("2", "sms")])
def test_who_answers_texts_gets_one_only_where_it_pays(worth: str, channel: str) -> None:
    lab = lab_with(worth)
    answers_texts(lab)
    lab.track("ada", "begun")
    assert lab.channels_sent("ada")[-1] == channel


def test_it_reckons_with_the_segments_of_the_text_that_this_person_gets() -> None:
    lab = Lab(prices=PRICES, categories=[NEWS_KIND], strategy=greedy("0.50"))
    text = Message(
        "long",
        Email("News", text="Long: https://shop.example"),
        Sms("{{ profile.words | default: 'Short' }} https://shop.example"),
        category="news",
    )
    lab.add(Journey("tells", start=on("begun"), steps=[Send(text)]))
    tells(lab, "ada", words="x" * 300)
    (why,) = lab.why("ada")
    assert why.trace["detail"]["values"]["sms"][1] == 3 * 74_500


def test_e10_at_the_ceiling_the_cheaper_channel_goes_on() -> None:
    """Prices, budget and value together: no text where the budget does not hold it, whatever it is worth."""
    lab = lab_with("2", budgets=[Budget("texts", Money("0.30", "EUR"))])
    answers_texts(lab)  # three texts and three e-mails, of 0.2285 EUR in all
    for _ in range(2):
        lab.track("ada", "begun")
    assert lab.channels_sent("ada")[-2:] == ["email", "email"]
    assert lab.why("ada")[-1].codes["sms"] == "budget"
    assert lab.engine.budget("texts").left.micros >= 0


def test_why_names_value_and_cost_in_both_languages() -> None:
    lab = lab_with("2")
    answers_texts(lab)
    lab.track("ada", "begun")
    delivery = lab.why("ada")[-1].delivery
    english, french = (lab.engine.why(delivery, language=one) for one in ("en", "fr"))
    assert english.cause == "best_value"
    assert english.sentence.startswith("SMS, because it is expected to bring the most after its cost; ")
    assert "SMS costs 0.0745 €; expected value SMS 1." in english.sentence
    assert " − 0.0745 € = 1." in english.sentence
    assert " − 0.001 € = " in english.sentence
    assert ", an answer being worth 2.00 €; affinity SMS 0." in english.sentence
    assert french.sentence.startswith("SMS, car c'est ce qui devrait rapporter le plus, coût déduit")
    assert "une réponse valant 2,00\u00a0€" in french.sentence


def test_a_hosts_own_function_is_told_the_costs() -> None:
    told: list[Any] = []

    def cheapest(offered: Any, about: Any) -> Any:
        told.append(about["costs"])
        return sorted(offered, key=lambda channel: about["costs"][channel].micros)

    lab = Lab(prices=PRICES, categories=[NEWS_KIND], strategy=cheapest)
    lab.add(Journey("tells", start=on("begun"), steps=[Send(NEWS)]))
    assert lab.channels_sent(tells(lab)) == ["email"]
    assert told == [COSTS]


def test_a_tie_goes_to_the_cheaper_though_the_dearer_is_usual() -> None:
    alike = BestValue("1 EUR", begin={"email": (0.4, 2), "sms": (0.3, 2)}, explore=0)
    costs = {"email": Money("0.10", "EUR"), "sms": Money("0", "EUR")}
    assert alike.rank(question(costs=costs)).channels == ["sms", "email"]
