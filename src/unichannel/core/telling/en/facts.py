"""What became of a delivery, its subject left out; and why it failed."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["FACTS", "REASONS"]

FACTS: dict[str, Phrases] = {
    "reserved": ("is reserved {at:since}", "was reserved"),
    "sending": ("is on its way {at:since}", "was handed over"),
    "retry": ("is tried again, {at:since} ({reason})", "is tried again, {at:since}", "was to be tried again"),
    "in_doubt": ("is in doubt {at:since}", "was in doubt"),
    "abandoned": ("was given up in doubt {at:at}", "was given up in doubt"),
    "accepted": ("was accepted {at:at} after {tries}", "was accepted {at:at}", "was accepted"),
    "sent": ("was sent {at:at}", "was sent"),
    "delivered": ("was delivered {at:at}", "was delivered"),
    "failed": ("failed {at:at} ({reason})", "failed {at:at}", "failed"),
    "bounced": ("bounced {at:at} ({reason})", "bounced {at:at}", "bounced"),
    "cancelled": ("was taken back {at:at} ({reason})", "was taken back {at:at}", "was taken back"),
    "expired": (
        "was given up {at:at} after {tries}",
        "was no longer worth sending {at:at}",
        "was no longer worth sending",
    ),
    "doubted": ("was in doubt {at:at}", "was in doubt"),
    "opened": ("was opened {at:at}", "was opened"),
    "clicked": ("was clicked {at:at}", "was clicked"),
    "replied": ("was answered {at:at}", "was answered"),
    "converted": ("led to a conversion {at:at}", "led to a conversion"),
    "dismissed": ("was dismissed {at:at}", "was dismissed"),
    "complained": ("was complained about {at:at}", "was complained about"),
    "unsubscribed": ("was unsubscribed from {at:at}", "was unsubscribed from"),
    "machine_opened": (
        "was opened by a machine, which does not count, {at:at}",
        "was opened by a machine, which does not count",
    ),
    "machine_clicked": (
        "was clicked by a machine, which does not count, {at:at}",
        "was clicked by a machine, which does not count",
    ),
    "not_accepted": ("was not accepted by a route {at:at}", "was not accepted by a route"),
    "held_back_by_rate": ("was held back by its provider's rate {at:at}", "was held back by its provider's rate"),
    "held_back_by_pause": (
        "was held back {at:at}, as its provider was in trouble",
        "was held back, as its provider was in trouble",
    ),
}

REASONS = {
    "mailbox_full": "mailbox full",
    "no_mailbox": "no such mailbox",
    "no_domain": "no such domain",
    "mailbox_off": "mailbox disabled",
    "too_large": "message too large",
    "policy": "refused by the recipient's policy or filter",
    "network": "the recipient's server could not be reached",
    "system": "the recipient's server does not take it",
    "content": "its content was not accepted",
    "template": "the message could not be made",
}
