"""StartJourney: a run begins another one; it may wait for how that ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.steps.saying import begin, said, say, states, subjects, tell
from unichannel import (
    Branch,
    Email,
    Engine,
    Exit,
    Journey,
    MemoryStore,
    Message,
    Profile,
    Repeat,
    Send,
    StartJourney,
    Update,
    Wait,
    days,
    hours,
    on,
    when,
)
from unichannel.conditions import data, happened
from unichannel.steps import manual
from unichannel.testing import Lab, ManualClock, RecordingTransport


def child(*steps: Any, **more: Any) -> Journey:
    return Journey("child", **{"start": manual(), "steps": steps or [say("child"), Wait(hours(3))], **more})


ends = tell("end", "{{ data.end.status }} {{ data.end.reason | default: '-' }}")
waits = StartJourney("child", wait=True, into="end")


def test_it_begins_with_what_it_is_given_and_the_run_goes_on(lab: Lab, meet: Any) -> None:
    lab.add(child(Wait(hours(1)), tell("child", "{{ data.plan }} {{ data.n }}")))
    lab.add(
        Journey(
            "parent",
            start=on("begun"),
            steps=[StartJourney("child", {"plan": "{{ data.plan }}", "n": 1}), say("at once")],
        )
    )
    ada = meet()
    lab.track(ada, "begun", {"plan": "pro"})
    assert said(lab, ada) == ["at once"]
    lab.advance(hours(1))
    assert subjects(lab, ada)[1:] == ["pro 1"]


def test_it_waits_for_the_end(lab: Lab, meet: Any) -> None:
    lab.add(child())
    ada = meet()
    begin(lab, ada, waits, ends)
    lab.advance(hours(2))
    assert said(lab, ada) == ["child"]
    lab.advance(hours(1))
    assert said(lab, ada) == ["child", "end"]
    assert subjects(lab, ada)[1] == "completed -"


@pytest.mark.parametrize(
    ("event", "status"), [("bought", "converted bought"), ("left", "exited left"), ("other", "exited enough")]
)
def test_it_is_told_how_it_ended(lab: Lab, meet: Any, event: str, status: str) -> None:
    leaves = Wait(until=on("other"), timeout=days(1), on_timeout=[Wait(days(1))])
    lab.add(child(leaves, Exit("enough"), goal=on("bought"), exits=on("left")))
    ada = meet()
    begin(lab, ada, waits, ends)
    lab.advance(hours(1))
    lab.track(ada, event)
    assert subjects(lab, ada) == [status]


def test_the_parents_goal_ends_the_parent_alone(lab: Lab, meet: Any) -> None:
    lab.add(child())
    ada = meet()
    begin(lab, ada, waits, ends, goal=on("bought"))
    lab.track(ada, "bought")
    lab.advance(days(1))
    assert said(lab, ada) == ["child"]
    assert states(lab, ada) == [("steps", "converted"), ("child", "completed")]


def test_one_that_may_not_be_entered_is_refused(lab: Lab, meet: Any) -> None:
    lab.add(child(Update({"seen": 1})))
    ada = meet()
    begin(
        lab,
        ada,
        Repeat(
            [waits, tell("end", "{{ data.end.status }} {{ data.end.reason | default: '-' }}")], times=2, every=hours(1)
        ),
    )
    lab.advance(days(1))
    assert subjects(lab, ada) == ["completed -", "refused re_entry"]
    refused = [one for one in lab.why(ada, "child") if one.code == "re_entry"]
    assert len(refused) == 1


def test_each_round_begins_one(lab: Lab, meet: Any) -> None:
    lab.add(child(say("child"), re_entry="after_end"))
    ada = meet()
    begin(lab, ada, Repeat([waits], times=3, every=hours(1)), ends)
    lab.advance(days(1))
    assert sorted(said(lab, ada)) == ["child", "child", "child", "end"]


def test_one_whose_entity_is_missing_is_refused(lab: Lab, meet: Any) -> None:
    lab.add(child(start=manual(entity="order")))
    ada = meet()
    begin(
        lab, ada, waits, ends, StartJourney("child", {"order": "o1"}, wait=True, into="end", name="again"), say("last")
    )
    lab.advance(days(1))
    assert subjects(lab, ada)[0] == "refused no_entity"
    assert said(lab, ada) == ["end", "child", "last"]


def test_a_child_that_is_set_aside_is_waited_for(lab: Lab, meet: Any) -> None:
    asks = Send(Message("asks", Email("{{ profile.word }}", text="…"), category="transactional"), via="email")
    lab.add(child(asks))
    ada = meet()
    begin(lab, ada, waits, ends)
    lab.advance(hours(5))
    assert said(lab, ada) == []
    assert len(lab.engine.failed()) == 1
    lab.profile(ada, word="mended")
    lab.engine.retry()
    lab.run_due()
    assert sorted(subjects(lab, ada)) == ["completed -", "mended"]


def test_a_late_pass_knows_what_the_child_did_meanwhile(lab: Lab, meet: Any) -> None:
    """Law 3: the child set an attribute an hour before the parent asked for it; nobody ran it for 20 hours."""
    lab.add(child(Wait(hours(1)), Update({"word": "child"})))
    ada = meet(word="none")
    begin(lab, ada, StartJourney("child"), Wait(hours(2)), tell("asks", "{{ profile.word }}"))
    other = Lab()
    other.add(child(Wait(hours(1)), Update({"word": "child"})))
    other.profile("bob", email="bob@example.com", timezone="UTC", word="none")
    other.add(
        Journey(
            "steps",
            start=on("begun"),
            steps=[StartJourney("child"), Wait(hours(2)), tell("asks", "{{ profile.word }}")],
        )
    )
    other.engine.track("bob", "begun")
    for late, who in ((lab, ada), (other, "bob")):
        late.clock.set(late.clock.now() + hours(20).nominal)
        late.run_due()
        assert subjects(late, who) == ["child"]


def test_journeys_in_a_row_that_are_too_many_end_in_failed_and_nobody_hangs(lab: Lab, meet: Any) -> None:
    """Each waits for the next; the one that is too deep is refused, and all of them end."""
    row = [
        Journey(
            f"j{n}",
            start=manual(),
            steps=[
                StartJourney(f"j{n + 1}", wait=True, into="end"),
                tell(f"m{n}", "{{ data.end.status }} {{ data.end.reason | default: '-' }}"),
            ],
        )
        for n in range(13)
    ]
    lab.add(*row, Journey("j13", start=manual(), steps=[say("never")]))
    ada = meet()
    lab.enroll(row[0], ada)
    assert sorted(subjects(lab, ada))[-2:] == ["completed -", "refused depth"]
    assert all(status == "completed" for _, status in states(lab, ada))
    (fault,) = lab.engine.failed()
    assert "circle" in fault.error


def test_a_circle_of_waits_is_refused_by_the_rule_of_re_entry(lab: Lab, meet: Any) -> None:
    there = Journey(
        "there",
        start=manual(),
        steps=[StartJourney("back", wait=True, into="end"), tell("t", "{{ data.end.reason | default: '-' }}")],
        re_entry="after_end",
    )
    back = Journey(
        "back",
        start=manual(),
        steps=[StartJourney("there", wait=True, into="end"), tell("b", "{{ data.end.reason | default: '-' }}")],
        re_entry="after_end",
    )
    lab.add(there, back)
    ada = meet()
    lab.enroll(there, ada)
    assert sorted(subjects(lab, ada)) == ["-", "already_running"]


def test_a_circle_without_waits_ends_at_a_depth_of_ten(lab: Lab, meet: Any) -> None:
    lab.add(Journey("there", start=manual(), steps=[StartJourney("back")], re_entry="after_end"))
    back = Journey("back", start=manual(), steps=[StartJourney("there")], re_entry="after_end")
    lab.add(back)
    ada = meet()
    lab.enroll(back, ada)
    assert len(states(lab, ada)) == 11
    assert "circle" in lab.engine.failed()[0].error
    assert lab.engine.next_due_at() is None


# another worker


@pytest.mark.parametrize("is_visitor", [True, False])
def test_a_journey_that_only_another_worker_was_given(is_visitor: bool) -> None:
    """The latest stored definition is begun, and what it reads is loaded, though this worker meets it first now."""
    store, clock, transport = MemoryStore(), ManualClock(), RecordingTransport()
    old = Journey("child", start=manual(), steps=[say("old")], version=1)
    asks = Branch(when(happened("visit"), say("new for visitors")), otherwise=[say("new")])
    new = Journey("child", start=manual(), steps=[asks], version=2)
    parent = Journey("parent", start=on("begun"), steps=[Wait(days(9)), waits, ends])
    settings: dict[str, Any] = {"routes": {"email": transport}, "clock": clock}
    Engine(store, journeys=[old], **settings).publish()
    one = Engine(store, journeys=[parent, new], **settings)
    one.identify(Profile("ada", email="ada@example.com"))
    if is_visitor:
        one.track("ada", "visit")
    one.track("ada", "begun")
    one.run_due()
    clock.set(clock.now() + days(9).at_most)
    Engine(store, journeys=[], **settings).run_due()
    assert {sent.message for sent in transport.journal} == {"new for visitors" if is_visitor else "new", "end"}


def test_the_rule_of_re_entry_holds_on_a_worker_that_meets_the_journey_first() -> None:
    store, clock, transport = MemoryStore(), ManualClock(), RecordingTransport()
    once = Journey("child", start=on("child"), steps=[say("child")])
    parent = Journey("parent", start=on("begun"), steps=[Wait(days(9)), waits, ends])
    settings: dict[str, Any] = {"routes": {"email": transport}, "clock": clock}
    one = Engine(store, journeys=[parent, once], **settings)
    one.identify(Profile("ada", email="ada@example.com"))
    one.track("ada", "child")
    one.track("ada", "begun")
    one.run_due()
    clock.set(clock.now() + days(9).at_most)
    Engine(store, journeys=[], **settings).run_due()
    assert [sent.content.subject for sent in transport.journal][1:] == ["refused re_entry"]  # type: ignore[attr-defined]


def test_a_journey_that_nobody_knows_any_more_is_refused() -> None:
    """The worker that began the run knew it only as a journey of its own, and never stored it: as data allow."""
    asks = Branch(when(data("end.status", "refused"), say("refused")))
    lab = Lab()
    lab.add(child(start=on("x"), entry=happened("never")))
    ada = lab.profile("ada", email="ada@example.com", timezone="UTC")
    begin(lab, ada, waits, asks)
    assert said(lab, ada) == ["refused"]


def test_an_engine_that_was_down_for_days_still_begins_what_a_step_asks_for(lab: Lab) -> None:
    """``accept_late`` keeps history that is told late from starting journeys; our own lateness loses nobody."""
    child = Journey("child", start=manual(), steps=[Exit("begun")])
    parent = Journey("parent", start=on("go"), steps=[Wait(hours(1)), StartJourney("child")])
    lab.add(child, parent)
    ada = lab.profile("ada")
    lab.track(ada, "go")
    lab.clock.set(lab.clock.now() + 3 * 24 * 3_600_000_000)
    lab.run_due()
    history = lab.history(ada)
    assert history is not None
    assert {run.journey: run.status for run in history.runs} == {"parent": "completed", "child": "exited"}
