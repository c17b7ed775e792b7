"""Mailjet: e-mails by Send API v3.1, events by webhooks behind a login.

Guarantee: Mailjet takes no idempotency key; a doubtful send is known by its events, which carry our key
as CustomID. Its webhooks are not signed: they prove themselves by a login in the webhook's URL.

Read as stored copies on 2026-11-22: https://documentation.mailjet.com/hc/en-us/articles/360043578154
(events, login, the 200 that is expected), the shapes of v3.1 in public clients (docs.rs/mailjet_client,
mailjet_api_wrapper), the errors of bounces as django-anymail maps https://dev.mailjet.com/guides/#events.
Not to be had, so from general knowledge of https://dev.mailjet.com/email/guides/send-api-v31/: codes of errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.core.messaging.content import Attachment
from unichannel.ports import Abilities, Context, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.letters import DELIVERY, Letter, MailCodec
from unichannel.providers._shared.reading import instant, is_proxy, objects, read_json, text, told
from unichannel.providers._shared.signing import basic_login, check_basic, several
from unichannel.providers._shared.writing import post

__all__ = ["BOUNCES", "ERRORS", "EVENTS", "Mailjet"]

ERRORS = table(
    ("configuration", "Mailjet does not accept the keys: check api_key and secret_key.", ("http_401", "mj-0002")),
    ("configuration", "the sender is not validated, or the account may not send.", ("http_403", "send-0008")),
    ("dead", "the address is no mailbox.", ("mj-0013",)),
    ("permanent", "Mailjet cannot use the message: a field is missing or wrong.", ("mj-0003", "mj-0004", "send-0003")),
)
"""What ErrorCode means (send-api-v31, "Send API Errors")."""

EVENTS: Mapping[str, str] = {
    "sent": "delivered",
    "open": "opened",
    "click": "clicked",
    "bounce": "bounced",
    "blocked": "rejected",
    "spam": "complained",
    "unsub": "unsubscribed",
}
"""Kinds of receipt by ``event``; "sent" is Mailjet's word for accepted by the far end."""

BOUNCES: Mapping[str, tuple[str, Mapping[str, bool]]] = {
    "user unknown": ("hard bounce", {"address_dead": True}),
    "mailbox inactive": ("hard bounce", {"address_dead": True}),
    "invalid domain": ("hard bounce", {"address_dead": True}),
    "no mail host": ("hard bounce", {"address_dead": True}),
    "typofix": ("the domain is mistyped", {"address_dead": True}),
    "quota exceeded": ("soft bounce", {}),
    "greylisted": ("still being tried", {}),
    "blacklisted": ("the address is on Mailjet's list", {"refused": True}),
    "preblocked": ("the address is on Mailjet's list", {"refused": True}),
    "spam reporter": ("the person complained before", {"refused": True}),
}
"""What ``error`` says of the address (webhooks, "Error values"); others are of the sender and the content."""


class Mailjet(MailCodec):
    """E-mails through Mailjet.

    ``logins``: what the webhook's URL has before its host (``user:password``), one or several;
    without one nothing is received.
    ``reports``: evidence that is switched on there beside deliveries: opened, clicked.
    """

    can: ClassVar[Abilities] = Abilities(DELIVERY, signature="login", media=True)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        api_key: str,
        secret_key: str,
        *,
        sender: str = "",
        logins: str | Sequence[str] = (),
        reports: Iterable[str] = (),
        name: str = "mailjet",
        base_url: str = "https://api.mailjet.com",
    ) -> None:
        super().__init__(name, sender, base_url, reports if logins else None)
        self._login = basic_login(several(api_key, "api_key")[0], several(secret_key, "secret_key")[0])
        self._logins = several(logins, "logins")

    def _message(self, letter: Letter, ctx: Context) -> httpx.Request:
        message = {
            "From": letter.sender.as_object("Email", "Name"),
            "To": [{"Email": letter.to}],
            "ReplyTo": letter.reply_to and letter.reply_to.as_object("Email", "Name"),
            "Subject": letter.subject,
            "TextPart": letter.text,
            "HTMLPart": letter.html,
            "Headers": dict(letter.headers),
            "Attachments": [_attached(one) for one in letter.files],
            "InlinedAttachments": [{**_attached(one), "ContentID": one.cid} for one in letter.pictures],
            "CustomID": letter.key,
            "TrackOpens": self._tracks("opened") and "enabled",
            "TrackClicks": self._tracks("clicked") and "enabled",
        }
        return post(f"{self._base_url}/v3.1/send", {"Messages": [message]}, Authorization=self._login)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "Messages", 0, "To", 0, "MessageID"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        about = text(body, "Messages", 0, "Errors", 0, "ErrorRelatedTo", 0)
        code = text(body, "Messages", 0, "Errors", 0, "ErrorCode") or text(body, "ErrorCode")
        return ["mj-0003"] if code == "mj-0013" and not about.startswith("To") else [code]

    def _verify(self, request: Request, ctx: Context) -> None:
        check_basic(request, self._logins, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        for event in objects(read_json(request.body, self.name)):
            kind, error = EVENTS.get(text(event, "event"), "unknown"), text(event, "error")
            reason, of_address = BOUNCES.get(error, ("", {}))
            if error == "greylisted" and event.get("hard_bounce") is not True:
                kind = "deferred"
            yield told(
                kind,
                event,
                ctx,
                occurred=instant(event.get("time"), ctx.now),
                key=text(event, "CustomID"),
                provider_id=text(event, "MessageID"),
                address=text(event, "email"),
                code=error,
                machine=kind == "opened" and is_proxy(text(event, "agent")),
                url=text(event, "url"),
                **({"reason": reason, **of_address} if kind in ("bounced", "rejected") else {}),
            )


def _attached(one: Attachment) -> dict[str, str]:
    return {"ContentType": one.media_type, "Filename": one.name, "Base64Content": one.base64}
