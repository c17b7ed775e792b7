"""What every store keeps of what workers share: checks, and a machine of workers, deaths and clocks."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from unichannel.ports import Allowance, Block, Session, Store, Taken
from unichannel.testing.conformance.store_handing import Run
from unichannel.testing.conformance.store_values import NOW, handed

__all__ = ["AllowanceMachine", "AllowingRules"]

_RATE = Allowance("rate:sms", 10, NOW, NOW + 100)


class AllowingRules:
    """Blocks of what is shared."""

    def test_no_more_is_granted_than_there_is(self, run: Run) -> None:
        granted = [run(lambda session, n=n: session.take(_RATE, n, NOW, NOW + 50)).amount for n in (4, 5, 3, 1)]  # type: ignore[misc]
        assert granted == [4, 5, 1, 0]
        assert run(lambda session: session.taken(_RATE)) == Taken(0, 10)

    def test_each_window_and_each_name_has_its_own(self, run: Run) -> None:
        budget = Allowance("budget:march", 7)
        others = [Allowance("rate:sms", 10, NOW + 100, NOW + 200), Allowance("rate:mail", 10, NOW), budget]
        assert run(lambda session: session.take(_RATE, 99, NOW, NOW + 50)).amount == 10
        assert [run(lambda session, one=one: session.take(one, 99, NOW, NOW + 9)).amount for one in others] == [  # type: ignore[misc]
            10,
            10,
            7,
        ]

    def test_what_was_not_spent_comes_back_once(self, run: Run) -> None:
        block = run(lambda session: session.take(_RATE, 6, NOW, NOW + 50))
        assert run(lambda session: session.spend(block, 4))
        assert run(lambda session: session.taken(_RATE)) == Taken(4, 2)
        for _ in range(2):
            run(lambda session: session.give_back([block]))
            assert run(lambda session: session.taken(_RATE)) == Taken(4, 0)
        assert not run(lambda session: session.spend(block, 1)), "it is not the worker's any more"
        assert run(lambda session: session.take(_RATE, 99, NOW, NOW + 50)).amount == 6

    def test_a_block_holds_no_more_than_it_has(self, run: Run) -> None:
        block = run(lambda session: session.take(_RATE, 3, NOW, NOW + 50))
        answers = [run(lambda session, n=n: session.spend(block, n)) for n in (2, 2, 1, 1)]  # type: ignore[misc]
        assert answers == [True, False, True, False]
        assert run(lambda session: session.taken(_RATE)) == Taken(3, 0)

    def test_what_a_dead_worker_held_comes_back_when_its_lease_ends(self, run: Run) -> None:
        dead = run(lambda session: session.take(_RATE, 8, NOW, NOW + 50))
        assert run(lambda session: session.spend(dead, 3))
        assert run(lambda session: session.take(_RATE, 99, NOW + 49, NOW + 90)).amount == 2
        assert run(lambda session: session.take(_RATE, 99, NOW + 50, NOW + 90)).amount == 5, "three were spent"
        assert not run(lambda session: session.spend(dead, 1)), "its clock was late: what it held is another's"
        assert run(lambda session: session.taken(_RATE)) == Taken(3, 7)

    def test_who_was_late_but_undisturbed_still_spends(self, run: Run) -> None:
        block = run(lambda session: session.take(_RATE, 8, NOW, NOW + 50))
        assert run(lambda session: session.spend(block, 8)), "nobody else has taken since its lease ended"

    def test_a_limit_that_was_lowered_grants_nothing(self, run: Run) -> None:
        run(lambda session: session.take(_RATE, 8, NOW, NOW + 50))
        lower = Allowance(_RATE.name, 5, _RATE.start, _RATE.end)
        assert run(lambda session: session.take(lower, 1, NOW, NOW + 50)).amount == 0

    def test_what_raises_takes_and_spends_nothing(self, run: Run) -> None:
        block = run(lambda session: session.take(_RATE, 3, NOW, NOW + 50))

        def fail(session: Session) -> None:
            session.put_inbox([handed()])
            session.spend(block, 2)
            session.take(_RATE, 4, NOW, NOW + 50)
            session.give_back([block])
            session.correct([(_RATE.name, _RATE.start, -1)])
            raise LookupError

        with pytest.raises(LookupError):
            run(fail)
        assert run(lambda session: session.taken(_RATE)) == Taken(0, 3)
        assert run(lambda session: session.spend(block, 3))

    def test_what_was_spent_is_corrected_by_whoever_hears_of_it(self, run: Run) -> None:
        """Without a block, in any window, by what is less and by what is more."""
        block = run(lambda session: session.take(_RATE, 10, NOW, NOW + 50))
        assert run(lambda session: session.spend(block, 10))
        run(lambda session: session.correct([(_RATE.name, _RATE.start, -4), ("other", 0, 3), (_RATE.name, 0, 0)]))
        assert run(lambda session: session.taken(_RATE)) == Taken(6, 0)
        assert run(lambda session: session.taken(Allowance("other", 5))) == Taken(3, 0)
        assert run(lambda session: session.take(_RATE, 99, NOW, NOW + 50)).amount == 4
        run(lambda session: session.correct([(_RATE.name, _RATE.start, 2)]))
        assert run(lambda session: session.taken(_RATE)) == Taken(8, 4), "beyond the limit"
        assert run(lambda session: session.take(_RATE, 99, NOW, NOW + 49)).amount == 0
        assert run(lambda session: session.take(Allowance("other", 5), 99, NOW, NOW + 50)).amount == 2

    def test_windows_that_closed_are_forgotten_but_not_those_somebody_holds(self, run: Run) -> None:
        late = Allowance("rate:sms", 10, NOW + 100, NOW + 200)
        for one in (_RATE, late, Allowance("budget", 10), Allowance("rate:mail", 10, NOW, NOW + 100)):
            block = run(lambda session, one=one: session.take(one, 5, NOW, NOW + 50))  # type: ignore[misc]
            run(lambda session, block=block: session.spend(block, 5))  # type: ignore[misc]
        run(lambda session: session.forget_windows(["rate:sms", "budget"], NOW + 200))
        assert run(lambda session: session.taken(_RATE)) == Taken(5, 0), "its block is still there"
        for one in (_RATE, late):
            run(lambda session, one=one: session.give_back([Block(one.name, one.start, 1, 5, NOW)]))  # type: ignore[misc]
        run(lambda session: session.forget_windows(["rate:sms", "budget"], NOW + 199))
        spent = [run(lambda session, one=one: session.taken(one)).spent for one in (_RATE, late)]  # type: ignore[misc]
        assert spent == [0, 5]
        kept = [Allowance("budget", 10), Allowance("rate:mail", 10, NOW, NOW + 100)]
        assert [run(lambda session, one=one: session.taken(one)).spent for one in kept] == [5, 5]  # type: ignore[misc]

    def test_many_workers_never_take_more_than_the_limit(self, store: Store, other: Store) -> None:
        """P47 for what profiles share: several workers take, spend and give back at once."""
        allowance = Allowance("budget", 200)
        spent: list[int] = []
        errors: list[BaseException] = []

        def work(mine: Store, wanted: int) -> None:
            try:
                barrier.wait()
                while (block := mine.transact(lambda one: one.take(allowance, wanted, NOW, NOW + 50))).amount:
                    used = max(1, block.amount - 1)
                    if mine.transact(lambda one, block=block, used=used: one.spend(block, used)):  # type: ignore[misc]
                        spent.append(used)
                    mine.transact(lambda one, block=block: one.give_back([block]))  # type: ignore[misc]
            except BaseException as error:
                errors.append(error)

        barrier = threading.Barrier(4)
        threads = [
            threading.Thread(target=work, args=(mine, n)) for n, mine in enumerate((store, other, store, other), 3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert store.transact(lambda session: session.taken(allowance)) == Taken(sum(spent), 0)
        assert sum(spent) == 200


_worker = st.integers(0, 3)
_amount = st.integers(1, 6)
_LIMIT = 12
_WINDOW = 40


class AllowanceMachine(RuleBasedStateMachine):
    """Workers that take, spend, give back and die, each with a clock of its own; nothing beyond the limit.

    class MyMachine(AllowanceMachine):
        def open(self): return MyStore(...)     # migrated and empty

    TestMyAllowances = MyMachine.TestCase
    """

    def open(self) -> Store:
        """A store to check, migrated and empty."""
        raise NotImplementedError("override `open`")

    def shut(self, store: Store) -> None:
        """Let go of the store."""
        store.close()

    @initialize(late=st.lists(st.integers(-20, 20), min_size=4, max_size=4), is_rate=st.booleans())
    def begin(self, late: list[int], is_rate: bool) -> None:
        self.store = self.open()
        self.late, self.is_rate, self.now = late, is_rate, NOW
        self.hands: dict[int, list[Block]] = {worker: [] for worker in range(4)}
        self.left: dict[Block, int] = {}
        self.spent: dict[int, int] = {}
        self.windows: set[int] = set()

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.shut(self.store)

    def ask(self, work: Any) -> Any:
        return self.store.transact(work)

    def clock(self, worker: int) -> int:
        return self.now + self.late[worker]

    def allowance(self, start: int) -> Allowance:
        return Allowance("shared", _LIMIT, start, start + _WINDOW if self.is_rate else None)

    @rule(worker=_worker, wanted=_amount, lease=st.integers(1, 30))
    def take(self, worker: int, wanted: int, lease: int) -> None:
        now = self.clock(worker)
        start = now - now % _WINDOW if self.is_rate else 0
        expected = self.expected(start, now, wanted)
        block = self.ask(lambda session: session.take(self.allowance(start), wanted, now, now + lease))
        assert block.amount == expected
        self.windows.add(start)
        if block.amount:
            self.hands[worker].append(block)
            self.left[block] = block.amount

    def expected(self, start: int, now: int, wanted: int) -> int:
        """What is left: the limit less what was spent, and what blocks hold whose lease has not ended."""
        for block in [one for one in self.left if one.start == start and one.until <= now]:
            del self.left[block]
        held = sum(left for block, left in self.left.items() if block.start == start)
        return max(0, min(wanted, _LIMIT - self.spent.get(start, 0) - held))

    @precondition(lambda self: any(getattr(self, "hands", {}).values()))
    @rule(worker=_worker, amount=_amount, place=st.integers(0, 9))
    def spend(self, worker: int, amount: int, place: int) -> None:
        blocks = self.hands[worker]
        if not blocks:
            return
        block = blocks[place % len(blocks)]
        may = self.left.get(block, 0) >= amount
        assert self.ask(lambda session: session.spend(block, amount)) == may
        if may:
            self.left[block] -= amount
            self.spent[block.start] = self.spent.get(block.start, 0) + amount

    @rule(worker=_worker)
    def give_back(self, worker: int) -> None:
        blocks, self.hands[worker] = self.hands[worker], []
        self.ask(lambda session: session.give_back(blocks))
        for block in blocks:
            self.left.pop(block, None)

    @rule(worker=_worker)
    def die(self, worker: int) -> None:
        """What it held stays where it is until its lease ends."""
        self.hands[worker] = []

    @rule(step=st.integers(1, 60))
    def pass_time(self, step: int) -> None:
        self.now += step

    @invariant()
    def never_above_the_limit(self) -> None:
        for start in getattr(self, "windows", ()):
            taken = self.ask(lambda session, start=start: session.taken(self.allowance(start)))
            held = sum(left for block, left in self.left.items() if block.start == start)
            assert taken == Taken(self.spent.get(start, 0), held)
            assert taken.spent + taken.held <= _LIMIT
