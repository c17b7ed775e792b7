"""Clock and Entropy: the only place that reads time or chance.

Everything else is handed both, so that a test can run fourteen days in a second and a decision
can be taken again with the same result.
"""

from __future__ import annotations

import os
import time
from typing import Protocol

__all__ = ["Clock", "Entropy", "SystemClock", "SystemEntropy"]


class Clock(Protocol):
    """Tells the time as an integer: microseconds since 1970-01-01 UTC."""

    def now(self) -> int: ...


class Entropy(Protocol):
    """Gives unpredictable bytes."""

    def token(self, size: int) -> bytes: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return time.time_ns() // 1000


class SystemEntropy:
    """The operating system's source of chance."""

    def token(self, size: int) -> bytes:
        return os.urandom(size)
