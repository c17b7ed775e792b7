"""Compact JSON Web Signatures (RFC 7515, 3.1), of claims (RFC 7519): made, and believed."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unichannel.providers._shared.signing import fits

__all__ = ["claims_of", "hs256", "jws"]


def jws(algorithm: str, claims: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """The claims as a token; ``sign`` is the algorithm with its key."""
    signed = f"{_encoded({'alg': algorithm, 'typ': 'JWT'})}.{_encoded(claims)}"
    return f"{signed}.{_base64(sign(signed.encode()))}"


def hs256(secret: str, signed: bytes) -> bytes:
    """The HMAC with SHA-256 (RFC 7518, 3.2)."""
    return hmac.digest(secret.encode(), signed, "sha256")


def claims_of(token: str, secrets: Sequence[str]) -> Mapping[str, Any] | None:
    """The claims of a token that one of the secrets signed by HS256; None of any other.

    The signature is compared as it is written, so that no second spelling of it is believed.
    """
    signed, _, signature = token.rpartition(".")
    written = signed.encode("utf-8", "surrogateescape")
    found = fits([_base64(hs256(secret, written)) for secret in secrets], [signature])
    header, _, claims = signed.partition(".")
    if not found or _decoded(header).get("alg") != "HS256":
        return None
    return _decoded(claims)


def _encoded(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _decoded(part: str) -> Mapping[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
