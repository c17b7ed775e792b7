"""The sender: who the host is, as its marketing names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from unichannel.errors import ConfigurationError

__all__ = ["Sender"]

_NUMBER = re.compile(r"\+?\d{3,15}")


@dataclass(frozen=True)
class Sender:
    """Who marketing is from: ``Sender("Example Shop", address="1 Main Street, Springfield, IL 62701, USA")``.

    ``name`` begins a marketing text that does not name it. ``address`` is the postal address and ``contact`` a
    telephone, mailbox or page: below marketing e-mail where the law asks for them (law:U9, law:C3). ``stop``
    maps countries to the number that STOP is written to where the text cannot be answered: ``{"FR": "36180"}``.
    Raises ConfigurationError for what is none of these.
    """

    name: str
    address: str = field(default="", repr=False)
    contact: str = ""
    stop: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what in ("name", "address", "contact"):
            text = getattr(self, what)
            if text != " ".join(text.split()) or (what == "name" and not text):
                raise ConfigurationError(
                    f"the sender's {what} is empty, or has more than one line.",
                    thing=what,
                    mend=f"Give {what}= as one line, without spaces around it.",
                )
        for country, number in self.stop.items():
            if country != country.upper() or not _NUMBER.fullmatch(number):
                raise ConfigurationError(
                    f"{number!r} is no number for STOP in {country!r}.", thing=country, mend='Write {"FR": "36180"}.'
                )
