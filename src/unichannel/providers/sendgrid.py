"""Twilio SendGrid: e-mails by Mail Send v3, events by the signed Event Webhook.

Guarantee: SendGrid takes no idempotency key; a doubtful send is known by its events, which carry our
key as a custom argument. Suppressions are told by a "dropped" event after acceptance, not by a refusal.

Read as stored copies on 2026-11-22, under https://www.twilio.com/docs/sendgrid:
/api-reference/mail-send/mail-send and /api-reference/mail-send/errors (request, errors),
/for-developers/tracking-events/event (events),
/for-developers/tracking-events/getting-started-event-webhook-security-features (signature).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.core.messaging.content import Attachment
from unichannel.core.words.instant import SECOND
from unichannel.ports import Abilities, Context, Outcome, Receipt, Request
from unichannel.providers._shared.crypto import ec_key, ec_signed
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.letters import DELIVERY, Letter, MailCodec
from unichannel.providers._shared.reading import at, instant, is_proxy, objects, read_json, text, told
from unichannel.providers._shared.signing import check, check_fresh, several
from unichannel.providers._shared.writing import KEY, post

__all__ = ["ERRORS", "EVENTS", "SendGrid"]

ERRORS = table(
    ("configuration", "SendGrid does not accept the key: check api_key.", ("http_401",)),
    ("configuration", "the account is out of credits.", ("credits",)),
    ("configuration", "the key may not send, or the sender is not verified.", ("http_403", "from", "from.email")),
    ("dead", "the address is no mailbox.", ("personalizations.0.to.0.email",)),
    ("permanent", "the message is larger than 30 MB.", ("http_413",)),
)
"""What SendGrid's errors mean (api-reference/mail-send/errors). They have no codes but the field they name."""

EVENTS: Mapping[str, str] = {
    "processed": "queued",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounced",
    "dropped": "rejected",
    "open": "opened",
    "click": "clicked",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
    "group_resubscribe": "subscribed",
}
"""Kinds of receipt by ``event``."""

_DROPPED: Mapping[str, Mapping[str, bool]] = {
    "Bounced Address": {"address_dead": True},
    "Invalid": {"address_dead": True},
    "Unsubscribed Address": {"refused": True},
    "Spam Reporting Address": {"refused": True},
}
_AFTER_ID = re.compile(r"\.(filter|recvd)")


class SendGrid(MailCodec):
    """E-mails through SendGrid.

    ``public_key`` (or several): the verification key of the Event Webhook; without one nothing is
    received. ``max_age``: seconds that a signed call may be old; SendGrid tries for a day. Needs the
    extra ``crypto`` to receive.
    ``reports``: evidence that is switched on there beside deliveries: opened, clicked.
    """

    can: ClassVar[Abilities] = Abilities(DELIVERY, signature="ECDSA P-256", media=True)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        api_key: str,
        *,
        sender: str = "",
        public_key: str | Sequence[str] = (),
        max_age: int = 90_000,
        reports: Iterable[str] = (),
        name: str = "sendgrid",
        base_url: str = "https://api.sendgrid.com",
    ) -> None:
        super().__init__(name, sender, base_url, reports if public_key else None)
        self._api_key = several(api_key, "api_key")[0]
        self._public_keys = tuple(ec_key(one) for one in several(public_key, "public_key"))
        self._max_age = max_age * SECOND

    def _message(self, letter: Letter, ctx: Context) -> httpx.Request:
        message = {
            "personalizations": [{"to": [{"email": letter.to}]}],
            "from": letter.sender.as_object(),
            "reply_to": letter.reply_to and letter.reply_to.as_object(),
            "subject": letter.subject,
            "content": [
                {"type": kind, "value": value}
                for kind, value in (("text/plain", letter.text), ("text/html", letter.html))
                if value
            ],
            "attachments": letter.attached(_attached),
            "headers": dict(letter.headers),
            "custom_args": {KEY: letter.key},
            "tracking_settings": {
                "open_tracking": {"enable": self._tracks("opened")},
                "click_tracking": {"enable": self._tracks("clicked")},
            },
        }
        return post(f"{self._base_url}/v3/mail/send", message, Authorization=f"Bearer {self._api_key}")

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, response.headers.get("X-Message-Id", ""))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        for error in objects(at(body, "errors") or []):
            yield "credits" if text(error, "message") == "Maximum credits exceeded" else text(error, "field")

    def _verify(self, request: Request, ctx: Context) -> None:
        stamp = request.header("X-Twilio-Email-Event-Webhook-Timestamp")
        signature = request.header("X-Twilio-Email-Event-Webhook-Signature")
        signed = stamp.encode("utf-8", "surrogateescape") + request.body
        found = [ec_signed(key, signature, signed) for key in self._public_keys]
        check(any(found), self.name, "X-Twilio-Email-Event-Webhook-Signature")
        check_fresh(stamp, ctx.now, self._max_age, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        for event in objects(read_json(request.body, self.name)):
            kind, why = EVENTS.get(text(event, "event"), "unknown"), text(event, "reason")
            yield told(
                kind,
                event,
                ctx,
                occurred=instant(event.get("timestamp"), ctx.now),
                key=text(event, KEY),
                provider_id=_AFTER_ID.split(text(event, "sg_message_id"))[0],
                id=text(event, "sg_event_id"),
                address=text(event, "email"),
                code=text(event, "status") or (why if why in _DROPPED else ""),
                machine=event.get("sg_machine_open") is True or is_proxy(text(event, "useragent")),
                url=text(event, "url"),
                **_of_address(kind, text(event, "type"), why),
            )


def _of_address(kind: str, sort: str, why: str) -> Mapping[str, Any]:
    """What it says of the address; a "blocked" bounce is the receiver's refusal of this one message."""
    if kind == "bounced":
        return {"reason": "soft bounce"} if sort == "blocked" else {"reason": "hard bounce", "address_dead": True}
    return _DROPPED.get(why, {}) if kind == "rejected" else {}


def _attached(one: Attachment) -> dict[str, str]:
    inside = {"disposition": "inline", "content_id": one.cid} if one.cid else {"disposition": "attachment"}
    return {"content": one.base64, "type": one.media_type, "filename": one.name, **inside}
