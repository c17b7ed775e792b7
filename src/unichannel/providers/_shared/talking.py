"""Talking: what services have in common on which people write back, and the codec with only its own words to add."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import httpx

from unichannel.core.inbound.opt_out import START, STOP, read_opt_out
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Answer, Context, Conversation, Outbound, Outcome, Receipt, Received, Request
from unichannel.providers._shared.faults import Fault, refusal
from unichannel.providers._shared.letters import told
from unichannel.providers._shared.reading import answered_json, body_of

__all__ = ["Keywords", "TalkCodec", "Unfit", "heard", "joined", "keywords_of"]

Keywords = Mapping[str, tuple[str, ...]]
"""The host's own opt-out words, as ``read_opt_out`` takes them."""

_WISHES = frozenset({"stop", "start", "help", "without"})
_ANSWERS = ("yes",)
_ALONE = tuple(word for words in (*STOP, *START) for word in words.alone)
"""Words that mean other things as well: on a button below "Your appointment", "Cancel" is no opt-out."""
_CHANGES = {"stop": ("unsubscribed",), "start": ("subscribed",)}


class Unfit(ValueError):
    """A content that the service cannot carry; its text says why, and quotes nothing of it."""


def keywords_of(given: Mapping[str, Iterable[str]] | None) -> Keywords:
    """The host's opt-out words; raises ConfigurationError for a wish that there is not."""
    if set(given or {}) - _WISHES:
        raise ConfigurationError(
            "keywords names an unknown wish.", thing="keywords", mend="Use stop, start, help, without."
        )
    return {wish: tuple(words) for wish, words in (given or {}).items()}


def joined(*parts: str) -> str:
    """Texts below each other, without those that say nothing."""
    return "\n\n".join(part for part in parts if part.strip())


def heard(
    event: Mapping[str, Any],
    ctx: Context,
    keywords: Keywords,
    *,
    words: str,
    id: str,
    tapped: bool = False,
    **more: Any,
) -> Iterable[Receipt]:
    """What a person wrote or tapped: what it changes ("unsubscribed" or "subscribed"), then the message itself.

    ``id`` is the service's name for the message, "" where it gives none.
    """
    wish = _wish(words, keywords, tapped)
    for kind in (*_CHANGES.get(wish, ()), "inbound"):
        yield told(kind, event, ctx, text=words, code=wish, id=f"{kind}:{id}" if id else "", **more)


def _wish(words: str, keywords: Keywords, tapped: bool) -> str:
    """The wish in a message. "Yes" is an answer here; and of our own buttons only "Stop" and its like are wishes."""
    unread = (*keywords.get("without", ()), *(_ALONE if tapped else _ANSWERS))
    wish = read_opt_out(words, **{**keywords, "without": unread}) or ""
    return wish if wish == "stop" or not tapped else ""


class TalkCodec(ABC):
    """A codec of one request for each message, whose calls bring several events at once.

    A subclass has ``_request``, ``_accepted`` and ``_codes`` for what goes out, ``_verify`` and
    ``_receipts`` for what comes in. ``hears`` says whether its calls can be verified: without that
    nothing is received, so nothing is reported either.
    """

    able: ClassVar[Abilities]
    faults: ClassVar[Mapping[str, Fault]] = {}

    def __init__(self, name: str, channel: str, base_url: str, *, hears: bool) -> None:
        self.name, self.channels, self._base_url = name, frozenset({channel}), base_url.rstrip("/")
        self._hears = hears
        self.abilities = self.able if hears else replace(self.able, reports=frozenset(), inbound=False)
        if not base_url.startswith("https://"):
            raise ConfigurationError("base_url is not https.", thing="base_url", mend="Give an https URL.")

    @property
    def _channel(self) -> str:
        (channel,) = self.channels
        return channel

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"

    def send(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome]:
        """Send it in one request; what the service cannot carry fails before anything is asked."""
        try:
            request = self._request(outbound, ctx)
        except Unfit as unfit:
            return Outcome.failed("unsupported_content", str(unfit))
        except ValueError:
            return Outcome.failed("content", "a text has half a surrogate pair, or the blocks are no JSON.")
        response = yield request
        body = answered_json(response)
        if response.is_success:
            return self._accepted(response, body, ctx)
        return refusal(response, ctx, self.faults, *self._codes(body))

    def look_up(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
        """Nothing is looked up: in doubt it was, in doubt it stays."""
        yield from ()
        return Outcome.in_doubt("no_look_up", f"{self.name} cannot look up a message by our key.")

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Verify and read a call; a handshake, or a look without a body, is answered as the service asks."""
        yield from ()
        if request.method.upper() in ("GET", "HEAD"):
            return Received(answer=self._look(request))
        body_of(request, self.name)
        self._verify(request, ctx)
        return self._read(request, ctx)

    def _look(self, request: Request) -> Answer:
        return Answer(200)

    def _read(self, request: Request, ctx: Context) -> Received:
        return Received(tuple(self._receipts(request, ctx)), Answer(200))

    @abstractmethod
    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request: ...

    @abstractmethod
    def _accepted(self, response: httpx.Response, body: Any, ctx: Context) -> Outcome: ...

    @abstractmethod
    def _codes(self, body: Any) -> Iterable[str]: ...

    @abstractmethod
    def _verify(self, request: Request, ctx: Context) -> None: ...

    @abstractmethod
    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]: ...
