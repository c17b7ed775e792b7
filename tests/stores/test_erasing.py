"""Erasure on databases: a look at every table, the host's own transaction, and workers that meet it halfway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, func, select, table

from tests.privacy.world import EMAIL, KEY, MARK, VISITOR, hello, lab_on, leave_rows, left, live
from tests.stores import postgres
from tests.stores.interleaving import before
from unichannel import Profile, consent, days
from unichannel.errors import UnknownError
from unichannel.ports import Inbox, Session
from unichannel.stores.sql import SqlStore
from unichannel.testing import Lab


def test_nothing_of_her_is_left_in_any_table(store: SqlStore, url: str) -> None:
    lab = lab_on(store)
    live(lab)
    leave_rows(lab)
    assert len(left(store, url)) > 25, "the world holds her everywhere, or this proves nothing"
    lab.engine.erase(VISITOR)
    lab.run_due()
    assert left(store, url) == []
    assert counts(url, "profiles", "addresses", "wakes", "events", "notes", "faults", "inbox", "receipts") == [0] * 8
    lab._post({"kind": "opened", "key": lab.transport.journal[0].key, "text": MARK, "url": MARK})
    lab.advance(days(3))
    assert left(store, url) == []
    assert lab.history(KEY) is None


def counts(url: str, *names: str) -> list[int]:
    """How many rows each of these tables has: there was nobody but her."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        found = [
            connection.scalar(select(func.count()).select_from(table(f"unichannel_{name}"))) or 0 for name in names
        ]
    engine.dispose()
    return found


def test_the_hosts_transaction_carries_it(store: SqlStore, url: str) -> None:
    lab = lab_on(store)
    lab.profile(KEY, email=EMAIL)
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection, connection.begin() as transaction:
        lab.engine.erase(KEY, connection=connection)
        transaction.rollback()
    lab.run_due()
    assert lab.history(KEY) is not None
    assert lab.engine.audit(KEY) == []
    with engine.begin() as connection:
        lab.engine.erase(KEY, connection=connection)
    engine.dispose()
    lab.run_due()
    assert left(store, url) == []


class TestOnPostgres:
    """What one worker read before another erased."""

    @pytest.fixture
    def url(self) -> Iterator[str]:
        with postgres.database() as made:
            yield made

    @pytest.fixture
    def lab(self, store: SqlStore) -> Lab:
        lab = lab_on(store)
        lab.profile(KEY, email=EMAIL, first_name=MARK)
        return lab

    @pytest.fixture
    def other(self, url: str, lab: Lab) -> Iterator[Lab]:
        """Another process."""
        store = SqlStore(url)
        made = lab_on(store)
        made.clock = lab.clock
        yield made
        store.close()

    def test_a_candidate_who_is_erased_before_the_lock_is_not_made_again(
        self, store: SqlStore, url: str, lab: Lab, other: Lab
    ) -> None:
        lab.engine.track(KEY, "visited", {"page": MARK})
        other.engine.erase(KEY)

        def erase(_: object) -> None:
            other.engine.run_due()

        with before(store, "FOR UPDATE", erase):
            lab.run_due()
        lab.run_due()
        assert left(store, url) == []

    def test_news_that_come_in_meanwhile_make_nobody(self, store: SqlStore, url: str, lab: Lab) -> None:
        lab.engine.erase(KEY)
        lab.run_due()
        now = lab.clock.now()
        late = [Inbox(KEY, "news", "", now, now), Inbox(KEY, "evidence", "message.opened", now, now, MARK)]
        late.append(Inbox(KEY, "event", "message.received", now, now, f"in:{MARK}", body={"text": MARK}))
        store.transact(lambda session: session.put_inbox(late))
        lab.run_due()
        assert left(store, url) == []

    @pytest.mark.parametrize("news", ["track", "identify", "send"])
    def test_the_hosts_transaction_that_was_open_all_the_while_makes_nobody(
        self, store: SqlStore, url: str, lab: Lab, other: Lab, news: str
    ) -> None:
        """It told of her before the erasure was asked for, and commits once she is gone."""
        tell = {
            "track": lambda on: lab.engine.track(KEY, "visited", {"page": MARK}, connection=on),
            "identify": lambda on: lab.engine.identify(
                Profile(KEY, city=MARK, consents=consent("sms", evidence={"ip": f"{MARK}.9"})), connection=on
            ),
            "send": lambda on: lab.engine.send(KEY, hello, data={"city": MARK}, connection=on),
        }
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            tell[news](connection)
            lab.clock.set(lab.clock.now() + 60_000_000)
            other.engine.erase(KEY)
            assert other.engine.run_due().erased == 1
        engine.dispose()
        lab.run_due()
        assert left(store, url) == []
        assert lab.history(KEY) is None

    def test_a_call_that_lands_after_it(self, store: SqlStore, url: str, lab: Lab, other: Lab) -> None:
        def erase() -> None:
            other.engine.erase(KEY)
            other.engine.run_due()

        lab.transport.then = erase  # type: ignore[attr-defined]
        lab.send(KEY, hello, via="email", data={"city": MARK})
        assert len(lab.transport.journal) == 1
        assert left(store, url) == []
        with pytest.raises(UnknownError):
            lab.engine.why("d1-1")

    def test_one_who_is_being_decided_for_is_erased_in_the_next_round(
        self, store: SqlStore, url: str, lab: Lab, other: Lab
    ) -> None:
        other.engine.erase(KEY)

        def decide(session: Session) -> None:
            session.lock([KEY], lab.clock.now())
            assert other.engine.run_due().more

        store.transact(decide)
        assert other.engine.run_due().erased == 1
        assert left(store, url) == []

    @pytest.mark.parametrize("pair", [(VISITOR, KEY), (KEY, VISITOR)])
    def test_it_does_not_overtake_a_merge_that_has_to_wait(
        self, store: SqlStore, url: str, lab: Lab, other: Lab, pair: tuple[str, str]
    ) -> None:
        lab.profile(VISITOR, city=MARK)
        lab.engine.merge(*pair)
        lab.engine.erase(KEY)

        def decide(session: Session) -> None:
            session.lock([VISITOR], lab.clock.now())
            report = other.engine.run_due()
            assert (report.merges, report.erased) == (0, 0)

        store.transact(decide)
        lab.run_due()
        assert left(store, url) == []
