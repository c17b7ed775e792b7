"""What every store keeps: subclass ``StoreConformance`` and give it yours.

class TestMyStore(StoreConformance):
    @pytest.fixture
    def store(self): ...

Each rule of ``ports/storing.py`` is one or more checks here; each check runs on both faces.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from unichannel.core.audience.consent import Suppression
from unichannel.core.journey.enrollment import Enrollment
from unichannel.ports import Changes, Fault, Parked, Receipt, Session, Store
from unichannel.testing.conformance.store_allowing import AllowingRules
from unichannel.testing.conformance.store_deciding import DecidingRules
from unichannel.testing.conformance.store_delivering import DeliveringRules
from unichannel.testing.conformance.store_handing import Run
from unichannel.testing.conformance.store_merging import MergingRules, merge
from unichannel.testing.conformance.store_purging import PurgingRules
from unichannel.testing.conformance.store_values import NOW, begin, consent_of, event_of, handed, note_of, read

__all__ = ["StoreConformance"]


class StoreConformance(DecidingRules, DeliveringRules, MergingRules, AllowingRules, PurgingRules):
    """Checks for a store that is migrated and empty.

    Override ``store``, and close what it leaves open after the ``yield``; ``other`` with a second
    store on the same data, where there can be one.
    """

    @pytest.fixture
    def store(self) -> Store:
        """The store to check."""
        raise NotImplementedError("override the fixture `store`")

    @pytest.fixture
    def other(self, store: Store) -> Store:
        """A second store on the same data, as another process would have it."""
        return store

    @pytest.fixture(params=["sync", "async"])
    def run(self, request: pytest.FixtureRequest, store: Store) -> Iterator[Run]:
        """Runs work on one of the two faces."""
        if request.param == "sync":
            yield store.transact
            return
        with asyncio.Runner() as runner:
            yield lambda work: runner.run(store.transact_async(work))
            runner.run(store.close_async())

    # the store itself

    def test_migrating_again_changes_nothing(self, store: Store) -> None:
        before = store.identity()
        store.transact(lambda session: session.put_inbox([handed()]))
        store.migrate()
        store.check()
        assert store.identity() == before
        assert store.transact(lambda session: session.candidates(NOW, 9)) == ["ada"]

    def test_the_identity_is_the_stores_own(self, store: Store, other: Store) -> None:
        assert len(store.identity()) >= 16
        assert store.identity() == other.identity()

    def test_both_faces_agree(self, store: Store) -> None:
        async def ask() -> tuple[Any, ...]:
            try:
                await store.migrate_async()
                await store.check_async()
                known = await store.transact_async(lambda session: session.candidates(NOW, 9))
                return known, await store.identity_async()
            finally:
                await store.close_async()

        store.transact(lambda session: session.put_inbox([handed()]))
        expected = store.transact(lambda session: session.candidates(NOW, 9)), store.identity()
        assert asyncio.run(ask()) == expected

    def test_it_says_whether_it_joins_transactions(self, store: Store) -> None:
        assert isinstance(store.joins_transactions, bool)

    def test_its_clock_runs_in_microseconds_where_it_has_one(self, run: Run) -> None:
        told = [run(lambda session: session.clock()) for _ in range(2)]
        assert told == [None, None] or 10**15 < told[0] <= told[1] < 10**16  # type: ignore[operator]

    # transactions

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
    def test_work_that_raises_leaves_nothing_behind(self, run: Run, error: type[BaseException]) -> None:
        begun = run(_write_everything)
        before = run(_read_everything)

        def fail(session: Session) -> None:
            _write_everything(session, "bob")
            _change_everything(session, begun)
            raise error

        with pytest.raises(error):
            run(fail)
        assert run(_read_everything) == before

    def test_work_gives_back_what_it_returns_and_raises(self, run: Run) -> None:
        error = LookupError("mine")

        def fail(_: Session) -> None:
            raise error

        assert run(lambda _: 17) == 17
        with pytest.raises(LookupError) as caught:
            run(fail)
        assert caught.value is error

    def test_no_update_is_lost_and_nobody_is_decided_for_twice(self, store: Store, other: Store) -> None:
        """P7, P8, P47: many at once read a number, add one, write it."""
        inside: list[int] = []
        wins: list[int] = []

        def add(session: Session) -> bool:
            if "ada" not in session.lock(["ada"], NOW):
                return False
            inside.append(1)
            assert len(inside) == 1, "two decide for the same profile at once"
            (loaded,) = read(session, "ada")
            person = loaded.facts.person
            person.attributes["count"] = person.attributes.get("count", 0) + 1
            session.commit(Changes(people=[person]))
            inside.clear()
            return True

        def work(mine: Store) -> None:
            barrier.wait()
            wins.extend(1 for _ in range(20) if mine.transact(add))

        barrier = threading.Barrier(4)
        _together([lambda mine=mine: work(mine) for mine in (store, other, store, other)])  # type: ignore[misc]
        (loaded,) = store.transact(lambda session: read(session, "ada"))
        assert loaded.facts.person.attributes["count"] == len(wins) > 0

    def test_what_is_due_is_taken_once(self, store: Store, other: Store) -> None:
        """P8: two workers read a flag and both set it."""
        store.transact(lambda session: begin(session, deliveries=60))
        taken: list[tuple[int, int]] = []

        def take(session: Session) -> list[tuple[int, int]]:
            found = session.due(NOW, 7)
            for one in found:
                one.status, one.due = "sending", None
            session.save(found)
            return [(one.enrollment, one.n) for one in found]

        def work(mine: Store) -> None:
            while mine_now := mine.transact(take):
                taken.extend(mine_now)

        _together([lambda mine=mine: work(mine) for mine in (store, other, store)])  # type: ignore[misc]
        assert sorted(taken) == sorted(set(taken))
        assert len(taken) == 60


def _together(works: list[Callable[[], None]]) -> None:
    """Run these at once; raise what one of them raises."""
    errors: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def _write_everything(session: Session, key: str = "ada") -> Enrollment:
    begun = begin(session, key, deliveries=2)
    session.put_inbox([handed(key, event_id=f"{name}-{key}") for name in "abc"])
    session.put_consents([(key, consent_of())])
    session.put_suppressions([Suppression(f"hash-{key}", "all", "stop", NOW)])
    session.put_receipts([Parked("mail", NOW, Receipt("sent", NOW, id=key), NOW)])
    session.put_definition(key, 1, "d", "{}", NOW)
    session.begin_sweep("orders", 7)
    changes = Changes(events=[(begun.profile, event_of(id=f"h-{key}"))])
    changes.notes = [note_of(begun.profile, origin=key), note_of(begun.profile)]
    changes.wakes, changes.addresses = [(begun.profile, NOW)], [(begun.profile, [f"hash-{key}"])]
    changes.faults = [Fault(begun.profile, begun.id, "broken", NOW)]
    session.commit(changes)
    return begun


def _change_everything(session: Session, begun: Enrollment) -> None:
    (loaded,) = read(session, "ada")
    person, made = loaded.facts.person, loaded.facts.deliveries[0]
    person.attributes["changed"] = True
    made.status, made.due = "sending", None
    session.save([made])
    session.put_suppressions([Suppression("hash-ada", "none", "start", NOW)])
    session.drop_faults([one.id for one in session.faults(9)])
    session.settle_receipts([one.id for one in session.receipts(NOW, 9)], [])
    ended = replace(begun, status="exited", listen=None, due=None)
    changes = Changes([person], [row.id for row in loaded.inbox], updated=[ended], wakes=[(person.id, None)])
    changes.addresses, changes.cancelled = [(person.id, [])], [(begun.id, 2, "exit", NOW)]
    session.begin_sweep("welcome", 8)
    session.advance_sweep("orders", 5)
    changes.notes = [note_of(person.id, origin="ada")]  # equal to one that is there: its place must not move
    session.commit(changes)
    merge(session, "ada", "bob")


def _read_everything(session: Session) -> list[Any]:
    hashes, keys = ["hash-ada", "hash-bob"], ["ada", "bob"]
    answers: list[Any] = [session.candidates(NOW, 9), session.known(keys), *(session.history(key) for key in keys)]
    answers += [session.due(NOW, 9), session.faults(9), session.receipts(NOW, 9), session.profiles_at(hashes)]
    answers += [session.definitions(), session.origin("ada"), session.origin("bob"), session.latest_to(hashes)]
    answers += [session.sweeps(), session.profiles_after(0, 9), session.runs_of("welcome", 1, 0, 9)]
    return [*answers, session.next_due(NOW), session.gates(session.due(NOW, 9))]
