"""Money is exact, and two currencies never meet."""

from __future__ import annotations

import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unichannel.core.words.money import Money
from unichannel.errors import InvalidInput

MICROS = st.integers(-(10**12), 10**12)
CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD", "CLF"])


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money("0.0745", "EUR"), "0.0745 EUR"),
        (Money("500", "EUR"), "500.00 EUR"),
        (Money(500, "JPY"), "500 JPY"),
        (Money("1.5", "KWD"), "1.500 KWD"),
        (Money(Decimal("-0.5"), "USD"), "-0.50 USD"),
        (Money.of_minor(7450, "EUR"), "74.50 EUR"),
        (Money.of_minor(74, "JPY"), "74 JPY"),
        (Money.parse(" 0.000001 EUR "), "0.000001 EUR"),
    ],
)
def test_it_is_written_plain(money: Money, text: str) -> None:
    assert str(money) == text


def test_prices_below_the_minor_unit_are_exact() -> None:
    assert sum([Money("0.0745", "EUR")] * 10_000, Money(0, "EUR")) == Money("745.00", "EUR")
    assert Money("0.0745", "EUR") * 3 == 3 * Money("0.0745", "EUR") == Money("0.2235", "EUR")


@given(MICROS, CURRENCIES)
def test_it_is_read_as_it_was_written(micros: int, currency: str) -> None:
    money = Money.of_micros(micros, currency)
    assert Money.parse(str(money)) == money == pickle.loads(pickle.dumps(money))  # noqa: S301
    assert Money(money.amount, currency) == money
    assert eval(repr(money)) == money  # noqa: S307


@given(MICROS, MICROS, MICROS, CURRENCIES)
def test_adding_has_its_laws(a: int, b: int, c: int, currency: str) -> None:
    x, y, z = (Money.of_micros(one, currency) for one in (a, b, c))
    assert x + y == y + x
    assert (x + y) + z == x + (y + z)
    assert x + y - y == x
    assert (x < y) == (a < b) == (y > x)


@pytest.mark.parametrize(
    ("amount", "currency", "wrong"),
    [
        (0.0745, "EUR", "no exact amount"),
        (True, "EUR", "no exact amount"),
        ("a lot", "EUR", "no amount"),
        ("NaN", "EUR", "no amount"),
        ("Infinity", "EUR", "no amount"),
        ("0.0000001", "EUR", "six decimals"),
        ("1", "eur", "no currency"),
        ("1", "€", "no currency"),
        ("1e40", "EUR", "too large"),
    ],
)
def test_what_is_no_money_is_refused(amount: Any, currency: str, wrong: str) -> None:
    with pytest.raises(InvalidInput, match=wrong):
        Money(amount, currency)


def test_two_currencies_are_neither_added_nor_compared() -> None:
    for act in (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a >= b):
        with pytest.raises(InvalidInput, match="EUR and USD"):
            act(Money(1, "EUR"), Money(1, "USD"))
    assert Money(1, "EUR") != Money(1, "USD")
