"""What is taken before anything is decided: merges, corrections and erasures, in the order they were asked for.

What has to wait for a profile that another worker has keeps its place: nothing about the same ids overtakes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from unichannel.flows.erasing import take_erasure
from unichannel.flows.kit import Kit
from unichannel.flows.merging import take_merge
from unichannel.flows.rectifying import take_rectification
from unichannel.ports import Changes, Inbox, Session

__all__ = ["Apart", "take_apart"]

_AT_ONCE = 100

_Take: TypeAlias = Callable[[Session, Kit, Inbox, int], "Changes | None"]
_TAKEN: Mapping[str, _Take] = {"merge": take_merge, "rectify": take_rectification, "erase": take_erasure}


@dataclass(slots=True)
class Apart:
    """What one round did: how many of each kind were done, how many have to wait, the runs that ended."""

    done: Counter[str] = field(default_factory=Counter)
    left: int = 0
    changes: Changes = field(default_factory=Changes)


def take_apart(session: Session, kit: Kit, now: int) -> Apart:
    """Take those that wait, the oldest first."""
    result, waiting = Apart(), set[str]()
    for row in session.apart(_AT_ONCE):
        keys = {row.profile, str(row.body.get("other", row.profile))}
        changes = None if keys & waiting else _TAKEN[row.kind](session, kit, row, max(now, row.recorded))
        if changes is None:
            waiting |= keys
            result.left += 1
        else:
            result.done[row.kind] += 1
            result.changes.updated += changes.updated
    return result
