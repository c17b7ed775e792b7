"""LINE by push messages: texts and message objects out; answers, and who blocks the account in.

Guarantee: LINE remembers our key (``X-Line-Retry-Key``, a UUID made of it) for 24 hours and answers a second copy
with 409 and the id of the first, so any send may be repeated within that time. It tells no delivery.
A message to somebody who has blocked the account is accepted and goes nowhere: "unfollow" tells of it.

Source: https://developers.line.biz/en/reference/messaging-api/ ("Send push message", "Webhook event objects",
"Signature validation") and https://developers.line.biz/en/docs/messaging-api/retrying-api-request/, whose retry
keys, 409 and events were read on 2026-11-22 in stored copies. From general knowledge: how long a key is known, the
shapes of errors, 5,000 characters of a text and 400 of an altText.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.errors import MalformedWebhook
from unichannel.ports import Abilities, Context, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.phones import checked_keywords
from unichannel.providers._shared.reading import answered_json, at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import check, fits, several
from unichannel.providers._shared.single import Errors
from unichannel.providers._shared.talking import TalkCodec, Unfit, chat_of, heard
from unichannel.providers._shared.writing import ask

__all__ = ["ERRORS", "Line"]

ERRORS: Mapping[str, Fault] = table(
    ("configuration", "LINE does not accept the token: check access_token.", ("http_401",)),
    ("configuration", "the account or its plan may not send this.", ("http_403",)),
    ("doubt", "LINE has accepted it before, and does not say as what.", ("http_409",)),
    ("dead", "the id is no person's of this account.", ("to",)),
    ("permanent", "LINE cannot use the message.", ("http_400", "http_413", "http_415")),
)
"""What a refusal means: LINE has no codes but HTTP's, and names the property that it cannot use."""

LONGEST, MOST = 5_000, 5
"""Characters of a text, and messages of one push."""

_MILLISECONDS = 1_000
_FOLLOWING: Mapping[str, str] = {"unfollow": "unsubscribed", "follow": "subscribed"}


class Line(TalkCodec):
    """Messages of one official account; the address is the person's user id for it (U…).

    A block of a ``Chat`` is a message object of LINE's: one without a ``type`` is a part of the text's
    (``{"quickReply": {…}}``), any other is a message below it, five in all; a "flex" or "template" message
    stands in the text's place, which is then its ``altText``. ``channel_secret`` (one or several) verifies
    calls; without one nothing is received. ``channel``: yours, where it is not "chat". ``keywords``: your own
    opt-out words.
    ``errors``: what you know better of a code than the table. Raises ConfigurationError for settings that cannot work.
    """

    can: ClassVar[Abilities] = Abilities(
        frozenset({"replied"}),
        takes_key=24 * 3600,
        takes=frozenset({"text", "blocks"}),
        signature="HMAC-SHA256",
        inbound=True,
    )
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        access_token: str,
        *,
        channel_secret: str | Sequence[str] = (),
        channel: str = "chat",
        keywords: Mapping[str, Iterable[str]] | None = None,
        errors: Errors | None = None,
        name: str = "line",
        base_url: str = "https://api.line.me",
    ) -> None:
        super().__init__(name, channel, base_url, errors, hears=bool(channel_secret))
        self._token, self._secrets = several(access_token, "access_token")[0], several(channel_secret, "channel_secret")
        self._keywords = checked_keywords(keywords)

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request:
        chat = chat_of(outbound, self.name, LONGEST)
        messages = _messages(chat.text, [dict(block) for block in chat.blocks])
        if len(messages) > MOST:
            raise Unfit(f"LINE takes {MOST} messages at once; the blocks are more.")
        return ask(
            f"{self._base_url}/v2/bot/message/push",
            {"to": outbound.address, "messages": messages},
            Authorization=f"Bearer {self._token}",
            X_Line_Retry_Key=str(_retry_key(outbound.key)),
        )

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "sentMessages", 0, "id"))

    def _outcome(self, response: httpx.Response, ctx: Context) -> Outcome:
        """A second copy of what was accepted is an acceptance, where LINE names the first."""
        first = response.headers.get("x-line-accepted-request-id", "")
        if response.status_code == 409 and first:
            return accepted(response, text(answered_json(response), "sentMessages", 0, "id") or first)
        return super()._outcome(response, ctx)

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        named = [text(body, "details", 0, "property")]
        return ["to", *named] if "'to'" in text(body, "message") else named

    def _verify(self, request: Request, ctx: Context) -> None:
        expected = [base64.b64encode(hmac.digest(one.encode(), request.body, "sha256")) for one in self._secrets]
        check(fits(expected, [request.header("X-Line-Signature")]), self.name, "X-Line-Signature")

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        events = at(read_json(request.body, self.name), "events")
        if not isinstance(events, list):
            raise MalformedWebhook("the body has no events.", thing=self.name)
        return [receipt for event in objects(events) for receipt in self._event(event, ctx)]

    def _event(self, event: Mapping[str, Any], ctx: Context) -> Iterable[Receipt]:
        """What a person says or does in the chat with the account; a group's talk is not for us."""
        sort, id = text(event, "type"), text(event, "webhookEventId")
        is_person = text(event, "source", "type") == "user"
        common: dict[str, Any] = {
            "channel": self._channel,
            "occurred": instant(event.get("timestamp"), ctx.now, _MILLISECONDS),
            "address": text(event, "source", "userId") if is_person else "",
        }
        if is_person and sort in ("message", "postback"):
            words = text(event, "message", "text") or text(event, "postback", "data")
            tapped = sort == "postback"
            return heard(event, ctx, self._keywords, words=words, id=id, tapped=tapped, **common)
        kind = _FOLLOWING.get(sort, "unknown") if is_person else "unknown"
        named = f"{kind}:{id}" if id else ""
        return [told(kind, event, ctx, id=named, code=sort, refused=kind == "unsubscribed", **common)]


def _messages(words: str, blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    parts = {name: part for block in blocks if "type" not in block for name, part in block.items()}
    below = [_with_words(block, words) for block in blocks if "type" in block]
    stands_for_it = any("altText" in block for block in below)
    text_message = {"type": "text", "text": words}
    messages = below if stands_for_it else [text_message, *below]
    return [*messages[:-1], {**messages[-1], **parts}]  # LINE shows quick replies of the last message only


def _with_words(block: Mapping[str, Any], words: str) -> dict[str, Any]:
    """A message that needs words beside it gets the text's, of which LINE takes 400 characters there."""
    needs = block["type"] in ("flex", "template")
    return {"altText": words[:400], **block} if needs else dict(block)


def _retry_key(key: str) -> uuid.UUID:
    """Our key as the UUID that LINE takes: the same for each attempt."""
    return uuid.UUID(bytes=hashlib.sha256(key.encode()).digest()[:16], version=4)
