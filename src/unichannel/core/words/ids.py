"""Stable ids, keys and choices, all derived by hashing: the same inputs give the same result for ever."""

from __future__ import annotations

import base64
import hashlib
import hmac
import math

__all__ = ["choose", "delivery_key", "digest", "fraction", "keyed", "mac"]


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def delivery_key(store: bytes, enrollment: int, step: str, visit: int, rung: int, address: str) -> str:
    """The key of a delivery: 24 URL-safe characters.

    A retry keeps it; a loop, another rung, another device and another store change it.
    """
    text = f"{enrollment}\x1f{step}\x1f{visit}\x1f{rung}\x1f{address}"
    return keyed(store, text, 18)


def keyed(store: bytes, text: str, size: int) -> str:
    """A hash of that many bytes, keyed by the store's own secret, URL-safe: four characters for each three bytes."""
    return _b64(hashlib.blake2b(text.encode(), key=store, digest_size=size).digest())


def mac(key: bytes, text: str, size: int = 9) -> str:
    """A message authentication code: HMAC-SHA256, cut to ``size`` bytes, URL-safe."""
    return _b64(hmac.digest(key, text.encode(), "sha256")[:size])


def fraction(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but the parts."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64


def choose(weights: tuple[tuple[str, float], ...], *parts: object) -> str:
    """The name that these parts get, by weighted rendezvous hashing.

    Each name draws from the parts on its own, so changing one weight moves only people from or
    to that name (PITFALLS P51).
    """

    def score(name: str, weight: float) -> float:
        draw = fraction(*parts, name)
        return -math.log(1.0 - draw) / weight if weight > 0 else math.inf

    return min(weights, key=lambda pair: (score(*pair), pair[0]))[0]
