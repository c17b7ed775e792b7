"""Digest: events are collected for a while and told at once; none is left out, and none is told twice (P5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.steps.saying import begin, clock, subjects, tell
from tests.stores import postgres
from unichannel import Digest, Engine, Handler, Journey, MemoryStore, SqlStore, Wait, days, hours, minutes, on
from unichannel.conditions import at_least, local_time
from unichannel.ports import Store
from unichannel.testing import Crash, Lab, ManualClock
from unichannel.testing.clock import START

NEWS = "{{ data.comments.count }}:{% for one in data.comments.events %} {{ one.by }}{% endfor %}"
collects = Digest(on("comment"), hours(1), into="comments")


def digests(digest: Digest = collects, *steps: Any, **more: Any) -> Journey:
    return Journey(
        "digests", start=on("comment"), steps=[digest, *steps, tell("news", NEWS)], re_entry="after_end", **more
    )


def comment(lab: Lab, profile: str, by: str, **more: Any) -> None:
    lab.track(profile, "comment", {"by": by}, id=f"c-{by}", **more)


def told(lab: Lab, profile: str) -> Counter[str]:
    """How often each comment was told of."""
    return Counter(name for subject in subjects(lab, profile) for name in subject.partition(":")[2].split())


def test_the_trigger_counts_and_what_comes_within_the_hour(lab: Lab, meet: Any) -> None:
    lab.add(digests())
    ada = meet()
    comment(lab, ada, "bob")
    lab.advance(minutes(59))
    comment(lab, ada, "eve")
    lab.advance(minutes(1))
    assert subjects(lab, ada) == ["2: bob eve"]
    comment(lab, ada, "kim")
    lab.advance(hours(2))
    assert subjects(lab, ada) == ["2: bob eve", "1: kim"]


def test_what_the_run_is_given(lab: Lab, meet: Any) -> None:
    lab.add(digests())
    ada = meet()
    lab.track(ada, "comment", {"by": "bob", "text": "Hi", "n": 3})
    lab.advance(hours(1))
    assert lab.history(ada).runs[0].data["comments"] == {  # type: ignore[union-attr]
        "count": 1,
        "events": [{"by": "bob", "text": "Hi", "n": 3, "event": "comment", "occurred": "2030-01-08T09:00:00+00:00"}],
    }


def test_the_latest_are_told_and_all_are_counted(lab: Lab, meet: Any) -> None:
    lab.add(digests(Digest(on("comment"), hours(1), into="comments", most=2)))
    ada = meet()
    for by in "abcde":
        comment(lab, ada, by)
        lab.advance(minutes(1))
    lab.advance(hours(1))
    assert subjects(lab, ada) == ["5: d e"]


def test_several_events_each_with_its_tests(lab: Lab, meet: Any) -> None:
    several = Digest([on("comment"), on("like", where={"stars": at_least(3)})], hours(1), into="comments")
    lab.add(digests(several))
    ada = meet()
    comment(lab, ada, "bob")
    lab.track(ada, "like", {"by": "eve", "stars": 5})
    lab.track(ada, "like", {"by": "kim", "stars": 1})
    lab.track(ada, "visit", {"by": "lou"})
    lab.advance(hours(1))
    assert subjects(lab, ada) == ["2: bob eve"]


def test_each_entity_has_its_own(lab: Lab, meet: Any) -> None:
    lab.add(
        Journey("posts", start=on("comment", entity="post"), steps=[collects, tell("news", "{{ data.post }} " + NEWS)])
    )
    ada = meet()
    for by, post in (("bob", "p1"), ("eve", "p2"), ("kim", "p1")):
        lab.track(ada, "comment", {"by": by, "post": post})
    lab.advance(hours(1))
    assert sorted(subjects(lab, ada)) == ["p1 2: bob kim", "p2 1: eve"]


def test_it_collects_from_when_the_run_began_not_from_when_it_was_reached(lab: Lab, meet: Any) -> None:
    ada = meet()
    begin(lab, ada, Wait(hours(3)), collects, tell("news", NEWS))
    comment(lab, ada, "bob")
    lab.advance(hours(4))
    assert subjects(lab, ada) == ["1: bob"]


def test_nothing_came(lab: Lab, meet: Any) -> None:
    ada = meet()
    begin(lab, ada, collects, tell("news", NEWS))
    lab.advance(hours(1))
    assert subjects(lab, ada) == ["0:"]


# late, between and after


def test_an_event_that_is_told_late_is_in(lab: Lab, meet: Any) -> None:
    """It occurred while the digest was open, and is told while it still is."""
    lab.add(digests())
    ada = meet()
    comment(lab, ada, "bob")
    lab.advance(minutes(40))
    comment(lab, ada, "eve", occurred=lab.now - timedelta(minutes=20))
    lab.advance(hours(2))
    assert subjects(lab, ada) == ["2: bob eve"]


def test_an_event_that_is_told_after_the_close_has_a_round_of_its_own(lab: Lab, meet: Any) -> None:
    lab.add(digests(collects, Wait(hours(1))))
    ada = meet()
    comment(lab, ada, "bob")
    lab.advance(minutes(70))
    comment(lab, ada, "eve", occurred=lab.now - timedelta(minutes=30))
    lab.advance(hours(5))
    assert subjects(lab, ada) == ["1: bob", "1: eve"]


def test_what_comes_between_the_close_and_the_end_has_a_round_of_its_own(lab: Lab, meet: Any) -> None:
    """Between the hour and the mail there is a wait; whoever comments then begins no run, and is not forgotten."""
    lab.add(digests(collects, Wait(minutes(30))))
    ada = meet()
    comment(lab, ada, "bob")
    lab.advance(minutes(70))
    comment(lab, ada, "eve")
    lab.advance(minutes(5))
    comment(lab, ada, "kim")
    lab.advance(hours(5))
    assert subjects(lab, ada) == ["1: bob", "2: eve kim"]
    assert told(lab, ada) == Counter(["bob", "eve", "kim"])


def test_an_event_at_the_very_instant_of_the_close_is_told_once(lab: Lab, meet: Any) -> None:
    for is_before in (True, False):
        one = Lab()
        one.add(digests())
        one.profile("ada", email="ada@example.com", timezone="UTC")
        comment(one, "ada", "bob")
        one.clock.set(one.clock.now() + hours(1).nominal)
        if not is_before:
            one.run_due()
        comment(one, "ada", "eve")
        one.advance(hours(3))
        assert told(one, "ada") == Counter(["bob", "eve"])


def test_what_is_told_at_the_instant_of_the_close_but_after_it_has_a_round_of_its_own(lab: Lab, meet: Any) -> None:
    lab.add(digests(collects, Wait(minutes(30))))
    ada = meet()
    comment(lab, ada, "bob")
    lab.advance(hours(1))
    comment(lab, ada, "eve")
    lab.advance(hours(5))
    assert subjects(lab, ada) == ["1: bob", "1: eve"]


def test_a_host_that_commits_late_or_whose_clock_is_behind_is_heard(lab: Lab, meet: Any) -> None:
    """It says 09:55, and its row is there after the digest closed at 10:00."""
    lab.add(digests(collects, Wait(minutes(30))))
    ada = meet()
    slow = Engine(**{**lab._all_settings(), "clock": ManualClock(START + timedelta(minutes=55))})
    comment(lab, ada, "bob")
    lab.advance(hours(1))
    slow.track(ada, "comment", {"by": "eve"})
    lab.advance(hours(5))
    assert subjects(lab, ada) == ["1: bob", "1: eve"]


def test_a_late_pass_closes_it_when_it_was_to_close(lab: Lab, meet: Any) -> None:
    """Law 3: nobody ran it for hours; what came after its hour is a matter of the next round."""
    lab.add(digests(collects, Wait(minutes(30))))
    ada = meet()
    comment(lab, ada, "bob")
    for by, after in (("eve", 30), ("kim", 50), ("lou", 200)):
        lab.clock.set(lab.clock.now() + minutes(after).nominal)
        lab.engine.track(ada, "comment", {"by": by})
    lab.run_due()
    lab.advance(hours(5))
    assert subjects(lab, ada) == ["2: bob eve", "1: kim", "1: lou"]


def test_a_handler_that_leaves_it_and_comes_back(lab: Lab, meet: Any) -> None:
    lab.add(
        digests(
            collects,
            Wait(minutes(30), name="rest"),
            handlers=[Handler(on("pause"), to="rest"), Handler(on("back"), to="digest-comment", again=True)],
        )
    )
    ada = meet()
    comment(lab, ada, "bob")
    lab.track(ada, "pause")
    lab.advance(minutes(10))
    lab.track(ada, "back")
    comment(lab, ada, "eve")
    lab.advance(hours(5))
    assert told(lab, ada) == Counter(["bob", "eve"])


# until


def test_until_the_evening(lab: Lab, meet: Any) -> None:
    lab.add(digests(Digest(on("comment"), until=local_time("18:00"), into="comments")))
    ada = meet(timezone="America/New_York")  # where it is four in the morning
    comment(lab, ada, "bob")
    lab.advance(hours(8))
    comment(lab, ada, "eve")
    lab.advance(days(1))
    assert subjects(lab, ada) == ["2: bob eve"]
    assert clock(lab, ada, "America/New_York") == ["08 18:00"]


def test_until_the_evening_across_a_clock_change() -> None:
    for day, utc in ((30, "30 17:00"), (31, "31 16:00")):
        lab = Lab(start=datetime(2030, 3, day, 0, 30, tzinfo=UTC))  # 01:30 in Paris, on 31 March half an hour before
        lab.add(digests(Digest(on("comment"), until=local_time("18:00"), into="comments")))
        lab.profile("ada", email="ada@example.com", timezone="Europe/Paris")
        comment(lab, "ada", "bob")
        lab.advance(days(1))
        assert clock(lab, "ada") == [utc]


def test_a_day_of_a_digest_is_a_day_of_the_calendar() -> None:
    lab = Lab(start=datetime(2030, 10, 26, 16, 0, tzinfo=UTC))  # 18:00 in Paris; the next day has 25 hours
    lab.add(digests(Digest(on("comment"), days(1), into="comments")))
    lab.profile("ada", email="ada@example.com", timezone="Europe/Paris")
    comment(lab, "ada", "bob")
    lab.advance(days(2))
    assert clock(lab, "ada", "Europe/Paris") == ["27 18:00"]


# P5


def at(minute: int) -> Callable[[Lab], None]:
    return lambda lab: lab.advance_to(START + timedelta(minutes=minute))


DAY = [
    lambda lab: lab.profile("ada", email="ada@example.com", timezone="UTC"),
    lambda lab: comment(lab, "ada", "bob"),
    at(50),
    lambda lab: comment(lab, "ada", "eve"),
    at(75),
    lambda lab: comment(lab, "ada", "kim"),
    at(500),
]


def live(bomb: Callable[[str, object], None] | None, store: Store) -> Lab:
    lab = Lab(store=store)
    lab.add(digests(collects, Wait(minutes(30))))
    lab.transport = type(lab.transport)(takes_key=86_400)  # what is in doubt is not the digest's matter
    lab.watch(bomb)
    for deed in DAY:
        try:
            deed(lab)
        except Crash:
            lab.restart()
            deed(lab)
    return lab


@contextmanager
def a_store(kind: str) -> Iterator[Store]:
    if kind == "memory":
        yield MemoryStore()
        return
    with postgres.database() as url, closing(SqlStore(url)) as store:
        yield store


# On PostgreSQL some places, for the time it takes: before and after transactions alike.
@pytest.mark.parametrize(("kind", "apart"), [("memory", 1), ("postgresql", 141)])
def test_p5_a_crash_at_any_operation_tells_nothing_twice_and_leaves_nothing_out(kind: str, apart: int) -> None:
    operations = []
    with a_store(kind) as store:
        calm = live(lambda phase, _op: operations.append(phase), store)
        assert subjects(calm, "ada") == ["2: bob eve", "1: kim"]
    assert len(operations) > 100
    for place in range(0, len(operations), apart):
        left = place

        def bomb(_phase: str, _op: object) -> None:
            nonlocal left
            left -= 1
            if left == -1:
                raise Crash

        with a_store(kind) as store:
            assert told(live(bomb, store), "ada") == Counter(["bob", "eve", "kim"]), place
