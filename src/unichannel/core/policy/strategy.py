"""Strategies: which channel first, for one person and kind of message, by what each has shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unichannel.core.audience.profile import Person
from unichannel.core.words.category import Category
from unichannel.core.words.definition import Many, definition

__all__ = ["Preferred", "affinity", "count"]


@definition
class Preferred:
    """The channel that the person has shown to prefer so far.

    A stated preference for the category's topic (or its name, or "*") comes first. Then by
    engagement: the share of messages on the channel that the person engaged with, where one
    unseen message that was half engaged with stands for what is not known yet. Ties go to the
    category's usual channel, then to the order given here.
    """

    order: Many[str] = ("email", "push", "sms", "whatsapp", "rcs", "mms", "web_push", "in_app", "chat", "voice")

    def __call__(self, person: Person, category: Category, offered: Sequence[str]) -> list[str]:
        """The offered channels, best first."""
        stated = self._stated(person, category)
        return sorted(offered, key=lambda channel: self._sort_key(channel, person, category, stated))

    def _stated(self, person: Person, category: Category) -> str | None:
        for name in (category.topic, category.name, "*"):
            if name is not None and name in person.preferences:
                return person.preferences[name]
        return None

    def _sort_key(
        self, channel: str, person: Person, category: Category, stated: str | None
    ) -> tuple[bool, float, bool, int]:
        place = list(self.order).index(channel) if channel in self.order else len(self.order)
        return channel != stated, -affinity(person.engagement.get(channel, {})), channel != category.channel, place


def affinity(counts: Mapping[str, int]) -> float:
    """The share of a channel's messages that were engaged with, with half of one to begin with."""
    return (counts.get("engaged", 0) + 0.5) / (counts.get("sent", 0) + 1)


def count(person: Person, channel: str, what: str) -> None:
    """Add one delivery that was "sent" or "engaged" with to what the person has shown on the channel."""
    counts = person.engagement.setdefault(channel, {})
    counts[what] = counts.get(what, 0) + 1
