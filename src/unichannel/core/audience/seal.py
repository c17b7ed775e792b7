"""Seals: what makes an entry of the ledger tell whether it was changed, and a day's digest to keep elsewhere.

The rules of this file:

1. An entry's seal is an HMAC-SHA256 (RFC 2104) over all that it says, and over a hash of its evidence. The
   evidence lies beside the entry: where it is erased, entry and seal stay, and still fit.
2. Evidence is guessed easily (there are few IP addresses), so its hash is salted, and the salt is erased with it.
3. The person is named by a keyed hash, so that an erased profile's entries can still be verified.
4. The seal names its key. New keys seal, old ones are still believed.
5. A day's digest (SHA-256) is over the entries that were recorded on that day in UTC, whatever their order or
   number in the store. Kept outside of the database it shows what the seals cannot: an entry that is gone, and one
   that somebody added or changed who has the key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from unichannel.core.audience.consent import Consent
from unichannel.core.words.ids import mac

__all__ = ["STORE_KEY", "Sealed", "Seals", "Verdict", "entry_digest", "subject_of"]

STORE_KEY = "store"
"""The id of the key that is made of the store's own secret."""

Verdict = Literal["verified", "forged", "unsealed", "unknown_key", "false_evidence"]

_CLAIMED = (
    *("channel", "purpose", "topic", "status", "occurred", "recorded", "source", "basis"),
    *("wording", "version", "language", "form", "by"),
)
"""What a seal covers of an entry, in this order for ever: another order or another field breaks every seal."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry as it stands in the ledger.

    ``profile`` is the key it was recorded under, ``subject`` a keyed hash of it. ``evidence_hash`` stands for the
    evidence, with ``salt``; both are empty where there is none. ``erased``: there was evidence, and it is gone.
    ``key`` names the key of the ``seal``; both are "" in an entry from before there were seals. ``id`` is its number.
    """

    profile: str
    entry: Consent
    subject: str
    evidence_hash: str = ""
    salt: str = field(default="", repr=False)
    key: str = ""
    seal: str = ""
    id: int = 0

    @property
    def erased(self) -> bool:
        return bool(self.evidence_hash) and not self.entry.evidence

    def without_evidence(self) -> Sealed:
        """What stays of it after its evidence was erased."""
        return replace(self, entry=replace(self.entry, evidence={}), salt="")


@dataclass(frozen=True, slots=True)
class Seals:
    """The keys of seals: the first seals, all are believed, and the store's own (``identity``) always is."""

    identity: bytes = field(repr=False)
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def seal(self, profile: str, entry: Consent, salt: str = "") -> Sealed:
        """The entry with its seal; ``salt`` is unpredictable, another for each entry that has evidence."""
        hashed = _evidence_hash(entry.evidence, salt)
        name = next(iter(self.keys), STORE_KEY)
        made = Sealed(profile, entry, subject_of(self.identity, profile), hashed, salt, name)
        return replace(made, seal=self._seal_of(made))

    def verify_of(self, profile: str, one: Sealed) -> Verdict:
        """The same, for an entry that is said to be of this profile."""
        verdict = self.verify(one)
        is_of_another = one.subject != subject_of(self.identity, profile)
        return "forged" if verdict == "verified" and is_of_another else verdict

    def verify(self, one: Sealed) -> Verdict:
        """Whether the entry is as it was when it was sealed, its evidence too as far as it is there."""
        if not one.seal:
            return "unsealed"
        if one.key != STORE_KEY and one.key not in self.keys:
            return "unknown_key"
        if not hmac.compare_digest(self._seal_of(one).encode(), one.seal.encode()):
            return "forged"
        is_there = bool(one.entry.evidence)
        is_false = is_there and _evidence_hash(one.entry.evidence, one.salt) != one.evidence_hash
        return "false_evidence" if is_false else "verified"

    def _seal_of(self, one: Sealed) -> str:
        secret = self.identity if one.key == STORE_KEY else self.keys[one.key]
        return mac(secret, f"unichannel.consent\x1f{_claim(one)}", 32)


def subject_of(identity: bytes, profile: str) -> str:
    """The keyed hash that names a person in the ledger."""
    return mac(identity, f"unichannel.subject\x1f{profile}", 18)


def _claim(one: Sealed) -> str:
    """All that an entry says, as one text that says nothing else."""
    said = [getattr(one.entry, name) for name in _CLAIMED]
    return json.dumps([one.subject, one.key, one.evidence_hash, *said], separators=(",", ":"))


def _evidence_hash(evidence: Mapping[str, str], salt: str) -> str:
    if not evidence:
        return ""
    return hashlib.sha256(f"{salt}\x1f{json.dumps(evidence, sort_keys=True)}".encode()).hexdigest()


def entry_digest(one: Sealed) -> bytes:
    """What a day's digest is made of: 32 bytes for each entry."""
    return hashlib.sha256(f"{_claim(one)}\x1f{one.seal}".encode()).digest()
