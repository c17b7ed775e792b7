"""Proof: what the ledger shows of one person's consent, for who has to be convinced of it (GDPR Art. 7(1); law:G1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from unichannel.core.audience.seal import Sealed, Verdict
from unichannel.core.policy.consent_state import ConsentState
from unichannel.core.words.instant import iso

__all__ = ["FORMAT", "ConsentDigest", "Proof", "Proved"]

FORMAT = "unichannel.consent-proof/1"
"""The name and version of the JSON form of a proof."""


@dataclass(frozen=True, slots=True)
class Proved:
    """An entry of the ledger, and whether its seal fits."""

    sealed: Sealed
    verdict: Verdict

    def as_json(self) -> dict[str, Any]:
        one, entry = self.sealed, self.sealed.entry
        named = ("channel", "purpose", "topic", "status", "basis", "source", "wording", "version", "language", "form")
        return {
            "id": one.id,
            "occurred": iso(entry.occurred),
            "recorded": iso(entry.recorded),
            **{name: getattr(entry, name) for name in named},
            "recorded_by": entry.by,
            "evidence": dict(entry.evidence),
            "evidence_erased": one.erased,
            "evidence_hash": one.evidence_hash,
            "seal": {"key": one.key, "value": one.seal, "verdict": self.verdict},
        }


@dataclass(frozen=True, slots=True)
class Proof:
    """What the ledger shows of one person's consent on a channel for a purpose, made at an instant.

    ``entries`` is the whole chain, other topics and "*" included, in the order it was recorded; ``state`` is what
    it comes to for the ``topic``, at the instant ``at`` (microseconds UTC).
    """

    profile: str
    channel: str
    purpose: str
    topic: str
    made: int
    at: int
    state: ConsentState
    entries: Sequence[Proved]

    @property
    def verified(self) -> bool:
        """Whether every entry's seal fits."""
        return all(one.verdict == "verified" for one in self.entries)

    def __repr__(self) -> str:
        return f"Proof({self.profile!r}, {self.channel!r}, {self.purpose!r}, {len(self.entries)} entries)"

    def as_json(self) -> dict[str, Any]:
        """The documented form, as plain JSON; instants are ISO 8601 in UTC."""
        return {
            "format": FORMAT,
            "profile": self.profile,
            "channel": self.channel,
            "purpose": self.purpose,
            "topic": self.topic,
            "made": iso(self.made),
            "at": iso(self.at),
            "state": self.state.as_json(),
            "verified": self.verified,
            "entries": [one.as_json() for one in self.entries],
        }

    def page(self, language: str = "en") -> str:
        """The same as a page of HTML that needs nothing else; ``language``: "en" or "fr"."""
        from unichannel.core.telling.proof_page import page_of

        return page_of(self, language)


@dataclass(frozen=True, slots=True)
class ConsentDigest:
    """A day of the ledger in one number: SHA-256, in hexadecimal, to be kept where the database's owner cannot write.

    ``broken`` are the ids of entries whose seal does not fit, with the verdict.
    """

    day: date
    entries: int
    sha256: str
    broken: tuple[tuple[int, Verdict], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"day": self.day.isoformat(), "entries": self.entries, "sha256": self.sha256}
