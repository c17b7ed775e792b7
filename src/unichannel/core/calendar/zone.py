"""Local time: from instants to the person's calendar and back, right across both clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.relativedelta import relativedelta

from unichannel.core.calendar.span import Span
from unichannel.core.words.instant import from_datetime, to_datetime
from unichannel.errors import InvalidInput

__all__ = ["add", "at_local", "local", "parse_date", "subtract", "zone"]


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; raises InvalidInput where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            f"there is no time zone {name!r}.", thing=name, mend="Use an IANA name such as Europe/Paris."
        ) from error


def local(instant: int, name: str) -> datetime:
    """What clock and calendar of that zone show at the instant."""
    return to_datetime(instant).astimezone(zone(name))


def at_local(wall: datetime, name: str) -> int:
    """The instant at which the zone's clock shows ``wall`` (naive).

    In a gap the first valid instant after it; in an overlap the first of the two.
    """
    tz = zone(name)
    candidate = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if candidate.astimezone(tz).replace(tzinfo=None) == wall:
        return from_datetime(candidate)
    return _end_of_gap(wall, name)


def _end_of_gap(wall: datetime, name: str) -> int:
    """The instant of the change that skipped ``wall``: where the offset changes, by bisection."""
    tz = zone(name)
    low = from_datetime(wall.replace(tzinfo=tz, fold=1))
    high = from_datetime(wall.replace(tzinfo=tz, fold=0))
    low, high = min(low, high), max(low, high)
    before = to_datetime(low).astimezone(tz).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if to_datetime(middle).astimezone(tz).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def add(instant: int, span: Span, name: str) -> int:
    """The instant a span later: months and days on the zone's calendar, then elapsed seconds."""
    if span.is_elapsed:
        return instant + span.elapsed
    wall = local(instant, name).replace(tzinfo=None, fold=0)
    calendar = relativedelta(months=span.months, days=span.days) if span.months else timedelta(days=span.days)
    moved = wall + calendar
    return at_local(moved, name) + span.elapsed


def subtract(instant: int, span: Span, name: str) -> int:
    """The instant a span earlier, by the same rules."""
    if span.is_elapsed:
        return instant - span.elapsed
    wall = local(instant - span.elapsed, name).replace(tzinfo=None, fold=0)
    return at_local(wall - relativedelta(months=span.months, days=span.days), name)


def parse_date(value: object, name: str) -> int | None:
    """The instant that a stored date names, None for a value that names none.

    An ISO 8601 text or datetime with an offset is that instant; without one it is local time in
    the zone; a date alone is its first moment there; an integer is microseconds since 1970. What
    no calendar reaches (the year 10000) names none.
    """
    try:
        return _parse(value, name)
    except (ValueError, OverflowError):
        return None


def _parse(value: object, name: str) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return from_datetime(to_datetime(value))
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return from_datetime(value) if value.tzinfo is not None else at_local(value, name)
    if isinstance(value, date):
        return at_local(datetime.combine(value, time()), name)
    return None


def next_local(instant: int, at: time, weekdays: tuple[int, ...], name: str) -> int:
    """The first instant, not before ``instant``, at which the zone's clock shows ``at`` on one of the weekdays.

    Weekdays are 0 (Monday) to 6; none given means any day.
    """
    day = local(instant, name).date()
    for ahead in range(9):
        on = day + timedelta(days=ahead)
        if weekdays and on.weekday() not in weekdays:
            continue
        candidate = at_local(datetime.combine(on, at), name)
        if candidate >= instant:
            return candidate
    raise AssertionError("a weekday comes round within nine days")
