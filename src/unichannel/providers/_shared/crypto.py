"""Public-key signatures, by the library ``cryptography``: the only place that imports it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from unichannel.core.words.instant import from_datetime
from unichannel.errors import ConfigurationError, MissingExtra

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

__all__ = ["certified", "decoded", "ec_key", "ec_signed", "need_crypto"]


def need_crypto() -> None:
    """Raise MissingExtra where ``cryptography`` is not installed; asked when a codec is made, not when it is called."""
    try:
        import cryptography  # noqa: F401
    except ImportError as error:
        raise MissingExtra(
            "signatures of this provider need cryptography, which is not installed.",
            thing="cryptography",
            mend='Install it: pip install "unichannel[crypto]".',
        ) from error


def ec_key(written: str) -> EllipticCurvePublicKey:
    """An elliptic-curve public key from base64 DER or PEM; raises ConfigurationError for what is none."""
    need_crypto()
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    inside = "".join(line.strip() for line in written.splitlines() if "-----" not in line)
    try:
        key = load_der_public_key(base64.b64decode(inside, validate=True))
    except ValueError:
        key = None
    if not isinstance(key, EllipticCurvePublicKey):
        raise ConfigurationError("a public key is none.", thing="public_key", mend="Give it as the provider shows it.")
    return key


def ec_signed(key: EllipticCurvePublicKey, signature: str, signed: bytes) -> bool:
    """Whether base64 DER is the key's ECDSA signature over SHA-256 of the bytes."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    return _holds(lambda: key.verify(decoded(signature), signed, ECDSA(SHA256())))


def certified(certificate: bytes, signature: str, signed: bytes, algorithm: str, now: int) -> bool:
    """Whether a PEM certificate, valid now, has signed the bytes by RSA PKCS #1 v1.5 (``sha1`` or ``sha256``)."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256
    from cryptography.x509 import load_pem_x509_certificate

    def verify() -> None:
        found = load_pem_x509_certificate(certificate)
        begins, ends = from_datetime(found.not_valid_before_utc), from_datetime(found.not_valid_after_utc)
        key = found.public_key()
        if not (begins <= now <= ends and isinstance(key, RSAPublicKey)):
            raise ValueError("the certificate is not valid now")
        hashed = SHA256() if algorithm == "sha256" else SHA1()  # noqa: S303 -- SNS signature version 1
        key.verify(decoded(signature), signed, PKCS1v15(), hashed)

    return _holds(verify)


def decoded(signature: str) -> bytes:
    """The bytes of a signature in base64; raises ValueError for any writing of them but the one (RFC 4648, 3.5)."""
    found = base64.b64decode(signature, validate=True)
    if base64.b64encode(found).decode("ascii") != signature:
        raise ValueError("the signature is not written as base64 writes it")
    return found


def _holds(verify: Callable[[], Any]) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        verify()
    except (InvalidSignature, ValueError):
        return False
    return True
