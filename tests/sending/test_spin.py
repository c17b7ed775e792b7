"""A pass that gets no lock, because another worker holds them, ends and says that there is more (P7)."""

from __future__ import annotations

from tests.pitfalls.test_workers import Contended, greets
from unichannel.testing import Lab


class Counting(Contended):
    rounds = 0

    def transact(self, work, *, connection=None):
        self.rounds += 1
        assert self.rounds < 1_000, "run_due went round hundreds of times with nothing to do"
        return super().transact(work, connection=connection)


def test_a_pass_that_gets_no_lock_ends() -> None:
    lab = Lab()
    store = Counting()
    lab.use(store=store)
    lab.add(greets)
    lab.profile("ada", email="ada@example.com", timezone="UTC")
    store.lost, store.now, store.rounds = 10**9, lab.clock.now(), 0
    lab.engine.track("ada", "hi")
    assert lab.engine.run_due().more
