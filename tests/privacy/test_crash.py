"""Crash at every operation of an erasure, its asking included: she is there whole, or gone whole."""

from __future__ import annotations

from typing import Any

from tests.privacy.world import EMAIL, KEY, MARK, PHONE, VISITOR, hello, lab_on, leave_rows, left
from unichannel import hours
from unichannel.testing import Crash, Lab


def begin(lab: Lab) -> None:
    lab.profile(VISITOR, city=MARK)
    lab.profile(KEY, email=EMAIL, phone=PHONE, first_name=MARK)
    lab.engine.merge(KEY, VISITOR)
    lab.run_due()
    lab.transport.plan("refuse")
    lab.track(KEY, "signed_up", {"city": MARK, "order": MARK}, id=MARK)
    lab.engine.send(KEY, hello, via="email", data={"city": MARK}, key=MARK)
    leave_rows(lab)


def erase(lab: Lab) -> None:
    lab.engine.erase(KEY)
    lab.run_due()


class Watch:
    """Looks after each operation, and crashes at the n-th."""

    def __init__(self, lab: Lab, at: int) -> None:
        self._lab, self._at, self.seen = lab, at, 0

    def __call__(self, phase: str, op: Any) -> None:
        store = self._lab._settings["store"]
        if phase == "after" and type(op).__name__ == "Transact":
            if not store._state.profiles:
                assert left(store) == []
            else:
                assert [one for one in left(store) if one.startswith("addresses") or "deliveries" in one]
        self.seen += 1
        if self.seen == self._at:
            raise Crash


def crashed(at: int) -> int:
    """Erase her, with a crash at one operation; how many operations there were."""
    lab = lab_on(concurrency=1)
    begin(lab)
    sent, watch = len(lab.sent()), Watch(lab, at)
    lab.watch(watch)
    try:
        erase(lab)
    except Crash:
        lab.restart()
        lab.watch(None)
        erase(lab)
    lab.watch(None)
    lab.advance(hours(1))
    assert left(lab._settings["store"]) == []
    assert len(lab.sent()) == sent
    assert "erased" in [entry.what for entry in lab.engine.audit(KEY)]
    return watch.seen


def test_a_crash_anywhere_leaves_nothing_half_erased() -> None:
    operations = crashed(0)
    assert operations > 10
    for at in range(1, operations + 1):
        crashed(at)
