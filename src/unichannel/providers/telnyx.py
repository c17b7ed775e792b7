"""Telnyx: SMS and MMS out; receipts, replies and opt-outs in, signed by Ed25519.

Guarantee: Telnyx takes no idempotency key, and a message is looked up by its own id only: a doubtful send is
known by its receipts, which carry our key in the URL that is given with each message; else the category decides.

Read as stored copies on 2026-11-22, under https://developers.telnyx.com: /api-reference/messages/send-a-message
(request, answer, statuses as Telnyx's generated clients have them), /docs/messaging/messages/receiving-webhooks
and /api-reference/callbacks/inbound-message (webhooks), /docs/messaging/messages/error-codes with
https://support.telnyx.com/en/articles/6505121-telnyx-messaging-error-codes (errors),
/docs/messaging/messages/advanced-opt-in-out (``autoresponse_type``); telnyx-python's webhook_verification
(signature). That 40300 is a STOP only where its words say so is told by Telnyx's developer kit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast

import httpx

from unichannel.core.messaging.content import Mms, Sms
from unichannel.errors import MalformedWebhook
from unichannel.ports import Abilities, Context, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.crypto import ed25519_key, ed25519_signed
from unichannel.providers._shared.faults import Fault, accepted, blames, table
from unichannel.providers._shared.phones import (
    Keywords,
    answers,
    checked_keywords,
    cost,
    is_written_to,
    money,
    words_of,
)
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import WINDOW, check, check_fresh, several
from unichannel.providers._shared.single import Codec, Errors, key_of, no_sender
from unichannel.providers._shared.writing import post

__all__ = ["ERRORS", "STATUSES", "Telnyx"]

ERRORS = table(
    ("dead", "the number is none, a landline, or not routable.", (40001, 40012, 40310)),
    ("opted_out", "the person opted out; Telnyx refuses the number.", ("40300/STOP",)),
    ("configuration", "Telnyx does not accept the key: check api_key.", (10009, 10010, 20002, 20006)),
    (
        "configuration",
        "the Telnyx account may not send: verify it, or give it credit.",
        (20012, 20013, 20014, 20015, 20016, 20017, 20100, 40314),
    ),
    (
        "configuration",
        "the sender is not one of this account, or not usable: check sender.",
        (40013, 40100, 40150, 40151, 40300, 40305, 40306, 40308, 40315, 40320),
    ),
    ("configuration", "the sender is not registered: register it at Telnyx.", (40010, 40329)),
    (
        "configuration",
        "the messaging profile is unknown, off or without numbers: check profile.",
        (10005, 10006, 40311, 40312, 40313, 40321),
    ),
    ("configuration", "the country is not enabled on the messaging profile.", (40309,)),
    ("retry", "Telnyx or a carrier is asked for too much at once.", (10011, 40011, 40016, 40018, 40318)),
    ("permanent", "the number cannot be reached, or not by this kind of message.", (10001, 10002, 10016, 40301, 40319)),
    ("permanent", "a carrier or Telnyx filtered the message.", (40002, 40003, 40015, 40017, 40322)),
    ("permanent", "the carrier did not take the message.", (40004, 40006, 40008)),
    ("permanent", "the message waited longer than it is valid.", (40005, 40014)),
    (
        "permanent",
        "Telnyx cannot use the message: it is too long, or a part is wrong.",
        (10003, 10004, 10015, 40009, 40302, 40304, 40316, 40317, 40328),
    ),
)
"""What Telnyx's codes mean, of answers and of receipts alike (error-codes)."""

STATUSES: Mapping[str, str] = {
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivery_unconfirmed": "sent",
    "delivered": "delivered",
    "delivery_failed": "bounced",
    "sending_failed": "failed",
    "expired": "failed",
    "cancelled": "failed",
}
"""Kinds of receipt by the status of the recipient."""


class Telnyx(Codec):
    """SMS and MMS through Telnyx, from a number, a short code, a name, or the numbers of a messaging profile.

    ``profile`` is the id of a messaging profile, needed for a name and for a pool of numbers.
    ``public_keys`` (one or several, base64): the account's; without one nothing is received. ``keywords``
    are passed to ``read_opt_out`` for what Telnyx does not name. ``errors``: meaning and reason by code,
    before ``ERRORS``. Needs the extra ``crypto`` to receive.
    """

    contents = (Sms, Mms)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        api_key: str,
        *,
        sender: str = "",
        profile: str = "",
        public_keys: str | Sequence[str] = (),
        keywords: Keywords | None = None,
        errors: Errors | None = None,
        name: str = "telnyx",
        base_url: str = "https://api.telnyx.com",
    ) -> None:
        super().__init__(name, base_url, errors)
        self.sender, self._profile = sender, profile
        self._api_key = several(api_key, "api_key")[0]
        self._public_keys = tuple(ed25519_key(one) for one in several(public_keys, "public_keys"))
        self._keywords = checked_keywords(keywords)
        hears = bool(self._public_keys)
        inbound = hears and (is_written_to(sender) or not sender)
        reports = {"delivered", "bounced"} | ({"replied"} if inbound else set())
        self.abilities = Abilities(
            frozenset(reports if hears else ()), signature="Ed25519", inbound=inbound, media=True, tells_cost=True
        )

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request | Outcome:
        content = cast("Sms | Mms", outbound.content)
        sender = content.sender or self.sender
        if not (sender or self._profile):
            return no_sender(self)
        message: dict[str, Any] = {
            "from": sender,
            "messaging_profile_id": self._profile,
            "to": outbound.address,
            "text": words_of(content),
            "webhook_url": ctx.callback_url,
        }
        if isinstance(content, Mms):
            urls = [one.url for one in content.media]
            message |= {"type": "MMS", "subject": content.subject, "media_urls": urls}
        return post(f"{self._base_url}/v2/messages", message, Authorization=f"Bearer {self._api_key}")

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        data = at(body, "data")
        parts = at(data, "parts")
        units = parts if isinstance(parts, int) and not isinstance(parts, bool) and 0 < parts < 100 else None
        price = money(at(data, "cost", "amount"), at(data, "cost", "currency"))
        return accepted(response, text(data, "id"), units=units, cost=price)

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return _named(at(body, "errors"))

    def _verify(self, request: Request, ctx: Context) -> None:
        stamp, signature = request.header("telnyx-timestamp"), request.header("telnyx-signature-ed25519")
        signed = stamp.encode("utf-8", "surrogateescape") + b"|" + request.body
        matches = [ed25519_signed(key, signature, signed) for key in self._public_keys]
        check(any(matches), self.name, "telnyx-signature-ed25519")
        check_fresh(stamp, ctx.now, WINDOW, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Sequence[Receipt]:
        event = at(read_json(request.body, self.name), "data")
        payload = at(event, "payload")
        if not isinstance(payload, Mapping):
            raise MalformedWebhook("the call holds no event of Telnyx.", thing=self.name)
        if text(event, "event_type") == "message.received":
            return self._answered(event, payload, ctx)
        return [self._told(event, payload, key_of(request), ctx)]

    def _told(self, event: Mapping[str, Any], payload: Mapping[str, Any], key: str, ctx: Context) -> Receipt:
        recipient = next(iter(objects(payload.get("to") or [])), {})
        status = text(recipient, "status") if text(event, "event_type").startswith("message.") else ""
        codes = _named(payload.get("errors"))
        fault = next((self._faults[code] for code in codes if code in self._faults), None)
        return told(
            STATUSES.get(status, "unknown"),
            event,
            ctx,
            occurred=instant(event.get("occurred_at"), ctx.now),
            channel=text(payload, "type").lower() or "sms",
            id=text(event, "id"),
            key=key,
            provider_id=text(payload, "id"),
            address=text(recipient, "phone_number"),
            code=codes[-1] if codes else "",
            reason=fault.reason if fault else "",
            cost=cost(at(payload, "cost", "amount"), at(payload, "cost", "currency")),
            **blames(fault),
        )

    def _answered(self, event: Mapping[str, Any], payload: Mapping[str, Any], ctx: Context) -> list[Receipt]:
        """A STOP that Telnyx took itself it keeps itself, for the whole messaging profile."""
        wish = text(payload, "autoresponse_type").lower()
        return answers(
            event,
            ctx,
            text(payload, "text"),
            text(event, "id") or text(payload, "id"),
            wish=wish if wish in ("stop", "start", "help") else "",
            refused=wish == "stop",
            keywords=self._keywords,
            channel=text(payload, "type").lower() or "sms",
            occurred=instant(event.get("occurred_at"), ctx.now),
            provider_id=text(payload, "id"),
            address=text(payload, "from", "phone_number"),
        )


def _named(errors: Any) -> list[str]:
    """The first error's code, before it what its words make of it."""
    error = next(iter(objects(errors or [])), {})
    code = text(error, "code")
    is_stop = "STOP" in text(error, "title") + text(error, "detail")
    return [*([f"{code}/STOP"] if is_stop else []), *([code] if code else [])]
