"""Talking: what services have in common on which people write back, and the codec with only its own words to add."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

import httpx

from unichannel.core.inbound.opt_out import START, STOP, read_opt_out
from unichannel.core.messaging.content import Chat
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Answer, Context, Conversation, Outbound, Outcome, Receipt, Received, Request
from unichannel.providers._shared.faults import Fault, failure, refusal
from unichannel.providers._shared.letters import told
from unichannel.providers._shared.reading import answered_json, body_of

__all__ = ["Keywords", "TalkCodec", "Unfit", "ask", "chat_of", "heard", "joined", "keywords_of", "wish_of"]

Keywords = Mapping[str, tuple[str, ...]]
"""The host's own opt-out words, as ``read_opt_out`` takes them."""

_WISHES = frozenset({"stop", "start", "help", "without"})
_ANSWERS = ("yes",)
_ALONE = tuple(word for words in (*STOP, *START) for word in words.alone)
"""Words that mean other things as well: on a button below "Your appointment", "Cancel" is no opt-out."""
_CHANGES = {"stop": ("unsubscribed",), "start": ("subscribed",)}


class Unfit(ValueError):
    """What the service cannot carry, or carry to this address; its text says why, and quotes nothing of it."""

    def __init__(self, reason: str, code: str = "unsupported_content", address: Literal["", "dead"] = "") -> None:
        super().__init__(reason)
        self.code, self.address = code, address


def keywords_of(given: Mapping[str, Iterable[str]] | None) -> Keywords:
    """The host's opt-out words; raises ConfigurationError for a wish that there is not."""
    if set(given or {}) - _WISHES:
        raise ConfigurationError(
            "keywords names an unknown wish.", thing="keywords", mend="Use stop, start, help, without."
        )
    return {wish: tuple(words) for wish, words in (given or {}).items()}


def chat_of(outbound: Outbound, name: str, longest: int) -> Chat:
    """The delivery's Chat content, of at most ``longest`` characters; raises Unfit for anything else."""
    content = outbound.content
    if not isinstance(content, Chat):
        raise Unfit(f"{name} sends Chat contents.")
    if len(content.text) > longest:
        raise Unfit(f"{name} takes {longest:,} characters; the text has more.")
    return content


def ask(url: str, body: Mapping[str, Any], **headers: str) -> httpx.Request:
    """A POST of JSON; ``X_Api_Key=`` is the header X-Api-Key. What a block holds goes out as it is, empty or not.

    Its repr shows no URL, which holds a secret with some services.
    """
    given = {name: value for name, value in body.items() if value not in (None, "", [], {})}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    kinds = {"Accept": "application/json", "Content-Type": "application/json; charset=utf-8"}
    return _Asked("POST", url, headers={**kinds, **more}, content=json.dumps(given, ensure_ascii=False).encode())


class _Asked(httpx.Request):
    def __repr__(self) -> str:
        return f"<Request('{self.method}', '{self.url.scheme}://{self.url.host}/…')>"


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
    wish = wish_of(words, keywords, tapped)
    for kind in (*_CHANGES.get(wish, ()), "inbound"):
        yield told(kind, event, ctx, text=words, code=wish, id=f"{kind}:{id}" if id else "", **more)


def wish_of(words: str, keywords: Keywords, tapped: bool) -> str:
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
            return Outcome.failed(unfit.code, str(unfit), address=unfit.address)
        except ValueError:
            return Outcome.failed("content", "a text has half a surrogate pair, or the blocks are no JSON.")
        response = yield request
        body = answered_json(response)
        if response.is_success:
            return self._accepted(response, body, outbound)
        return self._refused(response, body, ctx)

    def _refused(self, response: httpx.Response, body: Any, ctx: Context) -> Outcome:
        return refusal(response, ctx, self.faults, *self._codes(body))

    def _denied(self, body: Any, wait: float | None = None) -> Outcome:
        """The outcome of a refusal that comes with a status of success."""
        codes = [code for code in self._codes(body) if code]
        known = next((code for code in codes if code in self.faults), "")
        code = known or next(iter(codes), "refused")[:64]
        fault = self.faults.get(known) or Fault("permanent", f"{self.name} refused it.")
        return failure(fault, code, wait, raw={"code": code})

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
    def _accepted(self, response: httpx.Response, body: Any, outbound: Outbound) -> Outcome: ...

    @abstractmethod
    def _codes(self, body: Any) -> Iterable[str]: ...

    @abstractmethod
    def _verify(self, request: Request, ctx: Context) -> None: ...

    @abstractmethod
    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]: ...
