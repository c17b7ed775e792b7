"""Expected value minus cost, as a function of plain values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unichannel import Money
from unichannel.errors import DefinitionError, InvalidInput
from unichannel.strategies import BestValue, Option

EMAIL, SMS = Option("email", 0.20, Money("0.001", "EUR")), Option("sms", 0.40, Money("0.0745", "EUR"))
OPTIONS = st.lists(
    st.builds(
        Option,
        st.sampled_from(["email", "sms", "push", "voice"]),
        st.floats(0, 1),
        st.one_of(st.none(), st.integers(0, 10**6).map(lambda micros: Money.of_micros(micros, "EUR"))),
    ),
    unique_by=lambda one: one.channel,
)


@pytest.mark.parametrize(
    ("worth", "ranked"),
    [("0.10", ["email", "sms"]), ("0.3675", ["email", "sms"]), ("0.37", ["sms", "email"]), ("5", ["sms", "email"])],
)
def test_the_dearer_channel_is_taken_where_a_success_is_worth_it(worth: str, ranked: list[str]) -> None:
    """0.20 more probable for 0.0735 EUR more: worth it from 0.3675 EUR on; at a tie the cheaper."""
    assert BestValue(Money(worth, "EUR")).rank([SMS, EMAIL]) == ranked


def test_an_unknown_cost_comes_last_and_is_not_nothing() -> None:
    unknown = [Option("whatsapp", 0.9, None), Option("rcs", 0.95, None)]
    assert BestValue(Money("1", "EUR")).rank([*unknown, EMAIL]) == ["email", "rcs", "whatsapp"]


def test_what_is_worth_too_little_may_be_left_out() -> None:
    assert BestValue(Money("0.10", "EUR"), Money("0", "EUR")).rank([SMS, EMAIL]) == ["email"]


@given(OPTIONS, st.integers(0, 10**7))
def test_nothing_is_lost_and_each_is_at_least_as_good_as_the_next(options: list[Option], worth: int) -> None:
    best = BestValue(Money.of_micros(worth, "EUR"))
    ranked = best.rank(options)
    assert sorted(ranked) == sorted(one.channel for one in options)
    assert ranked == best.rank(sorted(options, key=lambda one: ranked.index(one.channel)))
    known = {one.channel: one for one in options}
    values = [value for name in ranked if (value := best.value(known[name])) is not None]
    assert values == sorted(values, reverse=True)
    costs = [known[name].cost is None for name in ranked]
    assert costs == sorted(costs)


@pytest.mark.parametrize(
    ("make", "error", "wrong"),
    [
        (lambda: Option("sms", 1.5, None), InvalidInput, "no probability"),
        (lambda: Option("sms", float("nan"), None), InvalidInput, "no probability"),
        (lambda: Option("sms", 0.5, Money("-1", "EUR")), InvalidInput, "costs less than 0"),
        (lambda: BestValue(Money("-1", "EUR")), DefinitionError, "less than nothing"),
        (lambda: BestValue(Money(1, "EUR"), Money(1, "USD")), DefinitionError, "least in USD"),
        (lambda: BestValue(Money(1, "USD")).rank([SMS]), InvalidInput, "priced in EUR"),
    ],
)
def test_what_is_wrong_is_refused(make: Any, error: type[Exception], wrong: str) -> None:
    with pytest.raises(error, match=wrong):
        make()
