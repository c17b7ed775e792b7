"""Business hours: when the host's people are there. Closed on public holidays and on days of the host's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY
from datetime import date, datetime, time
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BeforeValidator

from unichannel.core.calendar.holidays import is_holiday
from unichannel.core.calendar.hours import Place, first_closed, first_open
from unichannel.core.calendar.window import TimeOfDay, Weekdays, Window
from unichannel.core.calendar.zone import zone
from unichannel.core.words.address import country_mend, is_country
from unichannel.core.words.definition import definition
from unichannel.errors import DefinitionError

__all__ = ["BusinessHours"]


def _days(value: Any) -> Any:
    """One day or several, as dates or as text such as "2030-12-24"."""
    given = (value,) if isinstance(value, str | date) else value
    return sorted({_day(one) for one in given})


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"{value!r} is no day such as '2030-12-24'") from error
    return value.date() if isinstance(value, datetime) else value


Days = Annotated[Sequence[date | str] | date | str, BeforeValidator(_days), AfterValidator(tuple)]


@definition
class BusinessHours:
    """The host's opening hours, in the host's own zone (the person's where a condition asks for it).

    Closed on public holidays, unless ``holidays=True``, and on the days ``closed``. The holidays are those of
    ``country``, where the host's people are ("FR", or a region: "FR-57"); where none is given, of the country
    that the profile is taken to be in. Raises DefinitionError for what is no country, InvalidInput for a zone
    that there is none of.
    """

    timezone: str = "UTC"
    _: KW_ONLY
    opens: TimeOfDay = time(9)
    closes: TimeOfDay = time(18)
    days: Weekdays = (0, 1, 2, 3, 4)
    holidays: bool = False
    country: str = ""
    closed: Days = ()

    def __post_init__(self) -> None:
        zone(self.timezone)
        if self.country and not is_country(self.country):
            raise DefinitionError(
                f"{self.country!r} is no country.", thing=self.country, mend=country_mend(self.country)
            )

    @property
    def window(self) -> Window:
        """The hours as a window, whatever the day."""
        return Window(self.opens, self.closes, days=self.days)

    def edges(self, instant: int, zone: str, country: str) -> tuple[bool, int | None]:
        """Whether they are open at the instant in that zone, and the next instant at which that changes.

        ``country`` counts where they name none. None: they never open again.
        """
        place = _place(zone, self.country or country)

        def is_closed(day: date) -> bool:
            is_off = not self.holidays and is_holiday(day, place.country, place.region)
            return is_off or day in cast("tuple[date, ...]", self.closed)

        opening = first_open(instant, zone, (self.window,), is_closed)
        if opening != instant:
            return False, opening
        _, edge = self.window.edges(instant, zone)
        return True, first_closed(instant, edge, zone, is_closed)


def _place(zone: str, country: str) -> Place:
    nation, _, region = country.partition("-")
    return Place(zone, nation, region)
