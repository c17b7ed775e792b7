"""Slack by chat.postMessage: texts and blocks out; answers and taps in.

Guarantee: Slack takes no idempotency key and tells no delivery. A conversation's history could show whether a
doubtful message is there; it is not asked, since the app would need leave to read what people write.

Read as stored copies on 2026-11-22: https://docs.slack.dev/reference/methods/chat.postMessage (as
https://github.com/slack-ruby/slack-api-ref has it: request, answer, errors),
https://docs.slack.dev/authentication/verifying-requests-from-slack (signature). From general knowledge: the
shapes of https://docs.slack.dev/apis/events-api (url_verification, message, app_mention) and of block_actions
(https://docs.slack.dev/reference/interaction-payloads/block_actions-payload), and of the errors invalid_blocks,
user_not_found, token_expired, messages_tab_disabled, cannot_dm_bot, internal_error and service_unavailable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qs

import httpx

from unichannel.errors import MalformedWebhook
from unichannel.ports import Abilities, Answer, Context, Outbound, Outcome, Receipt, Received, Request
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.phones import checked_keywords
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import WINDOW, check, check_fresh, fits, hexadecimal, several
from unichannel.providers._shared.single import Errors
from unichannel.providers._shared.talking import TalkCodec, chat_of, heard
from unichannel.providers._shared.writing import ask

__all__ = ["ERRORS", "Slack"]

ERRORS: Mapping[str, Fault] = table(
    ("configuration", "Slack does not accept the token: check it.", ("not_authed", "invalid_auth", "http_401")),
    ("configuration", "the token is no longer valid.", ("account_inactive", "token_revoked", "token_expired")),
    ("configuration", "the app lacks a permission: add the scope chat:write.", ("no_permission", "missing_scope")),
    ("configuration", "the app is not in the channel: invite it.", ("not_in_channel",)),
    ("configuration", "the app takes no direct messages: switch on its messages tab.", ("messages_tab_disabled",)),
    (
        "configuration",
        "the workspace does not let the app post: ask its administrators.",
        (
            "restricted_action",
            "restricted_action_read_only_channel",
            "restricted_action_thread_only_channel",
            "ekm_access_denied",
            "access_denied",
        ),
    ),
    ("retry", "Slack is asked for too much at once.", ("rate_limited", "ratelimited")),
    ("retry", "Slack is not available now.", ("request_timeout", "service_unavailable")),
    ("retry", "the workspace is being moved.", ("org_login_required", "team_added_to_org")),
    ("doubt", "Slack failed, and may have posted it.", ("fatal_error", "internal_error")),
    ("dead", "the person is none of this workspace.", ("user_not_found",)),
    ("permanent", "the channel is none, or the app does not see it.", ("channel_not_found", "is_archived")),
    ("permanent", "the id is that of a bot.", ("cannot_dm_bot",)),
    ("permanent", "Slack cannot use the message.", ("msg_too_long", "no_text", "too_many_attachments")),
    ("permanent", "Slack cannot use the blocks or the request.", ("invalid_blocks", "invalid_arguments")),
)
"""What ``error`` means (chat.postMessage, "Errors")."""

LONGEST = 40_000
"""Characters of a text, after which Slack cuts it."""

_MENTION = re.compile(r"<@[A-Z0-9]+>")
_SPOKEN = frozenset({"", "file_share", "thread_broadcast"})


class Slack(TalkCodec):
    """Messages of one app in one workspace; the address is a person's id (U…), or a channel's (C…).

    The text is Slack's mrkdwn, ``blocks`` are its Block Kit. ``signing_secret`` (one or several) verifies calls;
    without one nothing is received. A person is heard in their direct messages, where they mention the app, and
    by what they tap. ``channel``: yours, where it is not "chat". ``keywords``: your own opt-out words.
    ``errors``: what you know better of a code than the table. Raises ConfigurationError for settings that cannot work.
    """

    can: ClassVar[Abilities] = Abilities(
        frozenset({"replied"}), takes=frozenset({"text", "blocks"}), signature="HMAC-SHA256 (v0)", inbound=True
    )
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        token: str,
        *,
        signing_secret: str | Sequence[str] = (),
        channel: str = "chat",
        keywords: Mapping[str, Iterable[str]] | None = None,
        errors: Errors | None = None,
        name: str = "slack",
        base_url: str = "https://slack.com/api",
    ) -> None:
        super().__init__(name, channel, base_url, errors, hears=bool(signing_secret))
        self._token, self._secrets = several(token, "token")[0], several(signing_secret, "signing_secret")
        self._keywords = checked_keywords(keywords)

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request:
        chat = chat_of(outbound, self.name, LONGEST)
        body = {"channel": outbound.address, "text": chat.text, "blocks": [dict(one) for one in chat.blocks]}
        return ask(f"{self._base_url}/chat.postMessage", body, Authorization=f"Bearer {self._token}")

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        """Slack says no with 200 too."""
        return self._denied(response, body) if at(body, "ok") is False else accepted(response, text(body, "ts"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(body, "error")]

    def _verify(self, request: Request, ctx: Context) -> None:
        stamp = request.header("X-Slack-Request-Timestamp")
        signed = f"v0:{stamp}:".encode("utf-8", "surrogateescape") + request.body
        expected = [f"v0={hexadecimal(secret, signed)}" for secret in self._secrets]
        check(fits(expected, [request.header("X-Slack-Signature")]), self.name, "X-Slack-Signature")
        check_fresh(stamp, ctx.now, WINDOW, self.name)

    def _read(self, request: Request, ctx: Context) -> Received:
        """An event or a tap; the handshake gets its challenge back."""
        call = self._call(request)
        if text(call, "type") == "url_verification":
            body = json.dumps({"challenge": text(call, "challenge")}).encode()
            return Received(answer=Answer(200, {"Content-Type": "application/json"}, body))
        return Received(tuple(self._heard(call, ctx)), Answer(200))

    def _call(self, request: Request) -> Mapping[str, Any]:
        """The call's JSON: an event's body, or what a tap's form carries."""
        body: bytes | str = request.body
        if request.header("Content-Type").startswith("application/x-www-form-urlencoded"):
            body = parse_qs(request.body.decode("utf-8", "replace")).get("payload", [""])[0]
        call = read_json(body, self.name)
        if not isinstance(call, Mapping) or not text(call, "type"):
            raise MalformedWebhook("the body is no call of Slack's.", thing=self.name)
        return call

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        return self._heard(self._call(request), ctx)

    def _heard(self, call: Mapping[str, Any], ctx: Context) -> Iterable[Receipt]:
        if text(call, "type") == "block_actions":
            return self._taps(call, ctx)
        event = at(call, "event")
        id = text(call, "event_id")
        common: dict[str, Any] = {"channel": self._channel, "occurred": instant(at(call, "event_time"), ctx.now)}
        if not _is_to_us(event):
            return [told("unknown", call, ctx, id=f"unknown:{id}" if id else "", **common)]
        words = _MENTION.sub("", text(event, "text")).strip()
        # A mention in a direct message comes as two events of one message.
        id = f"{text(event, 'channel')}:{text(event, 'ts')}"
        return heard(call, ctx, self._keywords, words=words, id=id, address=text(event, "user"), **common)

    def _taps(self, call: Mapping[str, Any], ctx: Context) -> Iterable[Receipt]:
        for action in objects(at(call, "actions") or []):
            yield from heard(
                call,
                ctx,
                self._keywords,
                words=text(action, "text", "text") or text(action, "selected_option", "text", "text"),
                id=f"{text(action, 'action_id')}:{text(action, 'action_ts')}",
                tapped=True,
                channel=self._channel,
                address=text(call, "user", "id"),
                occurred=instant(action.get("action_ts"), ctx.now),
            )


def _is_to_us(event: Any) -> bool:
    """Whether a person says something to the app: by a direct message, or by naming it."""
    if not text(event, "user") or text(event, "bot_id") or text(event, "subtype") not in _SPOKEN:
        return False
    direct = text(event, "type") == "message" and text(event, "channel_type") == "im"
    return direct or text(event, "type") == "app_mention"
