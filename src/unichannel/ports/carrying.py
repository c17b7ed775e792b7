"""Carrying: providers and transports, and the values that cross to them.

A *provider* is a codec: it turns a delivery into HTTP requests and their answers into outcomes,
and does no I/O itself. A *transport* carries: the HTTP one carries any codec; others (SMTP,
console, recording) take a rendered delivery themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import httpx

from unichannel.core.messaging.content import Content
from unichannel.core.words.money import Money
from unichannel.ports.receiving import Received, Request

__all__ = [
    "Abilities",
    "Arguments",
    "Context",
    "Conversation",
    "FunctionCall",
    "Outbound",
    "Outcome",
    "Provider",
    "Receiver",
    "Transport",
]

T = TypeVar("T")

Conversation = Generator[httpx.Request, httpx.Response, T]
"""A codec's side of a conversation: it yields requests, is sent responses, and returns a result.

A request that cannot make the provider accept a message (a token exchange, an upload, a look-up)
says so with ``extensions={"safe": True}``: it may be repeated after any fault.
"""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a provider or transport can do.

    ``reports``: evidence and failures it tells of by itself ("delivered", "opened", "clicked",
    "replied", "bounced"). ``takes_key``: for how many seconds the provider remembers our key and
    refuses a second message with it; None where it takes none. ``looks_up``: whether a doubtful
    send can be looked up. ``takes``: what contents may ask of it (``FEATURES`` of unichannel.channels:
    "attachments", "card", …); None where it takes every content of its channels. ``signature``: how its
    calls prove who makes them, "" where it makes none. ``inbound``: it tells what people answer.
    ``media``: it takes files. ``schedules``: it takes an instant to send at. ``tells_cost``: its
    receipts say what a message cost. ``http2``: it speaks HTTP/2 only.
    """

    reports: frozenset[str] = frozenset()
    takes_key: int | None = None
    looks_up: bool = False
    takes: frozenset[str] | None = None
    signature: str = ""
    inbound: bool = False
    media: bool = False
    schedules: bool = False
    tells_cost: bool = False
    http2: bool = False


class Arguments(Content):
    """What a host function is called with, in the place of a message's content."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = dict(values)


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """One call of a host function.

    ``arguments`` are the step's, filled in. ``profile`` is the host's id of the person. ``key`` is the
    same each time this call is made, so that doing it twice can be told; ``attempt`` counts from 1.
    """

    function: str
    arguments: Mapping[str, Any] = field(repr=False)
    profile: str
    key: str
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Outbound:
    """A rendered delivery, ready to go.

    ``key`` is ours, the same for every attempt. ``content`` is rendered: its texts are final.
    ``headers`` are all that are to be added to an e-mail: the content's own, and ours
    (List-Unsubscribe, …). ``attempt`` counts from 1. ``reserved``, ``since`` (when this or an
    earlier attempt first began) and ``expires`` (from when on it is worth nothing any more, 0 for
    never) are microseconds UTC.
    """

    key: str
    channel: str
    address: str = field(repr=False)
    content: Content = field(repr=False)
    message: str
    category: str
    purpose: str = "marketing"
    attempt: int = 1
    reserved: int = 0
    since: int = 0
    expires: int = 0
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a send.

    ``kind``: accepted; failed (refused for good); retry (surely not accepted, may work later);
    in_doubt (may or may not have been accepted). ``code`` is the provider's own, ``reason`` ours
    or the provider's text without addresses. ``address`` says what the failure tells of the
    address: "dead" (never write to it again) or "opted_out" (the provider refuses it).
    ``misconfigured``: it will not work before the host mends something, its credentials for one; hooks are told
    of that at once. ``retry_after`` in seconds. ``at`` is the provider's instant (microseconds UTC), where it
    gives one. ``cost`` is what the provider bills, ``units`` how many segments it counted, where it
    says so.
    """

    kind: Literal["accepted", "failed", "retry", "in_doubt"]
    provider_id: str = ""
    code: str = ""
    reason: str = ""
    address: Literal["", "dead", "opted_out"] = ""
    misconfigured: bool = False
    retry_after: float | None = None
    at: int | None = None
    cost: Money | None = None
    units: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def accepted(cls, provider_id: str = "", **more: Any) -> Outcome:
        """It was accepted; ``provider_id`` is the provider's name for it."""
        return cls("accepted", provider_id, **more)

    @classmethod
    def failed(cls, code: str = "", reason: str = "", **more: Any) -> Outcome:
        """It was refused for good."""
        return cls("failed", code=code, reason=reason, **more)

    @classmethod
    def retry(cls, code: str = "", reason: str = "", **more: Any) -> Outcome:
        """It was surely not accepted and may be tried again."""
        return cls("retry", code=code, reason=reason, **more)

    @classmethod
    def misconfiguration(cls, code: str = "", reason: str = "", **more: Any) -> Outcome:
        """It was surely not accepted; it is tried again until the host has mended what ``reason`` names."""
        return cls("retry", code=code, reason=reason, misconfigured=True, **more)

    @classmethod
    def in_doubt(cls, code: str = "", reason: str = "", **more: Any) -> Outcome:
        """Nobody can say whether it was accepted."""
        return cls("in_doubt", code=code, reason=reason, **more)


@dataclass(slots=True)
class Context:
    """What a codec may know besides its arguments.

    ``now``: microseconds UTC. ``entropy(size)``: unpredictable bytes. ``callback_url``: where
    this provider shall report to about this delivery (our key is in it), "" for nowhere.
    ``tokens``: a cache that the transport keeps between conversations.
    """

    now: int
    entropy: Callable[[int], bytes]
    callback_url: str = ""
    tokens: MutableMapping[str, tuple[str, int]] = field(default_factory=dict, repr=False)


@runtime_checkable
class Provider(Protocol):
    """A codec for one provider; see ``Conversation``."""

    @property
    def name(self) -> str: ...

    @property
    def channels(self) -> frozenset[str]: ...

    @property
    def abilities(self) -> Abilities: ...

    def send(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome]:
        """Ask the provider to send; return what became of it."""
        ...

    def look_up(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
        """Ask whether a doubtful send was accepted; None when the provider does not have it."""
        ...

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Verify and read an incoming call; raises BadSignature or MalformedWebhook."""
        ...


class Receiver(Protocol):
    """What hears back but sends nothing, and so stands in no route: tracking."""

    @property
    def name(self) -> str: ...

    @property
    def abilities(self) -> Abilities: ...

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Verify and read an incoming call; raises BadSignature or MalformedWebhook."""
        ...


@runtime_checkable
class Transport(Protocol):
    """Carries rendered deliveries, synchronously and asynchronously.

    Neither raises for what a provider or a network does: that is an Outcome. ``blocking`` says
    whether ``carry`` waits for I/O (then the sync driver calls it in a thread).
    """

    @property
    def name(self) -> str: ...

    @property
    def channels(self) -> frozenset[str]: ...

    @property
    def abilities(self) -> Abilities: ...

    @property
    def blocking(self) -> bool: ...

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        """Send it now."""
        ...

    async def carry_async(self, outbound: Outbound, ctx: Context) -> Outcome:
        """Send it now."""
        ...

    def look_up(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """Whether a doubtful send was accepted; None when it surely was not."""
        ...

    async def look_up_async(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """Whether a doubtful send was accepted; None when it surely was not."""
        ...

    def close(self) -> None:
        """Let go of connections; it may be used again afterwards."""
        ...

    async def close_async(self) -> None:
        """Let go of connections; it may be used again afterwards."""
        ...
