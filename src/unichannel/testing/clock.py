"""A clock that moves only when it is told to, and chance that repeats itself."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from unichannel.core.words.instant import from_datetime

__all__ = ["START", "ManualClock", "SeededEntropy"]

START = datetime(2030, 1, 8, 9, 0, tzinfo=UTC)
"""Where the lab begins: a Tuesday, no holiday, no clock change near."""


class ManualClock:
    """Stands still until ``set`` moves it; instants are microseconds UTC."""

    def __init__(self, at: datetime = START) -> None:
        self._now = from_datetime(at)

    def now(self) -> int:
        return self._now

    def set(self, instant: int) -> None:
        """Move to an instant; raises ValueError for one that is over."""
        if instant < self._now:
            raise ValueError("time does not run backwards")
        self._now = instant


class SeededEntropy:
    """The same bytes in the same order for the same seed."""

    def __init__(self, seed: str = "lab") -> None:
        self._seed = seed
        self._count = 0

    def token(self, size: int) -> bytes:
        self._count += 1
        return hashlib.blake2b(f"{self._seed}:{self._count}".encode(), digest_size=max(size, 1)).digest()[:size]
