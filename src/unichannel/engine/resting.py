"""Resting: the garbage collector waits while one batch is worked on.

A batch makes many values and no circles among them: counting references frees them all, while each
pass of the collector walks over everything that the batch still needs.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import TypeVar

from unichannel.ports import Session

__all__ = ["rested"]

T = TypeVar("T")

_turning_off = threading.Lock()


def rested(work: Callable[[Session], T]) -> Callable[[Session], T]:
    """The same work, with the collector off until it ends; who turned it off turns it on again."""

    def working(session: Session) -> T:
        is_ours = _turn_off()
        try:
            return work(session)
        finally:
            if is_ours:
                gc.enable()

    return working


def _turn_off() -> bool:
    """Turn the collector off; False where it was off already, by the host's wish or for another thread."""
    with _turning_off:
        was_on = gc.isenabled()
        if was_on:
            gc.disable()
        return was_on
