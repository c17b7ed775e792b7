"""Addresses in one form: mailboxes with a lower-case domain, telephone numbers as E.164."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from unichannel.errors import InvalidInput

__all__ = ["country_of_phone", "normalize", "normalize_email", "normalize_phone", "zones_of_phone"]

_MAILBOX = re.compile(r"[^\s@<>,;:\"\\()\[\]]+@[^\s@<>,;:\"\\()\[\]]+\.[^\s@<>,;:\"\\()\[\].]+")


def normalize_email(value: str) -> str:
    """The mailbox with a lower-case domain; raises InvalidInput for what is no mailbox.

    The local part is kept as it is: only its own server knows whether case matters (RFC 5321 2.4).
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


def normalize(kind: str, value: str, region: str | None = None) -> str:
    """An address of that kind in its one form."""
    if kind == "email":
        return normalize_email(value)
    if kind == "phone":
        return normalize_phone(value, region)
    text = value.strip()
    if not text:
        raise InvalidInput(f"the {kind} address is empty.", thing=kind, mend="Leave it out, or give one.")
    return text


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
