"""What one person's erasure or copy costs grows with what is held about them, not with what is held about others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.privacy.world import EMAIL, KEY, MARK, hello, lab_on
from unichannel import SqlStore
from unichannel.ports import Parked, Receipt
from unichannel.stores.sql.running import SqlalchemyRunner
from unichannel.testing import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    lab = lab_on(SqlStore(f"sqlite:///{tmp_path / 'cost.db'}"))
    lab.profile(KEY, email=EMAIL, first_name=MARK)
    lab.send(KEY, hello, via="email", data={"city": "x"})
    leave = {"kind": "delivered", "provider_id": "lost-1", "channel": "email", "address": EMAIL, "text": MARK}
    lab._hand_in([leave])
    return lab


def others(lab: Lab, count: int) -> None:
    """Receipts of others that wait, for nobody knows yet what they are about."""
    later = lab.clock.now() + 3_600_000_000
    rows = [
        Parked("lost", 0, Receipt("delivered", 0, key=f"k{n}", provider_id=f"p{n}"), later, hash=f"h{n}")
        for n in range(count)
    ]
    lab._settings["store"].transact(lambda session: session.put_receipts(rows))


def rows_read(lab: Lab, monkeypatch: pytest.MonkeyPatch, act: Any) -> int:
    """How many rows the store gave while something was done."""
    count, rows = 0, SqlalchemyRunner.rows

    def counted(self: SqlalchemyRunner, *asked: Any) -> Any:
        nonlocal count
        found = rows(self, *asked)
        count += len(found)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(SqlalchemyRunner, "rows", counted)
        act()
    return count


def test_an_erasure_and_a_copy_read_what_is_hers(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def cost_of_a_copy() -> int:
        return rows_read(lab, monkeypatch, lambda: lab.engine.export(KEY))

    alone = cost_of_a_copy()
    others(lab, 300)
    assert cost_of_a_copy() == alone + 1, "its own entry in the audit trail"
    assert rows_read(lab, monkeypatch, lambda: lab.erase(KEY)) < 20
    waiting = lab._settings["store"].transact(lambda session: session.parked(["k1"], [], ["h2"]))
    assert [one.receipt.key for one in waiting] == ["k1", "k2"], "those of others still wait"


def test_receipts_that_older_code_left_are_looked_through(lab: Lab) -> None:
    """In a rolling deploy an older worker writes no hash: such a receipt is hers if its address is."""
    store = lab._settings["store"]
    receipt = Receipt("inbound", 0, channel="email", address=EMAIL, text=MARK)
    bobs = Receipt("inbound", 0, channel="email", address="bob@example.com", text="I am Bob")
    later = lab.clock.now() + 3_600_000_000
    store.transact(
        lambda session: session.put_receipts([Parked("p", 0, one, later, hash=None) for one in (receipt, bobs)])
    )
    lab.erase(KEY)
    left = store.transact(lambda session: session.parked([], [], []))
    assert [one.receipt.text for one in left] == ["I am Bob"]
