"""Prices: what a message costs on a channel, by the country of its address and what it is charged by.

An e-mail, a push, an MMS and any other are charged by the message, an SMS by its segments, a call by its
minutes, which are estimated from its words. A price that is not known is unknown, never 0.

No price list is shipped: none was found that its provider publishes for everybody, with a date, in a form that
may be kept. Free are the channels of which a source says so:

- push and web_push: "reliably send messages at no cost", https://firebase.google.com/docs/cloud-messaging,
  read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import phonenumbers

from unichannel.core.messaging.content import Content
from unichannel.core.messaging.sms import segments
from unichannel.core.words.address import country_mend, country_of_phone
from unichannel.core.words.money import Money
from unichannel.errors import ConfigurationError, InvalidInput

__all__ = ["ELSEWHERE", "FREE", "MEASURED", "Prices", "Quote", "units_of"]

ELSEWHERE = "*"
"""The key of a price for all countries that are not named."""

FREE = frozenset({"push", "web_push"})

MEASURED = frozenset({"sms", "voice"})
"""Channels whose price hangs on the text, which has to be rendered to know it."""

_WORDS_A_MINUTE = 150
"""How fast a voice reads aloud (https://en.wikipedia.org/wiki/Words_per_minute: audiobooks 150 to 160)."""

Price: TypeAlias = "Money | str"


@dataclass(frozen=True, slots=True)
class Quote:
    """What one delivery is expected to cost: ``micros`` is None where that is not known.

    ``units``: segments, minutes or 1. ``country`` is None for an address that names none.
    """

    micros: int | None
    units: int = 1
    country: str | None = None


class Prices:
    """A price table: ``Prices({"email": "0.0009 EUR", "sms": {"FR": "0.0745 EUR", "*": "0.09 EUR"}})``.

    For each channel a price, or prices by ISO 3166 country, ``*`` for all others. A price is Money or its text,
    and all are in one currency: converting is the host's. SMS are priced by the segment, voice by the minute begun.
    ``free`` are channels that cost nothing, where the table does not say otherwise. Raises ConfigurationError for a
    negative price, an unknown country, two currencies, an empty table.
    """

    def __init__(self, table: Mapping[str, Price | Mapping[str, Price]], *, free: Iterable[str] = FREE) -> None:
        if not isinstance(table, Mapping):
            raise ConfigurationError(
                "the prices are no table.", thing="prices", mend='Give it by channel: {"sms": "0.08 EUR"}.'
            )
        read = {channel: _by_country(channel, prices) for channel, prices in table.items()}
        currencies = sorted({price.currency for prices in read.values() for price in prices.values()})
        if len(currencies) != 1:
            raise ConfigurationError(
                f"the prices are in {' and '.join(currencies)}." if currencies else "there is no price.",
                thing="prices",
                mend="Convert them to one currency first." if currencies else 'Give one, such as {"sms": "0.08 EUR"}.',
            )
        self.currency = currencies[0]
        self._table = {channel: {ELSEWHERE: 0} for channel in free if channel not in read}
        self._table |= {
            channel: {country: price.micros for country, price in prices.items()} for channel, prices in read.items()
        }

    def __repr__(self) -> str:
        return f"Prices({', '.join(sorted(self._table))}; {self.currency})"

    def __contains__(self, channel: object) -> bool:
        return channel in self._table

    @property
    def channels(self) -> tuple[str, ...]:
        """Those that have a price, the free ones too."""
        return tuple(self._table)

    def unit(self, channel: str, country: str | None) -> int | None:
        """Millionths for one message, segment or minute there; None where that is not known."""
        prices = self._table.get(channel, {})
        return prices.get(country or ELSEWHERE, prices.get(ELSEWHERE))

    def quote(self, channel: str, address: str, content: Content) -> Quote:
        """What this rendered content costs to this address; its units are counted only where there is a price."""
        country = country_of_phone(address) if address.startswith("+") else None
        unit = self.unit(channel, country)
        units = units_of(channel, content) if unit else 1
        return Quote(None if unit is None else unit * units, units, country)


def units_of(channel: str, content: Content) -> int:
    """What a rendered content is charged by: segments of an SMS, minutes of a call, else the message."""
    if channel == "sms":
        return len(segments(_text(content)))
    if channel == "voice":
        return max(1, -(-len(_text(content).split()) // _WORDS_A_MINUTE))
    return 1


def _text(content: Content) -> str:
    text = getattr(content, "text", None)
    return text if isinstance(text, str) else " ".join(str(getattr(content, name, "")) for name in content.texts)


def _by_country(channel: str, prices: Price | Mapping[str, Price]) -> dict[str, Money]:
    if not isinstance(prices, Mapping):
        return {ELSEWHERE: _price(channel, prices)}
    for country in prices:
        if country != ELSEWHERE and country not in phonenumbers.SUPPORTED_REGIONS:
            raise ConfigurationError(
                f"the price of {channel} names the country {country!r}, which there is not.",
                thing=str(country),
                mend=f"{country_mend(country)} '*' is all others.",
            )
    return {country: _price(f"{channel} to {country}", price) for country, price in prices.items()}


def _price(what: str, given: Price) -> Money:
    try:
        price = given if isinstance(given, Money) else Money.parse(given)
    except InvalidInput as error:
        raise ConfigurationError(
            f"the price of {what} cannot be read: {error.message}", thing=what, mend=error.mend
        ) from error
    if price.micros < 0:
        raise ConfigurationError(f"the price of {what} is below 0.", thing=what, mend="Give 0 or more.")
    return price
