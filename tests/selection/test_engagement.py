"""What is kept of what a person shows: exact in any order, and only what people did (P34)."""

from __future__ import annotations

from copy import deepcopy
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journeys.trial import message
from tests.selection.kit import TODAY, delivery_of, question
from unichannel import Journey, Send, Wait, days, hours, on
from unichannel.core.audience.engagement import KEPT, WHOLE, Learning, Used, add, added, credit, is_try, total
from unichannel.core.messaging.delivery import merge
from unichannel.core.words.channel import BUILT_IN
from unichannel.core.words.instant import DAY
from unichannel.errors import DefinitionError
from unichannel.strategies import Adaptive, Followed
from unichannel.testing import Lab

_told = st.tuples(
    st.sampled_from(["email", "email", "sms"]),
    st.just("news"),
    st.integers(0, 40).map(lambda day: day * DAY + 7),
    st.sampled_from([0, 100, -100]),
    st.integers(0, 100),
)


@given(st.lists(_told, min_size=30, max_size=60), st.integers())
def test_any_order_gives_the_same_numbers(facts: list[tuple[str, str, int, int, int]], seed: int) -> None:
    one, other = {}, {}
    for fact in facts:
        add(one, fact)
    for fact in Random(seed).sample(facts, len(facts)):
        add(other, fact)
    assert one == other
    assert all(len(by_day) <= KEPT for categories in one.values() for by_day in categories.values())


@given(st.lists(_told, max_size=40), st.lists(_told, max_size=40))
def test_two_profiles_that_are_one_person_have_shown_what_both_did(mine: list, others: list) -> None:
    one, other, both = {}, {}, {}
    for fact in mine:
        add(one, fact)
    for fact in others:
        add(other, fact)
    for fact in (*mine, *others):
        add(both, fact)
    before = deepcopy((one, other))
    assert added(one, other) == added(other, one) == both
    assert (one, other) == before


@given(st.permutations(["accepted", "delivered", "opened", "clicked", "replied", "converted"]), st.integers(0, 6))
def test_what_is_added_for_a_delivery_comes_to_its_worth_in_any_order(order: list[str], most: int) -> None:
    weighed = Learning(weights={"opened": 0.5, "clicked": 0.8})
    delivery, counts = delivery_of(tried=True), 0
    for place, fact in enumerate(order[:most]):
        before = credit(delivery, weighed, BUILT_IN["email"])[1]
        delivery.facts = merge(delivery.facts, fact, place)
        counts += credit(delivery, weighed, BUILT_IN["email"])[1] - before
    assert counts == credit(delivery, weighed, BUILT_IN["email"])[1]


@pytest.mark.parametrize(
    ("channel", "facts", "worth"),
    [
        ("email", {"delivered": 1}, 0),
        ("email", {"machine_opened": 1, "machine_clicked": 1}, 0),
        ("email", {"opened": 1}, 100),
        ("sms", {"opened": 1}, 0),
        ("sms", {"replied": 1}, 100),
    ],
)
def test_p34_only_what_people_did_counts_and_only_what_a_channel_can_show(
    channel: str, facts: dict[str, int], worth: int
) -> None:
    assert Learning().worth(facts, BUILT_IN[channel]) == worth


def test_a_channel_is_not_punished_for_a_signal_that_it_cannot_give() -> None:
    sms = BUILT_IN["sms"]
    assert not is_try(sms, {"accepted", "delivered"}, None)
    assert not is_try(sms, {"delivered", "replied"}, None)  # nothing was asked
    assert is_try(sms, {"delivered", "replied"}, "replied")
    assert is_try(sms, {"clicked"}, None)
    silent, answered = delivery_of("sms"), delivery_of("sms", facts={"replied": 5})
    assert credit(silent, Learning(), sms) == (0, 0)
    assert credit(answered, Learning(), sms) == (100, 100)


def test_what_never_arrived_is_no_try() -> None:
    delivery = delivery_of(tried=True)
    assert credit(delivery, Learning(), BUILT_IN["email"]) == (100, 0)
    delivery.facts = {"bounced": 9}
    assert credit(delivery, Learning(), BUILT_IN["email"]) == (0, 0)


def begin(lab: Lab, meet: object) -> str:
    lab.add(
        Journey("tells", start=on("begun"), steps=[Send(message("news", "transactional"), via="email"), Wait(days(9))])
    )
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC")
    lab.track(ada, "begun")
    return ada


def shown(lab: Lab, profile: str, channel: str = "email") -> tuple[float, float]:
    return total(lab.history(profile).person.engagement, channel)  # type: ignore[union-attr]


def test_it_is_kept_as_it_happens(lab: Lab) -> None:
    ada = begin(lab, None)
    assert shown(lab, ada) == (1, 0)
    lab.opens(ada)
    lab.clicks(ada)
    assert shown(lab, ada) == (1, 1)
    lab.opens(ada)
    assert shown(lab, ada) == (1, 1)


def test_p34_an_open_by_a_machine_is_kept_and_does_not_count(lab: Lab) -> None:
    ada = begin(lab, None)
    lab.tell("opened", ada, machine=True)
    assert shown(lab, ada) == (1, 0)
    assert "machine_opened" in lab.history(ada).deliveries[0].facts  # type: ignore[union-attr]


def test_a_bounce_takes_the_try_back(lab: Lab) -> None:
    ada = begin(lab, None)
    lab.bounces(ada)
    assert shown(lab, ada) == (0, 0)


def test_what_people_do_counts_for_the_channel_that_it_followed(lab: Lab) -> None:
    used = Used("device", {"phone": "sms"}, weight=0.1)
    lab.use(learning=Learning(events={"purchase": Followed(within=days(2)), "app.opened": used}))
    ada = begin(lab, None)
    lab.advance(hours(1))
    lab.track(ada, "purchase")
    assert shown(lab, ada) == (1, 1)
    lab.track(ada, "app.opened", {"device": "phone"})
    lab.track(ada, "app.opened", {"device": "desk"})
    assert shown(lab, ada, "sms") == (0.1, 0.1)


def test_a_purchase_long_after_follows_nothing(lab: Lab) -> None:
    lab.use(learning=Learning(events={"purchase": Followed(within=days(2))}))
    ada = begin(lab, None)
    lab.advance(days(3))
    lab.track(ada, "purchase")
    assert shown(lab, ada) == (1, 0)


def test_weights_that_are_none_are_said() -> None:
    with pytest.raises(DefinitionError, match="no evidence"):
        Learning(weights={"opend": 1})
    with pytest.raises(DefinitionError):
        Learning(weights={"opened": 1.5})
    with pytest.raises(DefinitionError, match="half-life"):
        Learning(half_life=days(0))
    with pytest.raises(DefinitionError, match="follows within some time"):
        Followed(within=days(0))


def test_a_message_of_today_is_no_silence_yet_and_an_answer_counts_at_once() -> None:
    """Two messages of one morning: the first has had no time to be answered."""
    silent, answered = question(("email", 0, False)), question(("email", 0, True))
    assert silent.shown("email") == (0.0, 0.0)
    assert answered.shown("email") == (1.0, 1.0)
    assert question(("email", 1, False)).shown("email") == (1.0, 0.0)
    assert Adaptive().believe(silent)["email"].mean == pytest.approx(Adaptive().believe(question())["email"].mean)
    assert silent.person.engagement["email"]["news"][str(TODAY)] == [WHOLE, 0]
