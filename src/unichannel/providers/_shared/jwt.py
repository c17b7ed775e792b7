"""JSON Web Tokens that we sign ourselves, in their compact form (RFC 7515, 3.1; RFC 7519)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["base64url", "compact", "from_base64url"]


def compact(header: Mapping[str, str], claims: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """Header, claims and signature, each as base64url."""
    signed = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return f"{signed}.{base64url(sign(signed.encode('ascii')))}"


def base64url(value: bytes) -> str:
    """Base64 for URLs, without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """The bytes; raises ValueError for what is none."""
    bare = text.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), b"-_", validate=True)
