"""What a store keeps so that consents can be proved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from unichannel.core.audience.seal import Sealed

__all__ = ["Proving"]


class Proving(Protocol):
    """The part of a session that reads the consent ledger in full."""

    def entries_of(self, key: str) -> list[Sealed]:
        """The entries of a person, under all the keys that lead to it, in the order they were added."""
        ...

    def entries_between(self, since: int, until: int, after: tuple[int, int], limit: int) -> list[Sealed]:
        """Entries recorded in [since, until) with (recorded, id) above ``after``, in that order."""
        ...

    def erase_evidence(self, keys: Sequence[str]) -> None:
        """Forget the evidence of what was recorded under these keys; the entries and their seals stay."""
        ...
