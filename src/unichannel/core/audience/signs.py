"""Signs of addresses: when each was last shown to work.

The rules of this file:

1. A sign is the evidence of a delivery to the address, a message from it ("replied"), or the host's word:
   "given" when the person got it, "confirmed" when the host checked it.
2. Of each kind of sign the latest instant is kept, so any order and any repetition gives the same.
3. Signs are kept of addresses that the person has, of no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from unichannel.core.audience.profile import Person
from unichannel.core.words.channel import RANK

__all__ = ["BY_HOST", "SIGNS", "Shown", "last_sign", "note_sign", "take_told", "united"]

Shown: TypeAlias = Literal["delivered", "opened", "clicked", "replied"]
"""The weakest evidence that shows an address to work."""

SIGNS = tuple(name for name in RANK if name != "accepted")
"""Evidence that is a sign: that a provider took a message says nothing of its address."""

BY_HOST = ("given", "confirmed")


def note_sign(person: Person, address: str, sign: str, at: int) -> bool:
    """Keep a sign of one of the person's addresses; whether it is news."""
    if not any(address in some for some in person.addresses.values()):
        return False
    signs = person.signs.setdefault(address, {})
    is_news = at > signs.get(sign, 0)
    signs[sign] = max(at, signs.get(sign, 0))
    return is_news


def last_sign(person: Person, address: str, shown: Shown, at: int | None = None) -> int:
    """The instant of the latest sign of at least that evidence, or of the host's word; 0 where there is none.

    With ``at``, the latest that is not after it.
    """
    signs = person.signs.get(address, {})
    counting = (
        instant
        for sign, instant in signs.items()
        if (sign in BY_HOST or RANK[sign] >= RANK[shown]) and (at is None or instant <= at)
    )
    return max(counting, default=0)


def take_told(person: Person, told: Mapping[str, Any], at: int | None) -> None:
    """Apply what the host told; with an instant, keep which addresses that gives them, and which were checked."""
    if at is None:
        person.apply(told)
        return
    before = {one for some in person.addresses.values() for one in some}
    person.apply(told)
    for some in person.addresses.values():
        for one in some:
            if one not in before:
                note_sign(person, one, "given", at)
    for kind, checked in told.get("confirmed", {}).items():
        for one in checked or person.addresses.get(kind, ()):
            note_sign(person, one, "confirmed", at)


def united(mine: Mapping[str, Mapping[str, int]], others: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """The signs of two profiles that are one person."""
    both = {address: dict(signs) for address, signs in mine.items()}
    for address, signs in others.items():
        kept = both.setdefault(address, {})
        kept |= {sign: max(at, kept.get(sign, 0)) for sign, at in signs.items()}
    return both
