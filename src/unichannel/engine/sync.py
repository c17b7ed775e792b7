"""Engine: the face for code that waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from types import TracebackType
from typing import Self

from unichannel.ambient import Clock, Entropy
from unichannel.core.audience.ageing import AddressAge
from unichannel.core.audience.engagement import Learning
from unichannel.core.calendar.business import BusinessHours
from unichannel.core.calendar.window import Window
from unichannel.core.journey.language.journey import Journey
from unichannel.core.policy.budget import Budget
from unichannel.core.policy.compliance.countries import DEFAULT_COUNTRY, FIRST_CONTACT
from unichannel.core.policy.compliance.rule import Country, FirstContact
from unichannel.core.policy.compliance.sender import Sender
from unichannel.core.policy.consenting import ConsentRules
from unichannel.core.policy.frequency import Cap, Gap
from unichannel.core.policy.prices import Prices
from unichannel.core.policy.setting import NIGHT, HostRule
from unichannel.core.words.category import Category
from unichannel.core.words.channel import Channel
from unichannel.engine.building import OneRoute
from unichannel.engine.calls import Calls
from unichannel.engine.choosing import StrategyLike
from unichannel.engine.consenting import Consenting
from unichannel.engine.functions import Batch, Function
from unichannel.engine.intake import Intake
from unichannel.engine.planning import Planning
from unichannel.engine.privacy import Privacy
from unichannel.engine.settings import Settings
from unichannel.engine.showing import Showing
from unichannel.engine.working import Working
from unichannel.ports import Hook, Receiver, Store

__all__ = ["Engine"]


class Engine(Intake, Working, Showing, Consenting, Planning, Privacy):
    """Runs journeys inside the application: the host calls it, no thread outlives a call.

    ``store``: where state lives. ``journeys``: the definitions of this process; the store keeps
    those of earlier ones. ``categories``: kinds of message beside "transactional" and "marketing".
    ``routes``: for each channel a provider or transport, or several (failover). ``tracking``: our
    own pixel and links. ``channels``: the host's own. ``strategy`` ranks channels, ``Preferred()``
    by default. ``quiet_hours``: the person's night, None for none. ``caps``: how often one person is
    written to, as ``Cap`` and ``Gap``. ``timezone`` and ``country``: of people whose own are not known.
    ``countries`` replace rules of the law. ``sender``: whom marketing names. ``first_contact``: what comes before
    marketing to a prospect's phone, None for nothing. ``webhooks``: the public URL under which providers reach
    ``receive``, each by its name. ``hooks`` are told committed facts. ``functions``: what ``Call`` steps
    call, by name; None where other workers have it. ``drafts`` lets a definition change under its version.
    ``concurrency`` bounds the calls that are out at once on each route, and so what a crash leaves in doubt.
    ``lease`` and ``doubt_for`` in seconds. ``consent``: how consents are kept. ``ageing``: on which channels
    addresses age, and how fast; nowhere by default. ``clock``: the machine's by default,
    set right by PostgreSQL's, so that workers whose machines disagree have one time; one that is given is taken at
    its word. ``executor`` runs provider calls; without one, each call makes a pool of its own.

    Raises ConfigurationError and DefinitionError for what cannot work together.
    """

    def __init__(
        self,
        store: Store,
        *,
        journeys: Sequence[Journey] = (),
        categories: Sequence[Category] = (),
        routes: Mapping[str, OneRoute | Sequence[OneRoute]] | None = None,
        tracking: Receiver | None = None,
        channels: Sequence[Channel] = (),
        strategy: StrategyLike | None = None,
        strategies: Mapping[str, StrategyLike] | None = None,
        rules: Mapping[str, HostRule] | None = None,
        learning: Learning | None = None,
        consent: ConsentRules | None = None,
        quiet_hours: Window | None = NIGHT,
        business_hours: BusinessHours | None = None,
        caps: Sequence[Cap | Gap] = (),
        prices: Prices | None = None,
        budgets: Sequence[Budget] = (),
        timezone: str = "UTC",
        country: str = DEFAULT_COUNTRY,
        countries: Sequence[Country] = (),
        sender: Sender | None = None,
        first_contact: FirstContact | None = FIRST_CONTACT,
        ageing: Mapping[str, AddressAge] | None = None,
        webhooks: str = "",
        clock: Clock | None = None,
        entropy: Entropy | None = None,
        hooks: Sequence[Hook] = (),
        functions: Mapping[str, Function | Batch | None] | None = None,
        drafts: bool = False,
        concurrency: int = 16,
        lease: float = 120.0,
        doubt_for: float = 900.0,
        executor: Executor | None = None,
    ) -> None:
        self._calls = Calls(
            Settings(
                store=store,
                journeys=journeys,
                categories=categories,
                routes=routes,
                tracking=tracking,
                channels=channels,
                strategy=strategy,
                quiet_hours=quiet_hours,
                business_hours=business_hours,
                caps=caps,
                timezone=timezone,
                country=country,
                countries=countries,
                sender=sender,
                first_contact=first_contact,
                ageing=ageing,
                webhooks=webhooks,
                clock=clock,
                entropy=entropy,
                hooks=hooks,
                functions=functions or {},
                drafts=drafts,
                concurrency=concurrency,
                lease=lease,
                doubt_for=doubt_for,
                prices=prices,
                budgets=budgets,
                strategies=strategies or {},
                rules=rules or {},
                learning=learning,
                consent=consent,
            )
        )
        self._calls.answers.executor = executor

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections to providers and to the store."""
        for transport in self._calls.routes.transports.values():
            transport.close()
        self._calls.settings.store.close()

    def migrate(self) -> None:
        """Bring the store's schema to this version; safe to call again, and by many at once."""
        self._calls.settings.store.migrate()

    def publish(self) -> None:
        """Store the definitions of the journeys given, as a step of a deploy.

        Raises DefinitionChanged where one has the version of a stored one and another content.
        """
        self._ready()
