"""The garbage collector rests while a batch is worked at.

A batch makes tens of thousands of values that live until its commit. Python's collector takes them for a
leak and looks through the whole process for garbage, again and again; measured, that was a third of the
time (docs/explanation/speed.md). What it would find meanwhile waits for the end of the batch.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from unichannel.ports import Session

__all__ = ["at_rest"]

T = TypeVar("T")

_resting = threading.Lock()


def at_rest(work: Callable[[Session], T]) -> Callable[[Session], T]:
    """The work; while it is done the collector of this process does not run, unless the host has it stopped anyway."""

    def quiet(session: Session) -> T:
        with _collector_at_rest():
            return work(session)

    return quiet


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Of several threads only the first one stops it: else they might take turns and it never ran."""
    if not gc.isenabled() or not _resting.acquire(blocking=False):
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        _resting.release()
