"""The lab: journeys in virtual time, on an engine that sends nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from unichannel.core.audience.consent import Consent
from unichannel.core.audience.profile import Profile
from unichannel.core.calendar.span import Span
from unichannel.core.calendar.zone import add
from unichannel.core.journey.language.journey import Journey
from unichannel.core.messaging.message import Message
from unichannel.core.words.category import DEFAULTS, Category
from unichannel.core.words.channel import BUILT_IN
from unichannel.core.words.instant import from_datetime, to_datetime
from unichannel.engine.intake import Handle
from unichannel.engine.sync import Engine
from unichannel.flows.explaining import Entry, Explanation, Told
from unichannel.flows.ops import Op
from unichannel.ports import History, Request, Store
from unichannel.stores.memory import MemoryStore
from unichannel.testing.clock import START, ManualClock, SeededEntropy
from unichannel.testing.recording import RecordingTransport, Sent

__all__ = ["Lab"]

EVERYTHING = (Consent("*", "*", "*"),)
"""Every consent there is: what a lab's profiles have unless told otherwise."""


class Lab:
    """An engine in virtual time: it starts on Tuesday 2030-01-08 09:00 UTC.

    Every channel is routed to one recording transport (``lab.transport``). Journeys are known from
    when they are first used; a category that nobody gave, of a message or a cap, is made with its
    defaults, as marketing.
    ``use(...)`` changes what the engine is made with, before the first call.
    """

    def __init__(self, *, start: datetime = START, **settings: Any) -> None:
        self.clock, self._entropy = ManualClock(start), SeededEntropy()
        self.transport = RecordingTransport()
        self._settings: dict[str, Any] = {}
        self._journeys: dict[str, Journey] = {}
        self._engine: Engine | None = None
        self._count = 0
        self._probe: Callable[[str, Op[Any]], None] | None = None
        self.use(**settings)

    def use(self, **settings: Any) -> None:
        """Give ``Engine`` these settings; those not given stay the lab's."""
        self._settings.update(settings)
        self._forget_engine()

    def add(self, *journeys: Journey) -> None:
        """Make journeys known, so that their triggers begin runs."""
        for journey in journeys:
            if self._journeys.get(journey.name) != journey:
                self._journeys[journey.name] = journey
                self._forget_engine()

    def _forget_engine(self) -> None:
        self._settings.setdefault("store", MemoryStore())
        self._engine = None

    def restart(self) -> None:
        """Forget the engine as a crash would; store, time and what was sent stay."""
        self._forget_engine()

    def watch(self, probe: Callable[[str, Op[Any]], None] | None) -> None:
        """Tell ``probe`` of each operation of the engine, "before" and "after" it."""
        self._probe = probe
        if self._engine is not None:
            self._engine.watch(probe)

    @property
    def engine(self) -> Engine:
        """The engine, made when it is first asked for."""
        if self._engine is None:
            self._engine = Engine(**self._all_settings())
            self._engine.watch(self._probe)
            self._engine.migrate()
        return self._engine

    def _all_settings(self) -> dict[str, Any]:
        given = dict(self._settings)
        own = frozenset(channel.name for channel in given.get("channels", ()))
        self.transport.channels |= own
        given.setdefault("routes", dict.fromkeys((*BUILT_IN, *sorted(own)), self.transport))
        given.setdefault("clock", self.clock)
        given.setdefault("entropy", self._entropy)
        given.setdefault("drafts", True)
        named = {category.name for category in (*DEFAULTS, *given.get("categories", ()))}
        used = {message.category for journey in self._journeys.values() for message in journey.messages()}
        used |= {name for cap in given.get("caps", ()) for name in cap.category}
        given["categories"] = [*given.get("categories", ()), *(Category(name) for name in sorted(used - named))]
        given["journeys"] = [*given.get("journeys", ()), *self._journeys.values()]
        return given

    # time

    @property
    def now(self) -> datetime:
        """The lab's time, aware UTC."""
        return to_datetime(self.clock.now())

    def advance(self, span: Span, *, tick: Span | None = None) -> None:
        """Let time pass, from due instant to due instant (or by ``tick``), the end included."""
        self.advance_to(to_datetime(add(self.clock.now(), span, "UTC")), tick=tick)

    def advance_to(self, end: datetime, *, tick: Span | None = None) -> None:
        """Let time pass until an aware instant, included."""
        last = from_datetime(end, "end")
        self.run_due()
        while (upcoming := self._upcoming(last, tick)) is not None:
            self.clock.set(upcoming)
            self.run_due()
        self.clock.set(last)
        self.run_due()

    def _upcoming(self, last: int, tick: Span | None) -> int | None:
        now = self.clock.now()
        if tick is not None:
            following = now + tick.elapsed
            return following if following < last else None
        due = self.engine.next_due_at()
        instants = [from_datetime(due)] if due is not None else []
        instants += [instant for instant, _ in self.transport.outbox]
        return min((instant for instant in instants if now < instant <= last), default=None)

    def run_due(self) -> None:
        """Hand in the receipts that have come, and do what is due now."""
        receipts = self.transport.receipts(self.clock.now())
        if receipts:
            self._hand_in(receipts)
        while self.engine.run_due().more:
            pass

    # people and what they do

    def profile(self, id: str | None = None, *, consents: Sequence[Consent] | None = EVERYTHING, **fields: Any) -> str:
        """Identify somebody, with every consent unless told otherwise; the profile's id."""
        self._count += 1
        name = id or f"person-{self._count}"
        self.engine.identify(Profile(name, consents=consents or (), **fields))
        self.run_due()
        return name

    def track(self, profile: str, event: str, properties: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Something happens now (or ``occurred=``), and is decided at once."""
        self.engine.track(profile, event, properties, **more)
        self.run_due()

    def merge(self, profile: str, other: str, **more: Any) -> None:
        """Two ids turn out to be one person, now."""
        self.engine.merge(profile, other, **more)
        self.run_due()

    def erase(self, profile: str) -> None:
        """The person asks to be forgotten, and is, now."""
        self.engine.erase(profile)
        self.run_due()

    def enroll(self, journey: Journey, profile: str, data: Mapping[str, Any] | None = None, *, key: str = "") -> Handle:
        """Begin a run of a journey now."""
        self.add(journey)
        handle = self.engine.enroll(journey, profile, data, key=key)
        self.run_due()
        return handle

    def send(self, profile: str, message: Message, **more: Any) -> Handle:
        """Send one message now."""
        handle = self.engine.send(profile, message, **more)
        self.run_due()
        return handle

    def opens(self, profile: str, message: str | None = None, *, channel: str | None = None) -> None:
        """The person opens the latest message (of that name, on that channel)."""
        self.tell("opened", profile, message, channel=channel)

    def clicks(self, profile: str, message: str | None = None, *, channel: str | None = None) -> None:
        """The person clicks a link in the latest message."""
        self.tell("clicked", profile, message, channel=channel)

    def replies(self, profile: str, message: str | None = None, *, channel: str | None = None) -> None:
        """The person answers the latest message."""
        self.tell("replied", profile, message, channel=channel)

    def bounces(
        self, profile: str, message: str | None = None, *, channel: str | None = None, dead: bool = True
    ) -> None:
        """The latest message comes back; ``dead`` says that the address is no more."""
        self.tell("bounced", profile, message, channel=channel, address_dead=dead)

    def stops(self, profile: str, *, channel: str = "sms", refused: bool = False) -> None:
        """The person writes STOP in answer to the latest message."""
        sent = self._latest(profile, None, channel)
        body = {"channel": channel, "address": sent.address}
        self._post(
            {"kind": "unsubscribed", "refused": refused, "id": f"stop-{sent.key}", **body},
            {"kind": "inbound", "text": "STOP", "code": "stop", "id": f"stop-text-{sent.key}", **body},
        )

    def tell(
        self, kind: str, profile: str, message: str | None = None, *, channel: str | None = None, **more: Any
    ) -> None:
        """A provider tells of the latest message; ``more`` are fields of ``Receipt``."""
        sent = self._latest(profile, message, channel)
        fields = {"kind": kind, "key": sent.key, "channel": sent.channel, "address": sent.address, **more}
        self._post({"id": f"{kind}-{sent.key}-{self.clock.now()}", **fields})

    def _post(self, *receipts: Mapping[str, Any]) -> None:
        self._hand_in(receipts)
        self.run_due()

    def _hand_in(self, receipts: Sequence[Mapping[str, Any]]) -> None:
        body = json.dumps(list(receipts)).encode()
        self.engine.receive(self.transport.name, Request("POST", "https://lab.example/receipts", {}, body))

    def _latest(self, profile: str, message: str | None, channel: str | None) -> Sent:
        for sent in reversed(self.sent(profile)):
            if message in (None, sent.message) and channel in (None, sent.channel):
                return sent
        asked = f"{message or 'any message'} by {channel or 'any channel'}"
        raise AssertionError(f"nothing was sent to {profile!r} that fits {asked}")

    # what came of it

    def sent(self, profile: str | None = None) -> list[Sent]:
        """What went out, in order; to one profile, or to everybody."""
        if profile is None:
            return list(self.transport.journal)
        keys = set(self._keys(profile))
        return [sent for sent in self.transport.journal if sent.key in keys]

    def history(self, profile: str) -> History | None:
        """Everything that the store holds of a profile, None for one it does not know."""
        store: Store = self._settings["store"]
        return store.transact(lambda session: session.history(profile))

    def _keys(self, profile: str) -> list[str]:
        history = self.history(profile)
        return [] if history is None else [delivery.key for delivery in history.deliveries]

    def channels_sent(self, profile: str) -> list[str]:
        """The channels of what went out to a profile, in order."""
        return [sent.channel for sent in self.sent(profile)]

    def messages_sent(self, profile: str) -> list[tuple[str, str]]:
        """(message, channel) of what went out to a profile, in order."""
        return [(sent.message, sent.channel) for sent in self.sent(profile)]

    def why(
        self, profile: str, journey: Journey | str | None = None, step: str | None = None, *, language: str = "en"
    ) -> Told[Explanation]:
        """Why each send to a profile was made or not."""
        name = journey.name if isinstance(journey, Journey) else journey
        return self.engine.why(profile, journey=name or self._only_journey(), step=step, language=language)

    def _only_journey(self) -> str | None:
        return next(iter(self._journeys)) if len(self._journeys) == 1 else None

    def timeline(self, profile: str, *, language: str = "en") -> Told[Entry]:
        """Everything that happened with a profile."""
        return self.engine.timeline(profile, language=language)

    def close(self) -> None:
        """Let go of what the engine holds."""
        if self._engine is not None:
            self._engine.close()
