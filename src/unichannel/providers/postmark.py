"""Postmark: e-mails by the Email API, events and replies by webhooks behind a login.

Guarantee: Postmark takes no idempotency key; a doubtful send is known by its events, which carry our
key as metadata. Its webhooks are not signed: they prove themselves by a login in the webhook's URL.

Read as stored copies on 2026-11-22, under https://postmarkapp.com: /developer/user-guide/sending-with-api
(request), /developer/api/overview#error-codes (errors; the list as gist abhijit-hota/27f385c8 has it),
/email-webhooks (events); types of bounces and replies as django-anymail reads /developer/api/bounce-api and
/developer/webhooks. From general knowledge: the codes of message streams.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.core.messaging.content import Attachment
from unichannel.ports import Abilities, Context, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, failure, table
from unichannel.providers._shared.letters import DELIVERY, Letter, MailCodec, inbound
from unichannel.providers._shared.reading import at, instant, is_proxy, objects, read_json, text, told
from unichannel.providers._shared.signing import check_basic, several
from unichannel.providers._shared.writing import KEY, post

__all__ = ["BOUNCES", "ERRORS", "EVENTS", "Postmark"]

ERRORS = table(
    ("configuration", "Postmark does not accept the token: check server_token.", (10,)),
    ("configuration", "the sender's signature is unknown or not confirmed.", (400, 401)),
    ("configuration", "the account may not send, or is out of credits: ask Postmark.", (405, 412, 413)),
    ("configuration", "the message stream is unknown: check stream.", (1226, 1235, 1236)),
    ("retry", "Postmark is being maintained.", (100,)),
    ("retry", "Postmark is asked for too much at once.", (429,)),
    ("opted_out", "Postmark refuses the address after a hard bounce, a complaint or an opt-out.", (406,)),
    ("permanent", "Postmark cannot use the message: an address or a field is wrong.", (300,)),
    ("permanent", "Postmark cannot read the request.", (402, 403, 409)),
    ("permanent", "Postmark takes no such attachment.", (411,)),
)
"""What ErrorCode means (overview#error-codes); HTTP statuses are not among its numbers."""

EVENTS: Mapping[str, str] = {
    "Delivery": "delivered",
    "Open": "opened",
    "Click": "clicked",
    "SpamComplaint": "complained",
    "Inbound": "inbound",
}
"""Kinds of receipt by RecordType; Bounce and SubscriptionChange say more by their fields."""

BOUNCES: Mapping[str, tuple[str, str]] = {
    "HardBounce": ("bounced", "hard bounce"),
    "BadEmailAddress": ("rejected", "the address is no mailbox"),
    "SoftBounce": ("bounced", "soft bounce"),
    "DnsError": ("bounced", "the domain could not be found"),
    "Blocked": ("bounced", "blocked by the receiver"),
    "DMARCPolicy": ("bounced", "refused by the sender's DMARC policy"),
    "SpamNotification": ("bounced", "taken for spam"),
    "VirusNotification": ("bounced", "taken for a virus"),
    "Unknown": ("bounced", "of unknown kind"),
    "Transient": ("deferred", "still being tried"),
    "SpamComplaint": ("complained", ""),
    "ManuallyDeactivated": ("rejected", "switched off in the account"),
    "Unconfirmed": ("rejected", "not confirmed"),
    "SMTPApiError": ("failed", "the request was wrong"),
    "TemplateRenderingFailed": ("failed", "the template was wrong"),
    "Unsubscribe": ("unsubscribed", ""),
    "Subscribe": ("subscribed", ""),
}
"""Kinds of receipt by a bounce's Type; automatic answers and tests are unknown."""

_SUPPRESSIONS = {"HardBounce": "bounced", "SpamComplaint": "complained", "ManualSuppression": "unsubscribed"}
_DEAD = frozenset({"HardBounce", "BadEmailAddress"})
_WHEN = ("DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt")


class Postmark(MailCodec):
    """E-mails through Postmark.

    ``logins``: what the webhook's URL has before its host (``user:password``), one or several;
    without one nothing is received. ``stream``: the message stream.
    ``reports``: evidence that is switched on there beside deliveries: opened, clicked, replied.
    """

    can: ClassVar[Abilities] = Abilities(DELIVERY, signature="login", inbound=True, media=True)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        server_token: str,
        *,
        sender: str = "",
        logins: str | Sequence[str] = (),
        stream: str = "outbound",
        reports: Iterable[str] = (),
        name: str = "postmark",
        base_url: str = "https://api.postmarkapp.com",
    ) -> None:
        super().__init__(name, sender, base_url, reports if logins else None)
        self._token, self._logins = several(server_token, "server_token")[0], several(logins, "logins")
        self.stream = stream

    def _message(self, letter: Letter, ctx: Context) -> httpx.Request:
        message = {
            "From": str(letter.sender),
            "To": letter.to,
            "ReplyTo": letter.reply_to and str(letter.reply_to),
            "Subject": letter.subject,
            "TextBody": letter.text,
            "HtmlBody": letter.html,
            "Headers": [{"Name": name, "Value": value} for name, value in letter.headers],
            "Attachments": letter.attached(_attached),
            "Metadata": {KEY: letter.key},
            "MessageStream": self.stream,
            "TrackOpens": self._tracks("opened"),
            "TrackLinks": self._tracks("clicked") and "HtmlAndText",
        }
        return post(f"{self._base_url}/email", message, X_Postmark_Server_Token=self._token)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        code = text(body, "ErrorCode")
        if code in self.faults:
            return failure(self.faults[code], code)
        return accepted(response, text(body, "MessageID"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(body, "ErrorCode")]

    def _verify(self, request: Request, ctx: Context) -> None:
        check_basic(request, self._logins, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        for event in objects(read_json(request.body, self.name)):
            kind, why = _kind(event)
            if kind == "inbound":
                yield from _inbound(event, ctx)
                continue
            sort = text(event, "Type") or text(event, "SuppressionReason")
            yield told(
                kind,
                event,
                ctx,
                occurred=next((instant(event[name], ctx.now) for name in _WHEN if name in event), ctx.now),
                key=text(event, "Metadata", KEY),
                provider_id=text(event, "MessageID"),
                id=f"{kind}:{text(event, 'ID')}" if text(event, "ID") else "",
                address=text(event, "Email") or text(event, "Recipient"),
                code=sort,
                reason=why,
                address_dead=sort in _DEAD and kind in ("bounced", "rejected"),
                refused=sort == "ManuallyDeactivated",
                machine=kind == "opened" and is_proxy(text(event, "UserAgent")),
                url=text(event, "OriginalLink"),
            )


def _kind(event: Mapping[str, Any]) -> tuple[str, str]:
    record = text(event, "RecordType")
    if record == "Bounce":
        return BOUNCES.get(text(event, "Type"), ("unknown", ""))
    if record == "SubscriptionChange":
        stops = event.get("SuppressSending") is True
        return (_SUPPRESSIONS.get(text(event, "SuppressionReason"), "unknown") if stops else "subscribed"), ""
    return EVENTS.get(record, "inbound" if not record and "FromFull" in event else "unknown"), ""


def _inbound(event: Mapping[str, Any], ctx: Context) -> Iterable[Receipt]:
    headers = {text(one, "Name"): text(one, "Value") for one in objects(at(event, "Headers") or [])}
    answer = text(event, "StrippedTextReply") or text(event, "TextBody")
    return inbound(event, ctx, headers, text(event, "FromFull", "Email"), answer, text(event, "MessageID"))


def _attached(one: Attachment) -> dict[str, str]:
    inside = {"ContentID": f"cid:{one.cid}"} if one.cid else {}
    return {"Name": one.name, "Content": one.base64, "ContentType": one.media_type, **inside}
