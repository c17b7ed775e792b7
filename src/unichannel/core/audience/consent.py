"""Consent: who allowed what, on which channel, for which purpose; and suppressed addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from unichannel.errors import InvalidInput

__all__ = ["Consent", "Suppression", "consent", "ledger", "outweigh", "standing", "withdrawal"]

Status = Literal["given", "withdrawn"]


@dataclass(slots=True, frozen=True)
class Consent:
    """One entry of the ledger: entries are added, never changed.

    ``channel`` and ``topic`` may be "*": all of them. ``occurred`` and ``recorded`` are
    microseconds UTC; 0 means "when it is handed in".
    """

    channel: str
    purpose: str = "marketing"
    topic: str = "*"
    status: Status = "given"
    occurred: int = 0
    recorded: int = 0
    source: str = ""
    wording: str = ""
    evidence: dict[str, str] = field(default_factory=dict, hash=False, repr=False)

    def __post_init__(self) -> None:
        if not self.channel or not self.purpose:
            raise InvalidInput(
                "a consent needs a channel and a purpose.", thing="consent", mend='Say what for: purpose="marketing".'
            )


@dataclass(slots=True, frozen=True)
class Suppression:
    """An address that must not be written to: for marketing, or for anything (``scope`` "all").

    ``hash`` is a keyed hash of the address in its channel family; the address is not kept here.
    """

    hash: str
    scope: Literal["marketing", "all", "none"]
    reason: str
    at: int
    detail: str = ""


def outweigh(before: Suppression | None, entry: Suppression) -> Suppression:
    """What counts for an address after one more entry: the wider scope, until "none" lifts everything."""
    is_narrower = before is not None and before.scope == "all" and entry.scope == "marketing"
    return before if before is not None and is_narrower else entry


def ledger(parts: Sequence[Sequence[Consent]]) -> list[Consent]:
    """The entries of a person under each of its keys as one ledger; those of several in the order they occurred."""
    entries = [entry for part in parts for entry in part]
    return entries if len(parts) == 1 else sorted(entries, key=lambda entry: entry.occurred)


def consent(
    *channels: str, purpose: str = "marketing", topic: str = "*", source: str = "", wording: str = ""
) -> tuple[Consent, ...]:
    """Consent given for these channels, as a tuple for ``Profile(consents=…)``.

    ``source`` says where it was given and ``wording`` which text the person saw: the controller
    must be able to demonstrate it (GDPR Art. 7(1); law:G1).
    """
    return tuple(Consent(channel, purpose, topic, "given", source=source, wording=wording) for channel in channels)


def withdrawal(*channels: str, purpose: str = "marketing", topic: str = "*", source: str = "") -> tuple[Consent, ...]:
    """Consent withdrawn for these channels; "*" means all of them."""
    return tuple(Consent(channel, purpose, topic, "withdrawn", source=source) for channel in channels or ("*",))


def standing(entries: Iterable[Consent], channel: str, purpose: str, topic: str | None) -> Consent | None:
    """The entry that counts for a channel, purpose and topic: the latest; at a tie the withdrawal."""
    channels, purposes, topics = (channel, "*"), (purpose, "*"), (topic, "*")
    relevant = [
        entry for entry in entries if entry.channel in channels and entry.purpose in purposes and entry.topic in topics
    ]
    if len(relevant) == 1:
        return relevant[0]
    return max(relevant, key=lambda entry: (entry.occurred, entry.status == "withdrawn"), default=None)
