"""Talking: what services have in common on which people write back, and the codec with only its own words to add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

import httpx

from unichannel.core.inbound.opt_out import START, STOP, read_opt_out
from unichannel.core.messaging.content import Chat, Content
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Answer, Context, Conversation, Outbound, Outcome, Receipt, Received, Request
from unichannel.providers._shared.faults import Fault, failure
from unichannel.providers._shared.phones import Keywords
from unichannel.providers._shared.reading import body_of, told
from unichannel.providers._shared.single import Codec, Errors

__all__ = ["TalkCodec", "Unfit", "chat_of", "heard", "joined", "wish_of"]

_ANSWERS = ("yes",)
_ALONE = tuple(word for words in (*STOP, *START) for word in words.alone)
"""Words that mean other things as well: on a button below "Your appointment", "Cancel" is no opt-out."""
_CHANGES = {"stop": ("unsubscribed",), "start": ("subscribed",)}


class Unfit(Exception):
    """What the service cannot carry, or carry to this address; its text says why, and quotes nothing of it."""

    def __init__(self, reason: str, code: str = "unsupported_content", address: Literal["", "dead"] = "") -> None:
        super().__init__(reason)
        self.code, self.address = code, address


def chat_of(outbound: Outbound, name: str, longest: int) -> Chat:
    """The delivery's Chat content, of at most ``longest`` characters; raises Unfit for anything else."""
    content = outbound.content
    if not isinstance(content, Chat):
        raise Unfit(f"{name} sends Chat contents.")
    if len(content.text) > longest:
        raise Unfit(f"{name} takes {longest:,} characters; the text has more.")
    return content


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


class TalkCodec(Codec):
    """A codec of a service on which people write back: a handshake, calls with several events, a channel of choice.

    A subclass has ``_request``, ``_accepted`` and ``_codes`` for what goes out, ``_verify`` and
    ``_receipts`` for what comes in. ``hears`` says whether its calls can be verified: without that
    nothing is received, so nothing is reported either.
    """

    can: ClassVar[Abilities]
    contents: ClassVar[tuple[type[Content], ...]] = (Chat,)

    def __init__(self, name: str, channel: str, base_url: str, errors: Errors | None, *, hears: bool) -> None:
        super().__init__(name, base_url, errors)
        self._channel, self.channels = channel, frozenset({channel})
        self.abilities = self.can if hears else replace(self.can, reports=frozenset(), inbound=False)
        if not base_url.startswith("https://"):
            raise ConfigurationError("base_url is not https.", thing="base_url", mend="Give an https URL.")

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

    def _prepared(self, outbound: Outbound, ctx: Context) -> httpx.Request | Outcome:
        try:
            return super()._prepared(outbound, ctx)
        except Unfit as unfit:
            return Outcome.failed(unfit.code, str(unfit), address=unfit.address)

    def _denied(self, response: httpx.Response, body: Any, wait: float | None = None) -> Outcome:
        """The outcome of a refusal that comes with a status of success."""
        codes = [code for code in self._codes(response, body) if code]
        known = next((code for code in codes if code in self._faults), "")
        code = known or next(iter(codes), "refused")[:64]
        fault = self._faults.get(known) or Fault("permanent", f"{self.name} refused it.")
        return failure(fault, code, wait, raw={"code": code})
