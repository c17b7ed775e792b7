"""Resend: e-mails by its API, events by webhooks signed in the way of Standard Webhooks (Svix).

Guarantee: Resend remembers our key (Idempotency-Key) for 24 hours and answers a second message with the
first one's id. The same key with another body is a 409: an earlier attempt went through. Events carry
our key as a tag.

Read as stored copies on 2026-11-22, under https://resend.com/docs: /dashboard/emails/idempotency-keys,
/api-reference/errors; events and request as django-anymail reads /dashboard/webhooks/event-types and
/api-reference/emails/send-email. The types of bounces are Amazon SES's, on which Resend sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.core.messaging.content import Attachment
from unichannel.ports import Abilities, Context, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.letters import DELIVERY, Letter, MailCodec
from unichannel.providers._shared.reading import at, instant, is_proxy, objects, read_json, text, told
from unichannel.providers._shared.signing import check_standard, several, standard_secret
from unichannel.providers._shared.writing import KEY, post

__all__ = ["ERRORS", "EVENTS", "Resend"]

ERRORS = table(
    (
        "configuration",
        "Resend does not accept the key: check api_key.",
        ("missing_api_key", "invalid_api_key", "restricted_api_key", "invalid_access"),
    ),
    ("configuration", "the sender's domain is not verified.", ("http_403", "invalid_from_address")),
    ("configuration", "Resend does not know this address of its API.", ("not_found", "method_not_allowed")),
    ("retry", "the account's quota of messages is used up.", ("daily_quota_exceeded", "monthly_quota_exceeded")),
    ("retry", "Resend is asked for too much at once.", ("rate_limit_exceeded",)),
    (
        "doubt",
        "an earlier try with this key reached Resend.",
        ("invalid_idempotent_request", "concurrent_idempotent_requests"),
    ),
    (
        "permanent",
        "Resend cannot use the message: a field is missing or wrong.",
        ("missing_required_field", "invalid_parameter", "invalid_attachment", "invalid_idempotency_key"),
    ),
)
"""What ``name`` means (api-reference/errors); validation_error is told apart by its status."""

EVENTS: Mapping[str, str] = {
    "email.scheduled": "queued",
    "email.sent": "sent",
    "email.delivered": "delivered",
    "email.delivery_delayed": "deferred",
    "email.bounced": "bounced",
    "email.suppressed": "rejected",
    "email.failed": "failed",
    "email.opened": "opened",
    "email.clicked": "clicked",
    "email.complained": "complained",
}
"""Kinds of receipt by ``type``."""


class Resend(MailCodec):
    """E-mails through Resend.

    ``secrets`` (one or several): the webhooks' signing secrets (``whsec_…``); without one nothing is received.
    ``reports``: evidence that is switched on there beside deliveries: opened, clicked.
    """

    can: ClassVar[Abilities] = Abilities(DELIVERY, takes_key=86_400, signature="Standard Webhooks", media=True)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        api_key: str,
        *,
        sender: str = "",
        secrets: str | Sequence[str] = (),
        reports: Iterable[str] = (),
        name: str = "resend",
        base_url: str = "https://api.resend.com",
    ) -> None:
        super().__init__(name, sender, base_url, reports if secrets else None)
        self._api_key = several(api_key, "api_key")[0]
        self._secrets = tuple(standard_secret(one) for one in several(secrets, "secrets"))

    def _message(self, letter: Letter, ctx: Context) -> httpx.Request:
        message = {
            "from": str(letter.sender),
            "to": [letter.to],
            "reply_to": letter.reply_to and str(letter.reply_to),
            "subject": letter.subject,
            "text": letter.text,
            "html": letter.html,
            "headers": dict(letter.headers),
            "attachments": letter.attached(_attached),
            "tags": [{"name": KEY, "value": letter.key}],
        }
        headers = {"Authorization": f"Bearer {self._api_key}", "Idempotency_Key": letter.key}
        return post(f"{self._base_url}/emails", message, **headers)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "id"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        name = text(body, "name")
        return [] if name == "validation_error" else [name]

    def _verify(self, request: Request, ctx: Context) -> None:
        check_standard(request, self._secrets, ctx.now, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        for event in objects(read_json(request.body, self.name)):
            kind, data = EVENTS.get(text(event, "type"), "unknown"), at(event, "data")
            bounce = text(data, "bounce", "type")
            yield told(
                kind,
                event,
                ctx,
                occurred=instant(event.get("created_at"), ctx.now),
                key=_tag(at(data, "tags")),
                provider_id=text(data, "email_id"),
                id=request.header("svix-id") or request.header("webhook-id"),
                address=text(data, "to", 0),
                code="/".join(filter(None, (bounce, text(data, "bounce", "subType")))),
                reason={"Permanent": "hard bounce", "Transient": "soft bounce"}.get(bounce, ""),
                address_dead=kind == "bounced" and bounce == "Permanent",
                refused=kind == "rejected",
                machine=kind == "opened" and is_proxy(text(data, "open", "userAgent")),
                url=text(data, "click", "link"),
            )


def _tag(tags: Any) -> str:
    """Our tag, whether tags come as an object or as they were sent."""
    listed = {text(one, "name"): text(one, "value") for one in objects(tags)} if isinstance(tags, list) else tags
    return text(listed, KEY)


def _attached(one: Attachment) -> dict[str, str]:
    return {"filename": one.name, "content": one.base64, "content_type": one.media_type, "content_id": one.cid}
