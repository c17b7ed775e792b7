"""Vonage: SMS, MMS, RCS and WhatsApp by its Messages API, calls by its Voice API; receipts and replies in.

Guarantee: Vonage takes no idempotency key and cannot be asked by ours; a doubtful send is known by its
receipts, which bring our key back (``client_ref``, and the callback URL of a call).

Read as stored copies on 2026-11-22, under https://developer.vonage.com/en: /api/messages (requests),
/messages/concepts/messages-status-callbacks (statuses), /api-errors/messages and /api-errors (errors),
/messages/guides/rcs/rcs-custom-messages, /opt-out-assist/guides/messaging-opted-out-numbers,
/messages/concepts/signed-webhooks, /voice/voice-api/webhook-reference (events of calls); requests as
github.com/Vonage/vonage-curl-code-snippets and vonage-java-sdk have them (``content`` of MMS), inbound
messages as vonage-java-sdk reads them. Codes 1180 to 1370 as the repository of the documentation had
them, later ones as a public client quotes them.
Not verified: whether a call that is tried again is signed anew (so it is believed for ``max_age``),
the 1,500 characters of a spoken text, and that ``usage.price`` is for all segments together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import httpx

from unichannel.core.messaging.content import Mms, Rcs, Sms, Voice, WhatsApp
from unichannel.core.words.instant import SECOND
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.crypto import rs256, rsa_key
from unichannel.providers._shared.faults import Fault, accepted, blames, table
from unichannel.providers._shared.jws import claims_of, jws
from unichannel.providers._shared.phones import Keywords, cost
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import basic_login, check, check_fresh, fits, several
from unichannel.providers._shared.single import Errors, key_of
from unichannel.providers._shared.texting import Senders, TextCodec, bare, form_of, number
from unichannel.providers._shared.vonage_contents import FORMS, call_of, whatsapp_of
from unichannel.providers._shared.writing import post

__all__ = ["CALLS", "ERRORS", "STATUSES", "Vonage"]

_LOGIN = ("unauthorized", "invalid-api-key", "invalid-signature", "jwt-expired", "jwt-revoked", "1110")

ERRORS = table(
    ("configuration", "Vonage does not accept the credentials: check application or account.", _LOGIN),
    ("configuration", "the account may not do this: ask Vonage.", ("forbidden", "unprovisioned", 1080, 1140)),
    ("configuration", "the account is suspended: ask Vonage.", ("account-suspended", 1060)),
    ("configuration", "the account is out of credit.", ("low-balance", "out-of-credit", 1070)),
    ("configuration", "the sender is not one that may be used here: check sender.", (1120, 1420, 1481)),
    ("configuration", "the account sends to numbers on its own list only: upgrade it.", (1160,)),
    ("configuration", "the country wants entity_id or content_id: give them by extra.", (1480, 1482)),
    ("retry", "Vonage is asked for too much at once.", ("throttled", 1000, 1241)),
    ("retry", "the day's limit of messages is reached.", (1460,)),
    ("retry", "the provider behind Vonage does not answer.", (1331,)),
    ("opted_out", "the person opted out; Vonage refuses the number.", (1240,)),
    ("dead", "the number is none, or not in service.", (1170, 1190)),
    ("permanent", "Vonage cannot use the message: a value is missing or wrong.", ("invalid-params", 1010, 1020, 1022)),
    ("permanent", "Vonage cannot reach the number.", (1040, 1050, 1200, 1250, 1251, 1260, 1300, 1310, 1430)),
    ("permanent", "the handset could not be reached.", (1180, 1220)),
    ("permanent", "the carrier or the provider blocked the message.", (1210, 1270, 1280, 1282, 1290)),
    ("permanent", "the message was not delivered within its validity.", (1360,)),
    ("permanent", "more than 24 hours have passed since the person's last message.", (1340,)),
    ("permanent", "Vonage cannot fetch or use the file.", (1380, 1381, 1382)),
    ("permanent", "WhatsApp holds marketing back from this person.", (1461,)),
    ("permanent", "Vonage's protection against fraud refused it.", (1470, 1472, 1473)),
)
"""By the fragment of a refusal's ``type``, and by the code of a receipt's ``error``."""

STATUSES: Mapping[str, str] = {
    "submitted": "sent",
    "delivered": "delivered",
    "read": "opened",
    "undeliverable": "failed",
    "rejected": "rejected",
}
"""Kinds of receipt by ``status`` of a message; a rejected one whose number is dead is bounced."""

CALLS: Mapping[str, str] = {
    "started": "queued",
    "ringing": "sent",
    "answered": "opened",
    "human": "opened",
    "machine": "delivered",
    "completed": "delivered",
    "busy": "bounced",
    "unanswered": "bounced",
    "timeout": "bounced",
    "rejected": "bounced",
    "cancelled": "failed",
    "failed": "failed",
}
"""Kinds of receipt by ``status`` of a call."""

_REPORTS = frozenset({"delivered", "opened", "bounced", "replied"})
_TAKES = frozenset({"text", "media", "card", "carousel", "suggestions", "template", "buttons", "audio"})
_HELD = 900  # seconds that a token holds, as Vonage's own clients have it


class Vonage(TextCodec):
    """Messages and calls through Vonage.

    ``application`` is its id and private key (PEM; needs the extra ``crypto``), or ``account`` the key
    and secret of the account, with which no calls are made. ``sender``: one for every channel, or one
    for each (``{"sms": "Acme", "rcs": "AcmeAgent"}``): then only these are served.
    ``signature_secret`` (or several) verifies its calls; without one nothing is received. ``max_age``:
    seconds that a signed call may be old. ``validity`` in seconds (300 to 259,200). ``buttons``: kinds of
    a WhatsApp template's buttons in order, by its name ("url", "quick_reply", "copy_code"); "url" where it
    is not named. ``keywords``: your own opt-out words. ``extra`` is added to each message. ``errors``:
    meaning and reason by code, before ``ERRORS``. Raises ConfigurationError for settings that cannot work.
    """

    contents = (Sms, Mms, Rcs, WhatsApp, Voice)
    can: ClassVar[Abilities] = Abilities(
        _REPORTS, takes=_TAKES, signature="HS256 token", inbound=True, media=True, tells_cost=True
    )
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        *,
        application: tuple[str, str] | None = None,
        account: tuple[str, str] | None = None,
        sender: Senders = "",
        signature_secret: str | Sequence[str] = (),
        max_age: int = 90_000,
        validity: int | None = None,
        keywords: Keywords | None = None,
        buttons: Mapping[str, Sequence[str]] | None = None,
        extra: Mapping[str, Any] | None = None,
        errors: Errors | None = None,
        name: str = "vonage",
        base_url: str = "https://api.nexmo.com",
    ) -> None:
        if (application is None) == (account is None):
            raise ConfigurationError(
                "Vonage needs one login.", thing="application", mend="Give application= or account=."
            )
        login = basic_login(*several(account, "account")) if account else ""
        self._authorization = _token(*application) if application else lambda _: login
        self._secrets = several(signature_secret, "signature_secret")
        self._buttons = dict(buttons or {})
        self._max_age, self._ttl = max_age * SECOND, validity
        hears = bool(self._secrets)
        super().__init__(name, base_url, sender, hears=hears, keywords=keywords, extra=extra, errors=errors)
        self._check(sender, calls=application is not None)

    def _check(self, sender: Senders, *, calls: bool) -> None:
        if self._ttl is not None and not 300 <= self._ttl <= 259_200:
            raise ConfigurationError("validity is out of range.", thing="validity", mend="Give 300 to 259200 seconds.")
        if "voice" in self.channels and not calls:
            if not isinstance(sender, str):
                raise ConfigurationError("calls need an application.", thing="account", mend="Give application=.")
            self.channels -= {"voice"}

    def _message(self, outbound: Outbound, sender: str, ctx: Context) -> httpx.Request:
        if isinstance(outbound.content, Voice):
            return self._post("/v1/calls", call_of(outbound.content, outbound.address, sender, ctx), ctx)
        message = {
            "channel": outbound.channel,
            "to": bare(outbound.address),
            "from": bare(sender),
            **self._form(outbound),
            "client_ref": outbound.key,
            "webhook_url": ctx.callback_url,
            "webhook_version": "v1" if ctx.callback_url else "",
            "ttl": None if outbound.channel == "whatsapp" else self._ttl,
        }
        return self._post("/v1/messages", {**message, **self._extra}, ctx)

    def _form(self, outbound: Outbound) -> Mapping[str, Any]:
        if isinstance(outbound.content, WhatsApp):
            return whatsapp_of(outbound, self._buttons)
        return form_of(FORMS, outbound.content)(outbound.content)

    def _post(self, path: str, body: Mapping[str, Any], ctx: Context) -> httpx.Request:
        return post(self._base_url + path, body, Authorization=self._authorization(ctx))

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "message_uuid") or text(body, "uuid"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(body, "type").rpartition("#")[2]]

    def _verify(self, request: Request, ctx: Context) -> None:
        """The token is signed, and names the body's hash; Vonage leaves it to us to look at the latter."""
        scheme, _, token = request.header("Authorization").partition(" ")
        claims = claims_of(token, self._secrets) if scheme.lower() == "bearer" else None
        check(claims is not None, self.name, "the token in Authorization")
        whole = fits([hashlib.sha256(request.body).hexdigest()], [text(claims, "payload_hash")])
        check(whole, self.name, "payload_hash")
        check_fresh(text(claims, "iat"), ctx.now, self._max_age, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Sequence[Receipt]:
        found: list[Receipt] = []
        for event in objects(read_json(request.body, self.name)):
            if text(event, "message_uuid") and "status" not in event:
                found += self._inbound(event, ctx)
            elif text(event, "message_uuid"):
                found.append(self._status(event, ctx, key_of(request)))
            else:
                found.append(_of_call(event, ctx, key_of(request)))
        return found

    def _status(self, event: Mapping[str, Any], ctx: Context, key: str) -> Receipt:
        status, code = text(event, "status"), _code(event)
        fault = self._faults.get(code)
        kind = STATUSES.get(status, "unknown")
        return told(
            "bounced" if kind == "rejected" and fault and fault.meaning == "dead" else kind,
            event,
            ctx,
            occurred=instant(event.get("timestamp"), ctx.now),
            key=text(event, "client_ref") or key,
            provider_id=text(event, "message_uuid"),
            id=f"{text(event, 'message_uuid')}:{status}",
            channel=text(event, "channel"),
            address=number(text(event, "to")),
            code=code,
            reason=fault.reason if fault else "",
            cost=cost(at(event, "usage", "price"), text(event, "usage", "currency")),
            **blames(fault),
        )

    def _inbound(self, event: Mapping[str, Any], ctx: Context) -> Sequence[Receipt]:
        """A person's message: a text, what was tapped, or what stands below a file."""
        places = (("text",), ("reply", "title"), ("button", "text"), ("image", "caption"), ("video", "caption"))
        found = next((path for path in places if text(event, *path)), ("text",))
        return self._heard(
            event,
            ctx,
            words=text(event, *found),
            tapped=found[0] in ("reply", "button"),
            id=text(event, "message_uuid"),
            occurred=instant(event.get("timestamp"), ctx.now),
            provider_id=text(event, "message_uuid"),
            channel=text(event, "channel"),
            address=number(text(event, "from")),
        )


def _token(id: str, private_key: str) -> Callable[[Context], str]:
    """Makes a token for each request (concepts/guides/authentication, "JSON Web Tokens")."""
    sign = partial(rs256, rsa_key(private_key))

    def made(ctx: Context) -> str:
        seconds = ctx.now // SECOND
        claims = {"application_id": id, "iat": seconds, "exp": seconds + _HELD, "jti": ctx.entropy(16).hex()}
        return f"Bearer {jws('RS256', claims, sign)}"

    return made


def _of_call(event: Mapping[str, Any], ctx: Context, key: str) -> Receipt:
    uuid, status = text(event, "uuid"), text(event, "status")
    is_ours = bool(uuid) and text(event, "direction") == "outbound"
    return told(
        CALLS.get(status, "unknown") if is_ours else "unknown",
        event,
        ctx,
        occurred=instant(event.get("timestamp"), ctx.now),
        key=key,
        provider_id=uuid,
        id=f"{uuid}:{status}" if is_ours else "",
        channel="voice",
        address=number(text(event, "to")),
    )


def _code(event: Mapping[str, Any]) -> str:
    """The code of an error, whose title it is, and the end of its type."""
    fragment, title = text(event, "error", "type").rpartition("#")[2], text(event, "error", "title")
    return fragment if fragment.isdecimal() else title if title.isdecimal() else ""
