"""What both faces do: everything but driving. Each method gives the flow that a driver runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Literal, get_args
from urllib.parse import quote

from unichannel.ambient import Clock, Entropy, SystemEntropy
from unichannel.core.audience.ageing import AddressAge
from unichannel.core.audience.engagement import Learning
from unichannel.core.audience.profile import Profile
from unichannel.core.calendar.business import BusinessHours
from unichannel.core.calendar.window import Window
from unichannel.core.calendar.zone import zone
from unichannel.core.journey.form.stored import dumps, journey_digest, loads
from unichannel.core.journey.language.journey import Journey, single_send
from unichannel.core.journey.language.step import Send
from unichannel.core.journey.program import Program, compile_journey
from unichannel.core.messaging.link import plain
from unichannel.core.messaging.message import Message
from unichannel.core.policy.budget import Budget
from unichannel.core.policy.compliance.countries import COUNTRIES, DEFAULT_COUNTRY, FIRST_CONTACT
from unichannel.core.policy.compliance.rule import Country, FirstContact
from unichannel.core.policy.compliance.sender import Sender
from unichannel.core.policy.consenting import ConsentRules
from unichannel.core.policy.frequency import Cap, Gap
from unichannel.core.policy.prices import Prices
from unichannel.core.policy.setting import NIGHT, HostRule, Setting
from unichannel.core.words.category import DEFAULTS, Category
from unichannel.core.words.channel import BUILT_IN, Channel
from unichannel.core.words.instant import SECOND, from_datetime, to_datetime
from unichannel.engine.building import OneRoute, Receiver, Routes, carry_codec, one_of_each, read_routes
from unichannel.engine.checking import check_budgets, check_calls, check_journey
from unichannel.engine.choosing import StrategyLike, check_choices, read_strategies
from unichannel.engine.drivers import Answers, Receiving
from unichannel.engine.functions import Batch, Function, read_functions
from unichannel.engine.lawful import check_ageing, check_country, check_hours, check_sender
from unichannel.engine.naming import check_names
from unichannel.engine.taking import check_taken
from unichannel.engine.timing import StoreClock, clock_of, here
from unichannel.errors import ConfigurationError, DefinitionChanged, InvalidInput, UnknownError
from unichannel.flows.asking import Status, intention, next_due_at, retry, seen_by_host, send_now, set_aside
from unichannel.flows.hosting import EVIDENCE_EVENTS, ask_for_run, identify, merge, track
from unichannel.flows.kit import Kit, Linking
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.flows.purging import Purge, Retention, purge
from unichannel.flows.running import Report, run_due
from unichannel.flows.showing import InAppMessage, Seen, in_app, mark_in_app
from unichannel.ports import Fault, Hook, Session, Store

__all__ = ["Calls", "Settings", "unknown_journey"]


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


class Calls:
    """An engine without a driver."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        check_taken(settings)
        one_of_each((journey.name for journey in settings.journeys), "journeys")
        one_of_each((category.name for category in settings.categories), "categories")
        one_of_each((budget.name for budget in settings.budgets), "budgets")
        zone(settings.timezone)
        check_country(settings.country, settings.countries)
        self.channels = {**BUILT_IN, **{channel.name: channel for channel in settings.channels}}
        self.routes = read_routes(settings.routes or {}, self._tracked(), self.channels)
        self.functions = read_functions(settings.functions)
        check_calls(settings.journeys, settings.functions)
        self.clock, self.entropy = clock_of(settings.clock), settings.entropy or SystemEntropy()
        self.answers = self._answers()
        self._check_lease()
        self.strategies = read_strategies(settings.strategy, settings.strategies)
        setting = self._setting(b"unknown")
        check_names(setting)
        if settings.countries or settings.quiet_hours != NIGHT:  # ours are tested
            check_hours(setting, self.clock.now())
        self.findings = check_choices(setting, settings.journeys)
        self.findings += [text for journey in settings.journeys for text in check_journey(journey, setting)]
        self.findings += (
            check_ageing(setting) + check_budgets(setting, settings.journeys) + check_sender(setting, settings.journeys)
        )
        self.kit: Kit | None = None
        self.listeners: list[Callable[[], None]] = []

    def _tracked(self) -> frozenset[str]:
        tracking = self.settings.tracking
        return tracking.abilities.reports if tracking is not None else frozenset()

    def _answers(self) -> Answers:
        settings = self.settings
        receivers: dict[str, Receiving] = {
            name: one for name, one in self.routes.transports.items() if isinstance(one, Receiving)
        }
        if settings.tracking is not None:
            receivers[settings.tracking.name] = _receiving(settings.tracking)
        return Answers(
            settings.store,
            self.clock,
            self.entropy,
            {**self.routes.transports, **{one.name: one for one in self.functions.values()}},
            receivers,
            self._callback,
            settings.hooks,
            settings.concurrency,
        )

    def _callback(self, route: str, key: str) -> str:
        """Where a provider reports to about a delivery; our key comes back in it."""
        base = self.settings.webhooks.rstrip("/")
        return f"{base}/{quote(route)}?key={quote(key)}" if base else ""

    def _check_lease(self) -> None:
        """A call with all its retries ends before its lease, or two workers would make it."""
        for name, transport in self.routes.transports.items():
            longest = getattr(transport, "longest_call", 0.0)
            if longest >= self.settings.lease:
                raise ConfigurationError(
                    f"a call by {name!r} can take {longest:g} s, longer than its lease of {self.settings.lease:g} s.",
                    thing=name,
                    mend=f"Give Engine(lease={longest * 2:g}), or that route shorter time-outs.",
                )

    def _setting(self, identity: bytes) -> Setting:
        given = self.settings
        categories = {one.name: one for one in (*DEFAULTS, *given.categories)}
        return Setting(
            identity,
            self.routes.reports,
            self.strategies,
            categories,
            self.channels,
            given.quiet_hours,
            given.business_hours or BusinessHours(given.timezone),
            given.timezone,
            tuple(given.caps),
            {**COUNTRIES, **{one.code: one for one in given.countries}},
            given.country,
            given.prices,
            tuple(given.budgets),
            given.tracking.linker if given.tracking is not None else lambda _: plain,
            self.routes.takes,
            given.rules,
            given.learning or Learning(),
            consent=given.consent or ConsentRules(),
            sender=given.sender,
            first_contact=given.first_contact,
            ageing=given.ageing or {},
        )

    # getting ready

    def make_kit(self, identity: bytes) -> Kit:
        """The kit for a store with this secret, before any definition is published."""
        routes: Routes = self.routes
        tracking: Linking | None = self.settings.tracking
        calls = {one.name: one for one in self.functions.values()}
        return Kit(
            self._setting(identity),
            {**routes.by_channel, **{name: (name,) for name in calls}},
            {**routes.abilities, **{name: one.abilities for name, one in calls.items()}},
            tracking,
            limits=routes.limits,
            concurrency=self.settings.concurrency,
            lease=round(self.settings.lease * SECOND),
            doubt_for=round(self.settings.doubt_for * SECOND),
        )

    def publish(self, kit: Kit) -> Flow[None]:
        """Store the definitions of the journeys given, and compile them; the first kit that is whole stays."""
        if isinstance(self.clock, StoreClock):
            yield from ask(Transact(lambda _: None))  # it is asked with any transaction, and here before any instant
        now = yield from ask(Now())
        for journey in self.settings.journeys:
            yield from self._publish(kit, journey, now, current=True)
        if self.kit is None:
            self.kit = kit

    def _publish(self, kit: Kit, journey: Journey, now: int, *, current: bool = False) -> Flow[Program]:
        body = dumps(journey)
        digest = journey_digest(body)
        known = kit.published.get(digest)
        if known is not None:
            return known
        work = partial(
            _store_definition, journey=journey, digest=digest, body=body, now=now, drafts=self._may_change(journey)
        )
        id = yield from ask(Transact(work))
        program = kit.add(compile_journey(journey, id), current=current)
        if current and program.timed:
            yield from ask(Transact(lambda session: session.begin_sweep(journey.name, id)))
        kit.published[digest] = program
        return program

    def _may_change(self, journey: Journey) -> bool:
        return self.settings.drafts or journey.name.startswith("send:")

    def ready(self) -> Kit:
        if self.kit is None:
            raise ConfigurationError("the engine is not ready.", thing="engine", mend="Call migrate() first.")
        return self.kit

    # the host's calls

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have ``wake`` called after each news; gives what ends that."""
        self.listeners.append(wake)
        return lambda: self.listeners.remove(wake)

    def news(self, connection: Any) -> None:
        """Wake those who listen, unless the host has yet to commit the news."""
        for wake in [] if connection is not None else list(self.listeners):
            wake()

    def identify(self, profiles: Sequence[Profile], connection: Any) -> Flow[None]:
        return identify(self.ready().setting, profiles, connection)

    def track(
        self,
        first: str,
        event: str | None,
        properties: Mapping[str, Any] | None,
        *,
        delivery: str | None,
        occurred: datetime | None,
        id: str,
        unknown: Literal["refuse", "create"],
        connection: Any,
    ) -> Flow[None]:
        at = from_datetime(occurred, "occurred") if occurred is not None else None
        if delivery is not None:
            if first not in EVIDENCE_EVENTS or event is not None:
                raise InvalidInput(
                    f"{first!r} is no evidence of a delivery.",
                    thing=first,
                    mend=f"It is one of: {', '.join(sorted(EVIDENCE_EVENTS))}.",
                )
            return seen_by_host(first, delivery, at)
        if event is None:
            raise InvalidInput("track() needs a profile and an event.", thing="event", mend="track(profile, event).")
        return track(first, event, properties or {}, occurred=at, id=id, unknown=unknown, connection=connection)

    def merge(self, profile: str, other: str, unknown: Literal["refuse", "create"], connection: Any) -> Flow[None]:
        return merge(profile, other, unknown=unknown, connection=connection)

    def enroll(
        self,
        journey: Journey | str,
        profile: str,
        data: Mapping[str, Any] | None,
        key: str,
        unknown: Literal["refuse", "create"],
        connection: Any,
    ) -> Flow[str]:
        name = journey if isinstance(journey, str) else journey.name
        program = self.ready().current.get(name)
        if program is None:
            raise unknown_journey(name)
        return ask_for_run("enroll", profile, program, data or {}, key=key, unknown=unknown, connection=connection)

    def send(
        self,
        profile: str,
        message: Message,
        via: str | Sequence[str] | None,
        data: Mapping[str, Any] | None,
        key: str,
        connection: Any,
    ) -> Flow[str]:
        kit, journey = self.ready(), single_send(message, Send(message, via=via))
        check_journey(journey, kit.setting)
        now = yield from ask(Now())
        program = yield from self._publish(kit, journey, now)
        origin = yield from ask_for_run("send", profile, program, data or {}, key=key, connection=connection)
        return origin

    def send_now(
        self,
        profile: str,
        message: Message,
        via: str | Sequence[str] | None,
        data: Mapping[str, Any] | None,
        key: str,
    ) -> Flow[str]:
        origin = yield from self.send(profile, message, via, data, key, None)
        yield from send_now(self.ready(), profile, origin)
        return origin

    def status(self, origin: str) -> Flow[Status]:
        return intention(origin)

    def run_due(self, limit: int | None, seconds: float) -> Flow[Report]:
        return run_due(self.ready(), limit=limit, seconds=seconds)

    def next_due_at(self) -> Flow[datetime | None]:
        due = yield from next_due_at(self.ready())
        return None if due is None else to_datetime(here(self.clock, due))

    def purge(self, retention: Retention | None, limit: int | None, seconds: float) -> Flow[Purge]:
        if limit is not None and limit < 1:
            raise InvalidInput(f"a limit of {limit} deletes nothing.", thing="limit", mend="Give 1 or more, or None.")
        return purge(self.ready(), retention or Retention(), limit=limit, seconds=seconds)

    def in_app(self, profile: str) -> Flow[list[InAppMessage]]:
        return in_app(self.ready(), profile)

    def mark_in_app(self, profile: str, id: str, what: Seen) -> Flow[None]:
        if what not in get_args(Seen):
            raise InvalidInput(f"{what!r} is nothing to mark.", thing=what, mend=f"Use {', '.join(get_args(Seen))}.")
        return mark_in_app(self.ready(), profile, id, what)

    def failed(self, limit: int) -> Flow[list[Fault]]:
        return set_aside(limit)

    def retry(self, faults: Sequence[Fault]) -> Flow[int]:
        return retry(faults)


def unknown_journey(name: str) -> UnknownError:
    return UnknownError(f"this engine has no journey {name!r}.", thing=name, mend="Give it to Engine(journeys=[…]).")


def _receiving(tracking: Receiver) -> Receiving:
    return carry_codec(tracking)  # type: ignore[return-value]


def _store_definition(session: Session, journey: Journey, digest: str, body: str, now: int, *, drafts: bool) -> int:
    """Store a definition under its name and version, refusing another content there."""
    for id, name, version, known in session.definitions():
        if (name, version) != (journey.name, journey.version) or known == digest or drafts:
            continue
        if _is_same(session.definition(id), body):
            return id
        raise DefinitionChanged(
            f"the journey {name!r} version {version} is stored with another content.",
            thing=name,
            mend=f"Raise the version to {version + 1}; runs that began keep the old one. "
            "In development, Engine(drafts=True) lets it change.",
        )
    return session.put_definition(journey.name, journey.version, digest, body, now)


def _is_same(stored: str | None, body: str) -> bool:
    """Whether a definition that an earlier version of unichannel wrote says what this one does."""
    return stored is not None and dumps(loads(stored)) == body
