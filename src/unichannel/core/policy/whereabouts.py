"""Where somebody is taken to be, and how that is known: stated, by the country, by the phone, or the default.

A number or a country may leave several zones open: all of them are kept, so that hours can suit them all (P26).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from unichannel.core.audience.country import country_of
from unichannel.core.audience.profile import Person
from unichannel.core.policy.compliance.rule import Country
from unichannel.core.words.address import zones_of_phone

__all__ = ["Known", "Whereabouts", "whereabouts"]

Known = Literal["stated", "device", "country", "phone", "default"]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The zones somebody may be in and the country whose rules hold, each with how it is known."""

    zones: tuple[str, ...]
    zones_known: Known
    country: str
    region: str
    country_known: Known

    @property
    def code(self) -> str:
        """The country with its region: "US-FL"."""
        return f"{self.country}-{self.region}" if self.region else self.country


def whereabouts(person: Person, countries: Mapping[str, Country], zone: str, country: str) -> Whereabouts:
    """Where a person is taken to be; ``zone`` and ``country`` are the defaults."""
    code, code_known = country_of(person, country)
    zones, zones_known = _zones(person, countries, code if code_known == "stated" else "", zone)
    nation, _, region = code.partition("-")
    return Whereabouts(zones, zones_known, nation, region, code_known)


def _zones(
    person: Person, countries: Mapping[str, Country], stated: str, default: str
) -> tuple[tuple[str, ...], Known]:
    if person.timezone:
        return (person.timezone,), "device" if person.timezone_known == "device" else "stated"
    known = countries.get(stated)
    if known is not None and known.zones:
        return known.zones, "country"
    for number in person.addresses.get("phone", ()):
        found = zones_of_phone(number)
        if found:
            return found, "phone"
    return (default,), "default"
