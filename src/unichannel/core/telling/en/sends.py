"""What became of a send."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["SENDS"]

SENDS: dict[str, Phrases] = {
    "reserved": "{channel} was chosen",
    "deferred": ("the step {step} had to wait {until:until}", "the step {step} had to wait"),
    "held": ("it had to wait {until:until}", "it had to wait"),
    "late": "it was due {planned:at} and decided {decided:at}",
    "skipped": "the step {step} sent nothing more",
    "unreachable": "the step {step} was not sent, as no channel was left",
    "expired": (
        "the step {step} was not sent, as it was worth sending only {expires:until}",
        "the step {step} was not sent in time",
    ),
    "ttl": "it was no longer worth sending",
    "cancelled": "it was taken back before it was sent",
    "delivery_waits": "It goes out {until:at} at the earliest",
    "of_run": (
        "It is the step {step} of {journey}, which began {start:at} with {event}",
        "It is the step {step} of {journey}, which began {start:at}",
    ),
    "of_send": "It was handed in {start:at}",
    "succeeded": "{step} had succeeded",
}
