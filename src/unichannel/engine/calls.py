"""What both faces do: everything but driving. Each method gives the flow that a driver runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_args
from urllib.parse import quote

from unichannel.ambient import SystemEntropy
from unichannel.core.audience.profile import Profile
from unichannel.core.journey.language.journey import Journey, single_send
from unichannel.core.journey.language.step import Send
from unichannel.core.messaging.message import Message
from unichannel.core.policy.setting import NIGHT, Setting
from unichannel.core.words.instant import SECOND, from_datetime, to_datetime
from unichannel.engine.building import Routes, carry_codec, check_leases, read_routes
from unichannel.engine.checking import check_budgets, check_journey
from unichannel.engine.choosing import check_choices, read_strategies
from unichannel.engine.drivers import Answers, Receiving
from unichannel.engine.functions import read_functions
from unichannel.engine.lawful import check_ageing, check_hours, check_sender
from unichannel.engine.naming import check_names
from unichannel.engine.publishing import publish
from unichannel.engine.settings import Settings, channels_of, check_settings, setting_of
from unichannel.engine.taking import check_given, check_limit
from unichannel.engine.timing import StoreClock, clock_of, here
from unichannel.errors import ConfigurationError, InvalidInput, UnknownError
from unichannel.flows.asking import Status, intention, next_due_at, retry, seen_by_host, send_now, set_aside
from unichannel.flows.hosting import EVIDENCE_EVENTS, ask_for_run, identify, merge, track
from unichannel.flows.kit import Kit, Linking
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.flows.purging import Purge, Retention, purge
from unichannel.flows.running import Report, run_due
from unichannel.flows.showing import InAppMessage, Seen, in_app, mark_in_app
from unichannel.ports import Fault, Receiver

__all__ = ["Calls", "unknown_journey"]


class Calls:
    """An engine without a driver."""

    def __init__(self, settings: Settings) -> None:
        check_settings(settings)
        self.settings = settings
        self.routes = read_routes(settings.routes or {}, self._tracked(), channels_of(settings))
        check_leases(self.routes, settings.lease)
        self.functions = read_functions(settings.functions)
        self.clock, self.entropy = clock_of(settings.clock), settings.entropy or SystemEntropy()
        self.answers = self._answers()
        self.strategies = read_strategies(settings.strategy, settings.strategies)
        self.findings = self._findings(self._setting(b"unknown"))
        self.kit: Kit | None = None
        self.listeners: list[Callable[[], None]] = []

    def _setting(self, identity: bytes) -> Setting:
        return setting_of(self.settings, identity, self.routes, self.strategies)

    def _findings(self, setting: Setting) -> list[str]:
        """What is odd and stops nothing; raises for what cannot work."""
        check_names(setting)
        if self.settings.countries or setting.quiet_hours != NIGHT:  # ours are tested
            check_hours(setting, self.clock.now())
        journeys = self.settings.journeys
        found = check_choices(setting, journeys)
        found += [text for journey in journeys for text in check_journey(journey, setting)]
        return found + check_ageing(setting) + check_budgets(setting, journeys) + check_sender(setting, journeys)

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
        now, drafts = (yield from ask(Now())), self.settings.drafts
        for journey in self.settings.journeys:
            yield from publish(kit, journey, now, drafts=drafts, current=True)
        if self.kit is None:
            self.kit = kit

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
        for one in profiles:
            check_given("a profile of identify()", one, Profile, 'Give each as Profile("ada"), side by side: no list.')
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
        check_given("the profile of track()", first, str, 'Give your own id of the person: track("ada", "order.paid").')
        check_given("the event of track()", event, str, 'Give its name: track("ada", "order.paid").')
        check_given("properties", properties or {}, Mapping, 'Give a mapping: {"total": 42}.')
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
        *,
        at_once: bool,
        connection: Any,
    ) -> Flow[str]:
        if at_once and connection is not None:
            raise InvalidInput(
                "what is sent at once cannot be taken back by a rollback.",
                thing="connection",
                mend="Give at_once= or connection=, one of them.",
            )
        kit, journey = self.ready(), single_send(message, Send(message, via=via))
        check_journey(journey, kit.setting)
        now = yield from ask(Now())
        program = yield from publish(kit, journey, now, drafts=True)
        origin = yield from ask_for_run("send", profile, program, data or {}, key=key, connection=connection)
        if at_once:
            yield from send_now(kit, profile, origin)
        return origin

    def status(self, origin: str) -> Flow[Status]:
        return intention(origin)

    def run_due(self, limit: int | None, seconds: float) -> Flow[Report]:
        check_given("seconds", seconds, (int, float), "Give a number, such as 50.")
        check_limit(limit)
        return run_due(self.ready(), limit=limit, seconds=seconds)

    def next_due_at(self) -> Flow[datetime | None]:
        due = yield from next_due_at(self.ready())
        return None if due is None else to_datetime(here(self.clock, due))

    def purge(self, retention: Retention | None, limit: int | None, seconds: float) -> Flow[Purge]:
        check_given("retention", retention or Retention(), Retention, "Give Retention(events=days(400)).")
        check_limit(limit)
        return purge(self.ready(), retention or Retention(), limit=limit, seconds=seconds)

    def in_app(self, profile: str) -> Flow[list[InAppMessage]]:
        return in_app(self.ready(), profile)

    def mark_in_app(self, profile: str, id: str, what: Seen) -> Flow[None]:
        if what not in get_args(Seen):
            raise InvalidInput(f"{what!r} is nothing to mark.", thing=what, mend=f"Use {', '.join(get_args(Seen))}.")
        return mark_in_app(self.ready(), profile, id, what)

    def failed(self, limit: int) -> Flow[list[Fault]]:
        check_limit(limit)
        return set_aside(limit)

    def retry(self, faults: Sequence[Fault]) -> Flow[int]:
        for one in faults:
            check_given("a fault of retry()", one, Fault, "Give some of failed(), side by side, or nothing for all.")
        return retry(faults)


def unknown_journey(name: str) -> UnknownError:
    return UnknownError(f"this engine has no journey {name!r}.", thing=name, mend="Give it to Engine(journeys=[…]).")


def _receiving(tracking: Receiver) -> Receiving:
    return carry_codec(tracking)  # type: ignore[return-value]
