"""The one clock of all workers of a store: the store's own, where it has one.

The ends of leases, doubts and pauses are written by one worker and compared by another, and the clocks of
two machines may be minutes apart. So where the engine was given no clock, its machine's is set right by the
store's: PostgreSQL is asked what time it is in a transaction that is under way anyway. Memory and SQLite have
no clock of their own; and a clock that was given, such as a test's, is taken at its word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from unichannel.ambient import Clock, SystemClock
from unichannel.core.words.instant import SECOND
from unichannel.ports import Session

__all__ = ["StoreClock", "clock_of", "here"]

T = TypeVar("T")

_FRESH = 10 * SECOND
"""For how long an answer of the store counts as new; a machine's clock that is set meanwhile is noticed then."""

_AGREED = SECOND
"""Clocks that differ by less agree: what the way there and back adds is never corrected, so time does not jitter."""


class StoreClock:
    """A machine's clock, set right by the store's; threads share it."""

    def __init__(self, own: SystemClock) -> None:
        self._own = own
        self._ahead = 0
        self._asked: int | None = None
        self._has_one = True

    def now(self) -> int:
        """Microseconds UTC by the store's clock; by the machine's as long as no other is known."""
        return self._own.now() + self._ahead

    def here(self, instant: int) -> int:
        """What the machine's clock shows at that instant of the store's."""
        return instant - self._ahead

    def asking(self, work: Callable[[Session], T]) -> Callable[[Session], T]:
        """The work; before it the store is asked for the time, where that was not done just now."""

        def looking(session: Session) -> T:
            self._look(session)
            return work(session)

        return work if self._knows() else looking

    def _knows(self) -> bool:
        is_fresh = self._asked is not None and 0 <= self._own.now() - self._asked < _FRESH
        return is_fresh or not self._has_one

    def _look(self, session: Session) -> None:
        before = self._own.now()
        theirs = session.clock()
        after = self._own.now()
        self._has_one = theirs is not None
        if theirs is None:
            return
        found = theirs - (before + after) // 2
        if abs(found - self._ahead) > _AGREED + abs(after - before) // 2:
            self._ahead = found
        self._asked = after


def clock_of(given: Clock | None) -> Clock:
    """The clock that was given; the machine's is set right by the store's."""
    clock = given or SystemClock()
    return StoreClock(clock) if isinstance(clock, SystemClock) else clock


def here(clock: Clock, instant: int) -> int:
    """What the host reads off its own clock at an instant of the engine's: it sleeps by that."""
    return clock.here(instant) if isinstance(clock, StoreClock) else instant
