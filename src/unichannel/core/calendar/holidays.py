"""Public holidays, by country and region, from the `holidays` package (its version is part of a decision's data)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

__all__ = ["is_holiday", "public_holidays"]


def is_holiday(day: date, country: str, region: str = "") -> bool:
    """Whether the day is a public holiday there; a country or region without data has none of its own.

    ``country`` and ``region`` are ISO 3166-1 and the part of 3166-2 after the dash: "FR", "57".
    """
    return day in public_holidays(country, region, day.year)


@lru_cache(maxsize=1024)
def public_holidays(country: str, region: str, year: int) -> frozenset[date]:
    """The public holidays of one year, those that moved to another day because of a weekend included."""
    import holidays  # half a second, for those alone who ask

    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=year)
    except NotImplementedError:
        return public_holidays(country, "", year) if region else frozenset()
    return frozenset(found)
