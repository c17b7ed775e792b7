"""Telegram by the Bot API: messages out; answers, taps, and who blocks the bot in.

Guarantee: Telegram takes no idempotency key, tells no delivery and has no look-up: a send that is in doubt stays
so. Its calls prove themselves by a secret in a header, which is set with the webhook (``setWebhook``,
``secret_token``).

The bot's token is part of the URL of each request, so keep the logger "httpx" at WARNING.

Source: https://core.telegram.org/bots/api ("Making requests", "setWebhook", "Making requests when getting
updates", sendMessage and its like, Update), as stored copies of the page's crawls and clients had it on
2026-11-22. Refusals have no codes but HTTP's; they are told by their ``description``, which the page says may
change: those in ``DESCRIPTIONS`` are what public clients meet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.errors import ConfigurationError, MalformedWebhook
from unichannel.ports import Abilities, Answer, Context, Outbound, Outcome, Receipt, Received, Request
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.phones import checked_keywords
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import check, fits, several
from unichannel.providers._shared.single import Errors
from unichannel.providers._shared.talking import TalkCodec, Unfit, chat_of, heard
from unichannel.providers._shared.writing import ask

__all__ = ["DESCRIPTIONS", "ERRORS", "Telegram"]

ERRORS: Mapping[str, Fault] = table(
    ("configuration", "Telegram does not accept the token: check it.", ("http_401", "http_404")),
    ("configuration", "the bot may not write into this chat.", ("no_rights",)),
    ("opted_out", "the person has blocked the bot, or the group has removed it.", ("blocked", "kicked")),
    ("dead", "the chat is none, or its account is deleted.", ("not_found", "deactivated")),
    ("dead", "the group is another one now: it has a new id.", ("migrated",)),
    ("permanent", "the person has not begun a chat with the bot.", ("not_begun",)),
    ("permanent", "Telegram cannot use the text: it is too long, or its marks do not fit.", ("too_long", "marks")),
    ("permanent", "Telegram could not fetch the file.", ("file",)),
)
"""What refusals mean, by the names in ``DESCRIPTIONS``."""

DESCRIPTIONS: Mapping[str, str] = {
    "blocked by the user": "blocked",
    "bot was kicked": "kicked",
    "user is deactivated": "deactivated",
    "chat not found": "not_found",
    "upgraded to a supergroup": "migrated",
    "can't initiate conversation": "not_begun",
    "not enough rights": "no_rights",
    "have no rights to send": "no_rights",
    "is too long": "too_long",
    "can't parse entities": "marks",
    "failed to get http url content": "file",
    "wrong file identifier": "file",
}
"""Names for refusals, by words of their description, in lower case."""

METHODS: Mapping[str, str] = {
    "photo": "sendPhoto",
    "video": "sendVideo",
    "animation": "sendAnimation",
    "audio": "sendAudio",
    "voice": "sendVoice",
    "document": "sendDocument",
}
"""Which method sends a file, by the parameter that names it; the text is its caption."""

LONGEST, LONGEST_CAPTION = 4_096, 1_024
"""Characters of a text, and of one below a file."""

_SECRET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_MEMBER: Mapping[str, str] = {"kicked": "unsubscribed", "left": "unsubscribed", "member": "subscribed"}


class Telegram(TalkCodec):
    """Messages of one bot; the address is a chat's id, that of the person for a chat of two.

    A block of a ``Chat`` holds parameters of the method: ``{"reply_markup": {…}}``, ``{"parse_mode": "HTML"}``, or
    a file by its URL, such as ``{"photo": "https://…"}``: then the text stands below it. ``secret_token`` (one or
    several) is what the webhook was set with; without one nothing is received. ``channel``: yours, where it is
    not "chat". ``keywords``: your own opt-out words.
    ``errors``: what you know better of a code than the table. Raises ConfigurationError for settings that cannot work.
    """

    can: ClassVar[Abilities] = Abilities(
        frozenset({"replied"}), takes=frozenset({"text", "blocks"}), signature="secret token", inbound=True
    )
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        token: str,
        *,
        secret_token: str | Sequence[str] = (),
        channel: str = "chat",
        keywords: Mapping[str, Iterable[str]] | None = None,
        errors: Errors | None = None,
        name: str = "telegram",
        base_url: str = "https://api.telegram.org",
    ) -> None:
        super().__init__(name, channel, base_url, errors, hears=bool(secret_token))
        self._token, self._secrets = several(token, "token")[0], several(secret_token, "secret_token")
        self._keywords = checked_keywords(keywords)
        if any(set(secret) - _SECRET or len(secret) > 256 for secret in self._secrets):
            raise ConfigurationError(
                "Telegram does not take this secret_token.",
                thing="secret_token",
                mend="Use up to 256 letters, digits, _ and -.",
            )

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request:
        chat = chat_of(outbound, self.name, LONGEST)
        parts = {name: part for block in chat.blocks for name, part in block.items()}
        file = next((name for name in METHODS if name in parts), "")
        if file and len(chat.text) > LONGEST_CAPTION:
            raise Unfit(f"{self.name} takes {LONGEST_CAPTION:,} characters below a file; the text has more.")
        body = {**parts, "chat_id": outbound.address, "caption" if file else "text": chat.text}
        return ask(f"{self._base_url}/bot{self._token}/{METHODS.get(file, 'sendMessage')}", body)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        if at(body, "ok") is False:
            wait = at(body, "parameters", "retry_after")
            return self._denied(response, body, float(wait) if isinstance(wait, int) else None)
        return accepted(response, text(body, "result", "message_id"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        said = text(body, "description").lower()
        code = text(body, "error_code")
        return [*(name for words, name in DESCRIPTIONS.items() if words in said), *([f"http_{code}"] if code else [])]

    def _verify(self, request: Request, ctx: Context) -> None:
        header = "X-Telegram-Bot-Api-Secret-Token"
        check(fits(self._secrets, [request.header(header)]), self.name, header)

    def _read(self, request: Request, ctx: Context) -> Received:
        """A tap is answered in the same breath, so that its button stops turning."""
        received = super()._read(request, ctx)
        tap = text(read_json(request.body, self.name), "callback_query", "id")
        if not tap:
            return received
        body = json.dumps({"method": "answerCallbackQuery", "callback_query_id": tap}).encode()
        return Received(received.receipts, Answer(200, {"Content-Type": "application/json"}, body))

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        update = read_json(request.body, self.name)
        if not isinstance(update, Mapping) or not text(update, "update_id"):
            raise MalformedWebhook("the body is no update.", thing=self.name)
        id = text(update, "update_id")
        if isinstance(at(update, "my_chat_member"), Mapping):
            return [self._member(update, id, ctx)]
        found = _said(update)
        if found is None:
            return [told("unknown", update, ctx, id=f"unknown:{id}", channel=self._channel)]
        event, words, tapped = found
        return heard(
            update,
            ctx,
            self._keywords,
            words=words,
            id=id,
            tapped=tapped,
            channel=self._channel,
            address=text(event, "chat", "id"),
            occurred=instant(at(event, "date"), ctx.now) if not tapped else ctx.now,
        )

    def _member(self, update: Mapping[str, Any], id: str, ctx: Context) -> Receipt:
        """Who blocks the bot gets nothing any more until it is unblocked: Telegram refuses them."""
        status = text(update, "my_chat_member", "new_chat_member", "status")
        kind = _MEMBER.get(status, "unknown")
        return told(
            kind,
            update,
            ctx,
            id=f"{kind}:{id}",
            channel=self._channel,
            address=text(update, "my_chat_member", "chat", "id"),
            code=status,
            refused=kind == "unsubscribed",
            occurred=instant(at(update, "my_chat_member", "date"), ctx.now),
        )


def _said(update: Mapping[str, Any]) -> tuple[Mapping[str, Any], str, bool] | None:
    """What was said, where, and whether it was tapped; None for what nobody said."""
    message, tap, sign = (update.get(name) for name in ("message", "callback_query", "message_reaction"))
    if isinstance(message, Mapping) and at(message, "from", "is_bot") is not True:
        return message, text(message, "text") or text(message, "caption"), False
    if isinstance(tap, Mapping) and isinstance(at(tap, "message"), Mapping):
        return tap["message"], _label(tap) or text(tap, "data"), True
    if isinstance(sign, Mapping) and at(sign, "new_reaction", 0):
        return sign, text(sign, "new_reaction", 0, "emoji"), False
    return None


def _label(tap: Mapping[str, Any]) -> str:
    """The words on the button: its data stands there too."""
    rows = at(tap, "message", "reply_markup", "inline_keyboard")
    buttons = [one for row in rows for one in objects(row)] if isinstance(rows, list) else []
    return next((text(one, "text") for one in buttons if one.get("callback_data") == tap.get("data")), "")
