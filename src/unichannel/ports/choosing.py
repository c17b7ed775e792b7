"""Choosing: what a person is asked behind an unsubscribe link, what they answer, and how it is shown to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from unichannel.ports.carrying import Answer

__all__ = ["Cell", "Choices", "Unsubscribing", "Wish"]

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


@dataclass(frozen=True, slots=True)
class Unsubscribing:
    """Answer a visit to the unsubscribe link of the delivery of that key, and do what is wished for.

    ``show`` makes the page; of None, where that delivery is not known any more. ``evidence`` is what shows
    that the person did it. Without a ``wish`` nothing is written.
    """

    key: str
    show: Callable[[Choices | None], Answer]
    wish: Wish | None = None
    evidence: Mapping[str, str] = field(default_factory=dict, repr=False)
