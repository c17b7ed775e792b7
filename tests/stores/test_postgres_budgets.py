"""E10, P47: many workers on PostgreSQL spend one budget: nothing is overrun, nothing is lost, nobody waits long."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.stores import postgres
from unichannel import Budget, Email, Engine, Journey, Message, Money, Prices, Profile, Send, Sms, consent, hours, on
from unichannel.core.policy.budget import charge_of
from unichannel.core.words.instant import HOUR
from unichannel.ports import Allowance
from unichannel.stores.sql import SqlStore
from unichannel.testing import ManualClock, RecordingTransport
from unichannel.testing.recording import Failure

PRICES = Prices({"email": "0 EUR", "sms": "0.0745 EUR"})
NEWS = Message("news", Email("News", text="Long."), Sms("Short."))
SEND = Journey(
    "campaign",
    start=on("begun"),
    goal=on("bought"),
    steps=[Send(NEWS, via=["sms", "email"], success="delivered", fallback_after=hours(4))],
)
ALL = consent("email", "sms", purpose="marketing", source="test", wording="test")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres.database() as made:
        yield made


def worker(url: str, clock: ManualClock, limit: Money, transport: RecordingTransport) -> Engine:
    return Engine(
        SqlStore(url),
        journeys=[SEND],
        routes={"email": transport, "sms": transport},
        prices=PRICES,
        budgets=[Budget("texts", limit), Budget("monthly", limit + limit, per="month")],
        quiet_hours=None,
        clock=clock,
        drafts=True,
    )


def recount(url: str) -> int:
    """What all deliveries weigh, read one by one."""
    store = SqlStore(url)
    keys = [row[0] for row in rows(url, "SELECT key FROM unichannel_deliveries")]
    found = store.transact(lambda session: session.find(keys))
    store.close()
    return sum(charge_of(one) for one in found)


def rows(url: str, query: str) -> list[tuple[str]]:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(query)  # type: ignore[call-overload]
        return list(found.fetchall()) if found.description else []


def clear(url: str) -> None:
    names = rows(url, "SELECT tablename FROM pg_tables WHERE tablename LIKE 'unichannel_%'")
    emptied = [name for (name,) in names if name not in ("unichannel_meta", "unichannel_schema")]
    rows(url, f"TRUNCATE {', '.join(emptied)}")


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # threads are no subject for shrinking
    suppress_health_check=list(HealthCheck),
)
@given(
    people=st.integers(5, 60),
    texts=st.integers(0, 40),
    share=st.sampled_from([0, 3, 5]),
    bought=st.integers(0, 20),
    batch=st.sampled_from([1, 7, 500]),
)
def test_a_budget_is_never_overrun(url: str, people: int, texts: int, share: int, bought: int, batch: int) -> None:
    """Four workers in threads; some sends are refused, some are tried again, some are called off by the goal."""
    clear(url)
    clock, limit = ManualClock(), Money("0.0745", "EUR") * texts + Money("0.01", "EUR")
    calls = iter(range(10**6))

    def fail(_: object) -> Failure | None:
        return None if not share or next(calls) % share else ("reject" if next(calls) % 2 else "refuse")

    transport = RecordingTransport(fail=fail)
    engines = [worker(url, clock, limit, transport) for _ in range(4)]
    host = engines[0]
    ids = [f"p{n}" for n in range(people)]
    host.identify(*(Profile(id, email=f"{id}@example.com", phone="+33612345678", consents=ALL) for id in ids))
    for id in ids:
        host.track(id, "begun")
    errors: list[BaseException] = []

    def work(engine: Engine) -> None:
        try:
            barrier.wait()
            while engine.run_due(limit=batch).more:
                spent = engine.budget("texts")
                assert spent.spent + spent.held <= limit
        except BaseException as error:
            errors.append(error)

    for step in range(3):
        barrier = threading.Barrier(len(engines))
        threads = [threading.Thread(target=work, args=(engine,)) for engine in engines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        stands = host.budget("texts")
        assert stands.spent <= limit
        assert stands.held == Money(0, "EUR"), "each gave back what it held"
        assert stands.spent == host.budget("monthly").spent == Money.of_micros(recount(url), "EUR")
        for id in ids[: bought if step == 0 else 0]:
            host.track(id, "bought")
        clock.set(clock.now() + 2 * HOUR)
    for engine in engines:
        engine.close()


def test_one_worker_spends_all_that_there_is(url: str) -> None:
    """Exactly as many texts as the budget holds, whatever the batches."""
    for batch in (1, 7, 500):
        clear(url)
        transport = RecordingTransport()
        engine = worker(url, ManualClock(), Money("0.7459", "EUR"), transport)
        ids = [f"p{n}" for n in range(30)]
        engine.identify(*(Profile(id, email=f"{id}@example.com", phone="+33612345678", consents=ALL) for id in ids))
        for id in ids:
            engine.track(id, "begun")
        while engine.run_due(limit=batch).more:
            pass
        sent = [one.channel for one in transport.journal]
        assert (sent.count("sms"), sent.count("email")) == (10, 20)
        engine.close()


def test_a_worker_that_died_leaves_its_block_until_its_lease_ends(url: str) -> None:
    """Money that nobody spent comes back by itself; what was committed stays spent."""
    clear(url)
    clock, transport = ManualClock(), RecordingTransport()
    engine = worker(url, clock, Money("0.08", "EUR"), transport)
    engine.identify(Profile("ada", email="ada@example.com", phone="+33612345678", consents=ALL))
    engine.run_due()
    store = SqlStore(url)
    allowance, now = Allowance("budget:texts", 80_000), clock.now()
    store.transact(lambda session: session.take(allowance, 80_000, now, now + 60_000_000))
    engine.track("ada", "begun")
    engine.run_due()
    assert [one.channel for one in transport.journal] == ["email"], "the dead one holds it all"
    clock.set(clock.now() + HOUR)
    engine.identify(Profile("bob", email="bob@example.com", phone="+33612345679", consents=ALL))
    engine.track("bob", "begun")
    engine.run_due()
    assert [one.channel for one in transport.journal] == ["email", "sms"]
    store.close()
    engine.close()
