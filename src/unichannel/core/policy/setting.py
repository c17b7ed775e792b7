"""What the host settled for the whole engine, as plain values that decisions read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from unichannel.core.audience.ageing import AddressAge
from unichannel.core.audience.engagement import Learning
from unichannel.core.audience.profile import Person
from unichannel.core.audience.seal import Seals
from unichannel.core.calendar.business import BusinessHours
from unichannel.core.calendar.span import Span
from unichannel.core.calendar.window import Window
from unichannel.core.condition.view import Facts, Scope, View
from unichannel.core.messaging.content.base import Content
from unichannel.core.messaging.link import Links, plain
from unichannel.core.policy.budget import Budget
from unichannel.core.policy.compliance.countries import COUNTRIES, DEFAULT_COUNTRY, FIRST_CONTACT
from unichannel.core.policy.compliance.rule import Country, FirstContact
from unichannel.core.policy.compliance.sender import Sender
from unichannel.core.policy.consenting import ConsentRules
from unichannel.core.policy.frequency import Cap, Gap
from unichannel.core.policy.prices import Prices
from unichannel.core.policy.prior import Prior
from unichannel.core.policy.strategy import Strategy
from unichannel.core.words.address import address_hash
from unichannel.core.words.category import DEFAULTS, Category
from unichannel.core.words.channel import BUILT_IN, Channel
from unichannel.errors import DefinitionError

__all__ = ["DEFAULT", "NIGHT", "HostRule", "Setting"]

NIGHT = Window("21:00", "08:00")
"""The night by default: outside the hours that the strictest rules we know allow for calls and
texts in general (47 CFR 64.1200(c)(1): 8 to 21 h; law:U1). Stricter hours are the host's to set."""

DEFAULT = "default"
"""The name of the engine's own strategy."""

_FOR_EVER = 1 << 62

HostRule: TypeAlias = Callable[[str, Mapping[str, Any]], bool]
"""Whether a channel is refused, by its name and what is known, as plain values."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The host's settings.

    ``reports`` maps each channel that a route serves to the evidence it can report, ``takes`` those
    whose routes do not take every content to what they take (``FEATURES``). ``identity`` is the
    store's own secret, from which keys and address hashes are made. ``linker`` makes the links of a
    delivery by its key, so that the length of a text is known when deciding. ``strategies`` rank
    channels, by name; ``rules`` are the host's own, by name. ``prior`` is the snapshot of the base
    that was last read. ``consent`` are the rules that consents are kept by; younger than ``fresh_for``
    (microseconds) none is too old anywhere, which spares most decisions the calendar. ``ageing`` says on which
    channels addresses age; where it is empty no sign of them is kept.
    """

    identity: bytes
    reports: Mapping[str, frozenset[str]]
    strategies: Mapping[str, Strategy]
    categories: Mapping[str, Category] = field(default_factory=lambda: {one.name: one for one in DEFAULTS})
    channels: Mapping[str, Channel] = field(default_factory=lambda: BUILT_IN)
    quiet_hours: Window | None = NIGHT
    business_hours: BusinessHours = field(default_factory=BusinessHours)
    default_zone: str = "UTC"
    caps: tuple[Cap | Gap, ...] = ()
    countries: Mapping[str, Country] = field(default_factory=lambda: COUNTRIES)
    default_country: str = DEFAULT_COUNTRY
    prices: Prices | None = None
    budgets: tuple[Budget, ...] = ()
    linker: Callable[[str], Links] = lambda _: plain
    takes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rules: Mapping[str, HostRule] = field(default_factory=dict)
    learning: Learning = field(default_factory=Learning)
    prior: Prior = field(default_factory=Prior)
    consent: ConsentRules = field(default_factory=ConsentRules)
    sender: Sender | None = None
    first_contact: FirstContact | None = FIRST_CONTACT
    ageing: Mapping[str, AddressAge] = field(default_factory=dict)
    fresh_for: int = field(init=False)

    def __post_init__(self) -> None:
        rules = self.consent.renewed_after
        spans = [one.renewed_after for one in self.countries.values()] if rules == "law" else [rules]
        ages = [span.at_least for span in spans if isinstance(span, Span)]
        object.__setattr__(self, "fresh_for", min(ages, default=_FOR_EVER))

    def view(self, facts: Facts, scope: Scope | None = None) -> View:
        """The facts of a profile as conditions see them, from inside a run where one is given."""
        return View(
            facts,
            scope or Scope(),
            self.default_zone,
            self.business_hours,
            self.channels,
            self.default_country,
            self.ageing,
        )

    @property
    def seals(self) -> Seals:
        """The keys of the consent ledger."""
        return Seals(self.identity, self.consent.secrets)

    @property
    def currency(self) -> str:
        """The currency of the prices, "" where there are none."""
        return self.prices.currency if self.prices is not None else ""

    @property
    def learns(self) -> bool:
        """Whether any of its strategies reads what the base shows."""
        return any(_learns(one) for one in self.strategies.values())

    def hashes(self, person: Person) -> list[str]:
        """The keyed hashes of a person's addresses, for each family of channels that uses one."""
        families = {(channel.address, channel.family) for channel in self.channels.values()}
        found = {
            address_hash(self.identity, kind, family, address)
            for kind, family in families
            for address in person.addresses.get(kind, ())
        }
        return sorted(found)

    def hash_at(self, channel: str, address: str) -> str:
        """The keyed hash that an address is known by on a channel of ours."""
        known = self.channels[channel]
        return address_hash(self.identity, known.address, known.family, address)

    def lacks(self, channel: str, content: Content) -> frozenset[str]:
        """What the content asks of a route that those of the channel do not take."""
        taken = self.takes.get(channel)
        return frozenset() if taken is None else content.features() - taken

    def category(self, name: str) -> Category:
        """The category of that name; raises DefinitionError where the engine has none."""
        found = self.categories.get(name)
        if found is None:
            raise DefinitionError(
                f"there is no category {name!r} (known: {', '.join(sorted(self.categories))}).",
                thing=name,
                mend="Give it to Engine(categories=[…]).",
            )
        return found


def _learns(strategy: Strategy) -> bool:
    return strategy.learns or any(_learns(one) for one in strategy.parts())
