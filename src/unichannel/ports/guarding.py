"""Guarding: what a store does for the privacy of one person: corrections, erasure, and who looked.

A profile that is erased is gone for good, whichever of its keys named it. What stays of it belongs to
``NOBODY`` and names nobody: its runs and deliveries, for figures and for receipts that come late, and
its entries in the ledger of consents, under pseudonyms. Suppressions hold no address and stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from unichannel.core.audience.consent import Suppression
from unichannel.core.audience.profile import Person
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.ports.purging import Purged
from unichannel.ports.rows import Inbox, Parked

__all__ = ["APART", "Access", "Erasure", "Guarding"]

APART = ("merge", "rectify", "erase")
"""Kinds of inbox rows that no pass decides: they are taken before it, in the order in which they were asked for."""


@dataclass(frozen=True, slots=True)
class Access:
    """One entry of the audit trail: when (microseconds UTC), about whom, what, by whom and from where.

    ``subject`` is a keyed hash of the profile's id, so that an entry outlives the person's erasure.
    """

    at: int
    subject: str
    what: str
    actor: str = ""
    source: str = field(default="", repr=False)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is erased with a profile.

    ``inbox``: ids of rows to delete. ``runs`` and ``deliveries``: as they are from now on, without
    anything personal, NOBODY's. ``pseudonyms``: what stands in the place of each key in the ledger.
    """

    person: Person
    inbox: Sequence[int] = ()
    runs: Sequence[Enrollment] = ()
    deliveries: Sequence[Delivery] = ()
    pseudonyms: Mapping[str, str] = field(default_factory=dict, repr=False)


class Guarding(Protocol):
    """The part of a session that guards privacy."""

    def apart(self, limit: int) -> list[Inbox]:
        """The inbox rows of the kinds ``APART``, the oldest first."""
        ...

    def waiting(self, keys: Iterable[str]) -> list[Inbox]:
        """Every inbox row of these keys, the oldest first."""
        ...

    def parked(self, keys: Collection[str], ids: Collection[str], hashes: Collection[str]) -> list[Parked]:
        """Receipts in the queue with one of these keys, provider's ids or hashes of addresses, the oldest first.

        With those of which nobody looked at the address. What it costs grows with what is found, not with the queue.
        """
        ...

    def suppressed(self, hashes: Iterable[str]) -> dict[str, Suppression]:
        """What counts for each of these addresses, by its hash; those with no entry are left out."""
        ...

    def redirect(self, deliveries: Sequence[Delivery]) -> None:
        """Write down the addresses of deliveries, with their hashes: they are locked, and were never called for."""
        ...

    def erase(self, erasure: Erasure) -> None:
        """Delete a locked profile with its aliases, addresses, events, notes and faults; write what stays of it.

        Of its consents the evidence goes; the entries stay, under pseudonyms.
        """
        ...

    def put_accesses(self, rows: Sequence[Access]) -> None:
        """Add to the audit trail."""
        ...

    def accesses(self, subjects: Iterable[str]) -> list[Access]:
        """The audit trail of these subjects, the oldest entry first."""
        ...

    def purge_accesses(self, after: int, before: int, limit: int) -> Purged:
        """Entries of the audit trail made by ``before``."""
        ...

    def purge_content(self, after: int, before: int, limit: int, categories: frozenset[str], *, listed: bool) -> Purged:
        """Empty what deliveries say, of those reserved by ``before`` that have nothing to do any more.

        Those of these categories, or of all others; never those inside the host's app, which are shown
        from it. ``limit`` counts runs, in the order of their ids.
        """
        ...
