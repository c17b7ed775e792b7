"""Sinch's Conversation API: RCS; receipts, reads, replies and taps in, opt-outs too.

Guarantee: the API takes no idempotency key and cannot be asked by ours; a doubtful send is known by its
receipts, which bring our key back (``message_metadata``, and the callback URL).

Read as stored copies on 2026-11-22, under https://developers.sinch.com/docs/conversation: /callbacks (webhooks,
signature), /metadata (what comes back where), /channel-support/rcs and its /message-support and /properties,
/docs/conversation/api-reference by way of https://developers.sinch.com/sdk/sinch-sdk-node/1.5.0 (requests,
``callback_url`` and its secret, the numbers of choices, opt-in and opt-out); choices, cards and carousels as
sinch-sdk-python's models have them, reasons as sinch-sdk-dotnet's ReasonCode; examples of receipts and of
messages as the repository of the documentation had them.
Not verified: the body of a refusal (taken for Google's form, ``error.status``), whether a call that is tried
again is signed anew and for how long it is tried (so it is believed for ``max_age``, as by the SMS API), and
whether Sinch itself refuses who opted out.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

import httpx

from unichannel.core.messaging.content import Content, Rcs
from unichannel.core.words.instant import SECOND
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Conversation, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, blames, table
from unichannel.providers._shared.oauth import access_token, exchange
from unichannel.providers._shared.phones import Keywords
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import basic_login, several
from unichannel.providers._shared.sinch import check_signed
from unichannel.providers._shared.sinch_contents import shown
from unichannel.providers._shared.single import Errors, key_of
from unichannel.providers._shared.texting import TextCodec, bare, number
from unichannel.providers._shared.writing import post

__all__ = ["CHANNELS", "ERRORS", "STATUSES", "SinchConversations"]

ERRORS = table(
    (
        "configuration",
        "Sinch does not accept the access key: check project, key_id and key_secret.",
        ("UNAUTHENTICATED", "http_401"),
    ),
    ("configuration", "the access key may not do this: check project and app.", ("PERMISSION_DENIED", "NO_PERMISSION")),
    ("configuration", "Sinch does not know the project or the app here: check both, and region.", ("NOT_FOUND",)),
    ("configuration", "the app is gone: check app.", ("UNKNOWN_APP",)),
    (
        "configuration",
        "the app's RCS channel is missing or wrongly set: check it, and its region.",
        ("CHANNEL_BAD_CONFIGURATION", "CHANNEL_CONFIGURATION_MISSING"),
    ),
    ("retry", "Sinch is asked for too much at once.", ("RESOURCE_EXHAUSTED", "RATE_LIMITED")),
    ("retry", "Sinch is not available now.", ("UNAVAILABLE",)),
    ("opted_out", "the person has not opted in; Sinch refuses the number.", ("RECIPIENT_NOT_OPTED_IN",)),
    ("dead", "the number is none.", ("RECIPIENT_INVALID_CHANNEL_IDENTITY",)),
    ("permanent", "the number cannot be reached by RCS.", ("RECIPIENT_NOT_REACHABLE", "NO_CHANNELS_LEFT")),
    ("permanent", "Sinch cannot use the message: a value is missing or wrong.", ("INVALID_ARGUMENT", "BAD_REQUEST")),
    (
        "permanent",
        "Sinch cannot fetch or use the file.",
        ("MEDIA_TYPE_UNSUPPORTED", "MEDIA_TOO_LARGE", "MEDIA_NOT_REACHABLE"),
    ),
    ("permanent", "it was not delivered in time.", ("DELIVERY_TIMED_OUT", "OUTSIDE_ALLOWED_SENDING_WINDOW")),
    ("permanent", "RCS refused it.", ("CHANNEL_REJECT", "DELIVERY_REJECTED_DUE_TO_POLICY", "UNSUPPORTED_OPERATION")),
    ("permanent", "RCS or Sinch failed.", ("CHANNEL_FAILURE", "INTERNAL_ERROR")),
)
"""By ``error.status`` of a refusal, and by ``reason.code`` of a receipt."""

STATUSES: Mapping[str, str] = {
    "QUEUED_ON_CHANNEL": "sent",
    "DELIVERED": "delivered",
    "READ": "opened",
    "FAILED": "failed",
}
"""Kinds of receipt by ``status``; one that failed for the number's sake is bounced."""

CHANNELS: Mapping[str, str] = {"RCS": "rcs", "SMS": "sms", "MMS": "mms", "WHATSAPP": "whatsapp"}
"""Our channels by Sinch's, those whose identities are numbers: an app may have others beside RCS."""

_UNREACHED = frozenset({"RECIPIENT_NOT_REACHABLE", "RECIPIENT_INVALID_CHANNEL_IDENTITY"})
_WISHES = (
    ("opt_out_notification", "OPT_OUT_SUCCEEDED", "unsubscribed"),
    ("opt_in_notification", "OPT_IN_SUCCEEDED", "subscribed"),
)
_SAID = (
    ("text_message", "text"),
    ("choice_response_message", "postback_data"),
    ("media_card_message", "caption"),
)


class SinchConversations(TextCodec):
    """RCS through Sinch's Conversation API.

    ``project``, ``key_id`` and ``key_secret`` are those of an access key, which is exchanged for a token that
    is kept for as long as it holds; with ``basic`` the key goes along itself, which Sinch allows for tests.
    ``app`` is the app whose RCS channel is used, ``region`` where it lives: us, eu or br. ``secrets`` (one or
    several) verify Sinch's calls: that of the webhook, and that of the app for callback URLs; without one
    nothing is received. ``max_age``: seconds that a signed call may be old. ``validity`` in seconds.
    ``keywords``: your own opt-out words. ``extra`` is added to each message. ``errors``: meaning and reason by
    code, before ``ERRORS``. Raises ConfigurationError for settings that cannot work.
    """

    contents: ClassVar[tuple[type[Content], ...]] = (Rcs,)
    can: ClassVar[Abilities] = Abilities(
        frozenset({"delivered", "opened", "bounced", "replied"}),
        takes=frozenset({"text", "media", "card", "carousel", "suggestions"}),
        signature="HMAC-SHA256",
        inbound=True,
        media=True,
    )
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        project: str,
        key_id: str,
        key_secret: str,
        *,
        app: str,
        secrets: str | Sequence[str] = (),
        region: str = "us",
        basic: bool = False,
        max_age: int = 90_000,
        validity: int | None = None,
        keywords: Keywords | None = None,
        extra: Mapping[str, Any] | None = None,
        errors: Errors | None = None,
        name: str = "sinch_conversations",
        base_url: str = "",
        token_url: str = "https://auth.sinch.com/oauth2/token",  # noqa: S107 -- an address, no secret
    ) -> None:
        self._secrets = several(secrets, "secrets")
        base_url = base_url or f"https://{region}.conversation.api.sinch.com"
        hears = bool(self._secrets)
        super().__init__(name, base_url, app, hears=hears, keywords=keywords, extra=extra, errors=errors)
        self._url = f"{self._base_url}/v1/projects/{quote(project, safe='')}/messages:send"
        self._login, self._basic = basic_login(key_id, key_secret), basic
        self._token_url, self._cached = token_url, f"{name}:{key_id}"
        self._max_age, self._validity = max_age * SECOND, validity
        if not (project and key_id and key_secret and app) or (validity is not None and validity <= 0):
            raise ConfigurationError(
                "a part of the login is empty, or validity is none.",
                thing="app",
                mend="Give project, key_id, key_secret and app, and a positive validity.",
            )

    def send(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome]:
        """Send it with a token that holds, got first where there is none."""
        request = self._prepared(outbound, ctx)
        if isinstance(request, Outcome):
            return request
        authorization = yield from self._authorized(ctx)
        if isinstance(authorization, Outcome):
            return authorization
        request.headers["Authorization"] = authorization
        response = yield request
        if response.status_code == 401:
            ctx.tokens[self._cached] = ("", 0)
        return self._outcome(response, ctx)

    def _authorized(self, ctx: Context) -> Generator[httpx.Request, httpx.Response, str | Outcome]:
        if self._basic:
            return self._login
        refused = "Sinch does not accept the access key: check key_id and key_secret."
        token = yield from access_token(ctx, self._cached, self._exchange, refused, "Sinch gives no token now.")
        return token if isinstance(token, Outcome) else f"Bearer {token}"

    def _exchange(self) -> httpx.Request:
        return exchange(self._token_url, {"grant_type": "client_credentials"}, Authorization=self._login)

    def _message(self, outbound: Outbound, sender: str, ctx: Context) -> httpx.Request:
        identity = {"channel": "RCS", "identity": bare(outbound.address)}
        message = {
            "app_id": sender,
            "recipient": {"identified_by": {"channel_identities": [identity]}},
            "channel_priority_order": ["RCS"],
            "message": shown(outbound.content),
            "message_metadata": outbound.key,
            "callback_url": ctx.callback_url,
            "ttl": f"{self._validity}s" if self._validity else "",
        }
        return post(self._url, {**message, **self._extra})

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "message_id"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(body, "error", "status")]

    def _verify(self, request: Request, ctx: Context) -> None:
        check_signed(request, self._secrets, ctx.now, self._max_age, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Sequence[Receipt]:
        found: list[Receipt] = []
        for event in objects(read_json(request.body, self.name)):
            if text(event, "message_delivery_report", "message_id"):
                found.append(self._report(event, ctx, key_of(request)))
            elif _channel(event, "message", "channel_identity", "channel") and at(event, "message", "contact_message"):
                found += self._inbound(event, ctx)
            else:
                found.append(_wish(event, ctx))
        return found

    def _report(self, event: Mapping[str, Any], ctx: Context, key: str) -> Receipt:
        report = event["message_delivery_report"]
        id, status, code = text(report, "message_id"), text(report, "status"), text(report, "reason", "code")
        fault = self._faults.get(code) if status == "FAILED" else None
        kind = STATUSES.get(status, "unknown")
        return told(
            "bounced" if kind == "failed" and code in _UNREACHED else kind,
            event,
            ctx,
            occurred=_occurred(event, ctx),
            key=text(report, "metadata") or key,
            provider_id=id,
            id=f"{id}:{status}",
            channel=_channel(report, "channel_identity", "channel") or "rcs",
            address=number(text(report, "channel_identity", "identity")),
            code=code,
            reason=fault.reason if fault else "",
            **blames(fault),
        )

    def _inbound(self, event: Mapping[str, Any], ctx: Context) -> Sequence[Receipt]:
        """A person's message: a text, what was tapped, or what stands below a file."""
        message = event["message"]
        found = next((path for path in _SAID if text(message, "contact_message", *path)), _SAID[0])
        return self._heard(
            event,
            ctx,
            words=text(message, "contact_message", *found),
            tapped=found[0] == "choice_response_message",
            id=text(message, "id"),
            occurred=_occurred(event, ctx),
            provider_id=text(message, "id"),
            channel=_channel(message, "channel_identity", "channel"),
            address=number(text(message, "channel_identity", "identity")),
        )


def _wish(event: Mapping[str, Any], ctx: Context) -> Receipt:
    """An opt-out or opt-in that came about at Sinch; else what we do not know."""
    for name, done, kind in _WISHES:
        channel = _channel(event, name, "channel")
        if channel and text(event, name, "status") == done:
            id, address = text(event, name, "request_id"), number(text(event, name, "identity"))
            mark = f"{kind}:{id}" if id else ""
            return told(kind, event, ctx, occurred=_occurred(event, ctx), id=mark, channel=channel, address=address)
    return told("unknown", event, ctx, channel="rcs")


def _channel(event: Any, *path: str) -> str:
    return CHANNELS.get(text(event, *path), "")


def _occurred(event: Mapping[str, Any], ctx: Context) -> int:
    return instant(event.get("event_time"), instant(event.get("accepted_time"), ctx.now))
