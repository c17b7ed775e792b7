"""Addresses in one form: mailboxes with a lower-case domain, telephone numbers as E.164, devices by their token."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import idna
import phonenumbers

from unichannel.core.words.ids import keyed
from unichannel.errors import InvalidInput

__all__ = [
    "address_hash",
    "country_mend",
    "country_of_phone",
    "folded",
    "is_country",
    "normalize",
    "normalize_email",
    "normalize_phone",
    "normalize_subscription",
    "zones_of_phone",
]

_MAILBOX = re.compile(r"[^\s@<>,;:\"\\()\[\]]+@[^\s@<>,;:\"\\()\[\]]+\.[^\s@<>,;:\"\\()\[\].]+")

_TOKEN = re.compile(r"[!-~]{1,4096}")
_ENDPOINT = re.compile(r"https://[^\s/?#]+[!-~]*")
_LONGEST = 2_048


def normalize_email(value: str) -> str:
    """The mailbox with a lower-case domain; raises InvalidInput for what is no mailbox.

    The local part is kept as it is, to be written to: only its own server knows whether case matters (RFC
    5321 2.4). Whether two are one mailbox is asked of ``folded``.
    """
    text = value.strip()
    if not _MAILBOX.fullmatch(text) or len(text) > 254:
        raise InvalidInput(
            "the e-mail address is not one.", thing="email", mend="Give a mailbox such as ada@example.com."
        )
    box, _, domain = text.rpartition("@")
    return f"{box}@{domain.lower()}"


@lru_cache(maxsize=4096)
def normalize_phone(value: str, region: str | None = None) -> str:
    """The number as E.164; ``region`` (ISO 3166, "FR") reads national forms.

    Raises InvalidInput for what is no possible number.
    """
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException as error:
        raise InvalidInput(
            f"the phone number cannot be read: {error.args[0] if error.args else 'no number'}",
            thing="phone",
            mend="Give it with its country code, such as +33 6 12 34 56 78, or a region.",
        ) from error
    if not phonenumbers.is_possible_number(number):
        raise InvalidInput(
            "the phone number has too many or too few digits for its country.", thing="phone", mend="Check the digits."
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _token(value: str, kind: str) -> str:
    text = value.strip()
    if not _TOKEN.fullmatch(text):
        raise InvalidInput(
            f"the {kind} address is no device's token.", thing=kind, mend="Give what the device registered with."
        )
    return text


def _chat(value: str, kind: str) -> str:
    text = value.strip()
    if not text.isprintable() or not 0 < len(text) <= _LONGEST:
        raise InvalidInput(f"the {kind} address is none.", thing=kind, mend="Give the id that the service has for it.")
    return text


def normalize_subscription(value: str | Mapping[str, Any]) -> str:
    """A browser's subscription as JSON: its endpoint and keys, always the same text for the same one.

    It is what ``PushSubscription.toJSON()`` gives (https://www.w3.org/TR/push-api/), as a mapping or as
    text; ``p256dh`` is an uncompressed point on P-256, 65 bytes, and ``auth`` 16 bytes (RFC 8291, 2
    and 3.2). Raises InvalidInput for anything else.
    """
    try:
        given = json.loads(value) if isinstance(value, str) else value
        endpoint, keys = given["endpoint"], {name: given["keys"][name] for name in ("auth", "p256dh")}
        sizes = {name: _size(text) for name, text in keys.items()}
        is_one = sizes == {"auth": 16, "p256dh": 65} and bool(_ENDPOINT.fullmatch(endpoint))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        is_one = False
    if not is_one:
        raise InvalidInput(
            "the web push address is no subscription.",
            thing="web_push",
            mend="Give what PushSubscription.toJSON() gives: endpoint, keys.p256dh and keys.auth.",
        )
    return json.dumps({"endpoint": endpoint, "keys": {name: text.rstrip("=") for name, text in keys.items()}})


def _size(text: str) -> int:
    """Bytes of base64url; raises ValueError for anything else."""
    try:
        return len(base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True))
    except binascii.Error as error:
        raise ValueError from error


_FORMS: Mapping[str, Callable[[Any], str]] = {
    "email": normalize_email,
    "push": lambda value: _token(value, "push"),
    "chat": lambda value: _chat(str(value), "chat"),
    "web_push": normalize_subscription,
}
"""The one form of each kind of address but the phone's, which may need a region."""


def normalize(kind: str, value: Any, region: str | None = None) -> str:
    """An address of that kind in its one form; raises InvalidInput."""
    if kind in ("phone", "email") and not isinstance(value, str):
        raise InvalidInput(
            f"the {kind} address is of type {type(value).__name__}.",
            thing=kind,
            mend="Give a text, such as +33 6 12 34 56 78 or ada@example.com.",
        )
    if kind == "phone":
        return normalize_phone(value, region)
    if kind in _FORMS:
        return _FORMS[kind](value)
    text = str(value).strip()
    if not text:
        raise InvalidInput(f"the {kind} address is empty.", thing=kind, mend="Leave it out, or give one.")
    return text


def folded(kind: str, address: str) -> str:
    """What an address is known again by: a mailbox without regard to case, its domain as in the DNS (IDNA, UTS 46).

    In practice no server tells ADA@ from ada@, and an objection must not hang on how somebody typed it.
    """
    if kind != "email":
        return address
    if address.isascii():
        return address.lower()
    box, _, domain = address.rpartition("@")
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", box).casefold())
    return f"{plain}@{_in_dns(domain)}"


def _in_dns(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except idna.IDNAError:  # no name that could be registered; it is still the same text
        return domain.casefold()


def address_hash(store: bytes, kind: str, family: str, address: str) -> str:
    """The keyed hash (16 characters) of an address in a family of channels, one for all its spellings.

    By it an objection outlives the address.
    """
    return keyed(store, f"{family}\x1f{folded(kind, address)}", 12)


_COUNTRY = re.compile(r"([A-Z]{2})(-[A-Z0-9]{1,3})?")
_MISSPELT = {"UK": "GB", "EL": "GR"}


def is_country(code: str) -> bool:
    """Whether it is a country where people have telephones, or a region of one (ISO 3166: "FR", "US-FL")."""
    found = _COUNTRY.fullmatch(code)
    return found is not None and found[1] in phonenumbers.SUPPORTED_REGIONS


def country_mend(code: str) -> str:
    """How to mend what is no country."""
    meant = _MISSPELT.get(code.partition("-")[0])
    return f"Write {meant!r}." if meant else 'Use ISO 3166 codes: "FR", or "US-FL" for a region.'


@lru_cache(maxsize=4096)
def country_of_phone(number: str) -> str | None:
    """The ISO 3166 region that an E.164 number belongs to, None where it names none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=4096)
def zones_of_phone(number: str) -> tuple[str, ...]:
    """The IANA zones in which an E.164 number may be; empty where it tells none."""
    from phonenumbers import timezone

    try:
        found = timezone.time_zones_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(name for name in found if name != timezone.UNKNOWN_TIMEZONE)
