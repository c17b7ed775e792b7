"""MemoryStore keeps what every store keeps."""

from __future__ import annotations

import pytest

from unichannel.stores.memory import MemoryStore
from unichannel.testing.conformance.store import StoreConformance


class TestMemoryStore(StoreConformance):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
