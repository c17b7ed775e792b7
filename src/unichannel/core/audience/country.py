"""The country somebody is taken to be in, and how that is known: stated, by the phone, or the default."""

from __future__ import annotations

from typing import Literal

from unichannel.core.audience.profile import Person
from unichannel.core.words.address import country_of_phone

__all__ = ["country_of"]

_PARTS = {
    **dict.fromkeys(("GG", "IM", "JE"), "GB"),
    "GP": "FR-971", "MQ": "FR-972", "GF": "FR-973", "RE": "FR-974", "PM": "FR-PM", "YT": "FR-976",
    "BL": "FR-BL", "MF": "FR-MF", "WF": "FR-WF", "PF": "FR-PF", "NC": "FR-NC",
}  # fmt: skip
"""What numbers tell apart and the law does not, or not much: as regions of their country."""


def country_of(person: Person, default: str) -> tuple[str, Literal["stated", "phone", "default"]]:
    """The country or its region (ISO 3166: "FR", "US-FL") that a person is taken to be in, and how it is known."""
    if person.country:
        return person.country, "stated"
    for number in person.addresses.get("phone", ()):
        found = country_of_phone(number)
        if found is not None:
            return _PARTS.get(found, found), "phone"
    return default, "default"
