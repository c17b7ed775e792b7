"""Spans of time: calendar days are days on the person's calendar, hours are elapsed time."""

from __future__ import annotations

from pydantic import NonNegativeInt

from unichannel.core.words.definition import definition
from unichannel.core.words.instant import SECOND
from unichannel.errors import DefinitionError

__all__ = ["Span", "days", "hours", "minutes", "months", "seconds", "weeks", "years"]


@definition
class Span:
    """A length of time: whole months and days by the calendar, then seconds that elapse.

    Adding ``days(1)`` keeps the local time of day across a clock change; adding ``hours(24)``
    does not. Spans add up and multiply by a whole number.
    """

    months: NonNegativeInt = 0
    days: NonNegativeInt = 0
    seconds: float = 0

    def __post_init__(self) -> None:
        if self.seconds < 0:
            raise DefinitionError(
                f"a span cannot be negative: {self.seconds} s.", thing="span", mend="Give a positive length."
            )

    @property
    def is_elapsed(self) -> bool:
        """Whether it counts elapsed time only, with no calendar in it."""
        return not (self.months or self.days)

    @property
    def elapsed(self) -> int:
        """The part that elapses, in microseconds."""
        return round(self.seconds * SECOND)

    @property
    def at_most(self) -> int:
        """An upper bound in microseconds: a day has at most 25 hours, a month at most 31 days."""
        return self.elapsed + (self.months * 31 + self.days) * 25 * 3600 * SECOND

    @property
    def at_least(self) -> int:
        """A lower bound in microseconds: a day has at least 23 hours, a month at least 28 days."""
        return self.elapsed + (self.months * 28 + self.days) * 23 * 3600 * SECOND

    @property
    def nominal(self) -> int:
        """Microseconds with days of 24 hours and months of 30 days: for comparing, not for dates."""
        return self.elapsed + (self.months * 30 + self.days) * 24 * 3600 * SECOND

    def __add__(self, other: Span) -> Span:
        return Span(self.months + other.months, self.days + other.days, self.seconds + other.seconds)

    def __mul__(self, times: int) -> Span:
        return Span(self.months * times, self.days * times, self.seconds * times)

    def __str__(self) -> str:
        rest = int(self.seconds) if self.seconds == int(self.seconds) else self.seconds
        hours_, left = divmod(rest, 3600)
        minutes_, seconds_ = divmod(left, 60)
        parts = ((self.months, "mo"), (self.days, "d"), (int(hours_), "h"), (int(minutes_), "min"), (seconds_, "s"))
        return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"

    def words(self) -> str:
        """The length in full words: "3 days", "4 hours 30 minutes"."""
        hours_, left = divmod(round(self.seconds, 6), 3600)
        minutes_, seconds_ = divmod(left, 60)
        years_, months_ = divmod(self.months, 12) if self.months % 12 == 0 else (0, self.months)
        counts = (years_, months_, self.days, hours_, minutes_, round(seconds_, 6))
        parts = [_counted(count, unit) for count, unit in zip(counts, _UNITS, strict=True) if count]
        return " ".join(parts) or "no time"


_UNITS = ("year", "month", "day", "hour", "minute", "second")


def _counted(count: float, unit: str) -> str:
    return f"{count:.16g} {unit}" if count == 1 else f"{count:.16g} {unit}s"


def seconds(count: float) -> Span:
    """Elapsed seconds."""
    return Span(seconds=count)


def minutes(count: float) -> Span:
    """Elapsed minutes."""
    return Span(seconds=count * 60)


def hours(count: float) -> Span:
    """Elapsed hours."""
    return Span(seconds=count * 3600)


def days(count: int) -> Span:
    """Calendar days in the person's zone: the local time of day is kept across clock changes."""
    return Span(days=count)


def weeks(count: int) -> Span:
    """Calendar weeks: seven calendar days each."""
    return Span(days=7 * count)


def months(count: int) -> Span:
    """Calendar months; a day that the month lacks becomes its last (31 January + 1 month = 28 February)."""
    return Span(months=count)


def years(count: int) -> Span:
    """Calendar years, as twelve months each; 29 February becomes 28 where the year has none."""
    return Span(months=12 * count)
