"""Infobip: e-mails by its e-mail API, delivery reports and tracking events by webhooks.

Guarantee: each attempt goes out under an id of ours, and a doubtful send is looked up by it in Infobip's logs, which
reach back for 48 hours. Our key comes back with each report as callback data. Of an HTML and a text Infobip sends the
HTML only.

Read as stored copies on 2026-11-22: Infobip's OpenAPI 3.210.0 of 2026-07-23 (email/4/messages, email/4/logs, the
webhooks receive-email-delivery-reports and receive-email-tracking-reports), as github.com/api-evangelist/infobip has
it in openapi/_original/infobip-email-openapi.json, and the same fields in infobip-api-python-client 6.0.0; the codes
of https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes, as that repository lists
them in errors/infobip-error-codes.yml. Not verified: which subscriptions push the tracking events; how soon an
e-mail stands in the logs; whether a second e-mail with an id is refused, as a second SMS is; what becomes of
``{{…}}`` in a text, which is Infobip's own sign of a placeholder; when a tracked event happened, of which only the
instant of its sending is told, so that it counts from its arrival. Replies come as forms, and are not read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.core.messaging.content import Attachment
from unichannel.ports import Abilities, Context, Conversation, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Errors, Fault, blames, table
from unichannel.providers._shared.infobip import REFUSALS, answered, checked_url, codes_of, id_of, in_logs, kind_of
from unichannel.providers._shared.letters import DELIVERY, Letter, MailCodec
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import check_basic, several
from unichannel.providers._shared.writing import post

__all__ = ["BOUNCED", "DROPPED", "ERRORS", "EVENTS", "InfobipEmail"]

DROPPED = table(
    ("opted_out", "the person unsubscribed before.", ("EC_UNSUBSCRIBED_EMAIL_ADDRESS",)),
    ("opted_out", "the person complained before.", ("EC_SUPPRESSED_SPAM_COMPLAINT",)),
    ("dead", "it bounced before.", ("EC_SUPPRESSED_BOUNCE",)),
    ("dead", "there is no such domain: it is known for a slip of the pen.", ("EC_RECIPIENT_DOMAIN_TYPO",)),
    (
        "configuration",
        "the sender is not verified: check its domain at Infobip.",
        ("EC_SENDER_ADDRESS_INVALID", "EC_SENDER_DOMAIN_UNVERIFIED", "EC_SINGLE_SENDER_NOT_VERIFIED"),
    ),
    (
        "configuration",
        "Infobip blocked the sender's domain.",
        ("EC_SENDER_DOMAIN_BOUNCE_BLOCKED", "EC_BLOCKED_SUSPICIOUS_ACTIVITY"),
    ),
    ("configuration", "the sender's domain has no pool of addresses.", ("EC_NO_IP_POOL_ASSIGNED",)),
    ("configuration", "the account may send no more: register a domain.", ("EC_SINGLE_SENDER_TRAFFIC_EXCEEDED",)),
    ("retry", "the sender may send no more today.", ("EC_SENDER_WARMUP", "EC_WARMUP")),
    ("retry", "too much at once.", ("EC_SAFETY_RATE_LIMIT", "EC_MAILBOX_PROVIDER_RATE_LIMIT")),
    ("permanent", "the receiver's service denied access.", ("EC_ACCESS_DENIED_BY_MAILBOX_PROVIDER",)),
    ("permanent", "Infobip takes it for spam.", ("EC_SPAM_DETECTED",)),
    ("permanent", "a placeholder is wrong.", ("EC_EMAIL_PLACEHOLDERS_ERROR", "EC_EMAIL_TEMPLATE_LANGUAGE_ERROR")),
    ("permanent", "it has more than 150 links that are tracked.", ("EC_EMAIL_TOO_MANY_URLS",)),
    ("permanent", "Infobip cannot use the message.", ("EC_REQUEST_INVALID", "EC_EMAIL_INVALID_HEADERS")),
)
"""By the ``name`` of an error: what Infobip did not send."""

BOUNCED = table(
    ("dead", "hard bounce", ("EC_HARD_BOUNCE",)),
    ("dead", "there is no such mailbox.", ("EC_INVALID_EMAIL_ADDRESS",)),
    ("permanent", "the domain takes no mail.", ("EC_RECIPIENT_DOMAIN_MX_NOT_FOUND",)),
    ("permanent", "the receiver's service is gone.", ("EC_MAILBOX_PERMANENTLY_UNAVAILABLE",)),
    ("permanent", "soft bounce", ("EC_SOFT_BOUNCE", "EC_MAILBOX_TEMPORARY_UNAVAILABLE")),
    ("permanent", "the mailbox is full.", ("EC_RECIPIENT_INBOX_FULL",)),
    (
        "permanent",
        "the receiver blocks the sender.",
        ("EC_SENDER_IP_BLACKLISTED", "EC_SENDER_DOMAIN_BLACKLISTED", "EC_SUSPICIOUS_SENDER"),
    ),
    (
        "permanent",
        "the receiver takes it for spam.",
        ("EC_SPAM_REVERTED", "EC_SUSPICIOUS_CONTENT", "EC_UNSOLICITED_RECIPIENT"),
    ),
    ("permanent", "the receiver's policy forbids it.", ("EC_RECIPIENT_DOMAIN_POLICY_ERROR",)),
    (
        "configuration",
        "the sender's domain lacks DKIM, SPF or DMARC.",
        ("EC_DOMAIN_CONFIGURATION_ERROR", "EC_DMARC_POLICY_ISSUE"),
    ),
    ("permanent", "Infobip failed.", ("EC_INTERNAL_SYSTEM_ERROR",)),
)
"""By the ``name`` of an error: what was sent and did not arrive. Only what surely is no mailbox is dead."""

_ANSWERED = table(
    ("configuration", "the account's free trial is over.", ("REJECTED_FREE_TRIAL_EXCEEDED",)),
    ("retry", "Infobip failed.", ("REJECTED_INTERNAL_ERROR",)),
    ("dead", "the address is no mailbox.", ("REJECTED_DESTINATION",)),
    (
        "permanent",
        "Infobip cannot use the message: the sender or a header is wrong.",
        ("REJECTED_VALIDATION_FAILED", "REJECTED_DATA_TRANSFORMATION_FAILED"),
    ),
)

ERRORS: Mapping[str, Fault] = {**REFUSALS, **_ANSWERED, **DROPPED, **BOUNCED}
"""By the code of a refusal, the ``name`` of a status, and that of an error."""

EVENTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "OPENED": ("opened", {}),
    "CLICKED": ("clicked", {}),
    "COMPLAINED": ("complained", {}),
    "UNSUBSCRIBED": ("unsubscribed", {}),
    "LATE_BOUNCE": ("bounced", {"reason": "it bounced after it had been accepted"}),
}
"""Kinds of receipt by ``notificationType``, and what each says besides."""


class InfobipEmail(MailCodec):
    """E-mails through Infobip.

    ``base_url`` is the account's own (``https://xxxxx.api.infobip.com``). ``logins`` (``user:password``, one or
    several) are those of its subscriptions' webhooks; without them nothing is received. ``reports``: evidence that
    is asked for beside deliveries: opened, clicked; what is not named is switched off with each message, as Infobip
    tracks by default. ``errors``: meaning and reason by code, before ``ERRORS``. Raises ConfigurationError for
    settings that cannot work.
    """

    can: ClassVar[Abilities] = Abilities(DELIVERY, looks_up=True, signature="login", media=True)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        sender: str = "",
        logins: str | Sequence[str] = (),
        reports: Iterable[str] = (),
        errors: Errors | None = None,
        name: str = "infobip_email",
    ) -> None:
        self._logins = several(logins, "logins")
        self._authorization = f"App {several(api_key, 'api_key')[0]}"
        super().__init__(name, sender, checked_url(base_url), reports if self._logins else None, errors)

    def _message(self, letter: Letter, ctx: Context) -> httpx.Request:
        headers = json.dumps(dict(letter.headers), ensure_ascii=False) if letter.headers else ""
        to = {"destination": letter.to, "messageId": id_of(letter.key, letter.attempt)}
        message = {
            "sender": str(letter.sender),
            "destinations": [{"to": [to], "replyTo": letter.reply_to and letter.reply_to.email}],
            "content": {
                "subject": letter.subject,
                "text": letter.text,
                "html": letter.html,
                "headers": headers,
                "attachments": [_file(one, one.name) for one in letter.files],
                "inlineImages": [_file(one, one.cid) for one in letter.pictures],
            },
            "webhooks": {"callbackData": letter.key},
        }
        seen = {"trackOpens": bool(self._tracks("opened")), "trackClicks": bool(self._tracks("clicked"))}
        tracking = {"track": any(seen.values()), **seen}
        body = {"messages": [message], "options": {"tracking": tracking}}
        return post(f"{self._base_url}/email/4/messages", body, Authorization=self._authorization)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return answered(response, body, self._faults)

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return codes_of(body)

    def look_up(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
        """Look for any attempt in the logs; one that was refused does not count."""
        return (yield from in_logs(f"{self._base_url}/email/4/logs", self._authorization, outbound, ctx))

    def _verify(self, request: Request, ctx: Context) -> None:
        check_basic(request, self._logins, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        body = read_json(request.body, self.name)
        for event in objects(at(body, "results") or body):
            yield self._report(event, ctx) if "status" in event else _tracked(event, ctx)

    def _report(self, event: Mapping[str, Any], ctx: Context) -> Receipt:
        """What became of an e-mail. What Infobip did not send at all was rejected, whatever its status says."""
        status, error, id = text(event, "status", "name"), text(event, "error", "name"), text(event, "messageId")
        kind = "rejected" if error in DROPPED else kind_of(event)
        is_bad = kind in ("bounced", "failed", "rejected")
        code = next((name for name in (error, status) if name in self._faults), status)
        fault = self._faults.get(code) if is_bad else None
        return told(
            kind,
            event,
            ctx,
            occurred=instant(event.get("doneAt"), instant(event.get("sentAt"), ctx.now)),
            key=text(event, "callbackData"),
            provider_id=id,
            id=f"{id}:{status}:{error}" if id and status else "",
            address=text(event, "to"),
            code=code if is_bad else "",
            reason=fault.reason if fault else "",
            **blames(fault),
        )


def _tracked(event: Mapping[str, Any], ctx: Context) -> Receipt:
    kind, more = EVENTS.get(text(event, "notificationType"), ("unknown", {}))
    return told(
        kind,
        event,
        ctx,
        key=text(event, "callbackData"),
        provider_id=text(event, "messageId"),
        id=text(event, "eventId"),
        address=text(event, "recipient"),
        url=text(event, "url"),
        **more,
    )


def _file(one: Attachment, name: str) -> dict[str, str]:
    """A picture is known in the HTML by the name of its file, which is therefore its cid."""
    return {"type": "binary", "content": one.base64, "contentType": one.media_type, "fileName": name}
