"""Strategies: what they rank, what they say of chance, and what is wrong with them (A3, A4, E2, E5, P31)."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journeys.trial import message
from tests.selection.kit import question
from unichannel import Category, Engine, Journey, MemoryStore, Send, on
from unichannel.core.audience.engagement import WHOLE, add
from unichannel.core.audience.profile import Person
from unichannel.core.policy.belief import learnt
from unichannel.core.policy.prior import Prior, pooled
from unichannel.core.policy.selection import asked_for
from unichannel.errors import ConfigurationError, DefinitionError
from unichannel.strategies import Adaptive, BestValue, ByCategory, Mixed, Ordered, Preferred, Strategy
from unichannel.testing import Lab, RecordingTransport
from unichannel.testing.conformance.strategy import StrategyConformance

ALL = [
    Adaptive(),
    Adaptive(explore=0, begin={"sms": (0.4, 3)}),
    Ordered(),
    Ordered(["sms", "email", "push"]),
    Preferred(),
    ByCategory({"urgent": ["sms", "push"], "education": "email"}, otherwise=Adaptive()),
    Mixed([(0.8, Adaptive()), (0.2, "email")]),
    BestValue("0.50 EUR"),
    BestValue("0.02 EUR", least="0 EUR", explore=0),
    ByCategory({"urgent": ["sms", "push"]}, otherwise=BestValue("1 EUR")),
]


class TestConformance(StrategyConformance):
    @pytest.fixture(params=ALL, ids=lambda one: one.kind)
    def strategy(self, request: pytest.FixtureRequest) -> Strategy:
        return request.param


class TestOwn(StrategyConformance):
    @pytest.fixture
    def strategy(self) -> Any:
        return lambda offered, about: sorted(offered, key=lambda one: -about["shown"][one]["answers"])


def base(*kinds: tuple[int, dict[str, float]], seed: int = 1) -> Prior:
    """A base of so many people of each kind, who answer each channel so often; eight messages each."""
    chance, people = Random(seed), []
    for count, likely in kinds:
        for _ in range(count):
            shown: dict[str, Any] = {}
            for channel, share in likely.items():
                for day in range(8):
                    add(shown, (channel, "", day * 86_400_000_000, WHOLE, WHOLE * (chance.random() < share)))
            people.append(shown)
    return Prior(7, 0, pooled(people))


def test_nobody_knows_anything_so_the_usual_channel_comes_first() -> None:
    assert Adaptive().rank(question()).channels == ["email", "sms"]
    assert Adaptive().rank(question(category=Category("alerts", channel="sms"))).channels == ["sms", "email"]


def test_who_answers_sms_only_gets_sms_first_and_back() -> None:
    """From two messages on, without anybody setting anything (P31)."""
    told = (("email", 9, False), ("sms", 8, True))
    assert Adaptive().rank(question(*told)).channels == ["sms", "email"]
    back = (*told, ("sms", 6, False), ("email", 5, True), ("email", 3, True), ("email", 1, True))
    assert Adaptive().rank(question(*back)).channels == ["email", "sms"]


def test_old_answers_fade() -> None:
    young = Adaptive().believe(question(*[("sms", 10 + ago, True) for ago in range(6)]))["sms"]
    old = Adaptive().believe(question(*[("sms", 400 + ago, True) for ago in range(6)]))["sms"]
    assert young.mean > old.mean + 0.1


def test_what_came_after_a_change_counts_more_than_what_came_before() -> None:
    before = [("email", 60 - ago, True) for ago in range(10)]
    after = [("email", 5 - ago, False) for ago in range(5)]
    changed = Adaptive().believe(question(*before, *after))["email"]
    mixed = Adaptive().believe(
        question(*[(c, 60 - 3 * n, y) for n, (c, _, y) in enumerate([*before, *after][::2] + [*before, *after][1::2])])
    )["email"]
    assert changed.mean < mixed.mean - 0.1


def test_the_base_is_useful_from_the_first_message() -> None:
    """No threshold of people, months or deliveries (P31)."""
    prior = base((60, {"email": 0.1, "sms": 0.5}))
    ranking = Adaptive().rank(question(prior=prior))
    assert ranking.channels == ["sms", "email"]
    assert ranking.detail["prior"] == 7


def test_segments_of_the_base_tell_what_silence_means() -> None:
    """Who does not open e-mails is one of those who answer text messages: two silences are enough."""
    prior = base((70, {"email": 0.6, "sms": 0.1}), (30, {"email": 0.02, "sms": 0.6}))
    assert len(prior.segments) == 2
    assert Adaptive(explore=0).rank(question(prior=prior)).channels[0] == "email"
    assert (
        Adaptive(explore=0).rank(question(("email", 9, False), ("email", 5, False), prior=prior)).channels[0] == "sms"
    )


def test_a_prior_comes_back_as_it_was_stored() -> None:
    import json

    prior = base((40, {"email": 0.3, "sms": 0.2}))
    again = Prior.from_json(prior.id, prior.at, json.loads(json.dumps(prior.as_json())))
    assert [(share, dict(starts)) for share, starts in again.segments] == [
        (share, dict(starts)) for share, starts in prior.segments
    ]


@given(st.floats(0, 1, exclude_max=True))
def test_a_mix_keeps_to_its_odds(draw: float) -> None:
    mix = Mixed([(0.25, "sms"), (0.75, "email")])
    ranking = mix.rank(question(draw=draw))
    assert ranking.odds == {"sms": 0.25, "email": 0.75}
    assert ranking.channels[0] == ("sms" if draw < 0.25 else "email")


def test_a_kind_goes_its_own_way_first_and_then_as_all_do() -> None:
    by_kind = ByCategory({"news": "push", "urgent": ["sms", "push"]}, otherwise=Ordered(["sms", "email", "push"]))
    offered = ("email", "sms", "push")
    assert by_kind.rank(question(offered=offered)).channels == ["push", "sms", "email"]
    urgent = Category("alerts", purpose="transactional", urgency="urgent")
    assert by_kind.rank(question(offered=offered, category=urgent)).channels == ["sms", "push", "email"]
    assert by_kind.rank(question(offered=offered, category=Category("other"))).channels == ["sms", "email", "push"]
    assert by_kind.rank(question(offered=("email", "sms"))).channels == ["sms", "email"]


def test_a_mix_inside_a_mix_draws_for_itself() -> None:
    """What is left of the draw is the part's own: else one half of a half never comes."""
    mix = Mixed([(0.5, Mixed([(0.5, "email"), (0.5, "sms")])), (0.5, "push")])
    offered = ("email", "sms", "push")
    first = [mix.rank(question(offered=offered, draw=place / 100)).channels[0] for place in range(100)]
    assert {one: first.count(one) / 100 for one in offered} == mix.rank(question(offered=offered)).odds
    assert (first.count("email"), first.count("sms"), first.count("push")) == (25, 25, 50)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Mixed([(0.5, "sms"), (0.4, "email")]),
        lambda: Mixed([]),
        lambda: Mixed([(1.5, "sms"), (-0.5, "email")]),
        lambda: Adaptive(begin={"sms": (0.3, 0)}),
        lambda: Adaptive(begin={"sms": (1.2, 2)}),
        lambda: Adaptive(explore=0.9),
        lambda: BestValue("-1 EUR"),
        lambda: BestValue("much"),
        lambda: BestValue("1 EUR", explore=0.9),
        lambda: BestValue("1 EUR", least="1 USD"),
        lambda: Send(message("news", "marketing"), via="sms", strategy="adaptive"),
    ],
)
def test_what_cannot_work_is_said_when_it_is_written(wrong: Any) -> None:
    with pytest.raises(DefinitionError):
        wrong()


@pytest.mark.parametrize(
    "more",
    [
        {"strategy": "ours"},
        {"strategies": {"ours": lambda offered: offered}},
        {"strategy": Ordered("fax")},
        {"strategy": ByCategory({"nothing": "email"})},
        {"categories": [Category("alerts", strategy="ours")]},
        {"journeys": [Journey("j", start=on("x"), steps=[Send(message("news", "marketing"), strategy="ours")])]},
    ],
)
def test_what_cannot_work_is_said_when_the_engine_is_made(more: dict[str, Any]) -> None:
    routes = {"email": RecordingTransport(), "sms": RecordingTransport(name="other")}
    with pytest.raises(ConfigurationError):
        Engine(MemoryStore(), routes=routes, **more)


def sends(lab: Lab, **fields: Any) -> str:
    lab.add(Journey("tells", start=on("begun"), steps=[Send(message("news", "transactional"))]))
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC", **fields)
    lab.track(ada, "begun")
    return ada


def test_a_hosts_own_strategy_is_asked_by_its_name(lab: Lab) -> None:
    asked: list[dict[str, Any]] = []

    def ours(offered: Any, about: Any) -> list[str]:
        asked.append(dict(about))
        return sorted(offered, reverse=True)

    lab.use(strategies={"ours": ours}, categories=[Category("transactional", purpose="transactional", strategy="ours")])
    assert lab.channels_sent(sends(lab, plan="pro")) == ["sms"]
    assert asked[0]["attributes"] == {"plan": "pro"}
    assert "ada@example.com" not in repr(asked)
    assert "612345678" not in repr(asked)


def test_a_channel_that_was_not_offered_is_left_out(lab: Lab) -> None:
    lab.use(strategy=lambda offered, about: ["pigeon", "sms", "email"])
    ada = sends(lab)
    assert lab.channels_sent(ada) == ["sms"]
    assert lab.why(ada)[0].codes["pigeon"] == "not_offered"


def test_a_strategy_that_breaks_loses_nothing(lab: Lab) -> None:
    lab.use(strategy=lambda offered, about: 1 / 0)
    ada = sends(lab)
    assert lab.channels_sent(ada) == ["email"]
    assert lab.why(ada)[0].trace["detail"]["error"] == "ZeroDivisionError"


def test_e2_what_a_person_asked_for_comes_first_whatever_the_strategy_says(lab: Lab) -> None:
    lab.use(strategy=Ordered(["email", "sms"]))
    ada = sends(lab, preferences={"transactional": "sms"})
    assert lab.channels_sent(ada) == ["sms"]
    assert lab.why(ada)[0].trace["detail"]["stated"] == "sms"


@pytest.mark.parametrize(
    ("preferences", "channel"),
    [
        ({"offers": "sms"}, "sms"),
        ({"news": "push"}, "push"),
        ({"*": "chat"}, "chat"),
        ({"*": "chat", "news": "push"}, "push"),
        ({"*": "chat", "news": "push", "offers": "sms"}, "sms"),
        ({"other": "sms"}, None),
    ],
)
def test_e2_a_wish_is_found_by_its_topic_then_by_its_kind_then_for_all(
    preferences: dict[str, str], channel: str | None
) -> None:
    person = Person(1, "ada", preferences=preferences)
    assert asked_for(person, Category("news", topic="offers")) == channel


def test_a_rule_of_the_hosts_refuses_a_channel(lab: Lab) -> None:
    lab.use(
        rules={"no_mail_to_pros": lambda channel, about: channel == "email" and about["attributes"]["plan"] == "pro"}
    )
    ada = sends(lab, plan="pro")
    assert lab.channels_sent(ada) == ["sms"]
    assert lab.why(ada)[0].codes["email"] == "rule"


def test_the_trace_has_the_odds_of_every_candidate(lab: Lab) -> None:
    lab.use(strategy="adaptive")
    detail = lab.why(sends(lab))[0].trace["detail"]
    assert set(detail["odds"]) == {"email", "sms"}
    assert sum(detail["odds"].values()) == pytest.approx(1)
    assert detail["prior"] == lab.engine._calls.ready().setting.prior.id


def test_a_try_is_worth_what_it_tells_of_all_channels() -> None:
    """Among two kinds of people a silence on one channel tells of the other; where all are alike it tells nothing."""
    apart = base((60, {"email": 0.7, "sms": 0.1}), (40, {"email": 0.05, "sms": 0.7}))
    alike = base((100, {"email": 0.4, "sms": 0.1}))
    told = [learnt(Adaptive().believe(question(prior=prior)), "email") for prior in (apart, alike)]
    assert told[0] > 0.1
    assert told[1] == pytest.approx(0.0, abs=0.01)


def test_nothing_is_left_to_chance_where_the_first_try_tells_enough() -> None:
    """E-mail first, and its silence says to try SMS: no SMS by chance is needed to find out."""
    apart = base((60, {"email": 0.7, "sms": 0.1}), (40, {"email": 0.05, "sms": 0.7}))
    assert Adaptive().rank(question(prior=apart)).odds["email"] > 0.97


@given(st.lists(st.tuples(st.sampled_from(["email", "sms"]), st.integers(1, 40), st.booleans()), max_size=8))
@settings(max_examples=25)
def test_a_try_never_costs_knowledge_and_chance_keeps_to_its_bound(shown: list[tuple[str, int, bool]]) -> None:
    prior = base((60, {"email": 0.5, "sms": 0.1}), (40, {"email": 0.05, "sms": 0.5}))
    asked = question(*shown, prior=prior)
    known = Adaptive().believe(asked)
    best = max(belief.mean for belief in known.values())
    assert all(0.0 <= learnt(known, channel) <= 1.0 - best for channel in known)
    odds = Adaptive(explore=0.2).rank(asked).odds
    assert sum(odds.values()) == pytest.approx(1.0)
    assert max(odds.values()) >= 0.8
