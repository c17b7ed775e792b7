"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(found: Callable[[], T], what: str, *, deadline: float = 60.0, every: float = 0.02) -> T:
    """The first true answer; fails after the deadline, naming what did not come."""
    end = time.monotonic() + deadline
    while not (answer := found()):
        assert time.monotonic() < end, f"{what} did not come within {deadline:g} s"
        time.sleep(every)
    return answer
