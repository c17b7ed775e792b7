"""Plivo: SMS and MMS out; statuses with their price, and what people write, in.

Guarantee: Plivo takes no idempotency key and lists messages without their text, so a doubtful send is not
looked up: it is known by its receipts, whose URL has our key.

Read as stored copies on 2026-11-22, under https://docs.plivo.com/docs/messaging:
/api/message/send-a-message (request, answer), /api/message/message-status-callbacks (statuses),
/xml/request (inbound), /concepts/signature-validation; https://plivo.com/docs/messaging/troubleshooting/
error-codes, the codes from 50 on as https://www.plivo.com/blog/introducing-sms-error-codes had them;
plivo-python (signatures). The pages of messaging name the older signature, V2, which
covers neither query nor body: it is not believed. That calls carry V3 too, in ``X-Plivo-Signature-V3`` and
``…-Ma-V3``, is what public applications see and compute. Not verified: the zone of instants (taken for
UTC), the currency of prices (``currency``), code 900, and what an inbound MMS has beside its text. WhatsApp by
Plivo is not sent here: its pages on templates were not to be had.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import httpx

from unichannel.core.messaging.content import Content, Mms, Sms
from unichannel.core.messaging.sms import segments
from unichannel.errors import ConfigurationError, MalformedWebhook
from unichannel.ports import Abilities, Answer, Context, Conversation, Outbound, Outcome, Receipt, Received, Request
from unichannel.providers._shared.faults import Fault, accepted, blames, table
from unichannel.providers._shared.phones import Keywords, cost
from unichannel.providers._shared.reading import body_of, instant, text, told
from unichannel.providers._shared.signing import basic_login, check, fits, several
from unichannel.providers._shared.single import Errors, key_of
from unichannel.providers._shared.talking import Unfit
from unichannel.providers._shared.texting import Senders, TextCodec, bare, captioned, form_of, number
from unichannel.providers._shared.writing import post

__all__ = ["ERRORS", "STATUSES", "Plivo"]

ERRORS = table(
    ("configuration", "Plivo does not accept the credentials: check auth_id and auth_token.", ("http_401",)),
    ("configuration", "Plivo does not know the account: check auth_id and base_url.", ("http_404",)),
    ("configuration", "the sender is not one of this account, or cannot send: check sender.", (40,)),
    ("configuration", "the account is out of credit.", (900,)),
    ("opted_out", "the person opted out; Plivo refuses the number.", (200,)),
    ("dead", "the number is none.", (50,)),
    ("dead", "the number is not in service.", (70,)),
    ("permanent", "Plivo cannot use the message: a value is missing or wrong.", ("http_400",)),
    ("permanent", "the carrier could not use the message.", (10, 60, 110)),
    ("permanent", "the carrier's network had a fault.", (20, 90)),
    ("permanent", "the carrier took it for spam, or its network refuses it.", (30, 100, 201)),
    ("permanent", "the handset could not be reached.", (80,)),
    ("permanent", "nobody knows the reason.", (1000,)),
)
"""By a receipt's ``ErrorCode``; a refusal at once has no code but its status."""

STATUSES: Mapping[str, str] = {
    "queued": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "failed": "failed",
    "undelivered": "bounced",
    "rejected": "rejected",
}
"""Kinds of receipt by ``Status``."""

_GSM, _UNICODE = 1_600, 737
_HAPPENED = ("DeliveryReportTime", "SentTime", "QueuedTime", "MessageTime")
_NOTHING = Answer(200, {"Content-Type": "text/xml"}, b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>')


class Plivo(TextCodec):
    """SMS and MMS through Plivo, from a number, a name, or a Powerpack (``powerpack``: its UUID).

    ``auth_token`` may be several for a rotation: the first one sends, any verifies. ``currency``: that of
    the account, in which prices are told. ``keywords``: your own opt-out words. ``extra`` is added to each
    message (``{"message_expiry": 600}``). ``errors``: meaning and reason by code, before ``ERRORS``. Its
    calls come by POST. Raises ConfigurationError for settings that cannot work.
    """

    contents = (Sms, Mms)
    can: ClassVar[Abilities] = Abilities(
        frozenset({"delivered", "bounced", "replied"}),
        takes=frozenset({"media"}),
        signature="HMAC-SHA256",
        inbound=True,
        media=True,
        tells_cost=True,
    )
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        auth_id: str,
        auth_token: str | Sequence[str],
        *,
        sender: Senders = "",
        powerpack: str = "",
        currency: str = "USD",
        keywords: Keywords | None = None,
        extra: Mapping[str, Any] | None = None,
        errors: Errors | None = None,
        name: str = "plivo",
        base_url: str = "https://api.plivo.com",
    ) -> None:
        self._tokens = several(auth_token, "auth_token")
        self._powerpack, self._currency = powerpack, currency
        super().__init__(name, base_url, sender or powerpack, hears=True, keywords=keywords, extra=extra, errors=errors)
        if not (auth_id and self._tokens):
            raise ConfigurationError("Plivo has no login.", thing="auth_id", mend="Give auth_id and auth_token.")
        self._url = f"{self._base_url}/v1/Account/{auth_id}/Message/"
        self._login = basic_login(auth_id, self._tokens[0])

    def _message(self, outbound: Outbound, sender: str, ctx: Context) -> httpx.Request:
        pooled = sender == self._powerpack != ""
        message = {
            "powerpack_uuid" if pooled else "src": bare(sender),
            "dst": bare(outbound.address),
            "type": outbound.channel,
            **form_of(_FORMS, outbound.content)(outbound.content),
            "url": ctx.callback_url,
            "method": "POST" if ctx.callback_url else "",
        }
        return post(self._url, {**message, **self._extra}, Authorization=self._login)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "message_uuid", 0) or text(body, "message_uuid"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return ()

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Read a status or a person's message, which is answered with nothing to say; both by POST."""
        yield from ()
        if request.method.upper() != "POST":
            return Received(answer=Answer(405, {"Allow": "POST"}))
        body_of(request, self.name)
        self._verify(request, ctx)
        return Received(tuple(self._receipts(request, ctx)), _NOTHING)

    def _verify(self, request: Request, ctx: Context) -> None:
        """V3 signs URL, form and nonce; a header may hold several signatures, for several tokens."""
        given = [request.header(f"X-Plivo-Signature-{name}") for name in ("V3", "Ma-V3")]
        nonce = request.header("X-Plivo-Signature-V3-Nonce")
        signed = f"{_signed(request)}.{nonce}".encode("utf-8", "surrogateescape")
        expected = [base64.b64encode(hmac.digest(token.encode(), signed, "sha256")) for token in self._tokens]
        found = fits(expected, [one.strip() for header in given for one in header.split(",")])
        check(bool(nonce) and found, self.name, "X-Plivo-Signature-V3")

    def _receipts(self, request: Request, ctx: Context) -> Sequence[Receipt]:
        event = _form_of(request, self.name)
        if text(event, "Status"):
            return [self._status(event, ctx, key_of(request))]
        if text(event, "MessageUUID") and text(event, "From"):
            return self._inbound(event, ctx)
        return [told("unknown", event, ctx, key=key_of(request), channel="")]

    def _status(self, event: Mapping[str, Any], ctx: Context, key: str) -> Receipt:
        status, code = text(event, "Status").lower(), text(event, "ErrorCode").lstrip("0")
        fault = self._faults.get(code)
        return told(
            STATUSES.get(status, "unknown"),
            event,
            ctx,
            occurred=_happened(event, ctx),
            key=key,
            provider_id=text(event, "MessageUUID"),
            id=f"{text(event, 'MessageUUID')}:{status}",
            channel=text(event, "Type") or "sms",
            address=number(text(event, "To")),
            code=code,
            reason=fault.reason if fault else "",
            cost=cost(text(event, "TotalAmount"), self._currency),
            **blames(fault),
        )

    def _inbound(self, event: Mapping[str, Any], ctx: Context) -> Sequence[Receipt]:
        return self._heard(
            event,
            ctx,
            words=text(event, "Text"),
            id=text(event, "MessageUUID"),
            provider_id=text(event, "MessageUUID"),
            channel=text(event, "Type") or "sms",
            address=number(text(event, "From")),
        )


def _sms(content: Sms) -> Mapping[str, Any]:
    most = _GSM if segments(content.text).encoding == "gsm7" else _UNICODE
    if len(content.text) > most:
        raise Unfit(f"Plivo takes {most:,} characters of this text.")
    return {"text": content.text}


def _mms(content: Mms) -> Mapping[str, Any]:
    if content.subject:
        raise Unfit("Plivo takes no subject of an MMS.")
    return {"text": content.text, "media_urls": [captioned(one).url for one in content.media]}


_FORMS: Mapping[type[Content], Callable[[Any], Mapping[str, Any]]] = {Sms: _sms, Mms: _mms}


# webhooks


def _signed(request: Request) -> str:
    """What V3 signs before the nonce: the URL, its query by name, the form by name and value."""
    base, _, query = request.url.partition("#")[0].partition("?")
    asked = "&".join(f"{name}={value}" for name, value in _sorted(query))
    form = "".join(name + value for name, value in _sorted(request.body.decode("utf-8", "surrogateescape")))
    return f"{base}{'?' if asked or form else ''}{asked}{'.' if asked and form else ''}{form}"


def _sorted(written: str) -> list[tuple[str, str]]:
    return sorted(parse_qsl(written, keep_blank_values=True, errors="surrogateescape"))


def _form_of(request: Request, thing: str) -> Mapping[str, str]:
    """The form of a call; raises MalformedWebhook for what is none in UTF-8."""
    try:
        pairs = parse_qsl(request.body.decode("utf-8"), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise MalformedWebhook("the body is no form in UTF-8.", thing=thing) from error
    if not pairs:
        raise MalformedWebhook("the body is empty.", thing=thing)
    return dict(pairs)


def _happened(event: Mapping[str, Any], ctx: Context) -> int:
    """The latest instant that it tells of."""
    return next((at for name in _HAPPENED if (at := instant(event.get(name), 0))), ctx.now)
