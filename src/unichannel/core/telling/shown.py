"""How values are shown: instants in a zone, lengths, numbers, money, by a language's own rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from unichannel.core.calendar.zone import local
from unichannel.core.telling.language import Language
from unichannel.core.words.instant import DAY, HOUR, MINUTE, SECOND

__all__ = ["Moment", "counted", "length", "money", "number", "span_of_fields"]

_UNITS = (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", SECOND))
_MICRO = 6


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in a sentence: ``{at:until}`` is "until 10:02" on the day of ``today``, else "until 8 Jan, 10:02"."""

    instant: int
    language: Language
    zone: str
    today: int

    def __format__(self, form: str) -> str:
        here, today = local(self.instant, self.zone), local(self.today, self.zone)
        alone, dated = self.language.moments[form or "at"]
        if here.date() == today.date():
            return alone.format(time=self._time(here))
        return dated.format(time=self._time(here), day=self._day(here, is_this_year=here.year == today.year))

    def _time(self, here: datetime) -> str:
        if not self.language.is_clock_of_12:
            return f"{here:%H:%M}"
        return f"{here.hour % 12 or 12}:{here.minute:02} {'AM' if here.hour < 12 else 'PM'}"

    def _day(self, here: datetime, *, is_this_year: bool) -> str:
        form = self.language.day if is_this_year else self.language.year
        return form.format(day=here.day, month=self.language.months[here.month - 1], year=here.year)

    def day(self) -> str:
        """The day alone."""
        return self._day(local(self.instant, self.zone), is_this_year=True)

    def whole(self) -> str:
        """Day, year and time, wherever it stands."""
        here = local(self.instant, self.zone)
        return f"{self._day(here, is_this_year=False)}, {self._time(here)}"


def number(language: Language, value: float, digits: int = 2) -> str:
    """A number with so many decimals."""
    return _marked(language, f"{value:,.{digits}f}")


def _marked(language: Language, text: str) -> str:
    """English marks turned into the language's own."""
    return "".join({",": language.thousands, ".": language.decimal}.get(char, char) for char in text)


def counted(language: Language, count: float, unit: str) -> str:
    """So many of a unit: "1 message", "9 messages"."""
    whole = round(count)
    return f"{number(language, whole, 0)} {language.units[unit][whole != 1]}"


def length(language: Language, microseconds: int) -> str:
    """A length of time by its two greatest units: "4 h", "1 day 2 h"."""
    left, parts = max(microseconds, 0), []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(counted(language, count, unit))
    return " ".join(parts[:2]) or counted(language, 0, "second")


def span_of_fields(language: Language, months: int = 0, days: int = 0, seconds: float = 0) -> str:
    """A span as a trace keeps it, by its fields."""
    parts = [counted(language, count, unit) for count, unit in ((months, "month"), (days, "day")) if count]
    return " ".join([*parts, length(language, round(seconds * SECOND))] if seconds or not parts else parts)


def money(language: Language, micros: int, currency: str) -> str:
    """An amount in millionths of a currency's unit, with the digits that it has: "0.0745 €"."""
    exact = Decimal(micros).scaleb(-_MICRO).normalize()
    digits = max(2, -int(exact.as_tuple().exponent)) if micros else 2
    text = _marked(language, f"{exact:,.{digits}f}")
    return language.money.get(currency, language.money[""]).format(amount=text, currency=currency)
