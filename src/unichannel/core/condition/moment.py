"""Moments: instants that a definition names without knowing them: start + 3 days, Monday at nine."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, replace
from typing import Any, Literal, Self

from unichannel.core.calendar.span import Span
from unichannel.core.calendar.window import WEEKDAYS, TimeOfDay, Weekdays, day_names, time_of_day, time_words
from unichannel.core.calendar.zone import add, next_local, parse_date, subtract
from unichannel.core.condition.view import View
from unichannel.core.words.definition import Family, definition
from unichannel.core.words.facts import Needs
from unichannel.core.words.saying import Said, line
from unichannel.errors import DefinitionError

__all__ = [
    "DataDays",
    "DateOf",
    "LocalTime",
    "Moment",
    "Start",
    "attribute_date",
    "data_date",
    "data_days",
    "local_time",
    "start",
    "weekday",
]

_LONGEST = 36_525
"""Days in a hundred years: a length beyond that is a mistake."""


class Moment(Said, Family):
    """An instant that depends on the run: resolved when a wait arrives, again when facts move it."""

    def resolve(self, view: View, arrived: int) -> int | None:
        """The instant for this run, None while it is not known."""
        raise NotImplementedError

    def needs(self) -> Needs:
        return Needs()


@definition
class DataDays:
    """A number of days in the run's data, times a factor: whole calendar days, half a day rounded up."""

    name: str
    _: KW_ONLY
    times: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.times <= _LONGEST:
            raise DefinitionError(
                f"{self.name!r} is taken {self.times:g} times.",
                thing=self.name,
                mend="Give times= above 0, such as 1/2.",
            )

    def days(self, view: View) -> int | None:
        """How many they are for this run; None where the value is missing, no number, or out of bounds."""
        value = view.data(self.name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST:
            return None
        whole = math.floor(value * self.times + 0.5)
        return whole if whole <= _LONGEST else None

    def label(self) -> str:
        return self.name if self.times == 1 else f"{self.times:g}*{self.name}"

    def words(self) -> str:
        days = f"{line(self.name)} days"
        return days if self.times == 1 else f"{self.times:g} times {days}"


@definition
class _Offset(Moment):
    plus: Span = Span()
    minus: Span = Span()
    plus_days: DataDays | None = None

    def __add__(self, span: Span | DataDays) -> Self:
        if not isinstance(span, DataDays):
            return replace(self, plus=self.plus + span)
        if self.plus_days is not None:
            raise DefinitionError(
                f"{self.label()!r} has {self.plus_days.label()!r} added already.",
                thing=span.name,
                mend="Add one length of the run's data, with its times=.",
            )
        return replace(self, plus_days=span)

    def __sub__(self, span: Span) -> Self:
        return replace(self, minus=self.minus + span)

    def shift(self, instant: int, zone: str, more: int = 0) -> int:
        """The instant moved by the offsets, and by so many days more, on the person's calendar."""
        return subtract(add(instant, self.plus + Span(days=more), zone), self.minus, zone)

    def shifted(self, instant: int, view: View) -> int | None:
        """The instant moved for a run; None where a length is not known, or leads beyond any calendar."""
        more = self.plus_days.days(view) if self.plus_days is not None else 0
        try:
            return None if more is None else self.shift(instant, view.zone, more)
        except (ValueError, OverflowError):  # "9999-12-31" + 3 days
            return None

    def offsets(self) -> str:
        more = f"+{self.plus_days.label()}" if self.plus_days is not None else ""
        plus = f"+{self.plus}" if self.plus != Span() else ""
        return more + plus + (f"-{self.minus}" if self.minus != Span() else "")

    def _shifted(self, base: str) -> str:
        later = [self.plus_days.words()] if self.plus_days is not None else []
        later += [self.plus.words()] if self.plus != Span() else []
        after = f"{' and '.join(later)} after {base}" if later else base
        return f"{self.minus.words()} before {after}" if self.minus != Span() else after


@definition
class Start(_Offset, kind="start"):
    """The instant at which the run's trigger occurred, plus or minus a span."""

    def resolve(self, view: View, arrived: int) -> int | None:
        return self.shifted(view.scope.start, view)

    def label(self) -> str:
        return f"start{self.offsets()}"

    def words(self) -> str:
        return self._shifted("the start")


@definition
class DateOf(_Offset, kind="date"):
    """A date in the profile's attributes or the run's data, plus or minus a span; it may move."""

    _: KW_ONLY
    of: Literal["attribute", "data"]
    name: str

    def resolve(self, view: View, arrived: int) -> int | None:
        value: Any = view.attribute(self.name) if self.of == "attribute" else view.data(self.name)
        instant = parse_date(value, view.zone)
        return None if instant is None else self.shifted(instant, view)

    def needs(self) -> Needs:
        return Needs(attributes=self.of == "attribute")

    def label(self) -> str:
        return f"{self.name}{self.offsets()}"

    def words(self) -> str:
        return self._shifted(line(self.name) if self.of == "attribute" else f"the run's {line(self.name)}")


@definition
class LocalTime(Moment, kind="local"):
    """The next time the person's clock shows ``at``, on one of the ``days`` where given."""

    at: TimeOfDay
    _: KW_ONLY
    days: Weekdays = ()

    def resolve(self, view: View, arrived: int) -> int | None:
        days = tuple(day for day in self.days if isinstance(day, int))
        return next_local(arrived, time_of_day(self.at), days, view.zone)

    def needs(self) -> Needs:
        return Needs(attributes=True)

    def label(self) -> str:
        days = "-".join(WEEKDAYS[day] for day in self.days if isinstance(day, int))
        return "-".join(part for part in (days, f"{time_of_day(self.at):%H:%M}") if part)

    def words(self) -> str:
        day = f"{day_names(self.days, 'or')} at " if self.days else ""
        return f"the next {day}{time_words(self.at)}"


start = Start()
"""The instant at which the run's trigger occurred: ``Wait(until=start + days(3))``."""


def attribute_date(name: str) -> DateOf:
    """A date in the profile's attributes; a wait on it moves when it moves."""
    return DateOf(of="attribute", name=name)


def data_date(name: str) -> DateOf:
    """A date in the run's data (the trigger's properties); a wait on it moves when it moves."""
    return DateOf(of="data", name=name)


def data_days(name: str, *, times: float = 1.0) -> DataDays:
    """A number of days in the run's data, to add: ``data_date("starts_at") + data_days("supply_days", times=1/2)``."""
    return DataDays(name, times=times)


def local_time(at: str) -> LocalTime:
    """The next time the person's clock shows ``at``, such as "09:00"."""
    return LocalTime(at)


def weekday(*names: str, at: str = "09:00") -> LocalTime:
    """The next of these weekdays, at that local time: ``weekday("monday", at="09:00")``."""
    return LocalTime(at, days=names)
