"""Firebase Cloud Messaging, HTTP v1: notifications to devices and, by way of Apple, to those of Apple.

Guarantee: FCM takes no idempotency key, cannot be asked for a message, and tells nothing afterwards: a
doubtful send is decided by its category. What it tells at once is that a token is dead. Our key goes with
the app's values (``unichannel_key``), so that the app can tell what was opened.

Read as stored copies on 2026-11-22: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
(request, in Google's discovery document too) and /docs/reference/fcm/rest/v1/ErrorCode,
https://firebase.google.com/docs/cloud-messaging/error-codes (examples of errors) and /scale-fcm (Retry-After).
From general knowledge: https://developers.google.com/identity/protocols/oauth2/service-account (the token).
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, cast
from urllib.parse import quote

import httpx

from unichannel.core.messaging.content import Push
from unichannel.core.words.instant import HOUR, SECOND
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Conversation, Outbound, Outcome
from unichannel.providers._shared.crypto import rs256, rsa_key
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.jws import compact
from unichannel.providers._shared.oauth import access_token, exchange
from unichannel.providers._shared.pushing import kept_for, values
from unichannel.providers._shared.reading import at, objects, text
from unichannel.providers._shared.single import Codec, Errors
from unichannel.providers._shared.writing import filled, json_post

__all__ = ["ERRORS", "Fcm"]

ERRORS = table(
    ("dead", "the app is gone from the device, or its token is none.", ("UNREGISTERED", "INVALID_ARGUMENT/token")),
    ("permanent", "FCM cannot use the notification: a value is wrong, or it is too large.", ("INVALID_ARGUMENT",)),
    ("configuration", "the token belongs to another project: check service_account.", ("SENDER_ID_MISMATCH",)),
    (
        "configuration",
        "FCM does not accept the service account: check service_account and that the API is enabled.",
        ("UNAUTHENTICATED", "PERMISSION_DENIED"),
    ),
    ("configuration", "FCM does not know the project: check service_account.", ("NOT_FOUND",)),
    ("configuration", "Apple's key in the Firebase project is missing or wrong.", ("THIRD_PARTY_AUTH_ERROR",)),
    ("retry", "FCM is asked for too much at once.", ("QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED")),
    ("retry", "FCM is not available now.", ("UNAVAILABLE",)),
)
"""By ``errorCode``, else ``status`` (ErrorCode; error-codes). ``INVALID_ARGUMENT/token`` is one about the token."""

PAUSE = 60.0
"""Seconds to wait after a 429 that names none (ErrorCode, QUOTA_EXCEEDED: at least a minute)."""

_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_NO_TOKEN = "The registration token is not a valid FCM registration token"  # noqa: S105 -- error-codes, example 2
_NEEDED = ("project_id", "client_email", "private_key")


class Fcm(Codec):
    """Notifications through Firebase Cloud Messaging.

    ``service_account`` is the JSON that the Firebase console gives, as text or as a mapping. Its key signs
    (RS256) what is exchanged for a token, which is kept for as long as it holds. ``errors``: meaning and
    reason by code, before ``ERRORS``. Needs the extra ``crypto``. Raises ConfigurationError for an account
    that is none.
    """

    contents = (Push,)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        service_account: str | Mapping[str, Any],
        *,
        errors: Errors | None = None,
        name: str = "fcm",
        base_url: str = "https://fcm.googleapis.com",
    ) -> None:
        super().__init__(name, base_url, errors)
        account = _account(service_account)
        self.abilities = Abilities()
        self.project = account["project_id"]
        self._issuer, self._key_id = account["client_email"], str(account.get("private_key_id") or "")
        self._key = rsa_key(account["private_key"])
        self._token_url = str(account.get("token_uri") or "https://oauth2.googleapis.com/token")

    def send(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome]:
        """Send it with a token that holds, got first where there is none."""
        request = self._prepared(outbound, ctx)
        if isinstance(request, Outcome):
            return request
        token = yield from self._token(ctx)
        if isinstance(token, Outcome):
            return token
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            ctx.tokens[self._cached] = ("", 0)
        outcome = self._outcome(response, ctx)
        unsaid = response.status_code == 429 and outcome.retry_after is None
        return replace(outcome, retry_after=PAUSE) if unsaid else outcome

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request:
        content = cast("Push", outbound.content)
        message = filled(
            {
                "token": outbound.address,
                "notification": {"title": content.title, "body": content.body, "image": content.image},
                "android": _android(content, kept_for(outbound, content, ctx.now)),
                "apns": _apns(outbound, content, ctx.now),
            }
        )
        said = {name: _written(value) for name, value in values(outbound, content).items()}
        url = f"{self._base_url}/v1/projects/{quote(self.project, safe=':')}/messages:send"
        return json_post(url, {"message": {**message, "data": said}}, {})

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "name"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        details = objects(at(body, "error", "details") or [])
        named = [text(one, "errorCode") for one in details] + [text(body, "error", "status")]
        fields = [text(one, "field") for detail in details for one in objects(at(detail, "fieldViolations") or [])]
        is_token = "message.token" in fields or text(body, "error", "message") == _NO_TOKEN
        return ["INVALID_ARGUMENT/token", *named] if is_token and "INVALID_ARGUMENT" in named else named

    @property
    def _cached(self) -> str:
        return f"{self.name}:{self._issuer}"

    def _token(self, ctx: Context) -> Generator[httpx.Request, httpx.Response, str | Outcome]:
        refused = "Google does not accept the service account: check it, and the server's clock."
        return access_token(ctx, self._cached, lambda: self._exchange(ctx), refused, "Google gives no token now.")

    def _exchange(self, ctx: Context) -> httpx.Request:
        seconds = ctx.now // SECOND
        header = {"alg": "RS256", "typ": "JWT", **({"kid": self._key_id} if self._key_id else {})}
        times = {"iat": seconds, "exp": seconds + HOUR // SECOND}
        claims = {"iss": self._issuer, "scope": _SCOPE, "aud": self._token_url, **times}
        assertion = compact(header, claims, lambda signed: rs256(self._key, signed))
        return exchange(self._token_url, {"grant_type": _GRANT, "assertion": assertion})


def _account(written: str | Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        given: Any = json.loads(written) if isinstance(written, str) else written
    except ValueError:
        given = None
    account: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    is_one = all(isinstance(account.get(name), str) for name in _NEEDED)
    if not is_one or not str(account.get("token_uri") or "https://").startswith("https://"):
        raise ConfigurationError(
            "the service account is none.", thing="service_account", mend="Give the JSON that the console gives."
        )
    return account


def _android(content: Push, seconds: int | None) -> dict[str, Any]:
    """``collapse_key`` replaces what waits, ``tag`` what is shown."""
    shown = {"sound": content.sound, "tag": content.collapse_key, "notification_count": content.badge}
    ttl = None if seconds is None else f"{seconds}s"
    return {"collapse_key": content.collapse_key, "ttl": ttl, "notification": shown}


def _apns(outbound: Outbound, content: Push, now: int) -> dict[str, Any]:
    seconds = kept_for(outbound, content, now)
    ends = None if seconds is None else str(now // SECOND + seconds if seconds else 0)
    aps = {"sound": content.sound, "badge": content.badge, "mutable-content": 1 if content.image else None}
    return {
        "headers": {"apns-collapse-id": content.collapse_key, "apns-expiration": ends},
        "payload": {"aps": aps},
        "fcm_options": {"image": content.image},
    }


def _written(value: Any) -> str:
    """FCM's values are texts; another one goes as its JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
