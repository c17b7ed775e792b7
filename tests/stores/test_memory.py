"""MemoryStore keeps what every store keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unichannel.core.messaging.delivery import Delivery
from unichannel.ports import Session
from unichannel.stores.memory import MemoryStore, delivering, session
from unichannel.testing.conformance.store import StoreConformance
from unichannel.testing.conformance.store_values import NOW, begin


class TestMemoryStore(StoreConformance):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


def test_what_comes_next_is_found_without_looking_at_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among a thousand, three of a channel that is left out come first: three are passed over, each time."""
    store, looked = MemoryStore(), []

    def is_served(delivery: Delivery, without: frozenset[str]) -> bool:
        looked.append(delivery.n)
        return delivering.is_served(delivery, without)

    def wait(session: Session) -> None:
        begin(session, deliveries=1000)
        made = session.due(NOW, 1000)
        session.save([replace(one, due=NOW + one.n, channel="sms" if one.n < 4 else "email") for one in made])

    store.transact(wait)
    monkeypatch.setattr(session, "is_served", is_served)
    for _ in range(2):
        assert store.transact(lambda session: session.next_due(NOW, frozenset({"sms"}))) == NOW + 4
    assert looked == [1, 2, 3, 4] * 2
    assert store.transact(lambda session: session.next_due(NOW)) == NOW + 1, "they are still there"
