"""OneSignal: notifications to the subscriptions of its SDK; events by an event stream.

Guarantee: OneSignal takes an idempotency key, a UUID, and knows it for 30 days; ours is made of the
delivery's key, so any request may be repeated. Events are found by OneSignal's id of the message.

An event stream's body is the host's to write. This codec reads ``BODY``: paste it there, with the header
``Authorization: Basic …`` of a login that is given here.

Read as stored copies on 2026-11-22, under https://documentation.onesignal.com: /reference/push-notification
(the OpenAPI description: request, answers), /reference/idempotent-notification-requests, /docs/event-streams-data
(events), /docs/event-webhooks (headers, "OneSignal does not provide encryption services"); and OneSignal's catalog
of errors, https://docs.rs/onesignal-rust-api/5.14.0/onesignal_rust_api/errors. Not verified in a page: the words
by which a wrong app id is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast
from uuid import NAMESPACE_URL, uuid5

import httpx

from unichannel.core.messaging.content import Push
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, failure, table
from unichannel.providers._shared.pushing import kept_for, values
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import check_basic, several
from unichannel.providers._shared.single import Codec, Errors
from unichannel.providers._shared.writing import filled, json_post

__all__ = ["BODY", "ERRORS", "EVENTS", "OneSignal"]

BODY = """{
  "id": "{{ event.id }}", "kind": "{{ event.kind }}", "timestamp": "{{ event.timestamp }}",
  "subscription": "{{ event.subscription_id }}", "message": "{{ message.id }}"
}"""
"""What the event stream is to send (/docs/event-streams-data names the values)."""

ERRORS = table(
    ("permanent", "the subscription is none, or does not take notifications now.", ("not_subscribed",)),
    ("dead", "the address is no subscription of OneSignal's.", ("subscription_id",)),
    ("configuration", "OneSignal does not know the app: check app_id.", ("app_id",)),
    ("configuration", "OneSignal does not accept the key: check api_key.", ("http_401", "http_403")),
    ("permanent", "OneSignal cannot use the notification.", ("http_400",)),
    ("retry", "OneSignal is asked for too much at once.", ("http_429",)),
)
"""By what the answer's words name (/reference/push-notification, "400"; the catalog), else by its status.
A subscription that is off may be switched on again, so it is not blamed."""

EVENTS: Mapping[str, str] = {
    "message.push.sent": "sent",
    "message.push.received": "delivered",
    "message.push received": "delivered",
    "message.push.clicked": "clicked",
    "message.push.failed": "failed",
    "message.push.unsubscribed": "unsubscribed",
}
"""Kinds of receipt by ``event.kind``; the second is spelt as one version of the page has it."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SWITCHED = frozenset({"delivered", "opened", "clicked"})
_DAY = 86_400


class OneSignal(Codec):
    """Notifications through OneSignal, to subscription ids.

    ``logins`` (``user:password``, one or several) prove the event stream's calls; without one nothing is
    received. ``reports``: what it tells of: taps (opened, clicked), and ``delivered`` where Confirmed
    Delivery is switched on. ``errors``: meaning and reason by code, before ``ERRORS``.
    """

    contents = (Push,)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        app_id: str,
        api_key: str,
        *,
        logins: str | Sequence[str] = (),
        reports: Iterable[str] = ("opened", "clicked"),
        errors: Errors | None = None,
        name: str = "onesignal",
        base_url: str = "https://api.onesignal.com",
    ) -> None:
        super().__init__(name, base_url, errors)
        self.app_id, self._api_key = app_id, several(api_key, "api_key")[0]
        self._logins, switched = several(logins, "logins"), frozenset(reports)
        if not _UUID.fullmatch(app_id):
            raise ConfigurationError("app_id is no app's.", thing="app_id", mend="Give the UUID of Keys & IDs.")
        if switched - _SWITCHED:
            raise ConfigurationError(
                "reports names what it cannot tell of.", thing="reports", mend="Give delivered, opened, clicked."
            )
        self.abilities = Abilities(switched if self._logins else frozenset(), takes_key=30 * _DAY, signature="login")

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request | Outcome:
        content = cast("Push", outbound.content)
        if not _UUID.fullmatch(outbound.address):
            return Outcome.failed("no_subscription", "the address is no subscription id of OneSignal's.")
        is_web = content.url.startswith(("https://", "http://"))
        message = filled(
            {
                "app_id": self.app_id,
                "target_channel": "push",
                "include_subscription_ids": [outbound.address],
                "idempotency_key": str(uuid5(NAMESPACE_URL, f"unichannel:{outbound.key}")),
                "headings": {"en": content.title},
                "contents": {"en": content.body},
                **_pictures(content.image),
                "url" if is_web else "app_url": content.url,
                "ios_sound": content.sound,
                "ios_badgeType": None if content.badge is None else "SetTo",
                "ios_badgeCount": content.badge,
                "collapse_id": content.collapse_key,
                "ttl": kept_for(outbound, content, ctx.now),
            }
        )
        headers = {"Authorization": f"Key {self._api_key}"}
        return json_post(
            f"{self._base_url}/notifications?c=push", {**message, "data": values(outbound, content)}, headers
        )

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        """A message's id; an empty one, or our subscription among the invalid ones, is a message to nobody."""
        named = at(body, "errors", "invalid_player_ids") or []
        if text(body, "id") and not named:
            return accepted(response, text(body, "id"))
        if at(body, "errors"):
            return failure(self._faults["not_subscribed"], "not_subscribed", raw={"status": response.status_code})
        return accepted(response, "")

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        said = at(body, "errors")
        words = " ".join(one for one in said if isinstance(one, str)) if isinstance(said, list) else ""
        return [name for name in ("subscription_id", "app_id") if name in words]

    def _verify(self, request: Request, ctx: Context) -> None:
        check_basic(request, self._logins, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Sequence[Receipt]:
        return [self._receipt(event, ctx) for event in objects(read_json(request.body, self.name))]

    def _receipt(self, event: Mapping[str, Any], ctx: Context) -> Receipt:
        kind = EVENTS.get(text(event, "kind"), "unknown")
        return told(
            kind,
            event,
            ctx,
            occurred=instant(event.get("timestamp"), ctx.now),
            channel="push",
            id=text(event, "id"),
            provider_id=text(event, "message"),
            address=text(event, "subscription"),
        )


def _pictures(url: str) -> dict[str, Any]:
    """A picture under the name that each platform has for it."""
    names = ("big_picture", "huawei_big_picture", "adm_big_picture", "chrome_web_image")
    return {"ios_attachments": {"id": url}, **dict.fromkeys(names, url)} if url else {}
