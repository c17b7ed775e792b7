"""Brevo: transactional e-mails, events and replies by webhooks behind a login.

Guarantee: Brevo remembers an idempotency key (a UUID, made of ours) for 30 minutes and refuses a second
message with it. That refusal does not say whether the first was accepted, so it stays a doubt. Events
carry our key as X-Mailin-custom.

Read as stored copies on 2026-11-22, under https://developers.brevo.com:
/docs/heterogenous-versions-batch-emails (request, idempotency; the older /changelog says 15 minutes),
/docs/transactional-webhooks and /reference/gettransacemailcontent (events). Replies as django-anymail
reads /docs/inbound-parse-webhooks. Not to be had, so from general knowledge: the other codes of errors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

import httpx

from unichannel.ports import Abilities, Context, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.letters import DELIVERY, Letter, MailCodec, inbound
from unichannel.providers._shared.reading import at, instant, is_proxy, objects, read_json, text, told
from unichannel.providers._shared.signing import check_basic, several
from unichannel.providers._shared.writing import post

__all__ = ["ERRORS", "EVENTS", "Brevo"]

ERRORS = table(
    ("configuration", "Brevo does not accept the key: check api_key and its allowed addresses.", ("unauthorized",)),
    ("configuration", "the account may not send: ask Brevo.", ("account_under_validation", "permission_denied")),
    ("configuration", "the account is out of credits.", ("not_enough_credits", "reseller_permission_denied")),
    ("doubt", "an earlier try with this key reached Brevo.", ("duplicate_parameter", "duplicate_request")),
    ("permanent", "Brevo cannot use the message.", ("invalid_parameter", "missing_parameter", "out_of_range")),
)
"""What ``code`` means (docs/how-it-works, "Error codes"; sendtransacemail)."""

EVENTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "request": ("queued", {}),
    "sent": ("queued", {}),
    "delivered": ("delivered", {}),
    "deferred": ("deferred", {}),
    "soft_bounce": ("bounced", {"reason": "soft bounce"}),
    "hard_bounce": ("bounced", {"reason": "hard bounce", "address_dead": True}),
    "invalid_email": ("rejected", {"reason": "the address is no mailbox", "address_dead": True}),
    "blocked": ("rejected", {"reason": "the address is on Brevo's list", "refused": True}),
    "error": ("failed", {}),
    "opened": ("opened", {}),
    "unique_opened": ("opened", {}),
    "proxy_open": ("opened", {"machine": True}),
    "unique_proxy_open": ("opened", {"machine": True}),
    "click": ("clicked", {}),
    "spam": ("complained", {}),
    "complaint": ("complained", {}),
    "unsubscribed": ("unsubscribed", {}),
    "unsubscribe": ("unsubscribed", {}),
    "list_addition": ("subscribed", {}),
}
"""Kinds of receipt by ``event``, and what each says of the address."""


class Brevo(MailCodec):
    """E-mails through Brevo.

    ``logins``: what the webhook's URL has before its host (``user:password``), one or several;
    without one nothing is received.
    ``reports``: evidence that is switched on there beside deliveries: opened, clicked, replied.
    """

    can: ClassVar[Abilities] = Abilities(
        DELIVERY, takes_key=1800, takes=frozenset({"attachments"}), signature="login", inbound=True, media=True
    )
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        api_key: str,
        *,
        sender: str = "",
        logins: str | Sequence[str] = (),
        reports: Iterable[str] = (),
        name: str = "brevo",
        base_url: str = "https://api.brevo.com",
    ) -> None:
        super().__init__(name, sender, base_url, reports if logins else None)
        self._api_key, self._logins = several(api_key, "api_key")[0], several(logins, "logins")

    def _message(self, letter: Letter, ctx: Context) -> httpx.Request:
        ours = {"idempotencyKey": _uuid(letter.key), "X-Mailin-custom": letter.key}
        message = {
            "sender": letter.sender.as_object(),
            "to": [{"email": letter.to}],
            "replyTo": letter.reply_to and letter.reply_to.as_object(),
            "subject": letter.subject,
            "textContent": letter.text,
            "htmlContent": letter.html,
            "headers": {**dict(letter.headers), **ours},
            "attachment": [{"name": one.name, "content": one.base64} for one in letter.files],
        }
        return post(f"{self._base_url}/v3/smtp/email", message, api_key=self._api_key)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "messageId").strip("<>"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(body, "code")]

    def _verify(self, request: Request, ctx: Context) -> None:
        check_basic(request, self._logins, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        call = read_json(request.body, self.name)
        if isinstance(at(call, "items"), list):
            for item in objects(call["items"]):
                yield from _inbound(item, ctx)
            return
        for event in objects(call):
            kind, more = EVENTS.get(text(event, "event"), ("unknown", {}))
            is_machine = kind == "opened" and is_proxy(text(event, "user_agent"))
            yield told(
                kind,
                event,
                ctx,
                occurred=_when(event, ctx),
                key=text(event, "X-Mailin-custom"),
                provider_id=text(event, "message-id").strip("<>"),
                address=text(event, "email"),
                code=text(event, "event") if kind in ("bounced", "rejected", "failed") else "",
                url=text(event, "link"),
                **{"machine": is_machine, **more},
            )


def _when(event: Mapping[str, Any], ctx: Context) -> int:
    """Of ``ts_epoch``, in milliseconds, though the page's own examples have seconds; else of ``ts_event``."""
    epoch, seen = at(event, "ts_epoch"), instant(event.get("ts_event"), ctx.now)
    return instant(epoch, seen, unit=1000) if isinstance(epoch, int) and epoch > 10**11 else seen


def _inbound(item: Mapping[str, Any], ctx: Context) -> Iterable[Receipt]:
    headers = at(item, "Headers")
    named = {name: text(value) for name, value in headers.items()} if isinstance(headers, Mapping) else {}
    answer = text(item, "ExtractedMarkdownMessage") or text(item, "RawTextBody")
    return inbound(item, ctx, named, text(item, "From", "Address"), answer, text(item, "Uuid", 0))


def _uuid(key: str) -> str:
    """The UUID of a key, the same for every attempt."""
    return str(UUID(bytes=hashlib.blake2b(key.encode(), digest_size=16).digest(), version=4))
