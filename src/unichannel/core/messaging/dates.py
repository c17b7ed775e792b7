"""Dates as our ``date`` filter reads and writes them: by no clock, no machine's zone and no locale.

Liquid's own filter reads the clock for "now", for what a text leaves out and for years of two
digits, the machine's zone for timestamps, and the process's locale for names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["format_date", "moment"]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HALF = ("January", "February", "March", "April", "May", "June")
_MONTHS = (*_HALF, "July", "August", "September", "October", "November", "December")
_DIRECTIVE = re.compile(r"%([-^_]?)([A-Za-z%])")
_WHOLE = {"c": "%a %b %e %H:%M:%S %Y", "x": "%m/%d/%y", "X": "%H:%M:%S", "D": "%m/%d/%y", "F": "%Y-%m-%d"}
_WHOLE |= {"T": "%H:%M:%S", "R": "%H:%M", "r": "%I:%M:%S %p", "h": "%b"}
_NAMED: dict[str, Callable[[datetime], str]] = {
    "A": lambda at: _DAYS[at.weekday()],
    "a": lambda at: _DAYS[at.weekday()][:3],
    "B": lambda at: _MONTHS[at.month - 1],
    "b": lambda at: _MONTHS[at.month - 1][:3],
    "p": lambda at: "AM" if at.hour < 12 else "PM",
    "P": lambda at: "am" if at.hour < 12 else "pm",
    "e": lambda at: f"{at.day:2}",
    "k": lambda at: f"{at.hour:2}",
    "l": lambda at: f"{at.hour % 12 or 12:2}",
    "Y": lambda at: f"{at.year:04}",
    "s": lambda at: str(int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())),
    "%": lambda _: "%",
}
_NUMBERS = frozenset("mdyHIMSfjzZuwUWVG")


def _directive(at: datetime, flag: str, letter: str) -> str:
    if letter in _WHOLE:
        text = format_date(at, _WHOLE[letter])
    elif letter in _NAMED:
        text = _NAMED[letter](at)
    else:
        text = at.strftime(f"%{letter}") if letter in _NUMBERS else f"%{flag}{letter}"
    if flag == "^":
        return text.upper()
    return text.lstrip("0 ") or "0" if flag == "-" else text


def format_date(at: datetime, form: str) -> str:
    """The moment by strftime's directives, with English names; an unknown directive stays as it is."""
    return _DIRECTIVE.sub(lambda found: _directive(at, *found.groups()), form)


def moment(value: object) -> datetime | None:
    """ISO 8601 text or seconds since 1970 as a moment; None for anything else."""
    try:
        if isinstance(value, str) and not value.isdigit():
            return datetime.fromisoformat(value)
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None
