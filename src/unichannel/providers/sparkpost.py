"""SparkPost: e-mails by the Transmissions API, events and replies by batched webhooks behind a login.

Guarantee: SparkPost takes no idempotency key; a doubtful send is known by its events, which carry our key
as metadata. Its webhooks are not signed: they prove themselves by a login (basic authentication). A
suppressed address is told by a bounce after acceptance, not by a refusal.

Read as stored copies on 2026-11-22: https://support.sparkpost.com/docs/tech-resources/
preparing-for-async-suppressions (suppressions), statuses in a list of SparkPost's API errors, events as
django-anymail's tests have them from SparkPost's samples, bounce classes as Adobe Journey Optimizer's page
on the same engine lists them. Not to be had, so from general knowledge of
https://developers.sparkpost.com/api: the transmissions' fields and codes, and relay webhooks.
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

__all__ = ["CLASSES", "ERRORS", "EVENTS", "SparkPost"]

ERRORS = table(
    ("configuration", "SparkPost does not accept the key: check api_key and the region's base_url.", ("http_401",)),
    ("configuration", "the key may not send, or the account is limited.", ("http_403", "1000")),
    ("configuration", "the sender's domain is unknown or not verified.", ("7000", "7001", "7002")),
    ("retry", "the account's limit of messages is reached.", ("http_420", "2101")),
    ("opted_out", "SparkPost has the address on its suppression list.", ("1902/suppressed",)),
    ("dead", "the address is no mailbox.", ("5002", "5001")),
    ("permanent", "SparkPost refuses the message.", ("1902", "1300", "1400")),
)
"""What ``errors[].code`` means (api/transmissions)."""

EVENTS: Mapping[str, str] = {
    "injection": "queued",
    "delivery": "delivered",
    "delay": "deferred",
    "bounce": "bounced",
    "out_of_band": "bounced",
    "policy_rejection": "rejected",
    "generation_rejection": "rejected",
    "generation_failure": "failed",
    "open": "opened",
    "initial_open": "opened",
    "amp_open": "opened",
    "click": "clicked",
    "amp_click": "clicked",
    "spam_complaint": "complained",
    "list_unsubscribe": "unsubscribed",
    "link_unsubscribe": "unsubscribed",
}
"""Kinds of receipt by ``type``."""

CLASSES: Mapping[str, tuple[str, bool]] = {
    "1": ("of unknown kind", False),
    "10": ("hard bounce: no such mailbox", True),
    "20": ("soft bounce", False),
    "21": ("the domain could not be found", False),
    "22": ("the mailbox is full", False),
    "23": ("the message is too large", False),
    "24": ("soft bounce, to the end of all tries", False),
    "25": ("refused by SparkPost's own policy", False),
    "30": ("hard bounce: no recipient", True),
    "40": ("soft bounce", False),
    "50": ("blocked by the receiver", False),
    "51": ("blocked as spam", False),
    "52": ("blocked for its content", False),
    "53": ("blocked for its attachment", False),
    "54": ("the receiver does not relay", False),
    "70": ("soft bounce", False),
    "90": ("hard bounce: unsubscribed", True),
}
"""What ``bounce_class`` means, and whether the address is dead; 60, 80 and 100 are automatic answers."""

_ANSWERS = frozenset({"60", "80", "100"})


class SparkPost(MailCodec):
    """E-mails through SparkPost.

    ``logins``: those of the webhook's basic authentication (``user:password``), one or several; without
    one nothing is received. ``base_url`` is https://api.eu.sparkpost.com in the EU's region.
    ``reports``: evidence that is switched on there beside deliveries: opened, clicked, replied.
    """

    can: ClassVar[Abilities] = Abilities(DELIVERY, signature="login", inbound=True, media=True)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        api_key: str,
        *,
        sender: str = "",
        logins: str | Sequence[str] = (),
        reports: Iterable[str] = (),
        name: str = "sparkpost",
        base_url: str = "https://api.sparkpost.com",
    ) -> None:
        super().__init__(name, sender, base_url, reports if logins else None)
        self._api_key, self._logins = several(api_key, "api_key")[0], several(logins, "logins")

    def _message(self, letter: Letter, ctx: Context) -> httpx.Request:
        content = {
            "from": letter.sender.as_object(),
            "reply_to": letter.reply_to and str(letter.reply_to),
            "subject": letter.subject,
            "text": letter.text,
            "html": letter.html,
            "headers": dict(letter.headers),
            "attachments": [_attached(one, one.name) for one in letter.files],
            "inline_images": [_attached(one, one.cid) for one in letter.pictures],
        }
        message = {
            "recipients": [{"address": {"email": letter.to}}],
            "content": content,
            "metadata": {KEY: letter.key},
            "options": {"open_tracking": self._tracks("opened"), "click_tracking": self._tracks("clicked")},
        }
        return post(f"{self._base_url}/api/v1/transmissions", message, Authorization=self._api_key)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        if at(body, "results", "total_accepted_recipients") == 0:
            return failure(self.faults["5002"], "rejected_recipient")
        return accepted(response, text(body, "results", "id"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        for error in objects(at(body, "errors") or []):
            code, why = text(error, "code"), text(error, "description") + text(error, "message")
            yield f"{code}/suppressed" if "suppress" in why else code

    def _verify(self, request: Request, ctx: Context) -> None:
        check_basic(request, self._logins, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        for wrapped in objects(read_json(request.body, self.name)):
            found = at(wrapped, "msys")
            for sort, event in found.items() if isinstance(found, Mapping) else ():
                if isinstance(event, Mapping):
                    yield from _inbound(event, ctx) if sort == "relay_message" else (_event(event, ctx),)


def _event(event: Mapping[str, Any], ctx: Context) -> Receipt:
    kind, sort = EVENTS.get(text(event, "type"), "unknown"), text(event, "bounce_class")
    if kind == "bounced" and sort in _ANSWERS:
        kind = "unknown"
    reason, is_dead = CLASSES.get(sort, ("", False)) if kind == "bounced" else ("", False)
    return told(
        kind,
        event,
        ctx,
        occurred=instant(event.get("timestamp"), ctx.now),
        key=text(event, "rcpt_meta", KEY),
        provider_id=text(event, "transmission_id"),
        id=text(event, "event_id"),
        address=text(event, "raw_rcpt_to") or text(event, "rcpt_to"),
        code=sort or text(event, "error_code"),
        reason=reason,
        address_dead=is_dead,
        refused=kind in ("bounced", "rejected") and "suppressed" in text(event, "raw_reason") + text(event, "reason"),
        machine=kind == "opened" and is_proxy(text(event, "user_agent")),
        url=text(event, "target_link_url"),
    )


def _inbound(event: Mapping[str, Any], ctx: Context) -> Iterable[Receipt]:
    listed = at(event, "content", "headers")
    headers = {
        name: text(value)
        for header in (objects(listed) if isinstance(listed, list) else [])
        for name, value in header.items()
    }
    return inbound(event, ctx, headers, text(event, "friendly_from"), text(event, "content", "text"))


def _attached(one: Attachment, name: str) -> dict[str, str]:
    return {"name": name, "type": one.media_type, "data": one.base64}
