"""Apple Push Notification service: notifications to devices of Apple, by HTTP/2 and a token of ours.

Guarantee: APNs takes no idempotency key, cannot be asked for a notification, and tells nothing afterwards: a
doubtful send is decided by its category. What it tells at once is that a device's token is dead. Our key goes
with the app's values (``unichannel_key``), so that the app can tell what was opened.

Read as stored copies on 2026-11-22, under https://developer.apple.com/documentation/usernotifications:
/handling-notification-responses-from-apns (statuses and reasons), /sending-notification-requests-to-apns (headers)
and /establishing-a-token-based-connection-to-apns (the token; anew after 20 to 60 minutes).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, cast
from urllib.parse import quote

import httpx

from unichannel.core.messaging.content import Push
from unichannel.core.messaging.content.push import MOST_BYTES
from unichannel.core.words.instant import MINUTE, SECOND
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Conversation, Outbound, Outcome
from unichannel.providers._shared.crypto import ec_private, es256
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.http2 import need_http2
from unichannel.providers._shared.jws import compact
from unichannel.providers._shared.pushing import kept_for, values
from unichannel.providers._shared.quiet import QuietRequest
from unichannel.providers._shared.reading import text
from unichannel.providers._shared.single import Codec, Errors
from unichannel.providers._shared.writing import filled

__all__ = ["ERRORS", "Apns"]

ERRORS = table(
    ("dead", "the app is gone from the device.", ("Unregistered", "ExpiredToken")),
    ("permanent", "the device's token is none, or of the other environment: check sandbox.", ("BadDeviceToken",)),
    ("permanent", "the device's token is missing.", ("MissingDeviceToken",)),
    ("configuration", "the token belongs to another app: check topic.", ("DeviceTokenNotForTopic",)),
    ("configuration", "APNs does not take the topic: check topic.", ("BadTopic", "MissingTopic", "TopicDisallowed")),
    (
        "configuration",
        "APNs does not accept the key: check key, key_id, team_id and sandbox.",
        (
            "InvalidProviderToken",
            "MissingProviderToken",
            "Forbidden",
            "BadEnvironmentKeyInToken",
            "BadEnvironmentKeyIdInToken",
            "UnrelatedKeyIdInToken",
            "BadCertificate",
            "BadCertificateEnvironment",
        ),
    ),
    ("configuration", "APNs does not know the path: check base_url.", ("BadPath", "MethodNotAllowed")),
    ("permanent", "the notification has more than 4,096 bytes.", ("PayloadTooLarge",)),
    ("permanent", "APNs cannot use the notification.", ("PayloadEmpty", "BadCollapseId", "BadMessageId")),
    ("permanent", "APNs cannot use a header.", ("BadExpirationDate", "BadPriority", "DuplicateHeaders")),
    ("permanent", "APNs cannot use a header.", ("InvalidPushType",)),
    ("retry", "our token is too old: the next one is new.", ("ExpiredProviderToken",)),
    ("retry", "APNs was given a new token too soon.", ("TooManyProviderTokenUpdates",)),
    ("retry", "APNs is asked for too much for this device.", ("TooManyRequests",)),
    ("retry", "the connection stood idle.", ("IdleTimeout",)),
    ("retry", "APNs is not available now.", ("ServiceUnavailable", "Shutdown")),
)
"""By ``reason`` (handling-notification-responses-from-apns). A token that is wrong may be of the other environment,
so that it is no proof of a dead address: only those that APNs once knew are."""

_LASTS = 50 * MINUTE
"""For how long a token is used: APNs refuses one older than an hour, and new ones before 20 minutes."""


class Apns(Codec):
    """Notifications through the Apple Push Notification service.

    ``key`` is the signing key (.p8) as text, ``key_id`` and ``team_id`` are its names there, ``topic`` is the
    app's bundle id. ``sandbox``: for apps that were signed for development. ``errors``: meaning and reason by
    code, before ``ERRORS``. Needs the extra ``push``. Raises ConfigurationError for a key that is none.
    """

    contents = (Push,)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        key: str,
        *,
        key_id: str,
        team_id: str,
        topic: str,
        sandbox: bool = False,
        errors: Errors | None = None,
        name: str = "apns",
        base_url: str = "",
    ) -> None:
        host = "api.sandbox.push.apple.com" if sandbox else "api.push.apple.com"
        super().__init__(name, base_url or f"https://{host}", errors)
        need_http2()
        for what, given in (("key_id", key_id), ("team_id", team_id), ("topic", topic)):
            if not given:
                raise ConfigurationError(f"{what} is empty.", thing=what, mend="Give it as Apple's account shows it.")
        self.abilities = Abilities(http2=True)
        self.topic = topic
        self._key, self._key_id, self._team_id = ec_private(key), key_id, team_id

    def send(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome]:
        """Send it with a token that holds."""
        request = self._prepared(outbound, ctx)
        if isinstance(request, Outcome):
            return request
        request.headers["Authorization"] = f"bearer {self._token(ctx)}"
        outcome = self._outcome((yield request), ctx)
        if outcome.code == "ExpiredProviderToken":
            ctx.tokens.pop(self._cached, None)
        return outcome

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request | Outcome:
        content = cast("Push", outbound.content)
        body = json.dumps(_payload(outbound, content), ensure_ascii=False, separators=(",", ":")).encode()
        if len(body) > MOST_BYTES:
            return Outcome.failed("PayloadTooLarge", f"with our key it has {len(body):,} bytes; {MOST_BYTES:,} go.")
        url = f"{self._base_url}/3/device/{quote(outbound.address, safe='')}"
        return QuietRequest("POST", url, headers=self._headers(outbound, content, ctx.now), content=body)

    def _headers(self, outbound: Outbound, content: Push, now: int) -> dict[str, str]:
        seconds = kept_for(outbound, content, now)
        ends = "" if seconds is None else str(now // SECOND + seconds if seconds else 0)
        headers = {
            "Content-Type": "application/json",
            "apns-topic": self.topic,
            "apns-push-type": "alert",
            "apns-id": str(uuid.uuid5(uuid.NAMESPACE_URL, outbound.key)),
            "apns-expiration": ends,
            "apns-collapse-id": content.collapse_key,
        }
        if not content.collapse_key.isascii():
            raise ValueError("a header holds ASCII")
        return {name: value for name, value in headers.items() if value}

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, response.headers.get("apns-id", ""))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(body, "reason")]

    @property
    def _cached(self) -> str:
        return f"{self.name}:{self._key_id}"

    def _token(self, ctx: Context) -> str:
        token, until = ctx.tokens.get(self._cached, ("", 0))
        if not token or ctx.now >= until:
            header = {"alg": "ES256", "kid": self._key_id}
            claims = {"iss": self._team_id, "iat": ctx.now // SECOND}
            token = compact(header, claims, lambda signed: es256(self._key, signed))
            ctx.tokens[self._cached] = (token, ctx.now + _LASTS)
        return token


def _payload(outbound: Outbound, content: Push) -> dict[str, Any]:
    """What the app is given; a picture is fetched by the app's own extension, which ``mutable-content`` wakes."""
    aps = {
        "alert": {"title": content.title, "body": content.body},
        "sound": content.sound,
        "badge": content.badge,
        "mutable-content": 1 if content.image else None,
    }
    return {"aps": filled(aps), **({"image": content.image} if content.image else {}), **values(outbound, content)}
