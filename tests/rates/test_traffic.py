"""Rates, places and providers in trouble: what is shared is kept to, and one queue never holds up another."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.trial import message
from unichannel import Engine, Journey, MemoryStore, Profile, Rate, Route, Send, consent, days, minutes, on, seconds
from unichannel.core.words.instant import SECOND, to_datetime
from unichannel.errors import ConfigurationError
from unichannel.ports import Allowance, Context, Outbound, Outcome, Store
from unichannel.testing import Lab, RecordingTransport
from unichannel.testing.clock import START, ManualClock

hello = message("hello", "transactional")
by_sms = Journey("by-sms", start=on("hi"), steps=[Send(hello, via="sms")])
by_mail = Journey("by-mail", start=on("hi"), steps=[Send(hello, via="email")])


class Slow(RecordingTransport):
    """Calls wait until they are let go."""

    blocking = True

    def __init__(self, name: str, channels: tuple[str, ...]) -> None:
        super().__init__(name, channels)
        self.gate, self.now_in, self.most = threading.Event(), 0, 0
        self.begun = threading.Semaphore(0)
        self._count = threading.Lock()

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        with self._count:
            self.now_in += 1
            self.most = max(self.most, self.now_in)
        self.begun.release()
        assert self.gate.wait(30), "nobody let it go"
        with self._count:
            self.now_in -= 1
        return super().carry(outbound, ctx)


class Telling(RecordingTransport):
    """Answers as a list says, then accepts."""

    answers: list[Outcome]

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        if self.answers:
            self.calls.append(outbound.key)
            return self.answers.pop(0)
        return super().carry(outbound, ctx)


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow("sms-provider", ("sms",))
    yield made
    made.gate.set()


def crowd(engine: Engine, count: int) -> None:
    """So many people to whom the same happens now."""
    engine.migrate()
    for n in range(count):
        who = f"p{n}"
        given = consent("email", "sms", purpose="marketing", source="form", wording="v1")
        engine.identify(Profile(who, email=f"{who}@example.com", phone=f"+336000000{n:02}", consents=given))
        engine.track(who, "hi")


def _stop() -> None:
    raise LookupError


def a_lab(transport: Any, *, journey: Journey = by_sms, **limits: Any) -> Lab:
    lab = Lab(routes={"sms": Route(transport, **limits), "email": RecordingTransport("mail", ["email"])})
    lab.add(journey)
    return lab


def per_second(transport: RecordingTransport) -> list[int]:
    """How many reached the provider in each second that it was busy."""
    counted = Counter(sent.at // SECOND for sent in transport.journal)
    return [counted[at] for at in sorted(counted)]


class TestRates:
    def test_no_second_has_more_than_the_rate_and_nothing_spins(self) -> None:
        sms = RecordingTransport("sms-provider", ["sms"])
        lab = a_lab(sms, rate=Rate(10, per=seconds(1)))
        crowd(lab.engine, 45)
        passes = 0
        while (due := lab.engine.next_due_at()) is not None and due - lab.now < timedelta(minutes=5):
            lab.clock.set(max(lab.clock.now(), round(due.timestamp() * 1_000_000)))
            lab.engine.run_due()
            passes += 1
        assert per_second(sms) == [10, 10, 10, 10, 5]
        assert passes <= 6, "each pass was at an instant at which something could be sent"

    def test_two_workers_share_a_rate(self) -> None:
        sms = RecordingTransport("sms-provider", ["sms"])
        lab = a_lab(sms, rate=Rate(4, per=seconds(1)))
        crowd(lab.engine, 20)
        other = Engine(**lab._all_settings())
        for _ in range(12):
            lab.engine.run_due()
            other.run_due()
            lab.clock.set(lab.clock.now() + SECOND)
        assert max(per_second(sms)) == 4
        assert len(sms.journal) == 20
        assert sms.doubled() == []

    def test_a_transaction_that_is_done_again_counts_once(self) -> None:
        """A store that was stopped by another transaction does the work again, whole."""

        class Twice(MemoryStore):
            def transact(self, work: Any, *, connection: Any = None) -> Any:
                with suppress(LookupError):
                    super().transact(lambda session: (work(session), _stop()), connection=connection)
                return super().transact(work, connection=connection)

        sms = RecordingTransport("sms-provider", ["sms"])
        lab = a_lab(sms, rate=Rate(3, per=seconds(1)), concurrency=2)
        lab.use(store=Twice())
        crowd(lab.engine, 12)
        lab.advance(minutes(1))
        assert per_second(sms) == [3, 3, 3, 3]

    def test_windows_do_not_pile_up(self) -> None:
        sms = RecordingTransport("sms-provider", ["sms"])
        lab = a_lab(sms, rate=Rate(1, per=minutes(1)))
        crowd(lab.engine, 30)
        lab.advance(minutes(40))
        assert len(sms.journal) == 30
        lab.track("p0", "hi")
        assert len(lab._settings["store"]._state.windows) <= 12

    def test_a_rate_holds_up_its_own_route_only_and_the_delivery_says_so(self) -> None:
        sms, mail = RecordingTransport("sms-provider", ["sms"]), RecordingTransport("mail", ["email"])
        lab = Lab(routes={"sms": Route(sms, rate=Rate(1, per=minutes(1))), "email": mail})
        lab.add(by_sms, by_mail)
        crowd(lab.engine, 8)
        lab.engine.run_due()
        assert (len(sms.journal), len(mail.journal)) == (1, 8)
        lab.advance(minutes(10))
        assert len(sms.journal) == 8
        held = [one for one in lab.timeline("p7") if one.what == "held_back_by_rate"]
        assert len(held) == 1

    def test_one_limit_for_all_channels_of_a_provider(self) -> None:
        both = RecordingTransport("both", ["sms", "email"])
        lab = Lab(routes={"sms": Route(both, rate=Rate(3, per=seconds(1))), "email": both})
        lab.add(by_sms, by_mail)
        crowd(lab.engine, 6)
        lab.advance(minutes(1))
        assert max(per_second(both)) == 3
        assert len(both.journal) == 12

    def test_what_is_sent_at_once_keeps_to_the_rate(self) -> None:
        sms = RecordingTransport("sms-provider", ["sms"])
        lab = a_lab(sms, rate=Rate(1, per=minutes(1)))
        crowd(lab.engine, 1)
        lab.engine.run_due()
        handle = lab.engine.send("p0", hello, via="sms", at_once=True)
        assert [status for _, _, status in handle.status().deliveries] == ["reserved"]
        lab.advance(minutes(1))
        assert [status for _, _, status in handle.status().deliveries] == ["accepted"]

    @pytest.mark.parametrize(
        ("make", "text"),
        [
            (lambda: Rate(0), "a rate of 0 sends nothing"),
            (lambda: Rate(5, per=seconds(0)), "cannot be per"),
            (lambda: Rate(5, per=days(1)), "cannot be per"),
            (lambda: Route(RecordingTransport(), concurrency=0), "sends nothing"),
            (lambda: Rate("10"), "a rate of '10' sends nothing"),
            (lambda: Rate(5, per=1), "cannot be per 1"),
            (lambda: Route(RecordingTransport(), rate=10), "cannot have the rate 10"),
            (lambda: Route(RecordingTransport(), concurrency="3"), "a concurrency of '3'"),
            (lambda: Route(RecordingTransport(), reports={"openned"}), "cannot report 'openned'. Did you mean"),
            (lambda: Route(RecordingTransport(), reports="opened"), "cannot report 'opened'.*Write"),
        ],
    )
    def test_a_route_that_cannot_be_meant_is_refused(self, make: Any, text: str) -> None:
        with pytest.raises(ConfigurationError, match=text):
            make()

    def test_two_limits_for_one_provider_are_refused(self) -> None:
        both = RecordingTransport("both", ["sms", "email"])
        with pytest.raises(ConfigurationError, match="two limits"):
            Engine(MemoryStore(), routes={"sms": Route(both, rate=Rate(3)), "email": Route(both, rate=Rate(4))})


class TestPlaces:
    def test_a_route_that_hangs_holds_its_own_places_only(self, slow: Slow) -> None:
        """Mail goes on, also what is decided while the calls of the other hang."""
        sms, mail = slow, RecordingTransport("mail", ["email"])
        engine = Engine(
            MemoryStore(), routes={"sms": sms, "email": mail}, journeys=[by_sms, by_mail], concurrency=2,
            clock=ManualClock(START),
        )  # fmt: skip
        crowd(engine, 6)
        worker = threading.Thread(target=engine.run_due)
        worker.start()
        for _ in range(2):
            assert sms.begun.acquire(timeout=20)
        _until(lambda: len(mail.journal) == 6)
        engine.identify(Profile("late", email="late@example.com", phone="+33612345678"))
        engine.track("late", "hi")
        _until(lambda: len(mail.journal) == 7)
        assert (sms.now_in, sms.most, len(sms.journal)) == (2, 2, 0)
        sms.gate.set()
        worker.join(30)
        assert len(sms.journal) == 7

    def test_workers_together_have_no_more_calls_out_than_the_route_allows(self, slow: Slow) -> None:
        sms, store, clock = slow, MemoryStore(), ManualClock(START)
        routes = {"sms": Route(sms, concurrency=3)}
        engines = [Engine(store, routes=routes, journeys=[by_sms], clock=clock) for _ in range(3)]
        crowd(engines[0], 9)
        workers = [threading.Thread(target=engine.run_due) for engine in engines]
        for worker in workers:
            worker.start()
        for _ in range(3):
            assert sms.begun.acquire(timeout=20)
        sms.gate.set()
        for worker in workers:
            worker.join(30)
        clock.set(clock.now() + SECOND)
        engines[0].run_due()
        assert (sms.most, len(sms.journal)) == (3, 9)
        assert _free_places(store, 3) == 3, "they were given back"

    def test_a_worker_without_places_moves_nothing_away_from_the_one_that_has_them(self) -> None:
        """What waits stays due, so that nothing waits out a second once a place is free; the other looks again then."""
        sms, store, clock = RecordingTransport("sms-provider", ["sms"]), MemoryStore(), ManualClock(START)
        engine, other = (
            Engine(store, routes={"sms": Route(sms, concurrency=3)}, journeys=[by_sms], clock=clock) for _ in range(2)
        )
        crowd(engine, 9)
        taken = Allowance("places:sms-provider", 3)
        block = store.transact(lambda session: session.take(taken, 3, clock.now(), clock.now() + 60 * SECOND))
        other.run_due()
        assert sms.journal == []
        assert other.next_due_at() == to_datetime(clock.now() + SECOND), "it does not spin"
        store.transact(lambda session: session.give_back([block]))
        engine.run_due()
        assert len(sms.journal) == 9

    def test_the_places_of_a_worker_that_died_come_back_with_its_lease(self) -> None:
        sms = RecordingTransport("sms-provider", ["sms"])
        lab = a_lab(sms, concurrency=3)
        crowd(lab.engine, 4)
        now = lab.clock.now()
        store: Store = lab._settings["store"]
        dead = Allowance("places:sms-provider", 3)
        store.transact(lambda session: session.take(dead, 3, now, now + 120 * SECOND))
        lab.advance(minutes(1))
        assert sms.journal == []
        lab.advance(minutes(2))
        assert len(sms.journal) == 4


def _free_places(store: Store, limit: int) -> int:
    taken = store.transact(lambda session: session.taken(Allowance("places:sms-provider", limit)))
    return limit - taken.spent - taken.held


def _until(done: Any) -> None:
    """Wait for another thread's work."""
    waited = threading.Event()
    for _ in range(3000):
        if done():
            return
        waited.wait(0.01)
    raise AssertionError("it did not come")


class TestTrouble:
    def test_a_provider_that_is_down_is_left_in_peace_and_probed(self) -> None:
        """Twenty people, a provider that is down for ten minutes: few calls, and nobody is lost."""
        clock_down: list[int] = []
        sms = RecordingTransport("sms-provider", ["sms"], fail=lambda _: "refuse" if clock_down else None)
        lab = a_lab(sms)
        crowd(lab.engine, 20)
        clock_down.append(1)
        lab.advance(minutes(10))
        calls = len(sms.calls)
        assert calls <= 20 + 8, "a flight, then probes"
        clock_down.clear()
        lab.advance(minutes(130))
        assert len(sms.journal) == 20

    def test_the_pause_is_the_stores_so_that_every_worker_keeps_it(self) -> None:
        sms = RecordingTransport("sms-provider", ["sms"], fail=lambda _: "refuse")
        lab = a_lab(sms)
        lab.use(concurrency=5)
        crowd(lab.engine, 40)
        lab.engine.run_due()
        calls = len(sms.calls)
        Engine(**lab._all_settings()).run_due()
        assert len(sms.calls) == calls == 5

    def test_a_429_is_left_alone_for_as_long_as_it_says(self) -> None:
        sms = Telling("sms-provider", ["sms"])
        sms.answers = [Outcome.retry("429", "too many requests", retry_after=90.0)]
        lab = a_lab(sms)
        lab.use(concurrency=1)
        lab.add(by_mail)
        crowd(lab.engine, 10)
        lab.engine.run_due()
        assert len(sms.calls) == 1
        assert len(lab._settings["routes"]["email"].journal) == 10, "nobody else's queue waits"
        lab.advance(seconds(89))
        assert len(sms.calls) == 1
        lab.advance(seconds(11))
        assert len(sms.journal) == 10
        assert [one.what for one in lab.timeline("p9")].count("held_back_by_pause") == 1

    def test_while_the_first_provider_is_paused_the_second_carries(self) -> None:
        first = RecordingTransport("first", ["sms"], fail=lambda _: "refuse")
        second = RecordingTransport("second", ["sms"])
        lab = Lab(routes={"sms": [first, second]}, concurrency=4)
        lab.add(by_sms)
        crowd(lab.engine, 30)
        lab.engine.run_due()
        assert len(second.journal) == 30
        assert len(first.calls) <= 8

    def test_a_doubt_stays_with_its_provider(self) -> None:
        """What may have been accepted goes to no other, also while its own is paused."""
        first = RecordingTransport("first", ["sms"], takes_key=3 * 3600)
        second = RecordingTransport("second", ["sms"])
        first.plan(*["time_out_after_acceptance"] * 6)
        lab = Lab(routes={"sms": [first, second]}, concurrency=6)
        lab.add(by_sms)
        crowd(lab.engine, 6)
        lab.advance(minutes(60))
        assert len(first.journal) == 6
        assert second.journal == []

    def test_a_message_that_is_refused_is_no_trouble_of_the_provider(self) -> None:
        sms = RecordingTransport("sms-provider", ["sms"], fail=lambda _: "reject")
        lab = a_lab(sms)
        crowd(lab.engine, 30)
        lab.engine.run_due()
        assert len(sms.calls) == 30


class TestMisconfigured:
    def test_wrong_credentials_are_told_of_at_once_and_nobody_is_lost(self) -> None:
        """One word to the hooks for a flight, and the messages wait until the settings are mended."""
        told: list[Mapping[str, Any]] = []
        sms = Telling("sms-provider", ["sms"])
        sms.answers = [Outcome.misconfiguration("401", "the credentials are not accepted: check them.")] * 3
        lab = a_lab(sms)
        lab.use(hooks=[told.append])
        crowd(lab.engine, 3)
        assert lab.engine.run_due().outcomes == {"misconfigured": 3}
        assert [one for one in told if one["fact"] == "misconfigured"] == [
            {
                "fact": "misconfigured",
                "route": "sms-provider",
                "code": "401",
                "reason": "the credentials are not accepted: check them.",
            }
        ]
        lab.advance(minutes(5))
        assert len(sms.journal) == 3
