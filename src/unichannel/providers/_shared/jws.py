"""Compact JSON Web Signatures (RFC 7515, 3.1), of claims (RFC 7519): made, and believed."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unichannel.providers._shared.signing import fits

__all__ = ["base64url", "claims_of", "compact", "from_base64url", "hs256", "jws"]


def compact(header: Mapping[str, str], claims: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """Header, claims and signature, each as base64url; ``sign`` is the header's algorithm with its key."""
    signed = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return f"{signed}.{base64url(sign(signed.encode('ascii')))}"


def jws(algorithm: str, claims: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """The claims as a token; ``sign`` is the algorithm with its key."""
    return compact({"alg": algorithm, "typ": "JWT"}, claims, sign)


def hs256(secret: str, signed: bytes) -> bytes:
    """The HMAC with SHA-256 (RFC 7518, 3.2)."""
    return hmac.digest(secret.encode(), signed, "sha256")


def claims_of(token: str, secrets: Sequence[str]) -> Mapping[str, Any] | None:
    """The claims of a token that one of the secrets signed by HS256; None of any other.

    The signature is compared as it is written, so that no second spelling of it is believed.
    """
    signed, _, signature = token.rpartition(".")
    written = signed.encode("utf-8", "surrogateescape")
    found = fits([base64url(hs256(secret, written)) for secret in secrets], [signature])
    header, _, claims = signed.partition(".")
    if not found or _decoded(header).get("alg") != "HS256":
        return None
    return _decoded(claims)


def base64url(value: bytes) -> str:
    """Base64 for URLs, without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """The bytes; raises ValueError for what is none."""
    bare = text.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), b"-_", validate=True)


def _decoded(part: str) -> Mapping[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
