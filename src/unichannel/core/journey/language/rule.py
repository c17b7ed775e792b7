"""Recurrence rules (RFC 5545) in plain words; a rule with more in it than that is shown as it is."""

from __future__ import annotations

from datetime import date

from unichannel.core.calendar.window import WEEKDAYS, day_names
from unichannel.core.words.saying import joined, line

__all__ = ["rule_words"]

_UNITS = {"YEARLY": "year", "MONTHLY": "month", "WEEKLY": "week", "DAILY": "day"}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTH = {str(number): name for number, name in enumerate(_MONTHS, start=1)}
_WEEKDAY = {name[:2].upper(): number for number, name in enumerate(WEEKDAYS)}
_MONTH_DAY = {"-1": "the last day", **{str(number): f"day {number}" for number in range(1, 32)}}
_KNOWN = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "COUNT"}


def rule_words(rule: str, at: str, since: date, *, always: bool) -> str:
    """The rule in words: "every 2 weeks on Monday at 09:00, counted from 2030-01-07".

    What a rule leaves open (a monthly one without a day) is that of ``since``, which is named where
    it matters, or ``always``.
    """
    parts = _parts(rule)
    try:
        days = _days(parts, since) if parts.keys() <= _KNOWN else None
    except KeyError:
        days = None
    if days is None:
        return f"by the rule {line(rule)} at {at}, counted from {since}"
    times = f", {parts['COUNT']} times" if "COUNT" in parts else ""
    counted = f", counted from {since}" if always or times or _interval(parts) != "1" else ""
    return " ".join(part for part in (_every(parts), days, f"at {at}") if part) + times + counted


def _parts(rule: str) -> dict[str, str]:
    text = rule.strip().upper().removeprefix("RRULE:")
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _interval(parts: dict[str, str]) -> str:
    return parts.get("INTERVAL", "1")


def _every(parts: dict[str, str]) -> str:
    unit = "week" if "BYDAY" in parts else _UNITS[parts["FREQ"]]
    return f"every {unit}" if _interval(parts) == "1" else f"every {_interval(parts)} {unit}s"


def _days(parts: dict[str, str], since: date) -> str | None:
    """Which days of that unit, None where there is more to say; KeyError for what has no name here."""
    freq, unit = parts["FREQ"], _UNITS[parts["FREQ"]]
    months = joined(_MONTH[one] for one in parts["BYMONTH"].split(",")) if "BYMONTH" in parts else ""
    if "BYDAY" in parts:
        weekly = freq == "WEEKLY" or (freq == "DAILY" and _interval(parts) == "1")
        named = day_names([_WEEKDAY[one] for one in parts["BYDAY"].split(",")], "and")
        return _in(f"on {named}", months) if weekly and "BYMONTHDAY" not in parts else None
    if "BYMONTHDAY" in parts:
        named = joined(_MONTH_DAY[one] for one in parts["BYMONTHDAY"].split(","))
        return _of(f"on {named}", months) if unit == "month" or (unit == "year" and months) else None
    return _left_open(unit, months, since)


def _left_open(unit: str, months: str, since: date) -> str:
    """What the rule leaves to the date that it is counted from."""
    if unit == "day":
        return _in("", months)
    if unit == "week":
        return _in(f"on {WEEKDAYS[since.weekday()].title()}", months)
    if unit == "year" and not months:
        return f"on {since.day} {_MONTHS[since.month - 1]}"
    return _of(f"on day {since.day}", months)


def _in(days: str, months: str) -> str:
    return f"{days} in {months}".strip() if months else days


def _of(days: str, months: str) -> str:
    return f"{days} of {months}" if months else days
