"""Triggers that are no event: by hand, a date of the profile's, a recurrence rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrule, rruleset, rrulestr

from unichannel.core.calendar.window import TimeOfDay, time_of_day, time_words
from unichannel.core.calendar.zone import at_local, local, parse_date
from unichannel.core.condition.moment import DateOf
from unichannel.core.condition.pattern import On
from unichannel.core.condition.view import View
from unichannel.core.journey.language.rule import rule_words
from unichannel.core.words.definition import Family, Several, definition
from unichannel.core.words.saying import Said
from unichannel.errors import DefinitionError

__all__ = [
    "Manual",
    "OnDate",
    "Recurring",
    "Starts",
    "Timed",
    "Trigger",
    "manual",
    "next_occurrence",
    "on_date",
    "recurring",
]

_SINCE = date(2020, 1, 1)
"""From where a recurrence is counted by default."""

_YEARS = 9
"""How far apart two 29 Februaries can lie (1896 to 1904), and one more."""


class Trigger(Said, Family):
    """What begins runs besides events."""


@definition
class Manual(Trigger, kind="manual"):
    """Only ``enroll`` and ``StartJourney`` begin runs; ``entity`` names the value of the data that keys them."""

    entity: str | None = None

    def label(self) -> str:
        return "when enrolled"

    def words(self) -> str:
        return "when enrolled"


class Timed(Trigger):
    """A trigger that time alone brings; each occurrence begins a run of its own."""

    def mark(self, instant: int, zone: str) -> str:
        """What tells the occurrence from others: its local date, so that a changed zone brings none twice."""
        return local(instant, zone).date().isoformat()

    def upcoming(self, view: View, after: int) -> int | None:
        """The first occurrence after an instant, None where none is known."""
        raise NotImplementedError


@definition
class OnDate(Timed, kind="date"):
    """A date in the profile's attributes, plus or minus a span; it may move.

    ``at`` is the local time of day; without it the date's own, its first moment where it has none.
    ``yearly`` brings it every year: a birthday. A 29 February is ``leap`` where the year has none.
    """

    date: DateOf
    _: KW_ONLY
    at: TimeOfDay | None = None
    yearly: bool = False
    leap: Literal["28 February", "1 March"] = "28 February"

    def __post_init__(self) -> None:
        if self.date.of != "attribute" or self.date.plus_days is not None:
            raise DefinitionError(
                f"no run holds the date {self.date.label()!r} before it has begun.",
                thing=self.date.name,
                mend="Give attribute_date(…); for a date of an order, start on its event and wait until data_date(…).",
            )

    def upcoming(self, view: View, after: int) -> int | None:
        zone, found = view.zone, parse_date(view.attribute(self.date.name), view.zone)
        if found is None:
            return None
        first = local(found, zone).replace(tzinfo=None, fold=0)
        for count in range(_turns(first.year, after, zone) if self.yearly else 1):
            years = max(local(after, zone).year - first.year - 1, 0) + count if self.yearly else 0
            instant = self._in_year(first, years, zone)
            if instant is not None and instant > after:
                return instant
        return None

    def _in_year(self, first: datetime, years: int, zone: str) -> int | None:
        try:
            day = first + relativedelta(years=years)
            if (first.month, first.day) == (2, 29) and day.day == 28 and self.leap == "1 March":
                day += timedelta(days=1)
            shifted = local(self.date.shift(at_local(day, zone), zone), zone).replace(tzinfo=None, fold=0)
        except (ValueError, OverflowError):  # beyond any calendar
            return None
        if self.at is not None:
            shifted = datetime.combine(shifted.date(), time_of_day(self.at))
        return at_local(shifted, zone)

    def label(self) -> str:
        words = ["yearly on" if self.yearly else "on", self.date.label()]
        return " ".join([*words, f"at {time_of_day(self.at):%H:%M}"] if self.at is not None else words)

    def words(self) -> str:
        at = f" at {time_words(self.at)}" if self.at is not None else ""
        leap = f", 29 February on {self.leap}" if self.yearly else ""
        on = "" if self.date.offsets() else "on "
        return f"{'every year ' if self.yearly else ''}{on}{self.date.words()}{at}{leap}"


def _turns(year: int, after: int, zone: str) -> int:
    """How many years to look at: from the one before ``after``'s, or from the first, on."""
    return _YEARS + max(year - local(after, zone).year, 0)


@definition
class Recurring(Timed, kind="recurring"):
    """A recurrence rule of RFC 5545, in the person's own zone: ``recurring("FREQ=WEEKLY;BYDAY=MO")``.

    ``at`` is the local time of day where the rule names none; ``since`` the local day from which
    INTERVAL and COUNT are counted.
    """

    rule: str
    _: KW_ONLY
    at: TimeOfDay = "09:00"
    since: date = _SINCE

    def __post_init__(self) -> None:
        try:
            first = _after(self.rule, self._first(), self._first() - timedelta(microseconds=1))
        except (ValueError, TypeError, KeyError) as error:
            raise DefinitionError(
                f"the rule {self.rule!r} cannot be read: {error}.",
                thing=self.rule,
                mend="Write it as RFC 5545 does, without a zone: FREQ=WEEKLY;BYDAY=MO.",
            ) from error
        if first is None or "FREQ=SECONDLY" in self.rule.upper() or "FREQ=MINUTELY" in self.rule.upper():
            raise DefinitionError(
                f"the rule {self.rule!r} brings nothing, or too much.",
                thing=self.rule,
                mend="Give one that comes hourly at most, and at least once.",
            )

    def _first(self) -> datetime:
        return datetime.combine(self.since, time_of_day(self.at))

    def upcoming(self, view: View, after: int) -> int | None:
        zone = view.zone
        wall = local(after, zone).replace(tzinfo=None, fold=0)
        for _ in range(3):  # a gap or an overlap of the clock may bring one that is not after it
            found = _after(self.rule, self._first(), wall)
            if found is None:
                return None
            instant = at_local(found, zone)
            if instant > after:
                return instant
            wall = found
        return None

    def mark(self, instant: int, zone: str) -> str:
        return f"{local(instant, zone):%Y-%m-%dT%H:%M}"

    def label(self) -> str:
        return f"recurring {self.rule}"

    def words(self) -> str:
        return rule_words(self.rule, time_words(self.at), self.since, always=self.since != _SINCE)


@lru_cache(maxsize=64)
def _rule(text: str, first: datetime) -> rrule | rruleset:
    return rrulestr(text, dtstart=first, cache=True)


@lru_cache(maxsize=4096)
def _after(text: str, first: datetime, wall: datetime) -> datetime | None:
    """The next local time that the rule brings; many people ask for the same one."""
    return _rule(text, first).after(wall)


def next_occurrence(triggers: Sequence[Timed], view: View, after: int) -> tuple[int, str] | None:
    """The first occurrence of any of them after an instant, with its mark; None where none is known."""
    found = [(instant, one) for one in triggers if (instant := one.upcoming(view, after)) is not None]
    if not found:
        return None
    instant, first = min(found, key=lambda pair: pair[0])
    return instant, first.mark(instant, view.zone)


def manual(*, entity: str | None = None) -> Manual:
    """Runs begin by ``enroll`` alone."""
    return Manual(entity)


def on_date(date: DateOf, *, at: str | time | None = None, yearly: bool = False, leap: Any = "28 February") -> OnDate:
    """Runs begin on a date of the profile: ``on_date(attribute_date("birthday"), at="09:00", yearly=True)``."""
    return OnDate(date, at=at, yearly=yearly, leap=leap)


def recurring(rule: str, *, at: str | time = "09:00", since: date = _SINCE) -> Recurring:
    """Runs begin again and again by a rule of RFC 5545: ``recurring("FREQ=MONTHLY;BYMONTHDAY=1")``."""
    return Recurring(rule, at=at, since=since)


Starts = Annotated[On | Trigger | Sequence[On | Trigger], Several(On, Trigger)]
"""What begins runs: one, or several."""
