"""The gate: what is asked once more at the moment a delivery is marked ``sending``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from unichannel.core.audience.consent import Consent, Suppression
from unichannel.core.audience.profile import Person
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.permission import consent_refusal, suppression_refusal
from unichannel.core.policy.setting import Setting
from unichannel.core.policy.staleness import stale_since
from unichannel.core.policy.timing import closed

__all__ = ["ENDED", "Passage", "call_gate", "gate"]

ENDED = {"converted": "goal", "exited": "exit", "merged": "merged", "erased": "erased"}
"""Which ends of a run take its reserved deliveries with them; reaching the last step does not."""


@dataclass(slots=True)
class Passage:
    """The gate's answer: go; wait until an instant; cancelled or expired with a code."""

    answer: Literal["go", "wait", "cancelled", "expired"]
    code: str = ""
    until: int = 0


def gate(
    delivery: Delivery,
    status: str,
    person: Person,
    consents: Sequence[Consent],
    suppressions: Mapping[str, Suppression],
    setting: Setting,
    now: int,
) -> Passage:
    """Whether a delivery of a run with this status may go out now."""
    if status in ENDED:
        return Passage("cancelled", ENDED[status])
    category = setting.category(delivery.category)
    no_consent = consent_refusal(consents, delivery.channel, category, person, setting, now)
    refused = no_consent.code if no_consent else suppression_refusal(suppressions, delivery.hash, category)
    if not refused and stale_since(setting, delivery.channel, delivery.address, category, person, now):
        refused = "stale_address"
    if refused:
        return Passage("cancelled", refused)
    if now >= delivery.expires:
        return Passage("expired", "ttl")
    hours = closed(setting, delivery.channel, category, person, now)
    if hours is None:
        return Passage("go")
    if category.when_closed == "drop":
        return Passage("cancelled", "closed")
    # What never opens again waits for its time-to-live, and expires.
    return Passage("wait", "window", hours.until if hours.until is not None else delivery.expires)


def call_gate(delivery: Delivery, status: str, now: int) -> Passage:
    """Whether a call to a host function may be made now: nobody hears of it, so only its run and time are asked."""
    if status in ENDED:
        return Passage("cancelled", ENDED[status])
    return Passage("expired", "ttl") if now >= delivery.expires else Passage("go")
