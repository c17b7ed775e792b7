"""Price tables: by channel, country and unit; what is not known is unknown, never 0."""

from __future__ import annotations

from typing import Any

import pytest

from unichannel import Email, Sms
from unichannel.core.messaging.content import Push
from unichannel.core.policy.prices import Prices, Quote
from unichannel.core.words.money import Money
from unichannel.errors import ConfigurationError

TABLE = Prices(
    {
        "email": Money("0.0009", "EUR"),
        "sms": {"FR": "0.0745 EUR", "US": "0.0079 EUR"},
        "mms": {"FR": "0.30 EUR", "*": "0.50 EUR"},
        "voice": "0.05 EUR",
    }
)
FRENCH, AMERICAN, GERMAN = "+33612345678", "+12025550123", "+4915112345678"


@pytest.mark.parametrize(
    ("channel", "address", "text", "quote"),
    [
        ("email", "ada@example.com", "x" * 9000, Quote(900, 1, None)),
        ("sms", FRENCH, "a" * 160, Quote(74_500, 1, "FR")),
        ("sms", FRENCH, "a" * 159 + "€", Quote(149_000, 2, "FR")),
        ("sms", FRENCH, "ê" * 71, Quote(149_000, 2, "FR")),
        ("sms", AMERICAN, "Hi", Quote(7_900, 1, "US")),
        ("sms", GERMAN, "Hi", Quote(None, 1, "DE")),
        ("mms", FRENCH, "a" * 500, Quote(300_000, 1, "FR")),
        ("mms", GERMAN, "Hi", Quote(500_000, 1, "DE")),
        ("push", "token", "Hi", Quote(0, 1, None)),
        ("whatsapp", FRENCH, "Hi", Quote(None, 1, "FR")),
        ("voice", FRENCH, "word " * 150, Quote(50_000, 1, "FR")),
        ("voice", FRENCH, "word " * 151, Quote(100_000, 2, "FR")),
    ],
)
def test_what_a_message_costs(channel: str, address: str, text: str, quote: Quote) -> None:
    content = Email("Hi", text=text) if channel == "email" else Push("Hi", text) if channel == "push" else Sms(text)
    assert TABLE.quote(channel, address, content) == quote


def test_a_free_channel_may_have_a_price() -> None:
    assert Prices({"push": "0.001 EUR"}).unit("push", None) == 1000
    assert Prices({"sms": "0.08 EUR"}, free=()).unit("push", None) is None


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ({"sms": "-0.01 EUR"}, "the price of sms is below 0"),
        ({"sms": {"UK": "0.04 EUR"}}, "'UK', which there is not. Write 'GB'"),
        ({"sms": {"XX": "0.04 EUR"}}, "'XX'"),
        ({"sms": {"fr": "0.04 EUR"}}, "'fr'"),
        ({"sms": "0.04 EUR", "email": "0.01 USD"}, "EUR and USD"),
        ({"sms": {"FR": "0.04 EUR", "*": "0.05 GBP"}}, "EUR and GBP"),
        ({"sms": "0.04"}, "'0.04' is no money. Write it as \"0.0745 EUR\".$"),
        ({"sms": 0.04}, "the price of sms cannot be read: 0.04 is no money"),
        ([("sms", "0.04 EUR")], "are no table"),
        ({}, "no price"),
    ],
)
def test_a_wrong_table_is_refused(table: Any, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=wrong):
        Prices(table)
