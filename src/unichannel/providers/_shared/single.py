"""Codecs whose send is one request: what is the same for all of them, whatever the channel."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import httpx

from unichannel.core.messaging.content import Content
from unichannel.errors import BadSignature
from unichannel.ports import Abilities, Answer, Context, Conversation, Outbound, Outcome, Receipt, Received, Request
from unichannel.providers._shared.faults import Errors, Fault, refusal, told_by
from unichannel.providers._shared.reading import answered_json, body_of
from unichannel.providers._shared.signing import check, fits

__all__ = ["Codec", "Errors", "check_token", "key_of", "no_sender", "query_of"]


def query_of(request: Request) -> dict[str, str]:
    """Names and values of the URL's query, also where a service adds its own behind a second question mark."""
    query = request.url.partition("#")[0].partition("?")[2]
    return dict(parse_qsl(query.replace("?", "&"), keep_blank_values=True))


def key_of(request: Request) -> str:
    """Our key in the callback URL, "" where it has none."""
    return query_of(request).get("key", "")


def check_token(request: Request, tokens: Sequence[str], thing: str) -> None:
    """Raise BadSignature without one of the tokens in the callback URL: for services that prove nothing themselves."""
    check(fits(tokens, [query_of(request).get("token", "")]), thing, "the token of the callback URL")


def no_sender(codec: object) -> Outcome:
    """It is kept until a sender is given."""
    return Outcome.misconfiguration("no_sender", f"no sender is known: give {type(codec).__name__}(sender=…).")


class Codec(ABC):
    """A subclass has ``_request``, ``_accepted``, ``_codes``; where it is called, ``_verify`` and ``_receipts``.

    ``contents`` are those that it sends, ``faults`` its table; ``errors`` of the host's go before it.
    """

    contents: ClassVar[tuple[type[Content], ...]]
    faults: ClassVar[Mapping[str, Fault]] = {}
    abilities: Abilities
    channels: frozenset[str]

    def __init__(self, name: str, base_url: str, errors: Errors | None) -> None:
        self.name, self._base_url = name, base_url.rstrip("/")
        self.channels = frozenset(one.channel for one in self.contents)
        self._faults = told_by(errors, self.faults)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"

    def send(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome]:
        """Send it in one request."""
        request = self._prepared(outbound, ctx)
        if isinstance(request, Outcome):
            return request
        return self._outcome((yield request), ctx)

    def look_up(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
        """Nothing is looked up: in doubt it was, in doubt it stays."""
        yield from ()
        return Outcome.in_doubt("no_look_up", f"{self.name} cannot look up a message by our key.")

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Verify and read a call; a look without a body (GET, HEAD) is answered 200 too."""
        yield from ()
        body_of(request, self.name)
        if self._is_look(request):
            return Received(answer=Answer(200))
        self._verify(request, ctx)
        return Received(tuple(self._receipts(request, ctx)), Answer(200))

    def _prepared(self, outbound: Outbound, ctx: Context) -> httpx.Request | Outcome:
        """The request, or why there is none."""
        if not isinstance(outbound.content, self.contents):
            names = " and ".join(one.__name__ for one in self.contents)
            return Outcome.failed("unsupported_content", f"{self.name} sends {names} contents.")
        try:
            return self._request(outbound, ctx)
        except ValueError:
            return Outcome.failed("content", "a text has half a surrogate pair, which no encoding takes.")

    def _outcome(self, response: httpx.Response, ctx: Context) -> Outcome:
        body = answered_json(response)
        if response.is_success:
            return self._accepted(response, body)
        return refusal(response, ctx, self._faults, *self._codes(response, body))

    @abstractmethod
    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request | Outcome: ...

    @abstractmethod
    def _accepted(self, response: httpx.Response, body: Any) -> Outcome: ...

    @abstractmethod
    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]: ...

    def _is_look(self, request: Request) -> bool:
        """Whether somebody only looks whether there is a page."""
        return request.method.upper() in ("GET", "HEAD")

    def _verify(self, request: Request, ctx: Context) -> None:
        raise BadSignature(f"{self.name} makes no calls.", thing=self.name, mend="Answer 403.")

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        return ()
