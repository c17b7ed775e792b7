"""Events: what happened, by or to a profile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["CONTACTS", "RECEIVED", "Event"]

RECEIVED = "message.received"
"""The event of a message from a person; its properties are channel, text and keyword."""

CONTACTS = frozenset({"message.clicked", "message.replied", RECEIVED})
"""Events that are the person's own doing: a click and an answer count as contact, an open does not (law:F19)."""


@dataclass(slots=True)
class Event:
    """Something that happened to a profile.

    ``occurred`` is when (stated, never after ``recorded``), ``recorded`` when we were told; both
    microseconds UTC. ``depth`` counts how many emitted events lie between it and the outside.
    """

    name: str
    occurred: int
    recorded: int
    properties: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    depth: int = 0
