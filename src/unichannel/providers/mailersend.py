"""MailerSend: e-mails by its API, events and replies by signed webhooks.

Guarantee: MailerSend takes no idempotency key; a doubtful send is known by its events. It has no metadata:
our key goes and comes back as a tag.

Read on 2026-11-22: django-anymail's codec and recorded payloads (request, warnings, signature, events of both
versions, replies), which cites https://developers.mailersend.com/api/v1/webhooks.html#security. The pages
of https://developers.mailersend.com themselves were not to be had: fields of errors are from general knowledge.
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
from unichannel.providers._shared.signing import check, fits, hexadecimal, several
from unichannel.providers._shared.writing import post

__all__ = ["ERRORS", "EVENTS", "MailerSend"]

ERRORS = table(
    ("configuration", "MailerSend does not accept the token: check api_token.", ("http_401",)),
    ("configuration", "the token may not send, or the account is limited.", ("http_403",)),
    ("configuration", "the sender's domain is not verified.", ("from.email",)),
    ("dead", "the address is no mailbox.", ("to.0.email",)),
    ("opted_out", "MailerSend has the address on its suppression list.", ("ALL_SUPPRESSED",)),
    ("permanent", "MailerSend cannot use the message: a field is missing or wrong.", ("http_422",)),
)
"""What MailerSend's statuses, fields (``errors``) and warnings mean (api/v1/email.html, general.html)."""

EVENTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "sent": ("sent", {}),
    "delivered": ("delivered", {}),
    "deferred": ("deferred", {}),
    "soft_bounced": ("bounced", {"reason": "soft bounce"}),
    "hard_bounced": ("bounced", {"reason": "hard bounce", "address_dead": True}),
    "suppressed": ("rejected", {"reason": "the address is on MailerSend's list", "refused": True}),
    "opened": ("opened", {}),
    "opened_unique": ("opened", {}),
    "clicked": ("clicked", {}),
    "clicked_unique": ("clicked", {}),
    "spam_complaint": ("complained", {}),
    "spam_complaints": ("complained", {}),
    "unsubscribed": ("unsubscribed", {}),
}
"""Kinds of receipt by ``data.type``, and what each says of the address."""

_TAG = "unichannel:"


class MailerSend(MailCodec):
    """E-mails through MailerSend.

    ``secrets`` (one or several): signing secrets of the webhook and of the inbound route; without one
    nothing is received. Headers of the message need a plan that takes them.
    ``reports``: evidence that is switched on there beside deliveries: opened, clicked, replied.
    """

    can: ClassVar[Abilities] = Abilities(DELIVERY, signature="HMAC-SHA256", inbound=True, media=True)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        api_token: str,
        *,
        sender: str = "",
        secrets: str | Sequence[str] = (),
        reports: Iterable[str] = (),
        name: str = "mailersend",
        base_url: str = "https://api.mailersend.com",
    ) -> None:
        super().__init__(name, sender, base_url, reports if secrets else None)
        self._token, self._secrets = several(api_token, "api_token")[0], several(secrets, "secrets")

    def _message(self, letter: Letter, ctx: Context) -> httpx.Request:
        message = {
            "from": letter.sender.as_object(),
            "to": [{"email": letter.to}],
            "reply_to": letter.reply_to and letter.reply_to.as_object(),
            "subject": letter.subject,
            "text": letter.text,
            "html": letter.html,
            "headers": [{"name": name, "value": value} for name, value in letter.headers],
            "attachments": letter.attached(_attached),
            "tags": [_TAG + letter.key],
            "settings": {"track_opens": self._tracks("opened"), "track_clicks": self._tracks("clicked")},
        }
        return post(f"{self._base_url}/v1/email", message, Authorization=f"Bearer {self._token}")

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        if text(body, "warnings", 0, "type") == "ALL_SUPPRESSED":
            return failure(self.faults["ALL_SUPPRESSED"], "ALL_SUPPRESSED")
        return accepted(response, response.headers.get("X-Message-Id", ""))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        errors = at(body, "errors")
        return list(errors) if isinstance(errors, Mapping) else []

    def _verify(self, request: Request, ctx: Context) -> None:
        expected = [hexadecimal(secret, request.body) for secret in self._secrets]
        check(fits(expected, [request.header("Signature")]), self.name, "Signature")

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        for event in objects(read_json(request.body, self.name)):
            sort = text(event, "type")
            if sort == "inbound.message":
                yield from _inbound(event, ctx)
            elif sort != "webhook.test":
                yield _event(event, ctx)


def _event(event: Mapping[str, Any], ctx: Context) -> Receipt:
    """An activity, of version 2 (flat) or 1 (with ``email`` and ``morph`` inside)."""
    data, first = at(event, "data"), at(event, "data", "email")
    kind, more = EVENTS.get(text(data, "type"), ("unknown", {}))
    tags = at(first or data, "tags")
    detail = at(data, "meta") or at(data, "morph")
    return told(
        kind,
        event,
        ctx,
        occurred=instant(at(data, "created_at"), instant(event.get("created_at"), ctx.now)),
        key=_key(tags if isinstance(tags, list) else []),
        provider_id=text(first, "message", "id") or text(data, "message_id"),
        id=text(data, "id"),
        address=text(first, "recipient", "email") or text(data, "recipient"),
        code=text(detail, "bounce_code"),
        url=text(detail, "url"),
        **{"machine": kind == "opened" and is_proxy(text(detail, "user_agent")), **more},
    )


def _key(tags: Iterable[Any]) -> str:
    return next((tag.removeprefix(_TAG) for tag in map(text, tags) if tag.startswith(_TAG)), "")


def _inbound(event: Mapping[str, Any], ctx: Context) -> Iterable[Receipt]:
    data, headers = at(event, "data"), at(event, "data", "headers")
    named = {name: text(value) for name, value in headers.items()} if isinstance(headers, Mapping) else {}
    sender = text(data, "from", "email") or text(data, "sender", "email")
    return inbound(event, ctx, named, sender, text(data, "text"), text(data, "id"))


def _attached(one: Attachment) -> dict[str, str]:
    inside = {"disposition": "inline", "id": one.cid} if one.cid else {"disposition": "attachment"}
    return {"filename": one.name, "content": one.base64, **inside}
