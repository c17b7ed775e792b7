"""Sealing: what is pushed to a browser, encrypted for it alone (RFC 8291), by the library ``http_ece``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from unichannel.errors import ConfigurationError, MissingExtra
from unichannel.ports import Context
from unichannel.providers._shared.crypto import ec_private, es256, need_crypto
from unichannel.providers._shared.jws import base64url, from_base64url

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

__all__ = ["VapidKey", "sealed"]

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256 (FIPS 186-4, D.1.2.3): a private key is below it."""


@dataclass(frozen=True)
class VapidKey:
    """The key that says who sends (RFC 8292), and its public half as browsers take it."""

    public: str
    _key: EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def of(cls, written: str) -> VapidKey:
        """From base64url of its 32 bytes, or PEM; raises ConfigurationError for what is none, MissingExtra."""
        _need_ece()
        key = ec_private(written) if "-----" in written else _from_bytes(written)
        return cls(base64url(_point(key)), key)

    def sign(self, signed: bytes) -> bytes:
        """The signature by ES256."""
        return es256(self._key, signed)


def sealed(body: bytes, keys: Mapping[str, str], ctx: Context) -> bytes:
    """The body as one record for the browser that has these ``keys`` (``p256dh`` and ``auth``, base64url)."""
    import http_ece  # type: ignore[import-untyped]

    made: bytes = http_ece.encrypt(
        body,
        salt=ctx.entropy(16),
        private_key=_derived(int.from_bytes(ctx.entropy(40), "big") % (_ORDER - 1) + 1),
        dh=from_base64url(keys["p256dh"]),
        auth_secret=from_base64url(keys["auth"]),
        version="aes128gcm",
    )
    return made


def _from_bytes(written: str) -> EllipticCurvePrivateKey:
    try:
        number = int.from_bytes(found, "big") if len(found := from_base64url(written)) == 32 else 0
    except ValueError:
        number = 0
    if not 0 < number < _ORDER:
        raise ConfigurationError("a private key is none.", thing="private_key", mend="Give 32 bytes in base64url.")
    return _derived(number)


def _derived(number: int) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

    return derive_private_key(number, SECP256R1())


def _point(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _need_ece() -> None:
    need_crypto()
    try:
        import http_ece  # noqa: F401
    except ImportError as error:
        raise MissingExtra(
            "web push needs http-ece, which is not installed.",
            thing="http-ece",
            mend='Install it: pip install "unichannel[push]".',
        ) from error
