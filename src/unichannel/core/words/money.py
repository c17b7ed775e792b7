"""Money: an exact amount in one currency, kept in millionths of its unit.

Prices of messages lie below the minor unit (0.0745 EUR), and thousands of them are added, so minor units
would round. Whole millionths hold them exactly, up to nine billion in 64 bits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Self

from unichannel.errors import InvalidInput

__all__ = ["MICRO", "Money", "minor_digits"]

MICRO = 1_000_000
"""Parts of a currency's unit."""

_MOST = 2**63 - 1
_CURRENCY = re.compile(r"[A-Z]{3}")

_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}


def minor_digits(currency: str) -> int:
    """Digits of a currency's minor unit: 2, but for those that ISO 4217 (list one) has with others."""
    return next((digits for digits, names in _DIGITS.items() if currency in names), 2)


@dataclass(frozen=True, init=False, slots=True, repr=False)
class Money:
    """An exact amount in one currency: ``Money("0.0745", "EUR")``.

    ``amount`` is a text, a whole number or a Decimal, of at most six decimals; a float is refused, as it is not
    exact. ``currency`` is an ISO 4217 code. ``micros`` is the amount in millionths. Only equal currencies are
    added and compared. Raises InvalidInput for what is no amount, and for two currencies.
    """

    micros: int
    currency: str

    def __init__(self, amount: str | int | Decimal, currency: str) -> None:
        self._set(_micros(amount), currency)

    def _set(self, micros: int, currency: str) -> None:
        if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
            raise InvalidInput(
                f"{currency!r} is no currency.", thing="currency", mend='Give an ISO 4217 code such as "EUR".'
            )
        if abs(micros) > _MOST:
            raise InvalidInput("the amount is too large.", thing="amount", mend="Nine billion is the most.")
        object.__setattr__(self, "micros", micros)
        object.__setattr__(self, "currency", currency)

    @classmethod
    def of_micros(cls, micros: int, currency: str) -> Self:
        """So many millionths of the currency's unit."""
        made = cls.__new__(cls)
        made._set(micros, currency)
        return made

    @classmethod
    def of_minor(cls, minor: int, currency: str) -> Self:
        """So many minor units: ``of_minor(7450, "EUR")`` is 74.50 EUR."""
        return cls.of_micros(minor * (MICRO // 10 ** minor_digits(currency)), currency)

    @classmethod
    def parse(cls, text: str) -> Self:
        """``"0.0745 EUR"``, as ``str`` writes it; raises InvalidInput."""
        amount, _, currency = text.strip().rpartition(" ") if isinstance(text, str) else ("", "", "")
        if not amount:
            raise InvalidInput(f"{text!r} is no money.", thing=str(text), mend='Write it as "0.0745 EUR".')
        return cls(amount.strip(), currency)

    def __str__(self) -> str:
        whole, part = divmod(abs(self.micros), MICRO)
        digits = f"{part:06d}".rstrip("0").ljust(minor_digits(self.currency), "0")
        return f"{'-' if self.micros < 0 else ''}{whole}{'.' if digits else ''}{digits} {self.currency}"

    def __repr__(self) -> str:
        amount, currency = str(self).split(" ")
        return f"Money({amount!r}, {currency!r})"

    @property
    def amount(self) -> Decimal:
        """The amount in the currency's unit."""
        return Decimal(self.micros) / MICRO

    def __add__(self, other: Money) -> Money:
        return Money.of_micros(self.micros + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money.of_micros(self.micros - self._same(other), self.currency)

    def __mul__(self, times: int) -> Money:
        if not isinstance(times, int):
            return NotImplemented
        return Money.of_micros(self.micros * times, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.micros < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.micros <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.micros > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.micros >= self._same(other)

    def _same(self, other: Money) -> int:
        """The other's millionths, where it is the same currency."""
        if not isinstance(other, Money):
            raise InvalidInput(f"{other!r} is no money.", thing="money", mend="Give Money on both sides.")
        if other.currency != self.currency:
            raise InvalidInput(
                f"{self.currency} and {other.currency} are not added or compared.",
                thing=other.currency,
                mend="Convert one of them first: only you know at which rate.",
            )
        return other.micros


def _micros(amount: str | int | Decimal) -> int:
    if isinstance(amount, bool | float) or not isinstance(amount, str | int | Decimal):
        raise InvalidInput(
            f"{amount!r} is no exact amount.", thing="amount", mend='Give a text, such as "0.0745", or a Decimal.'
        )
    try:
        scaled = Decimal(amount).scaleb(6)
        whole = int(scaled)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise InvalidInput(f"{amount!r} is no amount.", thing="amount", mend='Write it as "0.0745".') from error
    if whole != scaled:
        raise InvalidInput(
            f"{amount!r} has more than six decimals.", thing="amount", mend="A millionth is the smallest part."
        )
    return whole
