"""The shapes of rules: where a rule comes from, when may be sent, what has to be said, which consents end when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from unichannel.core.calendar.hours import Hours
from unichannel.core.calendar.span import Span
from unichannel.core.calendar.zone import zone
from unichannel.core.words.address import country_mend, is_country
from unichannel.errors import ConfigurationError

__all__ = ["Asks", "Country", "FirstContact", "Implied", "Mention", "SendingHours", "Source"]

Asks: TypeAlias = Literal["sender", "way_out", "address"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from: a short id, what it says, the page where it was read, when, and how well it was seen.

    ``seen``: "primary" the authority's own text or page, "secondary" somebody's account of it, "no" not verified.
    """

    id: str
    says: str
    page: str = ""
    read: str = "2026-11"
    seen: Literal["primary", "secondary", "no"] = "secondary"


@dataclass(frozen=True, slots=True)
class SendingHours:
    """Hours outside of which marketing on these channels waits."""

    channels: frozenset[str]
    hours: Hours
    source: Source


@dataclass(frozen=True, slots=True)
class Mention:
    """What marketing on these channels has to say: who sends it, how to stop it, the sender's postal address."""

    channels: frozenset[str]
    asks: tuple[Asks, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class FirstContact:
    """No marketing on these channels to a prospect before a first contact: a message or click, or one of ``events``.

    A prospect is who ``Profile(prospect=True)`` says is one. ``events`` are names of the host's events that are
    a contact of the person's own, such as a sign-up or a purchase.
    """

    channels: frozenset[str]
    source: Source
    events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Implied:
    """A consent that follows from a relation, on these channels, and for how long after its latest sign (None: no end).

    ``basis``: "customer", somebody who bought, for similar products of the same company; "inquiry",
    somebody who asked.
    """

    basis: Literal["customer", "inquiry"]
    channels: frozenset[str]
    lasts: Span | None
    source: Source


@dataclass(frozen=True, slots=True)
class Country:
    """What one country (ISO 3166-1, or a region of it, "US-FL") asks.

    ``business``: whether people who are written to in their profession must have agreed ("opt_in") or
    must not have objected ("opt_out"). ``renewed_after``: when a consent is too old, to be asked anew.
    ``zones``: the IANA zones of its people; empty where a country is too wide to say. ``consent`` says which rule
    asks for consent before marketing. ``mentions`` are what marketing has to say there, in ``language`` where
    the person's is not known. Raises ConfigurationError for what is no code of a country, InvalidInput for a
    zone that there is none of.
    """

    code: str
    name: str
    hours: tuple[SendingHours, ...] = ()
    implied: tuple[Implied, ...] = ()
    business: Literal["opt_in", "opt_out"] = "opt_in"
    renewed_after: Span | None = None
    renewed_source: Source | None = None
    zones: tuple[str, ...] = ()
    consent: Source | None = None
    mentions: tuple[Mention, ...] = ()
    language: str = "en"

    def __post_init__(self) -> None:
        if not is_country(self.code):
            raise ConfigurationError(f"{self.code!r} is no country.", thing=self.code, mend=country_mend(self.code))
        for name in self.zones:
            zone(name)

    def with_(self, **changes: Any) -> Country:
        """The same country with other rules: ``COUNTRIES["FR"].with_(hours=())``."""
        return replace(self, **changes)
