"""Spans and moments as people write them: "1 month 2 days", "start + 3 days", "monday 09:00"."""

from __future__ import annotations

import re

from unichannel.core.calendar.span import Span
from unichannel.core.calendar.window import WEEKDAYS, time_of_day
from unichannel.core.condition.moment import DateOf, LocalTime, Moment, Start

__all__ = ["MOMENT", "SPAN", "moment_from", "span_from"]

_UNITS = {
    "second": (0, 0, 1),
    "minute": (0, 0, 60),
    "hour": (0, 0, 3600),
    "day": (0, 1, 0),
    "week": (0, 7, 0),
    "month": (1, 0, 0),
    "year": (12, 0, 0),
}
_SHORT = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "d": "day", "mo": "month"}

_NAMES = "|".join([*(f"{unit}s?" for unit in _UNITS), *sorted(_SHORT, key=len, reverse=True)])
_PART = rf"[0-9]+(?:\.[0-9]+)?\s*(?:{_NAMES})"
SPAN = rf"{_PART}(?:(?:\s+|\s*,\s*|\s+and\s+)?{_PART})*"
"""What a span looks like, as a regular expression."""

_DAYS = "|".join(WEEKDAYS)
_CLOCK = r"[0-9]{1,2}:[0-9]{2}"
_WEEKLY = rf"(?:{_DAYS})(?:\s*,\s*(?:{_DAYS}))*(?:\s+{_CLOCK})?"
MOMENT = rf"(?:start|data\.\S+|profile\.\S+)(?:\s+[+-]\s+{SPAN})*|{_CLOCK}|{_WEEKLY}"
"""What a moment looks like, as a regular expression."""


def span_from(text: str) -> Span:
    """A length of time from its words; raises ValueError for anything else."""
    if not re.fullmatch(SPAN, text.strip()):
        raise ValueError(f"{text!r} is no length of time such as '3 days', '90 min' or '1 month 2 days'")
    total = Span()
    for count, unit in re.findall(rf"([0-9.]+)\s*({_NAMES})", text):
        total = total + _length(count, unit)
    return total


def _length(count: str, unit: str) -> Span:
    months, days, seconds = _UNITS[_SHORT.get(unit, unit.removesuffix("s"))]
    if seconds:
        return Span(seconds=float(count) * seconds)
    if "." in count:
        raise ValueError(f"{count} {unit} is no whole number of days or months; hours and minutes may be parts")
    return Span(months=int(count) * months, days=int(count) * days)


def moment_from(text: str) -> Moment:
    """A moment from its words; raises ValueError for anything else."""
    if not re.fullmatch(MOMENT, text.strip()):
        raise ValueError(
            f"{text!r} is no moment such as 'start + 3 days', 'data.slot - 3 hours', 'profile.renews_at', "
            "'09:00' or 'monday 09:00'"
        )
    first, *moves = re.split(r"\s+([+-])\s+", text.strip())
    if first == "start" or first.startswith(("data.", "profile.")):
        return _moved(first, moves)
    *days, clock = re.split(r"[\s,]+", first if first[-1].isdigit() else f"{first} 09:00")
    return LocalTime(time_of_day(clock.zfill(5)), days=days)


def _moved(name: str, moves: list[str]) -> Moment:
    of, _, rest = name.partition(".")
    moment: Start | DateOf = Start() if not rest else DateOf(of="data" if of == "data" else "attribute", name=rest)
    for sign, span in zip(moves[::2], moves[1::2], strict=True):
        moment = moment + span_from(span) if sign == "+" else moment - span_from(span)
    return moment
