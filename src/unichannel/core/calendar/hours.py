"""Hours in which something is allowed: windows of local time, with or without Sundays and public holidays.

Where it is not known which of several zones or regions somebody is in, what counts is the time that
suits them all (PITFALLS P26).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta

from unichannel.core.calendar.holidays import is_holiday
from unichannel.core.calendar.window import Window
from unichannel.core.calendar.zone import at_local, local
from unichannel.core.words.definition import Many, definition
from unichannel.core.words.instant import DAY, MINUTE
from unichannel.errors import DefinitionError

__all__ = ["Hours", "Opens", "Place", "closing", "first_closed", "first_open", "opening"]

Opens = Callable[[int], int | None]

_STEP, _BACK = 15 * MINUTE, 10 * DAY
"""How finely, and how far, it is looked back for the last open instant."""

_TRIES = 400
"""Closed periods in a row after which hours are said never to open: more than a year of days."""


@definition
class Place:
    """Where somebody is taken to be: an IANA zone, a country (ISO 3166-1), a region of it (3166-2, after the dash)."""

    zone: str
    country: str = ""
    region: str = ""


@definition
class Hours:
    """When something is allowed: in any of these windows, except on public holidays where those are closed.

    ``Hours([Window("08:00", "20:00", days=WEEKDAYS[:6])], holidays=False)``: from Monday to Saturday,
    public holidays excluded. Raises DefinitionError without a window.
    """

    windows: Many[Window]
    holidays: bool = True

    def __post_init__(self) -> None:
        if not self.windows:
            raise DefinitionError("hours without a window never open.", thing="hours", mend="Give at least one Window.")

    def words(self) -> str:
        """The hours in words: "from 08:00 to 20:00, Monday to Saturday, not on public holidays"."""
        windows = " or ".join(window.words() for window in self.windows)
        return windows if self.holidays else f"{windows}, not on public holidays"

    def opening(self, instant: int, place: Place) -> int | None:
        """The first instant, not before this one, in which they are open there; None where they never are."""
        return first_open(instant, place.zone, self.windows, lambda day: self._is_closed_on(day, place))

    def _is_closed_on(self, day: date, place: Place) -> bool:
        return not self.holidays and is_holiday(day, place.country, place.region)


def first_open(instant: int, zone: str, windows: Sequence[Window], is_closed: Callable[[date], bool]) -> int | None:
    """The first instant, not before this one, in any of the windows on a day that is not closed; None for never."""
    for _ in range(_TRIES):
        start = min(_next(window, instant, zone) for window in windows)
        if not is_closed(local(start, zone).date()):
            return start
        instant = _tomorrow(start, zone)
    return None


def first_closed(instant: int, edge: int, zone: str, is_closed: Callable[[date], bool]) -> int:
    """When a window that is open until ``edge`` ends: there, or before it where a day begins that is closed."""
    begins = _tomorrow(instant, zone)
    while begins < edge and not is_closed(local(begins, zone).date()):
        begins = _tomorrow(begins, zone)
    return min(begins, edge)


def opening(instant: int, rules: Iterable[Opens]) -> int | None:
    """The first instant, not before this one, at which all of them are open; None where none is within a year.

    Each rule gives the first instant, not before the one it is asked about, at which it is open itself.
    """
    asked = list(rules)
    for _ in range(_TRIES):
        latest = instant
        for rule in asked:
            found = rule(latest)
            if found is None:
                return None
            latest = found
        if latest == instant:
            return instant
        instant = latest
    return None


def closing(instant: int, rules: Iterable[Opens]) -> int | None:
    """When what is closed at the instant closed last; None where it was not open in the ten days before."""
    asked = list(rules)
    for before in range(instant - _STEP, instant - _BACK, -_STEP):
        if opening(before, asked) == before:
            return _edge(before, before + _STEP, asked)
    return None


def _edge(is_open: int, is_closed: int, rules: list[Opens]) -> int:
    """The first closed instant between an open one and a closed one."""
    while is_closed - is_open > 1:
        middle = (is_open + is_closed) // 2
        if opening(middle, rules) == middle:
            is_open = middle
        else:
            is_closed = middle
    return is_closed


def _next(window: Window, instant: int, zone: str) -> int:
    is_open, edge = window.edges(instant, zone)
    return instant if is_open else edge


def _tomorrow(instant: int, zone: str) -> int:
    day = local(instant, zone).date() + timedelta(days=1)
    return at_local(datetime.combine(day, time()), zone)
