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
from unichannel.core.policy.belief import Belief
from unichannel.core.policy.lookahead import MESSAGES, promises
from unichannel.core.policy.prior import Prior, pooled
from unichannel.core.policy.selection import asked_for
from unichannel.core.words.instant import DAY
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


def test_one_channel_alone_shows_the_segments() -> None:
    """Who never answers e-mails is told apart before anything else was tried with anybody."""
    prior = base((70, {"email": 0.6}), (30, {"email": 0.02}))
    shares = sorted(share for share, _ in prior.segments)
    assert shares == pytest.approx([0.3, 0.7], abs=0.07)
    assert len(base((100, {"email": 0.4})).segments) == 1


def test_a_few_people_say_little_and_fewer_than_thirty_nothing() -> None:
    few, many = (base((count, {"email": 0.5, "sms": 0.3})) for count in (30, 300))
    weights = [sum(one.segments[0][1]["sms", ""]) for one in (few, many)]
    assert weights[0] < weights[1]
    assert not base((29, {"email": 0.5, "sms": 0.3})).knows("sms")


def test_a_category_begins_with_what_its_channel_shows() -> None:
    """The first answers to a new kind of message are luck."""
    people = []
    for key in range(60):
        engagement: dict[str, Any] = {}
        for day in range(10):
            add(engagement, ("sms", "news", day * DAY, WHOLE, WHOLE * (key % 10 == 0)))
        if key < 30:
            add(engagement, ("sms", "urgent", DAY, WHOLE, WHOLE * (key % 3 > 0)))
        people.append(engagement)
    ((_, starts),) = pooled(people)
    answers, silences = starts["sms", "urgent"]
    assert answers / (answers + silences) < 0.56, "20 of 30 answered, and the channel as a whole is answered one in ten"


def test_chance_falls_with_the_square_of_what_is_known() -> None:
    prior = base((100, {"email": 0.4, "sms": 0.1}))
    (start,) = [starts["sms", ""] for _, starts in prior.segments]
    odds = Adaptive(explore=0.5).rank(question(prior=prior)).odds
    assert odds["sms"] == pytest.approx(0.05 * (2 / sum(start)) ** 2)


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
    """Some never open e-mails: one silence makes SMS the likelier, and one more try of e-mail still pays."""
    some_never = base((60, {"email": 0.45, "sms": 0.24}), (40, {"email": 0.0, "sms": 0.24}))
    asked = question(("email", 9, False), prior=some_never)
    known = Adaptive().believe(asked)
    assert known["email"].mean < known["sms"].mean
    ranking = Adaptive(explore=0).rank(asked)
    assert ranking.channels == ["email", "sms"]
    assert ranking.detail["promised"]["email"] > ranking.detail["promised"]["sms"], "and the trace says why"
    silent = question(*[("email", 3 * n, False) for n in range(1, 6)], prior=some_never)
    assert Adaptive(explore=0).rank(silent).channels == ["sms", "email"]
    assert "promised" not in Adaptive(explore=0).rank(silent).detail, "the means decided"


def test_light_parts_of_a_belief_take_nothing_from_a_promise() -> None:
    parts = [(0.82, 0.4, 8.0), *[(0.009, 0.4, 8.0)] * 20]
    assert promises({"email": Belief(0.4, 0, 0, 8, parts)}) == pytest.approx({"email": 0.4 * MESSAGES})


def test_where_all_are_alike_a_try_tells_nothing() -> None:
    alike = base((100, {"email": 0.4, "sms": 0.1}))
    known = Adaptive().believe(question(prior=alike))
    assert promises(known)["email"] == pytest.approx(MESSAGES * known["email"].mean, abs=0.01)


def test_hardly_anything_is_left_to_chance_where_the_first_try_tells_enough() -> None:
    """E-mail first, and its silence says to try SMS: no SMS by chance is needed to find out."""
    apart = base((60, {"email": 0.7, "sms": 0.1}), (40, {"email": 0.05, "sms": 0.7}))
    assert Adaptive().rank(question(prior=apart)).odds["email"] > 0.97


SHOWS = st.tuples(st.floats(0.02, 0.98), st.floats(0.5, 60))


def foreseen(known: dict[str, Belief], tries: int, left: int) -> dict[str, float]:
    """The same by the definition: every answer and silence of so many tries, then the best of each end."""
    if not tries:
        return {one: left * (belief.mean - belief.less) for one, belief in known.items()}
    found = {}
    for tried, belief in known.items():
        found[tried] = belief.mean - belief.less
        for hit, odds in ((1, belief.mean), (0, 1 - belief.mean)):
            weights = [w * (m if hit else 1 - m) / odds for w, m, _ in belief.parts]
            then = {}
            for one, other in known.items():
                parts = [
                    (weight, (m * n + hit) / (n + 1) if one == tried else m, n + 1 if one == tried else n)
                    for weight, (_, m, n) in zip(weights, other.parts, strict=True)
                ]
                then[one] = Belief(sum(w * m for w, m, _ in parts), 0, 0, 0, parts, other.less)
            found[tried] += odds * max(foreseen(then, tries - 1, left - 1).values())
    return found


@given(
    st.lists(
        st.tuples(st.floats(0.1, 1), *[st.tuples(st.floats(0.02, 0.98), st.floats(0.5, 60))] * 3),
        min_size=1,
        max_size=4,
    ),
    st.floats(0, 0.3),
)
@settings(max_examples=25)
def test_promises_are_what_following_two_tries_to_each_end_gives(kinds: list[Any], cost: float) -> None:
    total = sum(weight for weight, *_ in kinds)
    known = {}
    for place, channel in enumerate(("email", "sms", "push")):
        parts = [(kind[0] / total, *kind[place + 1]) for kind in kinds]
        known[channel] = Belief(sum(w * m for w, m, _ in parts), 0, 0, 0, parts, cost if place else 0.0)
    assert promises(known) == pytest.approx(foreseen(known, 2, MESSAGES))


@given(st.lists(st.tuples(st.sampled_from(["email", "sms"]), st.integers(1, 40), st.booleans()), max_size=8))
@settings(max_examples=25)
def test_a_promise_is_never_below_staying_and_chance_keeps_to_its_bound(shown: list[tuple[str, int, bool]]) -> None:
    prior = base((60, {"email": 0.5, "sms": 0.1}), (40, {"email": 0.05, "sms": 0.5}))
    asked = question(*shown, prior=prior)
    known = Adaptive().believe(asked)
    best = max(belief.mean for belief in known.values())
    promised = promises(known)
    assert all(best * (MESSAGES - 1) - 0.01 <= one <= MESSAGES for one in promised.values())
    odds = Adaptive(explore=0.2).rank(asked).odds
    assert sum(odds.values()) == pytest.approx(1.0)
    assert max(odds.values()) >= 0.8
