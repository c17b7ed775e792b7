"""Ageing: after how long without a sign an address counts as stale, and gets no marketing.

A telephone number that is given up goes to somebody else: in the United States after 45 days at the least
(84 FR 11226, https://regulations.justia.com/regulations/fedreg/2019/03/26/2019-05620.html). A mailbox that is
given up may become a trap for whoever still writes to it
(https://faq.oximailing.com/index.php?lang=en&action=artikel&cat=16&id=122&artlang=en).

The rules of this file:

1. An address is stale from the end of the span after its last sign; where nothing is known of it, after the
   profile was made, or after the rule began where that was later.
2. Each channel has its own rule or none; a sign is one of the address, whichever channel it came by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from unichannel.core.audience.profile import Person
from unichannel.core.audience.signs import Shown, last_sign
from unichannel.core.calendar.span import Span
from unichannel.core.calendar.zone import add
from unichannel.core.words.instant import from_datetime
from unichannel.errors import ConfigurationError

__all__ = ["AddressAge", "last_shown", "stale_from"]


@dataclass(frozen=True, slots=True)
class AddressAge:
    """An address without a sign for longer than ``after`` is stale: ``AddressAge(days(45))``.

    ``shown``: the weakest evidence that is a sign, "delivered" by default; what the person does there and
    the host's word (``confirm_address``, a new address) always are. ``since``: an aware instant; of
    addresses of which nothing is known the age counts from it, so that a rule which begins today finds nobody
    stale today. Raises ConfigurationError for no span, an unknown evidence, InvalidInput for a naive instant.
    """

    after: Span
    shown: Shown = "delivered"
    since: datetime | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.after, Span) or not self.after.nominal:
            raise ConfigurationError("an address ages in no time at all.", thing="after", mend="Give days(45).")
        if self.shown not in get_args(Shown):
            raise ConfigurationError(
                f"{self.shown!r} shows no address to work.",
                thing="shown",
                mend=f"Use one of: {', '.join(get_args(Shown))}.",
            )
        if self.since is not None:
            from_datetime(self.since, "since")

    @property
    def began(self) -> int:
        """When the rule began, in microseconds UTC; 0 where nobody said."""
        return 0 if self.since is None else from_datetime(self.since, "since")


def last_shown(rule: AddressAge, person: Person, address: str, at: int) -> int:
    """From when an address ages, as far as it is known at an instant."""
    return last_sign(person, address, rule.shown, at) or max(person.created, rule.began)


def stale_from(rule: AddressAge, person: Person, address: str, zone: str, at: int) -> int:
    """When an address is stale if nothing shows it to work meanwhile."""
    return add(last_shown(rule, person, address, at), rule.after, zone)
