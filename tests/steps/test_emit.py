"""Emit: what a journey says happened is an event like any other: it begins, moves and ends runs, at its instant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.steps.saying import begin, said, say, states, subjects, tell
from unichannel import Branch, Emit, Handler, Journey, Repeat, Wait, days, hours, on, when
from unichannel.conditions import happened
from unichannel.testing import Lab


def test_an_emitted_event_begins_another_journey_with_its_properties(lab: Lab, meet: Any) -> None:
    lab.add(Journey("wins-back", start=on("lead.lost"), steps=[tell("offer", "{{ data.plan }} for {{ data.seats }}")]))
    ada = meet(seats=3)
    lost = Emit("lead.lost", {"plan": "{{ data.plan }}", "seats": "{{ profile.seats }}", "tags": ["a", {"b": None}]})
    lab.add(Journey("sells", start=on("begun"), steps=[lost]))
    lab.track(ada, "begun", {"plan": "pro"})
    assert subjects(lab, ada) == ["pro for 3"]
    (event,) = [one for one in lab.history(ada).events if one.name == "lead.lost"]  # type: ignore[union-attr]
    assert event.properties == {"plan": "pro", "seats": 3, "tags": ["a", {"b": None}]}  # types are kept


def test_it_keys_the_run_that_it_begins(lab: Lab, meet: Any) -> None:
    lab.add(Journey("asks", start=on("rate", entity="order"), steps=[Wait(hours(1)), tell("rate", "{{ data.order }}")]))
    lab.add(Journey("order", start=on("shipped", entity="order"), steps=[Emit("rate", {"order": "{{ data.order }}"})]))
    ada = meet()
    for order in ("o1", "o2"):
        lab.track(ada, "shipped", {"order": order})
    lab.advance(hours(1))
    assert subjects(lab, ada) == ["o1", "o2"]


def test_it_is_seen_by_the_run_itself(lab: Lab, meet: Any) -> None:
    asks = Branch(when(happened("mark"), say("yes")), otherwise=[say("no")])
    ada = meet()
    begin(lab, ada, Emit("mark"), Wait(hours(1)), asks)
    lab.advance(hours(1))
    assert said(lab, ada) == ["yes"]


@pytest.mark.parametrize("late", [0, 1, 3, 9])
def test_a_late_pass_decides_what_follows_knowing_of_it(lab: Lab, meet: Any, late: int) -> None:
    """Law 3: nobody ran the engine for hours; what was emitted in between was there in time."""
    asks = Branch(when(happened("mark"), say("yes")), otherwise=[say("no")])
    lab.add(Journey("hears", start=on("mark"), steps=[Wait(hours(1)), Emit("echo")]))
    ada = meet()
    hears = Wait(until=on("echo"), timeout=hours(2), on_timeout=[say("silence")], name="hears")
    begin(lab, ada, Wait(hours(1)), Emit("mark"), hears, Wait(hours(2)), asks)
    lab.clock.set(lab.clock.now() + hours(late).nominal)
    lab.advance(days(1))
    assert said(lab, ada) == ["yes"]


def test_what_was_told_after_it_keeps_its_turn(lab: Lab, meet: Any) -> None:
    """The pass ends where something was emitted: what the host told of a later instant is not lost."""
    ada = meet()
    lab.add(Journey("later", start=on("later"), steps=[say("later")]))
    begin(lab, ada, Wait(hours(1)), Emit("mark"), Wait(until=on("later"), timeout=days(1)), say("end"))
    lab.clock.set(lab.clock.now() + hours(3).nominal)
    lab.engine.track(ada, "later", id="once")
    lab.engine.track(ada, "later", id="once")
    lab.run_due()
    assert sorted(said(lab, ada)) == ["end", "later"]


def test_what_is_sent_at_once_waits_for_nothing_that_was_emitted_before(lab: Lab, meet: Any) -> None:
    ada = meet()
    begin(lab, ada, Wait(hours(1)), Emit("mark"), Wait(hours(1), name="more"))
    lab.clock.set(lab.clock.now() + hours(3).nominal)
    handle = lab.engine.send(ada, say("code").message, via="sms", at_once=True)
    assert handle.status().deliveries[0][1:] == ("sms", "accepted")


def test_a_goal_that_a_journey_emits_ends_a_run_that_a_journey_emitted(lab: Lab, meet: Any) -> None:
    """Neither event has an id of the host's; the goal is still not taken for the trigger."""
    lab.add(Journey("nurtures", start=on("lead.new"), goal=on("lead.won"), steps=[Wait(days(2)), say("still there")]))
    ada = meet()
    begin(lab, ada, Emit("lead.new"), Wait(hours(1)), Emit("lead.won"))
    lab.advance(days(3))
    assert said(lab, ada) == []
    assert states(lab, ada)[1] == ("nurtures", "converted")


def test_each_round_says_it_anew(lab: Lab, meet: Any) -> None:
    lab.add(Journey("hears", start=on("ping"), steps=[say("pong")], re_entry="after_end"))
    ada = meet()
    begin(lab, ada, Repeat([Emit("ping")], times=3, every=hours(1)))
    lab.advance(days(1))
    assert said(lab, ada) == ["pong"] * 3


# circles


def test_journeys_that_start_each_other_end_at_a_depth_of_ten(lab: Lab, meet: Any) -> None:
    lab.add(Journey("ping", start=on("ping"), steps=[Emit("pong")], re_entry="after_end"))
    lab.add(Journey("pong", start=on("pong"), steps=[Emit("ping")], re_entry="after_end"))
    ada = meet()
    lab.track(ada, "ping")
    assert len(states(lab, ada)) == 11
    (fault,) = lab.engine.failed()
    assert "'pong' was emitted or begun 11 deep" in fault.error or "'ping'" in fault.error
    assert "circle" in fault.error
    assert lab.engine.next_due_at() is None


def test_a_handler_that_says_what_it_answers_ends_at_a_depth_of_ten(lab: Lab, meet: Any) -> None:
    echo = Handler(on("mark"), to="rest", steps=[Emit("mark")], again=True)
    ada = meet()
    begin(lab, ada, Wait(days(1), name="rest"), handlers=[echo])
    lab.engine.track(ada, "mark")
    passes = 0
    while lab.engine.run_due(limit=1).more:
        passes += 1
        assert passes < 100, "it goes round for ever"
    (fault,) = lab.engine.failed()
    assert "circle" in fault.error


def test_a_new_event_from_outside_begins_a_new_count(lab: Lab, meet: Any) -> None:
    """Twenty orders, each answered: no circle."""
    answer = Handler(on("order"), to="rest", steps=[Emit("thanks")], again=True)
    lab.add(Journey("thanks", start=on("thanks"), steps=[say("thanks")], re_entry="after_end"))
    ada = meet()
    begin(lab, ada, Wait(days(90), name="rest"), handlers=[answer])
    for _ in range(20):
        lab.track(ada, "order")
        lab.advance(hours(1))
    assert len(said(lab, ada)) == 20
    assert lab.engine.failed() == []
