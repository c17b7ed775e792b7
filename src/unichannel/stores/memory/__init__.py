"""MemoryStore: the store for tests and small scripts; what it keeps is gone with the process.

One lock around each transaction makes every session exclusive. A transaction that raises is taken
back from an undo log. Due rows sit in heaps, so nothing is proportional to who is only waiting.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from unichannel.errors import ConfigurationError
from unichannel.ports.storing import Session
from unichannel.stores.memory.session import MemorySession
from unichannel.stores.memory.state import State

__all__ = ["MemoryStore"]

T = TypeVar("T")


class MemoryStore:
    """Keeps everything in this process, for tests and scripts; any number of threads may use it."""

    joins_transactions = False

    def __init__(self) -> None:
        self._state = State()
        self._lock = threading.RLock()
        self._identity = os.urandom(32)

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._state.profiles)} profiles)"

    def identity(self) -> bytes:
        return self._identity

    def migrate(self) -> None:
        """There is no schema to bring up to date."""

    def check(self) -> None:
        """There is no schema to check."""

    def transact(self, work: Callable[[Session], T], *, connection: Any = None) -> T:
        if connection is not None:
            raise ConfigurationError(
                "the memory store cannot take part in the host's transaction.",
                thing="connection",
                mend="Leave connection= out, or use SqlStore.",
            )
        with self._lock:
            self._state.undo.clear()
            try:
                return work(MemorySession(self._state))
            except BaseException:
                for take_back in reversed(self._state.undo):
                    take_back()
                raise
            finally:
                self._state.undo.clear()

    async def migrate_async(self) -> None:
        self.migrate()

    async def check_async(self) -> None:
        self.check()

    async def identity_async(self) -> bytes:
        return self._identity

    async def transact_async(self, work: Callable[[Session], T], *, connection: Any = None) -> T:
        return self.transact(work, connection=connection)

    def close(self) -> None:
        """There is nothing to let go of."""

    async def close_async(self) -> None:
        """There is nothing to let go of."""
