"""Web push: notifications in browsers, through the push service that each browser named in its subscription.

Guarantee: push services take no key and cannot be asked: a doubtful send is decided by its category. What
they tell at once is that a subscription is gone. Only the browser can read the text (RFC 8291). Our key goes with
the payload (``data.unichannel_key``), so that the page's service worker can tell what was clicked.

RFC 8030 (5: the request; 5.2 TTL, 5.3 Urgency, 5.4 Topic; 7.3: 404 and 410 end a subscription), RFC 8291 and 8188
(encryption), RFC 8292 (who sends). What push services answer beside: https://mozilla-services.github.io/autopush-rs/errors.html
and https://pushpad.xyz/blog/web-push-errors-explained-with-http-status-codes, read as stored copies on 2026-11-22.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

import httpx

from unichannel.core.messaging.content import WebPush
from unichannel.core.messaging.content.push import MOST_WEB_BYTES
from unichannel.core.words.instant import DAY, HOUR, SECOND
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Outbound, Outcome
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.jws import compact
from unichannel.providers._shared.pushing import kept_for
from unichannel.providers._shared.quiet import QuietRequest
from unichannel.providers._shared.sealing import VapidKey, sealed
from unichannel.providers._shared.single import Codec, Errors
from unichannel.providers._shared.writing import KEY

__all__ = ["ERRORS", "SERVICES", "BrowserPush"]

ERRORS = table(
    ("dead", "the browser's subscription is gone.", ("http_404", "http_410")),
    ("permanent", "the push service cannot use the request.", ("http_400",)),
    ("configuration", "the push service knows another key: check private_key.", ("http_401", "http_403")),
    ("permanent", "the notification is too large for the push service.", ("http_413",)),
)
"""By HTTP status: what the bodies say differs from service to service."""

SERVICES = (
    "fcm.googleapis.com",
    "*.push.services.mozilla.com",
    "*.notify.windows.com",
    "*.push.apple.com",
)
"""Hosts of the push services of the common browsers, from general knowledge: a subscription comes from outside, and
must not lead anywhere else."""

_LASTS = 12 * HOUR
"""For how long a token is used; a service takes none that is to last longer than 24 hours (RFC 8292, 2)."""

_LONGEST = 28 * DAY // SECOND
_SUBJECT = re.compile(r"(mailto:[^\s@]+@[^\s@]+|https://\S+)")


class BrowserPush(Codec):
    """Notifications in browsers (RFC 8030), encrypted for each.

    ``private_key``: of the pair whose public key the page subscribed with, as base64url of 32 bytes or PEM.
    ``subject``: how the push service reaches you, ``mailto:`` or ``https:``. ``services``: the hosts that
    subscriptions may name, ``*.`` before one for those under it; None for any. ``errors``: meaning and reason by
    code, before ``ERRORS``. Needs the extra ``push``. Raises ConfigurationError for a key or subject that is none.
    """

    contents = (WebPush,)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        private_key: str,
        *,
        subject: str,
        services: Sequence[str] | None = SERVICES,
        errors: Errors | None = None,
        name: str = "webpush",
    ) -> None:
        super().__init__(name, "", errors)
        if not _SUBJECT.fullmatch(subject):
            raise ConfigurationError("subject is none.", thing="subject", mend="Give mailto:you@example.com.")
        self.abilities = Abilities()
        self.subject, self._services = subject, None if services is None else tuple(services)
        self._key = VapidKey.of(private_key)

    @property
    def public_key(self) -> str:
        """What the page subscribes with: ``applicationServerKey``."""
        return self._key.public

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request | Outcome:
        content, subscription = cast("WebPush", outbound.content), json.loads(outbound.address)
        endpoint = urlsplit(subscription["endpoint"])
        if not self._knows(endpoint.hostname or ""):
            return Outcome.failed("unknown_service", "the subscription names a push service that services= does not.")
        body = json.dumps(_payload(outbound, content), ensure_ascii=False, separators=(",", ":")).encode()
        if len(body) > MOST_WEB_BYTES:
            return Outcome.failed("content", f"with our key it has {len(body):,} bytes; {MOST_WEB_BYTES:,} go.")
        seconds = kept_for(outbound, content, ctx.now)
        token = self._token(f"{endpoint.scheme}://{endpoint.netloc}", ctx)
        headers = {
            "TTL": str(_LONGEST if seconds is None else seconds),
            "Topic": content.collapse_key,
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "Authorization": f"vapid t={token}, k={self.public_key}",
        }
        sent = {name: value for name, value in headers.items() if value}
        return QuietRequest("POST", endpoint.geturl(), headers=sent, content=sealed(body, subscription["keys"], ctx))

    def _knows(self, host: str) -> bool:
        return self._services is None or any(
            host.endswith(one[1:]) if one.startswith("*.") else host == one for one in self._services
        )

    def _token(self, origin: str, ctx: Context) -> str:
        """Who sends, for one push service (RFC 8292, 2)."""
        cached = f"{self.name}:{origin}"
        token, until = ctx.tokens.get(cached, ("", 0))
        if not token or ctx.now >= until:
            ends = ctx.now + _LASTS
            claims = {"aud": origin, "exp": ends // SECOND, "sub": self.subject}
            token = compact({"typ": "JWT", "alg": "ES256"}, claims, self._key.sign)
            ctx.tokens[cached] = (token, ends - HOUR)
        return token

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        """201 is the acceptance (RFC 8030, 5); not every service names what it accepted."""
        return accepted(response, response.headers.get("Location") or f"http_{response.status_code}")

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return ()


def _payload(outbound: Outbound, content: WebPush) -> dict[str, Any]:
    return {**content.payload(), "data": {**content.data, KEY: outbound.key}}
