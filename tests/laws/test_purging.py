"""Purging changes nothing that is decided: the same histories, with and without it, send the same."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.journeys.trial import message
from unichannel import (
    AsyncEngine,
    Branch,
    Cap,
    Engine,
    Journey,
    MemoryStore,
    Retention,
    Send,
    SqlStore,
    Wait,
    days,
    hours,
    on,
    opened,
    when,
)
from unichannel.conditions import happened, silent
from unichannel.core.calendar.span import Span
from unichannel.core.journey.program import compile_journey
from unichannel.core.journey.reach import event_reach, run_reach
from unichannel.core.words.instant import DAY, HOUR
from unichannel.errors import InvalidInput
from unichannel.flows.purging import Purge
from unichannel.testing import Lab

NONE_KEPT = Retention(Span(), Span(), Span(), Span(), Span())


def sends(name: str) -> Send:
    return Send(message(name, "transactional"), via="email")


cools = Journey(
    "cools",
    start=on("visited"),
    entry=~happened("bought", within=days(3)),
    re_entry=days(2),
    steps=[Wait(hours(5)), sends("cools")],
)
counts = Journey(
    "counts",
    start=on("bought"),
    goal=on("left"),
    re_entry="after_end",
    steps=[
        Branch(
            when(happened("visited", times=2, within=days(4)), sends("often")),
            when(happened("seen"), sends("ever")),
            otherwise=[sends("seldom")],
        ),
        Wait(until=on("seen", since=days(2)), timeout=days(1), on_timeout=[sends("timeout")]),
        sends("end"),
    ],
)
once = Journey("once", start=on("seen"), steps=[sends("once")])
JOURNEYS = (cools, counts, once)


@dataclass(frozen=True)
class Deed:
    """Something that happens, hours after the last."""

    after: int
    who: str
    what: str


WHATS = ("visited", "bought", "seen", "left", "idle")
deed = st.builds(Deed, st.integers(1, 40), st.sampled_from(["ada", "bob"]), st.sampled_from(WHATS))
deeds = st.lists(deed, min_size=1, max_size=16)


def live(history: list[Deed], *, purges: bool, store: object = None) -> list[tuple[int, str, str]]:
    """What went out: (instant, message, address)."""
    lab = Lab(store=store or MemoryStore())
    lab.add(*JOURNEYS)
    for who in ("ada", "bob"):
        lab.profile(who, email=f"{who}@example.com", timezone="UTC")
    for deed in history:
        lab.advance(hours(deed.after))
        if deed.what != "idle":
            lab.track(deed.who, deed.what)
        if purges:
            lab.engine.purge(NONE_KEPT)
    lab.advance(days(6))
    return [(sent.at, sent.message, sent.address) for sent in lab.transport.journal]


@example([Deed(1, "ada", "bought"), Deed(30, "ada", "visited")])
@example([Deed(1, "ada", "visited"), Deed(30, "ada", "visited"), Deed(30, "ada", "bought")])
@example([Deed(1, "ada", "seen"), Deed(40, "ada", "seen"), Deed(40, "ada", "bought")])
@example([Deed(1, "ada", "visited"), Deed(30, "ada", "visited")])
@example([Deed(1, "ada", "seen"), Deed(20, "ada", "bought")])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(deeds)
def test_the_same_is_sent_with_and_without_purging(history: list[Deed]) -> None:
    assert live(history, purges=True) == live(history, purges=False)


def test_the_same_on_sql() -> None:
    history = [
        Deed(9, "ada", what) for what in ("visited", "bought", "seen", "visited", "idle", "bought", "seen", "left")
    ]
    stores = [SqlStore("sqlite://") for _ in range(2)]
    sent = [live(history, purges=purges, store=store) for purges, store in zip((True, False), stores, strict=True)]
    assert sent[0] == sent[1] == live(history, purges=True)


def test_what_is_read_says_how_long_it_is_kept() -> None:
    programs = [compile_journey(one) for one in JOURNEYS]
    assert event_reach(programs) == {
        "bought": 3 * 25 * HOUR + DAY,
        "visited": 4 * 25 * HOUR + DAY,
        "seen": None,
        "left": DAY,
    }
    assert run_reach(programs) == {"cools": 2 * 25 * HOUR + DAY, "counts": DAY, "once": None}


class TestPurge:
    def grown(self, *journeys: Journey, people: int = 3, **settings: Any) -> Lab:
        lab = Lab(**settings)
        lab.add(*(journeys or (counts, once)))
        for n in range(people):
            lab.profile(f"p{n}", email=f"p{n}@example.com", timezone="UTC")
            for what in ("noise", "seen", "bought"):
                lab.track(f"p{n}", what)
        lab.advance(days(30))
        return lab

    def test_a_report_of_counts(self) -> None:
        lab = self.grown()
        report = lab.engine.purge(NONE_KEPT)
        # "seen" is read for ever, "bought" by nobody but a trigger; runs of "once" keep others from beginning.
        assert (report.events, report.deliveries, report.enrollments, report.more) == (6, 9, 3, False)
        assert lab.engine.purge(NONE_KEPT).total == 0
        for n in range(3):
            history = lab.history(f"p{n}")
            assert history is not None
            assert [one.name for one in history.events] == ["seen"]

    def test_by_default_what_is_young_stays(self) -> None:
        lab = self.grown()
        assert lab.engine.purge().total == 0
        lab.clock.set(lab.clock.now() + timedelta(days=450) // timedelta(microseconds=1))
        assert lab.engine.purge(Retention(deliveries=None)).deliveries == 0
        assert lab.engine.purge().deliveries == 9

    @pytest.mark.parametrize("url", ["", "sqlite"])
    def test_awaited_it_deletes_the_same(self, url: str, tmp_path: Path) -> None:
        """Both faces in turn, each until its limit: together they delete what one does in one go."""
        store = SqlStore(f"sqlite:///{tmp_path}/app.db") if url else MemoryStore()
        lab, whole = self.grown(store=store), self.grown().engine.purge(NONE_KEPT)

        async def purge(limit: int | None) -> Purge:
            async with AsyncEngine(**lab._all_settings()) as engine:
                with pytest.raises(InvalidInput, match="does nothing"):
                    await engine.purge(limit=0)
                assert (await engine.purge(seconds=0)).more
                return await engine.purge(NONE_KEPT, limit=limit)

        done = [asyncio.run(purge(4)), lab.engine.purge(NONE_KEPT, limit=4), asyncio.run(purge(None))]
        assert [one.more for one in done] == [True, True, False]
        for kind in ("events", "deliveries", "notes", "enrollments", "faults"):
            assert sum(getattr(one, kind) for one in done) == getattr(whole, kind)

    def test_it_goes_on_where_the_limit_ended_it(self) -> None:
        lab, whole = self.grown(), self.grown().engine.purge(NONE_KEPT)
        turns, done = 0, 0
        while (report := lab.engine.purge(NONE_KEPT, limit=2)).more:
            turns, done = turns + 1, done + report.total
            assert report.total <= 4
        assert done + report.total == whole.total
        assert turns >= 3

    def test_no_time_deletes_nothing(self) -> None:
        report = self.grown().engine.purge(NONE_KEPT, seconds=0)
        assert (report.total, report.more) == (0, True)

    def test_deliveries_stay_while_a_definition_reads_them(self) -> None:
        quiet = Journey("quiet", start=on("ask"), entry=silent(opened("email"), for_=days(21)), steps=[sends("quiet")])
        report = self.grown(counts, quiet).engine.purge(NONE_KEPT)
        assert (report.deliveries, report.kept) == (0, ("deliveries",))

    def test_what_a_cap_still_counts_stays(self) -> None:
        """P47: purging makes no room."""
        lab = Lab(caps=[Cap(1, within=days(60))])
        offers = [
            Journey(name, start=on(name), steps=[Send(message(name, "marketing"), via="email", ttl=days(90))])
            for name in ("first", "second")
        ]
        lab.add(*offers)
        ada = lab.profile("ada", email="ada@example.com", timezone="UTC")
        lab.track(ada, "first")
        lab.advance(days(30))
        assert lab.engine.purge(NONE_KEPT).deliveries == 0
        lab.track(ada, "second")
        assert lab.messages_sent(ada) == [("first", "email")]
        lab.advance(days(31))
        assert lab.messages_sent(ada) == [("first", "email"), ("second", "email")]
        lab.advance(days(90))
        assert lab.engine.purge(NONE_KEPT).deliveries == 2

    def test_definitions_of_earlier_versions_count(self) -> None:
        lab = self.grown()
        bare = Engine(lab._all_settings()["store"], clock=lab.clock)
        assert bare.purge(NONE_KEPT).events == 6, "seen is still read by a stored definition"

    def test_what_is_open_stays(self) -> None:
        waits = Journey("waits", start=on("bought"), steps=[sends("first"), Wait(days(300)), sends("last")])
        lab = self.grown(waits)
        assert lab.engine.purge(NONE_KEPT).enrollments == 0
        lab.advance(days(300))
        assert len(lab.transport.journal) == 6

    def test_bad_input(self) -> None:
        lab = self.grown(people=1)
        with pytest.raises(InvalidInput, match="does nothing"):
            lab.engine.purge(limit=0)
        with pytest.raises(InvalidInput, match="no span of time"):
            Retention(events=30)  # type: ignore[arg-type]
