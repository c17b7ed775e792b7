"""Public-key signatures, by the library ``cryptography``: the only place that imports it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from unichannel.core.words.instant import from_datetime
from unichannel.errors import ConfigurationError, MissingExtra

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = [
    "certified",
    "decoded",
    "ec_key",
    "ec_private",
    "ec_signed",
    "ed25519_key",
    "ed25519_signed",
    "es256",
    "need_crypto",
    "rs256",
    "rsa_key",
]


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


def ed25519_key(written: str) -> Ed25519PublicKey:
    """An Ed25519 public key from the base64 of its 32 bytes; raises ConfigurationError for what is none."""
    need_crypto()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(written, validate=True))
    except ValueError as error:
        raise ConfigurationError(
            "a public key is none.", thing="public_key", mend="Give it as the provider shows it."
        ) from error


def ed25519_signed(key: Ed25519PublicKey, signature: str, signed: bytes) -> bool:
    """Whether base64 is the key's Ed25519 signature over the bytes (RFC 8032)."""
    return _holds(lambda: key.verify(decoded(signature), signed))


def rsa_key(pem: str) -> RSAPrivateKey:
    """An RSA private key from PEM; raises ConfigurationError for what is none."""
    need_crypto()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key: Any = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationError("a private key is none.", thing="private_key", mend="Give PEM, without a password.")
    return key


def rs256(key: RSAPrivateKey, signed: bytes) -> bytes:
    """The RSA PKCS #1 v1.5 signature with SHA-256 (RFC 7518, 3.3)."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return key.sign(signed, PKCS1v15(), SHA256())


def ec_private(pem: str) -> EllipticCurvePrivateKey:
    """A private key on P-256 from PEM; raises ConfigurationError for what is none."""
    need_crypto()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key: Any = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ConfigurationError("a private key is none.", thing="private_key", mend="Give PEM of a key on P-256.")
    return key


def es256(key: EllipticCurvePrivateKey, signed: bytes) -> bytes:
    """The ECDSA signature with SHA-256 as two numbers of 32 bytes (RFC 7518, 3.4)."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    first, second = decode_dss_signature(key.sign(signed, ECDSA(SHA256())))
    return first.to_bytes(32, "big") + second.to_bytes(32, "big")


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
