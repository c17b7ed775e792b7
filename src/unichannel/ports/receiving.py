"""Receiving: an incoming call as plain values, what it tells in our vocabulary, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from unichannel.ports.choosing import Choices, Wish

__all__ = ["MAX_BODY", "Answer", "Confirmation", "Receipt", "Received", "Redirect", "Request", "Unsubscribing"]

MAX_BODY = 32 * 1024 * 1024
"""Bytes of an incoming call that are looked at; batches of events are far below 1 MB."""


@dataclass(frozen=True, slots=True)
class Request:
    """An incoming HTTP call, as plain values.

    ``url`` is the public one that was signed; ``client`` the address it came from, where the host
    knows it, which is looked at and not kept with a hit.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    client: str = field(default="", repr=False)

    def header(self, name: str) -> str:
        """The header's value, "" where it is missing; names compare without case."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True)
class Receipt:
    """One thing that a provider told us, in our vocabulary.

    ``kind``: queued, sent, delivered, deferred, bounced, rejected, failed, opened, clicked,
    complained, unsubscribed, subscribed, inbound, unknown. ``key`` is ours where it came back,
    else ``provider_id``. ``address`` is the person's. ``address_dead``: the address must not be
    written to again; ``refused``: the provider itself refuses the address from now on.
    ``machine``: a proxy or scanner, not a person. ``link`` is the ordinal of the link clicked, ``url``
    where it leads, as far as the provider says; ``text`` an inbound message. ``cost`` is what the
    provider bills for the delivery, as ``str(Money)`` writes it ("0.0079 USD"). ``occurred`` in
    microseconds UTC; ``id`` names it, so that a second copy is known. ``raw`` is the payload as it came.
    """

    kind: str
    occurred: int
    key: str = ""
    provider_id: str = ""
    id: str = ""
    channel: str = ""
    address: str = field(default="", repr=False)
    code: str = ""
    reason: str = ""
    link: int | None = None
    url: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    machine: bool = False
    address_dead: bool = False
    refused: bool = False
    cost: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer an incoming call with."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Answer with a redirect to the link of that ordinal in the delivery of that key."""

    key: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Confirm (or deny) what is pending where the delivery of that key went.

    ``done`` is the answer where there was something to confirm, ``over`` where there is not (any more).
    ``evidence`` is what shows that the person did it.
    """

    key: str
    agreed: bool
    done: Answer
    over: Answer
    evidence: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Unsubscribing:
    """Answer a visit to the unsubscribe link of the delivery of that key, and do what is wished for.

    ``show`` makes the page; of None, where that delivery is not known any more. ``evidence`` is what shows
    that the person did it. Without a ``wish`` nothing is written.
    """

    key: str
    show: Callable[[Choices | None], Answer]
    wish: Wish | None = None
    evidence: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """What an incoming call amounts to: receipts to keep, and how to answer."""

    receipts: tuple[Receipt, ...] = ()
    answer: Answer | Redirect | Confirmation | Unsubscribing = Answer()
