"""P7, P8, P9, P47: several workers on PostgreSQL, in interleavings that are chosen, and in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from tests.stores import postgres
from tests.stores.interleaving import before, wait_until_blocked
from unichannel.errors import ConfigurationError, ConflictError, InvalidInput
from unichannel.ports import Changes, Parked, Receipt, Session
from unichannel.stores.sql import SqlStore
from unichannel.stores.sql.locking import Locking
from unichannel.testing.conformance.store_merging import merge
from unichannel.testing.conformance.store_values import HOUR, NOW, begin, handed, read, run_of


@pytest.fixture
def url() -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    store = SqlStore(f"{url}&options=-c%20lock_timeout%3D20s")
    yield store
    store.close()


@pytest.fixture
def other(url: str) -> Iterator[SqlStore]:
    """Another worker; where it would have to wait, it fails at once."""
    store = SqlStore(f"{url}&options=-c%20lock_timeout%3D1ms")
    yield store
    store.close()


@pytest.fixture
def patient(url: str) -> Iterator[SqlStore]:
    """Another worker, which waits."""
    store = SqlStore(url)
    yield store
    store.close()


class TestLocks:
    def test_what_one_has_the_other_leaves(self, store: SqlStore, other: SqlStore) -> None:
        store.transact(lambda session: session.lock(["ada", "bob"], NOW))

        def decide(session: Session) -> None:
            assert session.lock(["ada"], NOW) == {"ada": 1}
            assert other.transact(lambda theirs: theirs.lock(["bob", "ada"], NOW)) == {"bob": 2}

        store.transact(decide)
        assert other.transact(lambda theirs: theirs.lock(["ada"], NOW)) == {"ada": 1}

    def test_each_worker_takes_the_next_that_are_free(self, store: SqlStore, other: SqlStore) -> None:
        ids = store.transact(lambda session: session.lock([f"p{n}" for n in range(6)], NOW))
        wakes = [(id, NOW - 9 + id) for id in ids.values()]
        store.transact(lambda session: session.commit(Changes(wakes=list(wakes))))
        store.transact(lambda session: session.put_inbox([handed(f"p{n}") for n in (0, 3)]))

        def decide(session: Session) -> None:
            assert session.candidates(NOW, 3) == ["p0", "p3", "p1"]
            session.lock(["p0", "p3", "p1"], NOW)
            theirs = other.transact(lambda theirs: theirs.candidates(NOW, 2))
            assert theirs == ["p2", "p4"]
            assert other.transact(lambda theirs: theirs.candidates(NOW, 9)) == ["p2", "p4", "p5"]

        store.transact(decide)

    def test_what_another_has_done_meanwhile_is_not_due_any_more(self, store: SqlStore, other: SqlStore) -> None:
        ids = store.transact(lambda session: session.lock(["ada", "bob"], NOW))
        store.transact(lambda session: session.commit(Changes(wakes=[(id, NOW) for id in ids.values()])))

        def do_it(_: Any) -> None:
            other.transact(lambda session: session.commit(Changes(wakes=[(ids["ada"], NOW + HOUR)])))

        with before(store, "FOR UPDATE", do_it):
            assert store.transact(lambda session: session.candidates(NOW, 9)) == ["bob"]

    @pytest.mark.parametrize("keys", [["bob"], ["ada", "bob"], ["bob", "ada"]])
    def test_a_merge_between_the_reading_and_the_lock(self, store: SqlStore, other: SqlStore, keys: list[str]) -> None:
        """Nobody decides for a profile that is an alias by now."""
        store.transact(lambda session: session.lock(["ada", "bob"], NOW))
        with before(store, "FOR UPDATE", lambda _: other.transact(lambda session: merge(session, "ada", "bob"))):
            locked = store.transact(lambda session: session.lock(keys, NOW))
        assert locked == ({} if keys == ["bob"] else {"ada": 1, "bob": 1})

    def test_one_who_is_decided_for_is_not_merged(self, store: SqlStore, other: SqlStore) -> None:
        store.transact(lambda session: session.lock(["ada", "bob"], NOW))

        def decide(session: Session) -> None:
            session.lock(["bob"], NOW)
            assert other.transact(lambda theirs: theirs.lock(["ada", "bob"], NOW)) == {"ada": 1}

        store.transact(decide)

    def test_two_who_meet_somebody_new(self, store: SqlStore, other: SqlStore, patient: SqlStore, url: str) -> None:
        store.transact(lambda session: session.put_inbox([handed("new"), handed("newer")]))

        def decide(session: Session) -> Future[dict[str, int]]:
            assert session.candidates(NOW, 9) == ["new", "newer"]
            first = session.lock(["new"], NOW)
            assert other.transact(lambda theirs: theirs.candidates(NOW, 9)) == [], "nobody waits for one who makes them"
            waiting = pool.submit(patient.transact, lambda theirs: theirs.lock(["newer", "new"], NOW))
            wait_until_blocked(url)
            assert list(first) == ["new"]
            return waiting

        with ThreadPoolExecutor(1) as pool:
            both = store.transact(decide).result()
        assert store.transact(lambda session: session.lock(["new", "newer"], NOW)) == both

    def test_numbers_of_runs_make_nobody_wait(self, store: SqlStore, other: SqlStore) -> None:
        def decide(session: Session) -> list[int]:
            return [session.allocate(3), other.transact(lambda theirs: theirs.allocate(2)), session.allocate(1)]

        assert store.transact(decide) == [1, 4, 6]

    def test_numbers_that_are_not_in_a_row_are_asked_for_again(self) -> None:
        answers = iter([[(1,), (3,)], [(4,), (6,)], [(7,), (8,)]])

        class Answering:
            is_alone = False

            def rows(self, *_: Any) -> list[tuple[int]]:
                return next(answers)

        assert Locking(Answering()).allocate(2) == 7  # type: ignore[arg-type]


class TestQueues:
    def test_two_never_take_the_same_delivery(self, store: SqlStore, other: SqlStore) -> None:
        store.transact(lambda session: begin(session, deliveries=5))

        def mark(session: Session) -> None:
            mine = session.due(NOW, 3)
            theirs = other.transact(lambda theirs: theirs.due(NOW, 9))
            assert ([one.n for one in mine], [one.n for one in theirs]) == ([1, 2, 3], [4, 5])

        store.transact(mark)

    def test_two_never_take_the_same_receipt_or_sweep(self, store: SqlStore, other: SqlStore) -> None:
        rows = [Parked("mail", NOW, Receipt("sent", NOW, id=str(n)), NOW) for n in range(3)]
        store.transact(lambda session: session.put_receipts(rows))
        store.transact(lambda session: session.begin_sweep("orders", 1))

        def work(session: Session) -> None:
            assert len(session.receipts(NOW, 2)) == 2
            assert len(session.sweeps()) == 1
            assert len(other.transact(lambda theirs: theirs.receipts(NOW, 9))) == 1
            assert other.transact(lambda theirs: theirs.sweeps()) == []

        store.transact(work)

    def test_what_is_being_marked_cannot_be_cancelled(self, store: SqlStore, patient: SqlStore, url: str) -> None:
        """The gate let it pass before the goal was decided: it is sent, and known to be."""
        begun = store.transact(begin)

        def mark(session: Session) -> Future[None]:
            (made,) = session.due(NOW, 9)
            ended = replace(begun, status="converted", listen=None, due=None)
            changes = Changes(updated=[ended], cancelled=[(begun.id, 1, "goal", NOW)])
            waiting = pool.submit(patient.transact, lambda theirs: theirs.commit(changes))
            wait_until_blocked(url)
            (gate,) = session.gates([made])
            assert gate.run.is_live, "what was not committed is not seen"
            made.status, made.due = "sending", NOW + HOUR
            session.save([made])
            return waiting

        with ThreadPoolExecutor(1) as pool:
            store.transact(mark).result()
        made = store.transact(lambda session: session.delivery(begun.id, 1))
        assert made is not None
        assert made.status == "sending"

    def test_a_definition_published_by_two_at_once_is_one(self, store: SqlStore, patient: SqlStore, url: str) -> None:
        def publish(session: Session) -> tuple[int, Future[int]]:
            mine = session.put_definition("welcome", 1, "d", "{}", NOW)
            waiting = pool.submit(patient.transact, lambda theirs: theirs.put_definition("welcome", 1, "d", "{}", NOW))
            wait_until_blocked(url)
            return mine, waiting

        with ThreadPoolExecutor(1) as pool:
            mine, theirs = store.transact(publish)
            assert theirs.result() == mine

    def test_one_live_run_of_two_that_begin_at_once(self, store: SqlStore, patient: SqlStore, url: str) -> None:
        def start(session: Session) -> Future[None]:
            begin(session)
            waiting = pool.submit(patient.transact, lambda theirs: theirs.commit(Changes(started=[run_of(99, 1)])))
            wait_until_blocked(url)
            return waiting

        with ThreadPoolExecutor(1) as pool:
            waiting = store.transact(start)
            with pytest.raises(ConflictError, match="live run"):
                waiting.result()


class TestDeadlocks:
    def test_one_of_the_two_is_done_again(self, store: SqlStore, patient: SqlStore) -> None:
        first, second = (store.transact(lambda session, key=key: begin(session, key)) for key in ("ada", "bob"))
        barrier, tries = threading.Barrier(2, timeout=20), []

        def work(mine: SqlStore, *order: str) -> None:
            met = False

            def lock_both(session: Session) -> None:
                nonlocal met
                tries.append(order)
                for key in order:
                    session.find([key])
                    if not met:
                        met = True
                        barrier.wait()
                session.put_inbox([handed(order[0])])

            mine.transact(lock_both)

        keys = f"key-{first.id}-1", f"key-{second.id}-1"
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(work, store, *keys), pool.submit(work, patient, *keys[::-1])]
            for one in both:
                one.result()
        # Who is stopped may be faster to begin again than the other to wake up, and both meet once more.
        assert len(tries) >= 3, "one was stopped by the server, and done again"
        assert sorted(store.transact(lambda session: session.candidates(NOW, 9))) == sorted(keys)


class TestHostTransactions:
    """The host's calls only insert: its open transaction blocks no worker, and no worker blocks it."""

    def hand_in(self, session: Session) -> None:
        rows = [handed("ada", kind="identify"), handed("ada"), handed("ada", kind="enroll"), handed("new", kind="send")]
        session.put_inbox(rows)
        session.known(["ada", "new"])

    def test_workers_go_on_meanwhile(self, store: SqlStore, other: SqlStore, url: str) -> None:
        begun = store.transact(begin)
        with psycopg.connect(url) as host:
            store.transact(self.hand_in, connection=host)

            def decide(session: Session) -> None:
                assert session.candidates(NOW + HOUR, 9) == []
                (loaded,) = read(session, "ada")
                assert loaded.inbox == []
                session.commit(Changes([loaded.facts.person], updated=loaded.runs, wakes=[(1, None)]))
                session.save(session.due(NOW, 9))
                session.lock(["new"], NOW)
                session.begin_sweep("orders", 1)

            other.transact(decide)
            other.transact(lambda session: merge(session, "ada", "bob") and None)
            host.rollback()
            assert store.transact(lambda session: read(session, "ada")[0].inbox) == []
            store.transact(self.hand_in, connection=host)
            host.commit()
        (loaded,) = store.transact(lambda session: read(session, "ada"))
        assert [row.kind for row in loaded.inbox] == ["identify", "event", "enroll"]
        assert [run.id for run in loaded.runs] == [begun.id]

    def test_it_goes_on_while_workers_decide(self, store: SqlStore, url: str) -> None:
        store.transact(begin)

        def decide(session: Session) -> None:
            (loaded,) = read(session, "ada", "new")[:1]
            session.commit(Changes([loaded.facts.person], updated=loaded.runs))
            with psycopg.connect(url, options="-c lock_timeout=1ms") as host:
                store.transact(self.hand_in, connection=host)
                host.commit()

        store.transact(decide)

    def test_rows_that_are_committed_late_are_not_passed_by(self, store: SqlStore, url: str) -> None:
        with psycopg.connect(url) as host:
            store.transact(lambda session: session.put_inbox([handed("early")]), connection=host)
            store.transact(lambda session: session.put_inbox([handed("late")]))
            (loaded,) = store.transact(lambda session: read(session, "late"))
            store.transact(lambda session: session.commit(Changes(inbox=[loaded.inbox[0].id])))
            host.commit()
        assert store.transact(lambda session: session.candidates(NOW, 9)) == ["early"]


class TestEngines:
    """A host's engines are used at READ COMMITTED, whatever they are set to, and left as they are."""

    @pytest.mark.parametrize("level", ["AUTOCOMMIT", "SERIALIZABLE", "READ COMMITTED"])
    @pytest.mark.parametrize("face", ["sync", "async"])
    def test_a_hosts_engine(self, url: str, level: Any, face: str) -> None:
        address = url.replace("postgresql:", "postgresql+psycopg:")

        def ask(session: Session) -> Any:
            session.put_inbox([handed()])
            return session._runner._connection.exec_driver_sql("SHOW transaction_isolation").scalar()  # type: ignore[attr-defined]

        def fail(session: Session) -> None:
            session.put_inbox([handed("bob")])
            raise LookupError

        async def work() -> Any:
            engine = create_async_engine(address, isolation_level=level)
            store = SqlStore(async_engine=engine)
            try:
                await store.migrate_async()
                found = await store.transact_async(ask)
                with pytest.raises(LookupError):
                    await store.transact_async(fail)
                return found, await store.transact_async(lambda session: session.candidates(NOW, 9))
            finally:
                await store.close_async()
                await engine.dispose()

        def work_sync() -> Any:
            engine = create_engine(address, isolation_level=level)
            store = SqlStore(engine=engine)
            found = store.transact(ask)
            with pytest.raises(LookupError):
                store.transact(fail)
            left = store.transact(lambda session: session.candidates(NOW, 9))
            with engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                assert driver.autocommit is (level == "AUTOCOMMIT")
                assert level == "AUTOCOMMIT" or connection.get_isolation_level() == level
            engine.dispose()
            return found, left

        answer = work_sync() if face == "sync" else asyncio.run(work())
        assert answer == ("read committed", ["ada"])


@pytest.mark.parametrize("text", ["a\0b", "\ud83d"])
def test_a_key_that_is_no_text_is_refused(store: SqlStore, text: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be stored") as caught:
        store.transact(lambda session: session.put_inbox([handed(text)]))
    assert text not in str(caught.value)


def test_a_table_that_is_not_ours_to_read_is_named(store: SqlStore, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN")
    guest = SqlStore(url.replace("postgres@", "guest@"))
    with pytest.raises(ConfigurationError, match=r"permission denied.*Grant"):
        guest.transact(lambda session: session.put_inbox([handed()]))
    guest.close()


@pytest.mark.parametrize("required", [True, False])
def test_where_no_server_is_the_run_says_so(monkeypatch: pytest.MonkeyPatch, required: bool) -> None:
    monkeypatch.setattr(postgres, "_started", lambda: "no binaries were found")
    monkeypatch.setenv("UNICHANNEL_TEST_POSTGRES", "required" if required else "")
    ended = pytest.fail.Exception if required else pytest.skip.Exception
    with pytest.raises(ended, match="NO POSTGRESQL"):
        postgres.server()
