"""Mailchimp Transactional (Mandrill): e-mails by its API, events and replies by signed webhooks.

Guarantee: Mandrill takes no idempotency key; a doubtful send is known by its events, which carry our key
as metadata.

Read as stored copies on 2026-11-22: https://mailchimp.com/developer/transactional/docs/webhooks/ (events,
format), https://mandrill.zendesk.com/hc/en-us/articles/360039232513 (signature) and 360038740594 (form), a
sample event in influxdata/telegraf, replies as django-anymail reads them. From general knowledge of
https://mailchimp.com/developer/transactional/api/messages/send-new-message/: request, answers, names of errors.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import httpx

from unichannel.core.messaging.content import Attachment
from unichannel.errors import MalformedWebhook
from unichannel.ports import Abilities, Context, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, failure, table
from unichannel.providers._shared.letters import DELIVERY, Letter, MailCodec, inbound
from unichannel.providers._shared.reading import at, instant, is_proxy, objects, read_json, text, told
from unichannel.providers._shared.signing import check, fits, several
from unichannel.providers._shared.writing import KEY, post

__all__ = ["ERRORS", "EVENTS", "Mandrill"]

ERRORS = table(
    ("configuration", "Mandrill does not accept the key: check api_key.", ("Invalid_Key", "http_401")),
    ("configuration", "the account may not send: ask Mailchimp.", ("PaymentRequired", "unsigned")),
    ("configuration", "the subaccount is unknown.", ("Unknown_Subaccount",)),
    ("retry", "Mandrill is not available now.", ("ServiceUnavailable",)),
    (
        "permanent",
        "Mandrill cannot read the message.",
        ("ValidationError", "invalid-sender", "rule", "test-mode-limit"),
    ),
    ("dead", "the address is no mailbox, or bounced before.", ("invalid", "hard-bounce")),
    ("permanent", "the address bounced lately.", ("soft-bounce", "recipient")),
    ("opted_out", "the person complained or unsubscribed before.", ("spam", "unsub", "custom")),
)
"""What an error's ``name`` and an answer's ``reject_reason`` mean (send-new-message, responses)."""

EVENTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "send": ("sent", {}),
    "delivered": ("delivered", {}),
    "deferral": ("deferred", {}),
    "hard_bounce": ("bounced", {"reason": "hard bounce", "address_dead": True}),
    "soft_bounce": ("bounced", {"reason": "soft bounce"}),
    "reject": ("rejected", {}),
    "open": ("opened", {}),
    "click": ("clicked", {}),
    "spam": ("complained", {}),
    "unsub": ("unsubscribed", {}),
}
"""Kinds of receipt by ``event``, and what each says of the address."""


class Mandrill(MailCodec):
    """E-mails through Mailchimp Transactional.

    ``webhook_key`` (or several): that of each webhook; without one nothing is received. The URL that
    Mandrill was given is part of the signature: hand it on as it was called.
    ``reports``: evidence that is switched on there beside deliveries: opened, clicked, replied.
    """

    can: ClassVar[Abilities] = Abilities(DELIVERY, signature="HMAC-SHA1 of URL and form", inbound=True, media=True)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        api_key: str,
        *,
        sender: str = "",
        webhook_key: str | Sequence[str] = (),
        reports: Iterable[str] = (),
        name: str = "mandrill",
        base_url: str = "https://mandrillapp.com/api/1.0",
    ) -> None:
        super().__init__(name, sender, base_url, reports if webhook_key else None)
        self._api_key, self._webhook_keys = several(api_key, "api_key")[0], several(webhook_key, "webhook_key")

    def _message(self, letter: Letter, ctx: Context) -> httpx.Request:
        reply_to = {"Reply-To": str(letter.reply_to)} if letter.reply_to else {}
        message = {
            "from_email": letter.sender.email,
            "from_name": letter.sender.name,
            "to": [{"email": letter.to, "type": "to"}],
            "subject": letter.subject,
            "text": letter.text,
            "html": letter.html,
            "headers": {**dict(letter.headers), **reply_to},
            "attachments": [_attached(one, one.name) for one in letter.files],
            "images": [_attached(one, one.cid) for one in letter.pictures],
            "metadata": {KEY: letter.key},
            "track_opens": self._tracks("opened"),
            "track_clicks": self._tracks("clicked"),
        }
        return post(f"{self._base_url}/messages/send", {"key": self._api_key, "message": message})

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        status, why = text(body, 0, "status"), text(body, 0, "reject_reason")
        if status in ("rejected", "invalid"):
            fault = self.faults.get(why or status, Fault("permanent", "Mandrill refuses the message."))
            return failure(fault, why or status, provider_id=text(body, 0, "_id"))
        return accepted(response, text(body, 0, "_id"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(body, "name")]

    def _verify(self, request: Request, ctx: Context) -> None:
        form = "".join(name + value for name, value in sorted(_form(request).items()))
        signed = (request.url + form).encode("utf-8", "surrogateescape")
        codes = [base64.b64encode(hmac.digest(key.encode(), signed, "sha1")) for key in self._webhook_keys]
        check(fits(codes, [request.header("X-Mandrill-Signature")]), self.name, "X-Mandrill-Signature")

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        if "mandrill_events" not in (form := _form(request)):
            raise MalformedWebhook("the form has no mandrill_events.", thing=self.name)
        for event in objects(read_json(form["mandrill_events"], self.name)):
            yield from _inbound(event, ctx) if text(event, "event") == "inbound" else (_event(event, ctx),)


def _form(request: Request) -> dict[str, str]:
    body = request.body.decode("utf-8", "surrogateescape")
    return dict(parse_qsl(body, keep_blank_values=True, errors="surrogateescape"))


def _event(event: Mapping[str, Any], ctx: Context) -> Receipt:
    kind, more = EVENTS.get(text(event, "event"), ("unknown", {}))
    message, why = at(event, "msg"), text(event, "msg", "bounce_description")
    id = f"{kind}:{text(event, '_id')}:{text(event, 'ts')}" if kind not in ("opened", "clicked", "unknown") else ""
    return told(
        kind,
        event,
        ctx,
        occurred=instant(event.get("ts"), ctx.now),
        key=text(message, "metadata", KEY),
        provider_id=text(event, "_id"),
        id=id,
        address=text(message, "email"),
        code=why if kind in ("bounced", "rejected") else "",
        url=text(event, "url"),
        **{"machine": kind == "opened" and is_proxy(text(event, "user_agent")), **more},
    )


def _inbound(event: Mapping[str, Any], ctx: Context) -> Iterable[Receipt]:
    message, headers = at(event, "msg"), at(event, "msg", "headers")
    named = {name: text(value) for name, value in headers.items()} if isinstance(headers, Mapping) else {}
    return inbound(event, ctx, named, text(message, "from_email"), text(message, "text"))


def _attached(one: Attachment, name: str) -> dict[str, str]:
    return {"type": one.media_type, "name": name, "content": one.base64}
