"""Categories: the kind of a message, from which its defaults come."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Literal

from unichannel.core.words.definition import definition
from unichannel.core.words.instant import HOUR, MINUTE
from unichannel.errors import DefinitionError

__all__ = ["DEFAULTS", "Category", "Guarantee", "Purpose", "Urgency"]

Purpose = Literal["transactional", "marketing"]
Urgency = Literal["normal", "urgent", "otp"]
Guarantee = Literal["at_least_once", "at_most_once"]

_URGENCY_ORDER = {"otp": 0, "urgent": 1, "normal": 2}


@definition
class Category:
    """The kind of message: its purpose, its urgency, and the defaults that follow from them.

    ``guarantee``: at_least_once for transactional, at_most_once for marketing.
    ``fallback_after``: seconds of silence before the next rung; 4 h, urgent 30 min.
    ``ttl``: seconds for which it is worth sending; marketing 72 h, transactional 24 h, urgent 30 min.
    ``quiet_hours``: whether quiet hours hold for it; by default for marketing.
    ``channel``: the usual channel, used where nothing else decides. ``topic``: what preferences name.
    ``strategy``: the name of the strategy that ranks channels for it, the engine's where it has none.
    ``confirms``: it asks to confirm a pending consent, and goes only to who has one on the channel.
    """

    name: str
    _: KW_ONLY
    purpose: Purpose = "marketing"
    urgency: Urgency = "normal"
    topic: str | None = None
    channel: str | None = None
    guarantee: Guarantee | None = None
    fallback_after: float | None = None
    ttl: float | None = None
    quiet_hours: bool | None = None
    strategy: str | None = None
    confirms: bool = False

    def __post_init__(self) -> None:
        if self.urgency == "otp" and self.ttl is None:
            raise DefinitionError(
                f"category {self.name!r} is for one-time passwords and has no ttl.",
                thing=self.name,
                mend="Give ttl= the seconds for which the password is valid.",
            )
        if self.confirms and self.is_marketing:
            raise DefinitionError(
                f"category {self.name!r} confirms, so it may hold no marketing.",
                thing=self.name,
                mend='Give it purpose="transactional".',
            )
        for name in ("fallback_after", "ttl"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise DefinitionError(
                    f"category {self.name!r}: {name} must be more than 0 seconds.",
                    thing=self.name,
                    mend=f"Raise {name}.",
                )

    @property
    def is_marketing(self) -> bool:
        return self.purpose == "marketing"

    @property
    def at_least_once(self) -> bool:
        if self.guarantee is not None:
            return self.guarantee == "at_least_once"
        return not self.is_marketing

    @property
    def respects_quiet_hours(self) -> bool:
        return self.is_marketing if self.quiet_hours is None else self.quiet_hours

    @property
    def delay(self) -> int:
        """Microseconds of silence before the next rung."""
        if self.fallback_after is not None:
            return round(self.fallback_after * 1_000_000)
        return 4 * HOUR if self.urgency == "normal" else 30 * MINUTE

    @property
    def time_to_live(self) -> int:
        """Microseconds from the planned instant for which it may still be sent."""
        if self.ttl is not None:
            return round(self.ttl * 1_000_000)
        if self.urgency != "normal":
            return 30 * MINUTE
        return 72 * HOUR if self.is_marketing else 24 * HOUR

    @property
    def order(self) -> int:
        """Its place among messages that come due together: one-time passwords, urgent, the rest."""
        return _URGENCY_ORDER[self.urgency]


DEFAULTS = (
    Category("transactional", purpose="transactional"),
    Category("marketing"),
    Category("confirmation", purpose="transactional", confirms=True),
)
"""The categories that every engine has; a host's own of the same name replaces them."""
