"""Choosing: what a person is asked behind an unsubscribe link, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = ["Cell", "Choices", "Wish"]

Cell: TypeAlias = tuple[str, str]
"""A channel and a topic."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for.

    ``scope``: "link" is what a one-click opt-out already did by its receipt; "topic", "channel" or "everything"
    is taken back as far; "preferences" changes, of the cells that were ``shown``, those where what is ``on``
    now is not what ``was`` on; "unclear" is what no form of ours sends. ``wording`` in ``language`` is the text
    above the boxes that were ticked.
    """

    scope: Literal["link", "topic", "channel", "everything", "preferences", "unclear"]
    shown: frozenset[Cell] = frozenset()
    was: frozenset[Cell] = frozenset()
    on: frozenset[Cell] = frozenset()
    wording: str = field(default="", repr=False)
    language: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the page shows.

    ``channel`` and ``topic`` ("" for none) are those of the message; ``scopes`` what may be taken back, the
    ``preset`` one as the host settled it. ``preferences``: topic to channel to "on", "off" or "pending".
    ``stopped`` are channels on which no address of the person may be written to. ``said``: what became of a wish.
    """

    channel: str
    topic: str = ""
    scopes: tuple[str, ...] = ()
    preset: str = ""
    preferences: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stopped: tuple[str, ...] = ()
    sender: str = ""
    said: Literal["", "unsubscribed", "saved", "unclear"] = ""

    @property
    def cells(self) -> frozenset[Cell]:
        """Every channel and topic that can be chosen."""
        return frozenset((channel, topic) for topic, channels in self.preferences.items() for channel in channels)
