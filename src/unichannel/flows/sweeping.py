"""Sweeping: once a journey is published that time alone begins, every profile is looked at, to wind its timer."""

from __future__ import annotations

from collections.abc import Sequence

from unichannel.flows.budgeting import Purse, Short
from unichannel.flows.deciding import decide_profiles
from unichannel.flows.kit import Kit
from unichannel.ports import Changes, Session

__all__ = ["sweep_batch"]


def sweep_batch(session: Session, purse: Purse, kit: Kit, now: int, limit: int) -> Changes | Short | None:
    """Look at the next profiles of a sweep of this engine's journeys; None where none is under way."""
    for sweep in session.sweeps():
        program = kit.current.get(sweep.journey)
        if program is None or program.definition != sweep.definition:
            continue  # another worker's, which has that version
        rows = session.profiles_after(sweep.after, limit)
        changes = decide_profiles(session, purse, kit, now, [key for _, key in rows])
        if isinstance(changes, Short):
            return changes
        done = {profile for profile, _ in changes.wakes}
        after = _last_of_all([id for id, _ in rows], done, sweep.after)
        is_over = len(rows) < limit and all(id in done for id, _ in rows)
        session.advance_sweep(sweep.journey, None if is_over else after)
        return changes
    return None


def _last_of_all(ids: Sequence[int], done: set[int], after: int) -> int:
    """The last profile before the first that somebody else has locked: that one is asked for again."""
    for id in ids:
        if id not in done:
            break
        after = id
    return after
