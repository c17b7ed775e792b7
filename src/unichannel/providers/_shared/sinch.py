"""Sinch's signature: the same for its SMS and its Conversation API; sources are in their codecs."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable

from unichannel.ports import Request
from unichannel.providers._shared.signing import check, check_fresh, fits

__all__ = ["HEADER", "check_signed"]

HEADER = "x-sinch-webhook-signature"


def check_signed(request: Request, secrets: Iterable[str], now: int, window: int, thing: str) -> None:
    """Raise BadSignature without HMAC-SHA256 over body, nonce and time stamp, by a secret and within the window."""
    stamp, nonce = request.header(f"{HEADER}-timestamp"), request.header(f"{HEADER}-nonce")
    signed = request.body + f".{nonce}.{stamp}".encode("utf-8", "surrogateescape")
    expected = [base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")) for secret in secrets]
    check(fits(expected, [request.header(HEADER)]), thing, HEADER)
    check_fresh(stamp, now, window, thing)
