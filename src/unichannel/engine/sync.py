"""Engine: the face for code that waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self, overload

from unichannel.ambient import Clock, Entropy
from unichannel.core.audience.ageing import AddressAge
from unichannel.core.audience.engagement import Learning
from unichannel.core.audience.profile import Profile
from unichannel.core.calendar.business import BusinessHours
from unichannel.core.calendar.window import Window
from unichannel.core.journey.language.journey import Journey
from unichannel.core.messaging.message import Message
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
from unichannel.engine.building import OneRoute, Receiver
from unichannel.engine.calls import Calls, Settings
from unichannel.engine.choosing import StrategyLike
from unichannel.engine.consenting import Consenting
from unichannel.engine.functions import Batch, Function
from unichannel.engine.planning import Planning
from unichannel.engine.privacy import Privacy
from unichannel.errors import InvalidInput
from unichannel.flows.asking import Status
from unichannel.flows.auditing import of_delivery, of_faults, of_profile, of_run
from unichannel.flows.explaining import Entry, Explanation, Told, timeline, why_delivery, why_profile
from unichannel.flows.ops import Op
from unichannel.flows.purging import Purge, Retention
from unichannel.flows.receiving import receive
from unichannel.flows.running import Report
from unichannel.flows.showing import InAppMessage, Seen
from unichannel.ports import Answer, Fault, Hook, Request, Store

__all__ = ["Engine", "Handle"]


@dataclass(frozen=True)
class Handle:
    """An intention that was recorded: a run that was asked for, by ``enroll`` or ``send``."""

    id: str
    _engine: Engine

    def __repr__(self) -> str:
        return f"Handle({self.id!r})"

    def status(self) -> Status:
        """What became of it: queued, refused with a reason, or the state of its run."""
        return self._engine.status(self.id)


class Engine(Consenting, Planning, Privacy):
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

    def __repr__(self) -> str:
        return f"Engine({len(self._calls.settings.journeys)} journeys, {self._calls.settings.store!r})"

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

    def watch(self, probe: Callable[[str, Op[Any]], None] | None) -> None:
        """Tell ``probe`` of each operation, "before" and "after" it is answered: for tests that crash there."""
        self._calls.answers.probe = probe

    def on_news(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have ``wake`` called when this engine was told something for ``run_due``; gives what ends that.

        In the thread of the call, at once; not for what was told with ``connection=``, which is yet to be committed.
        """
        return self._calls.listen(wake)

    @property
    def journeys(self) -> list[Journey]:
        """The journeys that it was made with."""
        return list(self._calls.settings.journeys)

    @property
    def findings(self) -> list[str]:
        """What looks like a mistake in the journeys, but stops nothing."""
        return list(self._calls.findings)

    def migrate(self) -> None:
        """Bring the store's schema to this version; safe to call again, and by many at once."""
        self._calls.settings.store.migrate()

    def publish(self) -> None:
        """Store the definitions of the journeys given, as a step of a deploy.

        Raises DefinitionChanged where one has the version of a stored one and another content.
        """
        self._ready()

    def identify(self, *profiles: Profile, connection: Any = None) -> None:
        """Say who people are: fields that are set are merged, None clears; consents are added.

        With ``connection`` the rows are part of the host's own transaction.
        """
        calls = self._ready()
        self._tell(calls.identify(profiles, connection), connection)

    @overload
    def track(
        self,
        profile: str,
        event: str,
        properties: Mapping[str, Any] | None = None,
        /,
        *,
        occurred: datetime | None = None,
        id: str = "",
        unknown: Literal["refuse", "create"] = "refuse",
        connection: Any = None,
    ) -> None: ...

    @overload
    def track(self, evidence: str, /, *, delivery: str, occurred: datetime | None = None) -> None: ...

    def track(
        self,
        profile: str,
        event: str | None = None,
        properties: Mapping[str, Any] | None = None,
        /,
        *,
        delivery: str | None = None,
        occurred: datetime | None = None,
        id: str = "",
        unknown: Literal["refuse", "create"] = "refuse",
        connection: Any = None,
    ) -> None:
        """Say that something happened: ``track("ada", "order.paid", {"total": 42})``.

        ``occurred`` (aware; now where not given) is when; ``id`` names the event, so that a second
        copy is known. ``track("opened", delivery=…)`` tells of evidence that the host saw itself.
        Raises UnknownError for a profile nobody was told of, unless ``unknown="create"``, and
        InvalidInput for a naive datetime.
        """
        calls = self._ready()
        flow = calls.track(
            profile,
            event,
            properties,
            delivery=delivery,
            occurred=occurred,
            id=id,
            unknown=unknown,
            connection=connection,
        )
        self._tell(flow, connection)

    def merge(
        self, profile: str, other: str, *, unknown: Literal["refuse", "create"] = "refuse", connection: Any = None
    ) -> None:
        """Say that two ids are one person: ``merge("ada", "visitor-17")`` when a visitor signs in.

        ``run_due`` makes them one profile, the one that was known first; both ids lead to it for
        ever. Raises UnknownError for an id nobody was told of, unless ``unknown="create"``.
        """
        calls = self._ready()
        self._tell(calls.merge(profile, other, unknown, connection), connection)

    def enroll(
        self,
        journey: Journey | str,
        profile: str,
        data: Mapping[str, Any] | None = None,
        *,
        key: str = "",
        unknown: Literal["refuse", "create"] = "refuse",
        connection: Any = None,
    ) -> Handle:
        """Ask for a run of a journey, without its trigger; ``key`` makes it once.

        Its re-entry rule may still refuse it: the handle tells. Raises UnknownError for a profile
        nobody was told of, unless ``unknown="create"``.
        """
        calls = self._ready()
        flow = calls.enroll(journey, profile, data, key, unknown, connection)
        return Handle(self._tell(flow, connection), self)

    def send(
        self,
        profile: str,
        message: Message,
        *,
        via: str | Sequence[str] | None = None,
        data: Mapping[str, Any] | None = None,
        key: str = "",
        at_once: bool = False,
        connection: Any = None,
    ) -> Handle:
        """Send one message: recorded now, decided and delivered by ``run_due``; ``key`` makes it once.

        ``at_once=True`` decides and delivers it in this call, behind the same checks: for
        one-time passwords. Not together with ``connection``.
        """
        calls = self._ready()
        if at_once and connection is not None:
            raise InvalidInput(
                "what is sent at once cannot be taken back by a rollback.",
                thing="connection",
                mend="Give at_once= or connection=, one of them.",
            )
        flow = (
            calls.send_now(profile, message, via, data, key)
            if at_once
            else calls.send(profile, message, via, data, key, connection)
        )
        return Handle(self._tell(flow, connection), self)

    def status(self, id: str) -> Status:
        """What became of the intention of that id; raises UnknownError."""
        calls = self._ready()
        return self._look("status", of_run(id), calls.status(id))

    def run_due(self, limit: int | None = None, seconds: float = 50.0) -> Report:
        """Merge what was heard, decide what is due, deliver: until nothing is left, or the time is up.

        ``limit`` bounds the profiles decided, ``seconds`` the time after which nothing new begins.
        Call it from any scheduler, as often as you like, from as many places as you like.
        """
        calls = self._ready()
        return self._run(calls.run_due(limit, seconds))

    def next_due_at(self) -> datetime | None:
        """When ``run_due`` has something to do next, None when only news can bring something."""
        calls = self._ready()
        return self._run(calls.next_due_at())

    def receive(self, provider: str, request: Request) -> Answer:
        """Take an incoming call of a provider (or "tracking") and say what to answer.

        Raises BadSignature (answer 403) and MalformedWebhook (answer 400); nothing is kept then.
        """
        calls = self._ready()
        return self._tell(receive(calls.ready(), provider, request))

    @overload
    def why(self, delivery: str, /, *, language: str = "en") -> Explanation: ...

    @overload
    def why(
        self, profile: str, /, *, journey: str | None, step: str | None = None, language: str = "en"
    ) -> Told[Explanation]: ...

    @overload
    def why(
        self, profile: str, /, *, journey: str | None = None, step: str, language: str = "en"
    ) -> Told[Explanation]: ...

    def why(
        self, subject: str, /, *, journey: str | None = None, step: str | None = None, language: str = "en"
    ) -> Explanation | Told[Explanation]:
        """Why a delivery was made; or, for a profile with ``journey=``, why each send was made or not.

        A profile's list has what was sent, what was not, and where its runs stand now. ``language``: "en",
        "en-US" or "fr"; instants are told in the profile's zone. Raises UnknownError for what nobody knows.
        """
        calls = self._ready()
        zone = calls.settings.timezone
        if journey is None and step is None:
            return self._look("why", of_delivery(subject), why_delivery(subject, language, zone))
        return self._look("why", of_profile(subject), why_profile(subject, journey, step, language, zone))

    def timeline(self, profile: str, *, language: str = "en") -> Told[Entry]:
        """Everything that happened with a profile, in order; told as ``why`` does."""
        calls = self._ready()
        return self._look("timeline", of_profile(profile), timeline(profile, language, calls.settings.timezone))

    def purge(self, retention: Retention | None = None, *, limit: int | None = None, seconds: float = 50.0) -> Purge:
        """Delete what is older than it has to be: ``purge(Retention(events=days(400), notes=days(90)))``.

        What is open, what any stored definition still reads, consents and suppressions stay. ``limit``
        bounds the rows, ``seconds`` the time after which nothing new begins; the report says ``more``.
        """
        calls = self._ready()
        return self._run(calls.purge(retention, limit, seconds))

    def in_app(self, profile: str) -> list[InAppMessage]:
        """The in-app messages that are there for a person now, the latest first; those over or dismissed are not."""
        calls = self._ready()
        return self._look("in_app", of_profile(profile), calls.in_app(profile))

    def mark_in_app(self, profile: str, id: str, what: Seen = "read") -> None:
        """The person read, clicked or dismissed an in-app message: evidence at once, and gone if dismissed.

        Raises UnknownError for a message that is none of this person's.
        """
        calls = self._ready()
        return self._tell(calls.mark_in_app(profile, id, what))

    def failed(self, limit: int = 100) -> list[Fault]:
        """What was set aside because it raised, with the error: runs, and by ``event`` deliveries and receipts."""
        calls = self._ready()
        return self._look("failed", of_faults, calls.failed(limit))

    def retry(self, *faults: Fault) -> int:
        """Take up what was set aside, once what was wrong is mended; all of it without arguments."""
        calls = self._ready()
        chosen = faults or tuple(self.failed(10_000))
        return self._tell(calls.retry(chosen))
