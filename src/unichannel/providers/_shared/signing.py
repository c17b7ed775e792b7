"""Signatures of incoming calls: compared in constant time, with several secrets, within a window of time.

The Standard Webhooks scheme (https://www.standardwebhooks.com, "spec/standard-webhooks.md") is that of
Svix (https://docs.svix.com/receiving/verifying-payloads/how-manual) under other names of headers.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Sequence

from unichannel.core.words.instant import MINUTE, SECOND
from unichannel.errors import BadSignature, ConfigurationError
from unichannel.ports import Request

__all__ = [
    "WINDOW",
    "basic_login",
    "check",
    "check_basic",
    "check_fresh",
    "check_standard",
    "fits",
    "hexadecimal",
    "several",
    "sign_standard",
    "standard_secret",
]

WINDOW = 5 * MINUTE
"""How far a time stamp may lie from now, before and after, where each attempt is signed anew."""

_SECONDS = re.compile(r"[0-9]{1,12}")


def several(value: str | Sequence[str], thing: str) -> tuple[str, ...]:
    """One secret or several, for a rotation; raises ConfigurationError for an empty one."""
    found = (value,) if isinstance(value, str) else tuple(value)
    if not all(found):
        raise ConfigurationError(f"{thing} is empty.", thing=thing, mend="Give the provider's own.")
    return found


def check(found: bool, thing: str, what: str) -> None:
    """Raise BadSignature where it does not hold."""
    if not found:
        raise BadSignature(f"{what} is missing or wrong.", thing=thing, mend="Check the secret, and answer 403.")


def fits(expected: Iterable[str | bytes], given: Sequence[str]) -> bool:
    """Whether one given signature is an expected one. All are compared, so that the time tells nothing."""
    wanted = [one.encode() if isinstance(one, str) else one for one in expected]
    return any([hmac.compare_digest(one, other.encode()) for one in wanted for other in given])  # noqa: C419


def hexadecimal(secret: str, signed: bytes, algorithm: str = "sha256") -> str:
    """The HMAC in lower-case hexadecimal."""
    return hmac.digest(secret.encode(), signed, algorithm).hex()


def check_fresh(seconds: str, now: int, window: int, thing: str) -> None:
    """Raise BadSignature where a time stamp (Unix seconds) lies more than ``window`` (microseconds) from now."""
    stamp = int(seconds) * SECOND if _SECONDS.fullmatch(seconds) else None
    if stamp is None or abs(now - stamp) > window:
        raise BadSignature("the signature's time stamp is too old, or none.", thing=thing, mend="Check the clock.")


def basic_login(user: str, password: str) -> str:
    """The Authorization header of basic authentication (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def check_basic(request: Request, logins: Sequence[str], thing: str) -> None:
    """Raise BadSignature without one of the logins (``user:password``) in the Authorization header."""
    wanted = [basic_login(*login.partition(":")[::2]) for login in logins]
    scheme, _, rest = request.header("Authorization").partition(" ")
    check(fits(wanted, [f"{scheme.capitalize()} {rest.strip()}"]), thing, "the login of the webhook")


def standard_secret(secret: str) -> bytes:
    """The bytes of a ``whsec_…`` secret; raises ConfigurationError for what is none."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if not 16 <= len(key) <= 128:  # the scheme asks for 24 to 64; Svix has made others
        raise ConfigurationError("a secret is none.", thing="secrets", mend="Give whsec_ and base64, as it was shown.")
    return key


def sign_standard(key: bytes, id: str, seconds: str, body: bytes) -> str:
    """The signature of one message: ``v1,`` and base64 HMAC-SHA256 of id, time stamp and body."""
    code = hmac.digest(key, f"{id}.{seconds}.".encode() + body, "sha256")
    return "v1," + base64.b64encode(code).decode("ascii")


def check_standard(request: Request, keys: Sequence[bytes], now: int, thing: str) -> str:
    """Verify by the Standard Webhooks scheme, under either name of its headers; the message's id."""
    prefix = "webhook" if request.header("webhook-signature") else "svix"
    id, seconds, given = (request.header(f"{prefix}-{name}") for name in ("id", "timestamp", "signature"))
    expected = [sign_standard(key, id, seconds, request.body) for key in keys]
    check(bool(id) and fits(expected, given.split(" ")), thing, f"{prefix}-signature")
    check_fresh(seconds, now, WINDOW, thing)
    return id
