"""Deliveries: one message to one address, and the facts known of it.

The rules of this file:

1. A delivery is a set of facts, each with the first instant at which it was so. Facts are only
   added, so any order and any repetition of the same receipts gives the same delivery (P48).
2. The shown status is the highest fact in ``ORDER``, but for what ``CLEARED_BY`` says.
3. Only ``TRANSITIONS`` are taken by the engine itself; receipts add facts whatever the status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from unichannel.core.words.channel import RANK
from unichannel.errors import ConflictError

__all__ = [
    "CALL",
    "NOBODY",
    "ORDER",
    "PASSED_ON",
    "RECEIPT_FACTS",
    "RECEIPT_KINDS",
    "TRANSITIONS",
    "Delivery",
    "anonymous",
    "become",
    "bill",
    "merge",
    "recount",
    "status_of",
]

CALL = "call:"
"""How the channel of a call to a host function begins: it is carried as a delivery is."""

NOBODY = 0
"""The profile of what belongs to nobody any more: the person was erased."""

PASSED_ON = "not_accepted:"
"""How the fact begins that a route surely did not accept it, so that another was tried; the route's name follows."""

ORDER = (
    "reserved",
    "sending",
    "retry",
    "in_doubt",
    "abandoned",
    "accepted",
    "sent",
    "delivered",
    "failed",
    "bounced",
    "opened",
    "clicked",
    "replied",
)
"""Statuses from the lowest to the highest; ``cancelled`` and ``expired`` leave ``reserved`` only."""

TRANSITIONS: dict[str, frozenset[str]] = {
    "reserved": frozenset({"sending", "cancelled", "expired", "failed"}),
    "sending": frozenset({"accepted", "failed", "retry", "in_doubt"}),
    "retry": frozenset({"sending", "accepted", "cancelled", "expired", "failed"}),
    "in_doubt": frozenset({"accepted", "failed", "retry", "abandoned"}),
    "abandoned": frozenset({"accepted"}),
    "accepted": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
    "expired": frozenset(),
}
"""What the engine may do with a delivery; everything else is a fact brought by a receipt."""

RECEIPT_KINDS = (
    "queued",
    "sent",
    "delivered",
    "deferred",
    "bounced",
    "rejected",
    "failed",
    "opened",
    "clicked",
    "complained",
    "unsubscribed",
    "subscribed",
    "inbound",
    "unknown",
)
"""What providers tell of, in one vocabulary: their own words are mapped to these, a new one to unknown.

``rejected``: the provider did not try. ``bounced``: the far end refused, for good or at the end of all
tries. ``failed``: it ended in between. ``deferred``: it is still being tried.
"""

RECEIPT_FACTS: dict[str, str] = {
    "queued": "accepted",
    "accepted": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "bounced": "bounced",
    "rejected": "failed",
    "failed": "failed",
    "opened": "opened",
    "clicked": "clicked",
    "replied": "replied",
    "converted": "converted",
    "dismissed": "dismissed",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
}
"""Which fact a receipt of a kind adds; kinds that are not here (deferred, unknown) add none."""

_POSITION = {name: place for place, name in enumerate(ORDER)}
_TRANSIENT = frozenset({"sending", "retry", "in_doubt"})
_HEARD = ("accepted", "sent", "delivered", "opened", "clicked", "replied", "failed", "bounced")


@dataclass(slots=True)
class Delivery:
    """One message to one address on one channel.

    ``facts`` maps a fact to the first instant at which it was so. ``status`` is what the engine
    last did with it, or the highest fact heard. ``at`` is the planned instant of its rung,
    ``reserved`` the real one, ``due`` when there is something to do about it (send, lease end,
    doubt end), None when nothing. ``expires`` ends its time-to-live. ``definition`` is the stored
    one whose message it carries; 0 stands for its run's. ``about`` is the key of the matter that it is
    about, "" for none. ``cost`` is what it is expected to cost, in
    millionths of ``currency``, and once it has the fact ``billed`` what its provider says; None where
    that is not known.
    """

    enrollment: int
    n: int
    profile: int
    key: str
    step: str
    visit: int
    rung: int
    channel: str
    message: str
    category: str
    address: str = field(repr=False)
    hash: str
    at: int
    reserved: int
    due: int | None
    expires: int
    status: str = "reserved"
    attempts: int = 0
    route: str = ""
    provider_id: str = ""
    lease: str = ""
    definition: int = 0
    about: str = field(default="", repr=False)
    cost: int | None = None
    currency: str = ""
    facts: dict[str, int] = field(default_factory=dict)
    frozen: dict[str, Any] = field(default_factory=dict, repr=False)
    trace: dict[str, Any] = field(default_factory=dict, repr=False)
    reason: str = field(default="", repr=False)

    @property
    def id(self) -> str:
        """The public id of the delivery."""
        return f"d{self.enrollment}-{self.n}"

    @property
    def is_call(self) -> bool:
        """Whether it is a call to a host function, not a message."""
        return self.channel.startswith(CALL)

    @property
    def is_anonymous(self) -> bool:
        """Whether the person that it was for was erased."""
        return self.profile == NOBODY

    @property
    def accounts(self) -> list[tuple[str, int]]:
        """The budgets that it was charged to, each with its window, as its trace has them."""
        charged = self.trace.get("detail", {}).get("cost", {}).get("accounts", ())
        return [(name, start) for name, start in charged]

    def first(self, evidence: str) -> int | None:
        """The first instant of this evidence or a stronger one, None if there was none."""
        least = RANK[evidence]
        found = [at for fact, at in self.facts.items() if RANK.get(fact, -1) >= least]
        if evidence == "delivered" and "sent" in self.facts and not found:
            return None
        return min(found) if found else None

    def hard_failure(self) -> int | None:
        """When it failed for good, None if it did not.

        A bounce after `delivered` is one; a bounce after a human open is not.
        """
        if "failed" not in self.facts and "bounced" not in self.facts:
            return None
        failed = [self.facts[name] for name in ("failed", "bounced") if name in self.facts]
        seen = self.first("opened")
        return None if seen is not None and seen <= min(failed) else min(failed)


def anonymous(delivery: Delivery) -> Delivery:
    """What stays of a delivery once its person is erased: that there was one, what became of it, what it cost."""
    cost = delivery.trace.get("detail", {}).get("cost")
    trace = {} if cost is None else {"detail": {"cost": cost}}
    reason = delivery.reason if delivery.status in ("cancelled", "expired", "abandoned") else ""
    return replace(delivery, profile=NOBODY, address="", about="", frozen={}, trace=trace, reason=reason)


def recount(delivery: Delivery, units: int) -> None:
    """Take the segments that a provider counted: the expected cost, by its unit price, until a price is billed."""
    unit = delivery.trace.get("detail", {}).get("cost", {}).get("unit")
    if unit is not None and "billed" not in delivery.facts:
        delivery.cost = unit * units


def bill(delivery: Delivery, micros: int, currency: str, now: int) -> None:
    """Take a provider's price, in millionths; of several the highest, in whatever order they come.

    A price in another currency than the expected one is left out: converting is the host's.
    """
    if delivery.cost is not None and currency != delivery.currency:
        return
    is_first = "billed" not in delivery.facts or delivery.cost is None
    delivery.cost = micros if is_first else max(micros, delivery.cost or 0)
    delivery.currency = currency
    delivery.facts = merge(delivery.facts, "billed", now)


def become(delivery: Delivery, status: str, now: int, *, due: int | None = None, reason: str = "") -> None:
    """Take a delivery to a status by ``TRANSITIONS``, and note the fact with its instant.

    Raises ConflictError for a transition that is not in the table.
    """
    if status not in TRANSITIONS.get(delivery.status, frozenset()):
        raise ConflictError(
            f"the delivery {delivery.id} is {delivery.status} and cannot become {status}.", thing=delivery.id
        )
    delivery.status, delivery.due, delivery.reason = status, due, reason[:300]
    if status != "retry":
        delivery.facts = merge(delivery.facts, status, now)


def status_of(status: str, facts: Mapping[str, int]) -> str:
    """The status to show: the highest of the engine's own and the facts heard."""
    if status in ("cancelled", "expired") and not any(fact in facts for fact in _HEARD):
        return status
    heard = [fact for fact in facts if fact in _POSITION]
    if status in _POSITION and not (status in _TRANSIENT and any(fact in facts for fact in _HEARD)):
        heard.append(status)
    return max(heard, key=_POSITION.__getitem__, default=status)


def merge(facts: Mapping[str, int], fact: str, instant: int) -> dict[str, int]:
    """The facts with one more; of the same fact the first instant stays."""
    merged = dict(facts)
    merged[fact] = min(instant, merged.get(fact, instant))
    return merged
