"""Messenger by Meta's Send API: texts, quick replies and templates out; deliveries and answers in.

Guarantee: Meta takes no idempotency key. Our key goes along as ``metadata`` and comes back with the echo of
the message (subscribe to ``message_echoes``), so a doubtful send is known by that. A read says up to when
everything was read and names no message, so it is kept as unknown, and ``opened`` is not reported.

Within 24 hours of what the person last did anything may be sent; after that only with a tag, of which those
for events, accounts and purchases ended on 27 April 2026 (error 100).

Read as stored copies on 2026-11-22, under https://developers.facebook.com/documentation/business-messaging:
/messenger-platform/send-messages (window, tags), /messenger-platform/webhooks/webhook-events/message-deliveries,
…/message-reads, …/message-echoes, /messenger-platform/error-codes, /messenger-platform/overview/rate-limiting;
and https://developers.facebook.com/docs/messenger-platform/reference/send-api (request, answer). Subcodes
2018278, 1893063 and 2018001 are as public clients have them; the shapes of postbacks and reactions, and 2,000
characters of a text, from general knowledge. Handshake and signature are those of ``whatsapp``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.errors import ConfigurationError, MalformedWebhook
from unichannel.ports import Abilities, Answer, Context, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.meta import challenged, check_hub
from unichannel.providers._shared.phones import checked_keywords
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import several
from unichannel.providers._shared.single import Errors
from unichannel.providers._shared.talking import TalkCodec, chat_of, heard
from unichannel.providers._shared.writing import ask

__all__ = ["ERRORS", "Messenger"]

ERRORS: Mapping[str, Fault] = table(
    ("configuration", "Meta does not accept the access token: get a new one.", (0, 190)),
    ("configuration", "the app may not do this: check its permissions.", (3, 10, 199, *range(201, 300), 200)),
    ("configuration", "Meta keeps the page from sending for some time.", (368, "10/1893063")),
    ("retry", "the limit of the app or the page is reached.", (4, 17, 32, 613)),
    ("retry", "Messenger is not available now.", (2,)),
    ("dead", "the id is no person's that the page knows.", ("100/2018001",)),
    ("permanent", "more than 24 hours since the person's last message.", ("10/2018278", 1545041)),
    ("permanent", "the person cannot be written to now, or has blocked the page.", (551,)),
    ("permanent", "Messenger cannot use the request.", (1, 100)),
)
"""What Meta's codes mean, with their subcode where that says more (…/messenger-platform/error-codes)."""

LONGEST = 2_000
"""Characters of a text."""

_MILLISECONDS = 1_000


class Messenger(TalkCodec):
    """Messages of one Facebook page; the address is the person's id for that page (PSID).

    A block of a ``Chat`` is a part of Meta's ``message``: ``{"quick_replies": […]}`` beside the text,
    ``{"attachment": {…}}`` in its place. ``app_secret`` (one or several) verifies calls; without one nothing
    is received. ``verify_token`` (one or several): the text that you gave beside the webhook's URL. ``tag``: the
    message tag that these messages go out with, "" within 24 hours. ``channel``: yours, where it is not "chat".
    ``keywords``: your own opt-out words.
    ``errors``: what you know better of a code than the table. Raises ConfigurationError for settings that cannot work.
    """

    can: ClassVar[Abilities] = Abilities(
        frozenset({"delivered", "replied"}),
        takes=frozenset({"text", "blocks"}),
        signature="X-Hub-Signature-256",
        inbound=True,
    )
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        page_id: str,
        access_token: str,
        *,
        app_secret: str | Sequence[str] = (),
        verify_token: str | Sequence[str] = (),
        tag: str = "",
        channel: str = "chat",
        keywords: Mapping[str, Iterable[str]] | None = None,
        errors: Errors | None = None,
        name: str = "messenger",
        version: str = "v25.0",
        base_url: str = "https://graph.facebook.com",
    ) -> None:
        super().__init__(name, channel, base_url, errors, hears=bool(app_secret))
        if not page_id.isdigit():
            raise ConfigurationError("page_id is none.", thing="page_id", mend="Give the page's id, in digits.")
        self.page_id, self.tag, self.version = page_id, tag, version
        self._token = several(access_token, "access_token")[0]
        self._secrets, self._tokens = several(app_secret, "app_secret"), several(verify_token, "verify_token")
        self._keywords = checked_keywords(keywords)

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request:
        chat = chat_of(outbound, self.name, LONGEST)
        parts = {name: part for block in chat.blocks for name, part in block.items()}
        words = {} if "attachment" in parts else {"text": chat.text}
        message = {
            "recipient": {"id": outbound.address},
            "messaging_type": "MESSAGE_TAG" if self.tag else "UPDATE",
            "tag": self.tag,
            "message": {**words, **parts, "metadata": outbound.key},
        }
        url = f"{self._base_url}/{self.version}/{self.page_id}/messages"
        return ask(url, message, Authorization=f"Bearer {self._token}")

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "message_id"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        code = text(body, "error", "code")
        return [f"{code}/{text(body, 'error', 'error_subcode')}", code]

    def _look(self, request: Request) -> Answer:
        return challenged(request, self._tokens, self.name)

    def _verify(self, request: Request, ctx: Context) -> None:
        check_hub(request, self._secrets, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        """What is said of the app's other pages is unknown here."""
        entries = at(read_json(request.body, self.name), "entry")
        if not isinstance(entries, list):
            raise MalformedWebhook("the body is no call of Messenger's.", thing=self.name)
        for entry in objects(entries):
            events = objects(at(entry, "messaging") or [])
            if text(entry, "id") != self.page_id or not events:
                yield told("unknown", entry, ctx, channel=self._channel)
                continue
            for event in events:
                yield from self._event(event, ctx)

    def _event(self, event: Mapping[str, Any], ctx: Context) -> Iterable[Receipt]:
        common: dict[str, Any] = {
            "channel": self._channel,
            "occurred": instant(event.get("timestamp"), ctx.now, _MILLISECONDS),
        }
        if at(event, "message", "is_echo") is True:
            return [_echo(event, ctx, common)]
        if isinstance(at(event, "delivery", "mids"), list):
            return _delivered(event, ctx, common)
        common["address"] = text(event, "sender", "id")
        said = _said(event)
        if said is None:
            return [told("unknown", event, ctx, **common)]
        words, id, tapped = said
        return heard(event, ctx, self._keywords, words=words, id=id, tapped=tapped, **common)


def _said(event: Mapping[str, Any]) -> tuple[str, str, bool] | None:
    """What a person says, its id, and whether it was tapped; None for what nobody said."""
    if isinstance(message := at(event, "message"), Mapping):
        return text(message, "text"), text(message, "mid"), "quick_reply" in message
    if isinstance(at(event, "postback"), Mapping):
        return text(event, "postback", "title"), text(event, "postback", "mid"), True
    if text(event, "reaction", "action") == "react":
        return text(event, "reaction", "emoji"), "", False
    return None


def _echo(event: Mapping[str, Any], ctx: Context, common: Mapping[str, Any]) -> Receipt:
    """A message of the page's own: ours where it has our key, else written by somebody in the inbox."""
    key, mid = text(event, "message", "metadata"), text(event, "message", "mid")
    kind = "sent" if key else "unknown"
    address = text(event, "recipient", "id")
    return told(kind, event, ctx, key=key, provider_id=mid, id=f"{mid}:{kind}", address=address, **common)


def _delivered(event: Mapping[str, Any], ctx: Context, common: Mapping[str, Any]) -> Iterable[Receipt]:
    when = instant(at(event, "delivery", "watermark"), ctx.now, _MILLISECONDS)
    for mid in (one for one in at(event, "delivery", "mids") if isinstance(one, str)):
        yield told(
            "delivered",
            event,
            ctx,
            **{**common, "occurred": when, "provider_id": mid, "id": f"{mid}:delivered"},
            address=text(event, "sender", "id"),
        )
