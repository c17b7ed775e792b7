"""Erasing: an objection outlives the person who made it (P45), as a suppression of each address by its keyed hash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from unichannel.core.audience.consent import Consent, Suppression, held
from unichannel.core.audience.profile import Person
from unichannel.core.words.address import address_hash
from unichannel.core.words.channel import Channel

__all__ = ["OBJECTED", "objections"]

OBJECTED = "objected"
"""The reason of a suppression that stands for a withdrawal: whose it was is not known any more."""


def objections(
    identity: bytes, person: Person, consents: Sequence[Consent], channels: Iterable[Channel], now: int
) -> Iterator[Suppression]:
    """What the person withdrew and never gave again, as suppressions of the addresses that it was about.

    A suppression knows no topics: who withdrew from one topic is not written to for marketing at all
    (GDPR Art. 21(3): after an objection the data is no longer processed for direct marketing).
    """
    found: dict[str, Literal["all", "marketing"]] = {}
    for channel in channels:
        scope = _scope(consents, channel.name)
        for address in person.reached_at(channel.address) if scope else ():
            hashed = address_hash(identity, channel.address, channel.family, address)
            found[hashed] = "all" if "all" in (scope, found.get(hashed)) else "marketing"
    for hashed, scope in found.items():
        yield Suppression(hashed, scope, OBJECTED, now)


def _scope(consents: Sequence[Consent], channel: str) -> Literal["", "all", "marketing"]:
    """How far withdrawals on a channel reach: "all", "marketing", or "" where nothing stands withdrawn."""
    if _is_withdrawn(consents, channel, "transactional"):
        return "all"
    return "marketing" if _is_withdrawn(consents, channel, "marketing") else ""


def _is_withdrawn(consents: Sequence[Consent], channel: str, purpose: str) -> bool:
    topics = {entry.topic for entry in consents} | {"*"}
    return any("objection" in held(consents, channel, purpose, topic) for topic in topics)
