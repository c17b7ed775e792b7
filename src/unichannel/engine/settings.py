"""Settings: what the host hands to an engine, what can be wrong with it by itself, and what the core takes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unichannel.ambient import Clock, Entropy
from unichannel.core.audience.ageing import AddressAge
from unichannel.core.audience.engagement import Learning
from unichannel.core.calendar.business import BusinessHours
from unichannel.core.calendar.window import Window
from unichannel.core.calendar.zone import zone
from unichannel.core.journey.language.journey import Journey
from unichannel.core.messaging.link import plain
from unichannel.core.policy.budget import Budget
from unichannel.core.policy.compliance.countries import COUNTRIES, DEFAULT_COUNTRY, FIRST_CONTACT
from unichannel.core.policy.compliance.rule import Country, FirstContact
from unichannel.core.policy.compliance.sender import Sender
from unichannel.core.policy.consenting import ConsentRules
from unichannel.core.policy.frequency import Cap, Gap
from unichannel.core.policy.prices import Prices
from unichannel.core.policy.setting import NIGHT, HostRule, Setting
from unichannel.core.policy.strategy import Strategy
from unichannel.core.words.category import DEFAULTS, Category
from unichannel.core.words.channel import BUILT_IN, Channel
from unichannel.engine.building import OneRoute, Routes, one_of_each
from unichannel.engine.checking import check_calls
from unichannel.engine.choosing import StrategyLike
from unichannel.engine.functions import Batch, Function
from unichannel.engine.lawful import check_country
from unichannel.engine.taking import check_taken
from unichannel.ports import Hook, Store

__all__ = ["Settings", "channels_of", "check_settings", "setting_of"]


@dataclass
class Settings:
    """What the host hands to an engine; ``Engine`` says what each is for."""

    store: Store
    journeys: Sequence[Journey] = ()
    categories: Sequence[Category] = ()
    routes: Mapping[str, OneRoute | Sequence[OneRoute]] | None = None
    tracking: Any = None
    channels: Sequence[Channel] = ()
    strategy: StrategyLike | None = None
    quiet_hours: Window | None = NIGHT
    business_hours: BusinessHours | None = None
    caps: Sequence[Cap | Gap] = ()
    prices: Prices | None = None
    budgets: Sequence[Budget] = ()
    timezone: str = "UTC"
    country: str = DEFAULT_COUNTRY
    countries: Sequence[Country] = ()
    webhooks: str = ""
    clock: Clock | None = None
    entropy: Entropy | None = None
    hooks: Sequence[Hook] = ()
    functions: Mapping[str, Function | Batch | None] = field(default_factory=dict)
    drafts: bool = False
    concurrency: int = 16
    lease: float = 120.0
    doubt_for: float = 900.0
    strategies: Mapping[str, StrategyLike] = field(default_factory=dict)
    rules: Mapping[str, HostRule] = field(default_factory=dict)
    learning: Learning | None = None
    consent: ConsentRules | None = None
    sender: Sender | None = None
    first_contact: FirstContact | None = FIRST_CONTACT
    ageing: Mapping[str, AddressAge] | None = None


def check_settings(given: Settings) -> None:
    """Raise ConfigurationError for what is wrong whatever the routes are."""
    check_taken(given)
    one_of_each((journey.name for journey in given.journeys), "journeys")
    one_of_each((category.name for category in given.categories), "categories")
    one_of_each((budget.name for budget in given.budgets), "budgets")
    zone(given.timezone)
    check_country(given.country, given.countries)
    check_calls(given.journeys, given.functions)


def channels_of(given: Settings) -> dict[str, Channel]:
    """All channels by name: ours, and the host's own."""
    return {**BUILT_IN, **{channel.name: channel for channel in given.channels}}


def setting_of(given: Settings, identity: bytes, routes: Routes, strategies: Mapping[str, Strategy]) -> Setting:
    """What decisions read of it, for a store with this secret."""
    categories = {one.name: one for one in (*DEFAULTS, *given.categories)}
    return Setting(
        identity=identity,
        reports=routes.reports,
        strategies=strategies,
        categories=categories,
        channels=channels_of(given),
        quiet_hours=given.quiet_hours,
        business_hours=given.business_hours or BusinessHours(given.timezone),
        default_zone=given.timezone,
        caps=tuple(given.caps),
        countries={**COUNTRIES, **{one.code: one for one in given.countries}},
        default_country=given.country,
        prices=given.prices,
        budgets=tuple(given.budgets),
        linker=given.tracking.linker if given.tracking is not None else lambda _: plain,
        takes=routes.takes,
        rules=given.rules,
        learning=given.learning or Learning(),
        consent=given.consent or ConsentRules(),
        sender=given.sender,
        first_contact=given.first_contact,
        ageing=given.ageing or {},
    )
