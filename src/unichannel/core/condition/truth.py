"""Truth: what a condition answers, and until when the answer holds if nothing new happens.

The rules of this file:

1. ``value`` holds on [now, ``until``). ``until`` may be early, never late; None says that time
   alone never changes it.
2. ``~`` keeps ``until``. ``&`` of two that hold ends with the earlier; of one that does not hold
   with that one's; of two that do not hold with the later. ``|`` is the dual.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NEVER", "Truth", "earlier", "later"]


def earlier(a: int | None, b: int | None) -> int | None:
    """The earlier of two instants, None counting as never."""
    if a is None or b is None:
        return b if a is None else a
    return min(a, b)


def later(a: int | None, b: int | None) -> int | None:
    """The later of two instants, None counting as never."""
    return None if a is None or b is None else max(a, b)


@dataclass(slots=True, frozen=True)
class Truth:
    """A value and the instant (microseconds UTC) until which it holds by itself."""

    value: bool
    until: int | None = None

    def __invert__(self) -> Truth:
        return Truth(not self.value, self.until)

    def __and__(self, other: Truth) -> Truth:
        if self.value and other.value:
            return Truth(True, earlier(self.until, other.until))
        if self.value != other.value:
            return other if self.value else self
        return Truth(False, later(self.until, other.until))

    def __or__(self, other: Truth) -> Truth:
        return ~(~self & ~other)


NEVER = Truth(False)
"""False, and time alone never changes it."""
