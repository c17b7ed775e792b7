"""Viber by the REST Bot API: messages and keyboards out; deliveries, reads, answers, and who leaves in.

Guarantee: Viber takes no idempotency key and has no look-up: a send that is in doubt stays so. Our key goes along
as ``tracking_data``, which comes back with the person's answer only. Calls are signed with the token itself.

Source: https://developers.viber.com/docs/api/rest-bot-api/ ("Send message", "Callbacks", "Error codes"), whose
codes and signature were read on 2026-11-22 as stored clients have them (viber-bot-python among them). From
general knowledge: the shapes of callbacks, 7,000 characters of a text and 28 of a sender's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.errors import ConfigurationError, MalformedWebhook
from unichannel.ports import Abilities, Context, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.phones import checked_keywords
from unichannel.providers._shared.reading import instant, read_json, text, told
from unichannel.providers._shared.signing import check, fits, hexadecimal, several
from unichannel.providers._shared.single import Errors
from unichannel.providers._shared.talking import TalkCodec, chat_of, heard
from unichannel.providers._shared.writing import ask

__all__ = ["ERRORS", "EVENTS", "Viber"]

ERRORS: Mapping[str, Fault] = table(
    ("configuration", "Viber does not accept the token: check it.", (2, "http_401", "http_403")),
    ("configuration", "the bot is blocked, suspended or unknown: ask Viber.", (7, 8, 9, 15)),
    ("configuration", "the bot has no webhook: set one.", (10,)),
    ("retry", "Viber is asked for too much at once.", (12,)),
    ("dead", "the person is not on Viber.", (5,)),
    ("opted_out", "the person does not subscribe to the bot.", (6,)),
    ("permanent", "the person's device or Viber is too old for it.", (11, 13)),
    ("permanent", "Viber cannot use the message.", (3, 4, 14, 16, 17)),
)
"""What ``status`` means ("Error codes"); 0 is acceptance."""

EVENTS: Mapping[str, str] = {
    "delivered": "delivered",
    "seen": "opened",
    "failed": "failed",
    "subscribed": "subscribed",
    "unsubscribed": "unsubscribed",
}
"""Kinds of receipt by ``event``; a message is heard, the rest is unknown."""

LONGEST = 7_000
"""Characters of a text."""

_MILLISECONDS = 1_000
_HEADER = "X-Viber-Content-Signature"


class Viber(TalkCodec):
    """Messages of one bot; the address is the person's id for that bot.

    ``token`` may be several for a rotation: the first one sends, any verifies. ``sender``: the name shown, of up
    to 28 characters. A block of a ``Chat`` holds parts of Viber's message: ``{"keyboard": {…}}``, or another
    ``type`` with what it needs, such as ``{"type": "picture", "media": "https://…"}``. What a keyboard's tap says
    looks as if it was written, so "cancel" and other words of two meanings are no opt-outs here.
    ``channel``: yours, where it is not "chat". ``keywords``: your own opt-out words.
    ``errors``: what you know better of a code than the table. Raises ConfigurationError for settings that cannot work.
    """

    can: ClassVar[Abilities] = Abilities(
        frozenset({"delivered", "opened", "replied", "bounced"}),
        takes=frozenset({"text", "blocks"}),
        signature="HMAC-SHA256",
        inbound=True,
    )
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        token: str | Sequence[str],
        *,
        sender: str,
        avatar: str = "",
        channel: str = "chat",
        keywords: Mapping[str, Iterable[str]] | None = None,
        errors: Errors | None = None,
        name: str = "viber",
        base_url: str = "https://chatapi.viber.com",
    ) -> None:
        super().__init__(name, channel, base_url, errors, hears=True)
        self._secrets = several(token, "token")
        self._sender = {"name": sender, **({"avatar": avatar} if avatar else {})}
        self._keywords = checked_keywords(keywords)
        if not self._secrets:
            raise ConfigurationError("token is empty.", thing="token", mend="Give the bot's token.")
        if not 1 <= len(sender) <= 28:
            raise ConfigurationError("sender is no name for Viber.", thing="sender", mend="Give 1 to 28 characters.")

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request:
        chat = chat_of(outbound, self.name, LONGEST)
        parts = {name: part for block in chat.blocks for name, part in block.items()}
        ours = {"receiver": outbound.address, "sender": self._sender, "tracking_data": outbound.key}
        body = {"min_api_version": 1, "type": "text", "text": chat.text, **parts, **ours}
        return ask(f"{self._base_url}/pa/send_message", body, X_Viber_Auth_Token=self._secrets[0])

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        """Viber says no with 200."""
        if text(body, "status_message") and text(body, "status") not in ("", "0"):
            return self._denied(response, body)
        return accepted(response, text(body, "message_token"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(body, "status")]

    def _verify(self, request: Request, ctx: Context) -> None:
        expected = [hexadecimal(secret, request.body) for secret in self._secrets]
        check(fits(expected, [request.header(_HEADER)]), self.name, _HEADER)

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        event = read_json(request.body, self.name)
        name, id = text(event, "event"), text(event, "message_token")
        if not isinstance(event, Mapping) or not name:
            raise MalformedWebhook("the body is no callback.", thing=self.name)
        common: dict[str, Any] = {
            "channel": self._channel,
            "occurred": instant(event.get("timestamp"), ctx.now, _MILLISECONDS),
            "address": text(event, "user_id") or text(event, "sender", "id") or text(event, "user", "id"),
        }
        if name == "message":
            said, key = text(event, "message", "text"), text(event, "message", "tracking_data")
            return heard(event, ctx, self._keywords, words=said, id=id, tapped=True, key=key, **common)
        kind = EVENTS.get(name, "unknown")
        is_status = kind in ("delivered", "opened", "failed")
        return [
            told(
                kind,
                event,
                ctx,
                id=f"{id}:{kind}" if id else "",
                provider_id=id if is_status else "",
                reason="Viber could not deliver it." if kind == "failed" else "",
                refused=kind == "unsubscribed",
                **common,
            )
        ]
