"""Windows of local time: quiet hours, hours of business. Both ends are read in the person's zone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from unichannel.core.calendar.zone import at_local, local
from unichannel.core.words.definition import definition
from unichannel.core.words.saying import joined
from unichannel.errors import DefinitionError

__all__ = ["WEEKDAYS", "TimeOfDay", "Weekdays", "Window", "day_names", "time_of_day", "time_words", "weekday_numbers"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def time_of_day(value: Any) -> Any:
    """A time of day from text such as "08:00"; a time passes through."""
    if isinstance(value, str):
        try:
            return time.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"{value!r} is no time of day such as '08:00'") from error
    return value


def weekday_numbers(value: Any) -> Any:
    """Weekday names (or numbers, Monday 0) as a sorted tuple of numbers."""
    names = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    numbers = []
    for name in names:
        if isinstance(name, int) and 0 <= name <= 6:
            numbers.append(name)
        elif isinstance(name, str) and name.lower() in WEEKDAYS:
            numbers.append(WEEKDAYS.index(name.lower()))
        else:
            raise ValueError(f"{name!r} is no weekday (monday … sunday)")
    return tuple(sorted(set(numbers)))


def time_words(value: time | str) -> str:
    """A time of day as people write it: "09:00"."""
    moment: time = time_of_day(value)
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def day_names(days: Sequence[str | int] | str, word: str) -> str:
    """Weekdays in words: "Monday to Friday", "Saturday or Sunday"."""
    numbers = weekday_numbers(days)
    names = [WEEKDAYS[day].title() for day in numbers]
    is_run = len(numbers) > 2 and numbers == tuple(range(numbers[0], numbers[-1] + 1))
    return f"{names[0]} to {names[-1]}" if is_run else joined(names, word)


_AHEAD = (9, 23)
"""How many days to look ahead: a week, and further where a clock change skips the window of a day."""

TimeOfDay = Annotated[time | str, BeforeValidator(time_of_day)]
Weekdays = Annotated[Sequence[str | int] | str, BeforeValidator(weekday_numbers), AfterValidator(tuple)]


@definition
class Window:
    """A part of the day, from ``opens`` (included) to ``closes`` (excluded); it may run over midnight.

    ``Window("21:00", "08:00")`` is the night that begins in the evening (PITFALLS P24). With
    ``days``, it is open only on those weekdays; a window over midnight belongs to the day it opens on.
    """

    opens: TimeOfDay
    closes: TimeOfDay
    _: KW_ONLY
    days: Weekdays = (0, 1, 2, 3, 4, 5, 6)

    def __post_init__(self) -> None:
        if self.opens == self.closes:
            raise DefinitionError(
                f"a window from {self.opens} to {self.closes} is empty.",
                thing="window",
                mend="Give two different times.",
            )
        if not self.days:
            raise DefinitionError("a window without days never opens.", thing="window", mend="Name at least one day.")

    def words(self) -> str:
        """The window in words: "from 21:00 to 08:00"."""
        days = f", {day_names(self.days, 'or')}" if len(self.days) < 7 else ""
        return f"from {time_words(self.opens)} to {time_words(self.closes)}{days}"

    def edges(self, instant: int, name: str) -> tuple[bool, int]:
        """Whether it is open at the instant in that zone, and the next instant at which that changes."""
        today = local(instant, name).date()
        for days in _AHEAD:
            for start, end in _periods(self, today, name, days):
                if start <= instant < end:
                    return True, end
                if start > instant:
                    return False, start
        raise AssertionError("a window opens again within a few weeks")


@lru_cache(maxsize=4096)
def _periods(window: Window, today: date, name: str, days: int) -> tuple[tuple[int, int], ...]:
    """Open periods from yesterday until so many days ahead, adjoining ones joined, in order."""
    opens, closes = time_of_day(window.opens), time_of_day(window.closes)
    joined: list[tuple[int, int]] = []
    for ahead in range(-1, days):
        day = today + timedelta(days=ahead)
        if day.weekday() not in window.days:
            continue
        last = day + timedelta(days=1) if closes <= opens else day
        start = at_local(datetime.combine(day, opens), name)
        end = at_local(datetime.combine(last, closes), name)
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
