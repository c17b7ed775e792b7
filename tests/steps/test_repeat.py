"""Repeat: rounds with pauses, bounded; until something ends it at once (P15)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.steps.saying import begin, clock, said, say, subjects, tell
from unichannel import Branch, Exit, Handler, Repeat, Update, Wait, days, hours, minutes, on, when
from unichannel.conditions import attribute, data, happened
from unichannel.testing import Lab


def test_three_rounds_a_week_apart_and_on(lab: Lab, meet: Any) -> None:
    ada = meet()
    begin(lab, ada, Repeat([say("pay")], times=3, every=days(7)), say("gives up"))
    lab.advance(days(30))
    assert clock(lab, ada) == ["08 09:00", "15 09:00", "22 09:00", "22 09:00"]
    assert said(lab, ada) == ["pay", "pay", "pay", "gives up"]


def test_p15_each_round_has_deliveries_of_its_own(lab: Lab, meet: Any) -> None:
    ada = meet()
    begin(lab, ada, Repeat([say("pay")], times=4, every=days(1)))
    lab.advance(days(5))
    assert len({one.key for one in lab.sent(ada)}) == 4
    assert [one.visit for one in lab.history(ada).deliveries] == [1, 2, 3, 4]  # type: ignore[union-attr]


def test_days_keep_the_local_hour_across_a_clock_change() -> None:
    lab = Lab(start=datetime(2030, 3, 29, 8, 0, tzinfo=UTC))  # Friday 09:00 in Paris, the change is on Sunday
    ada = lab.profile("ada", email="ada@example.com", timezone="Europe/Paris")
    begin(lab, ada, Repeat([say("news")], times=4, every=days(1)))
    lab.advance(days(4))
    assert clock(lab, ada, "Europe/Paris") == ["29 09:00", "30 09:00", "31 09:00", "01 09:00"]
    assert clock(lab, ada) == ["29 08:00", "30 08:00", "31 07:00", "01 07:00"]


def test_hours_elapse_across_a_clock_change() -> None:
    lab = Lab(start=datetime(2030, 3, 30, 8, 0, tzinfo=UTC))
    ada = lab.profile("ada", email="ada@example.com", timezone="Europe/Paris")
    begin(lab, ada, Repeat([say("news")], times=2, every=hours(24)))
    lab.advance(days(4))
    assert clock(lab, ada, "Europe/Paris") == ["30 09:00", "31 10:00"]


def test_an_event_ends_the_pause_at_once(lab: Lab, meet: Any) -> None:
    ada = meet()
    begin(lab, ada, Repeat([say("pay")], times=9, every=days(7), until=on("paid")), say("thanks"))
    lab.advance(days(10))
    lab.track(ada, "paid")
    assert said(lab, ada) == ["pay", "pay", "thanks"]
    lab.advance(days(60))
    assert len(said(lab, ada)) == 3


def test_an_event_before_the_first_round_or_within_one_counts(lab: Lab, meet: Any) -> None:
    ada, bob = meet(), meet("bob")
    rounds = Repeat([say("pay"), Wait(hours(2)), say("hurry")], times=3, every=days(1), until=on("paid"))
    begin(lab, ada, Wait(hours(1)), rounds, say("thanks"))
    lab.track(bob, "begun")
    lab.track(bob, "paid")
    lab.advance(hours(2))
    lab.track(ada, "paid")  # within the first round, which is gone through to its end
    lab.advance(days(9))
    assert said(lab, ada) == ["pay", "hurry", "thanks"]
    assert said(lab, bob) == ["thanks"]


def test_a_condition_ends_the_pause_at_once(lab: Lab, meet: Any) -> None:
    ada = meet(plan="free")
    begin(lab, ada, Repeat([say("upgrade")], times=9, every=days(7), until=attribute("plan", "pro")), say("welcome"))
    lab.advance(days(10))
    lab.profile(ada, plan="pro")
    assert said(lab, ada) == ["upgrade", "upgrade", "welcome"]


def test_what_a_round_did_may_end_it(lab: Lab, meet: Any) -> None:
    ada = meet(tries=0)
    count = Update(data={"tries": "{{ data.tries | default: 0 | plus: 1 }}"})
    begin(lab, ada, Repeat([count, say("try")], times=9, every=hours(1), until=data("tries", 3)), say("end"))
    lab.advance(days(1))
    assert said(lab, ada) == ["try", "try", "try", "end"]


def test_rounds_inside_rounds(lab: Lab, meet: Any) -> None:
    inner = Repeat([say("in")], times=2, every=hours(1))
    ada = meet()
    begin(lab, ada, Repeat([inner, say("out")], times=2, every=days(1)), say("end"))
    lab.advance(days(3))
    assert said(lab, ada) == ["in", "in", "out", "in", "in", "out", "end"]
    # The pause counts from where a round ended: after the inner one's last pause was not taken.
    assert clock(lab, ada) == ["08 09:00", "08 10:00", "08 10:00", "09 10:00", "09 11:00", "09 11:00", "09 11:00"]


def test_without_a_pause_the_rounds_take_the_time_of_what_is_inside(lab: Lab, meet: Any) -> None:
    ada = meet()
    begin(lab, ada, Repeat([Wait(minutes(90)), say("tick")], times=3))
    lab.advance(days(1))
    assert clock(lab, ada) == ["08 10:30", "08 12:00", "08 13:30"]


def test_an_exit_inside_ends_the_run(lab: Lab, meet: Any) -> None:
    ada = meet()
    leaves = Branch(when(happened("enough"), Exit("enough")), otherwise=[say("more")])
    begin(lab, ada, Repeat([leaves], times=9, every=hours(1)), say("end"))
    lab.track(ada, "enough")
    lab.advance(days(1))
    assert said(lab, ada) == ["more"]


def test_a_handler_jumps_out_and_the_rounds_are_forgotten(lab: Lab, meet: Any) -> None:
    """Out to what follows; a later jump back begins anew, with all its rounds."""
    out, back = Handler(on("out"), to="rest"), Handler(on("back"), to="rounds", again=True)
    ada = meet()
    rounds = Repeat([say("tick")], times=3, every=hours(1), name="rounds")
    begin(lab, ada, rounds, Wait(days(9), name="rest"), say("end"), handlers=[out, back])
    lab.advance(minutes(90))
    lab.track(ada, "out")
    lab.advance(days(1))
    assert said(lab, ada) == ["tick", "tick"]
    lab.track(ada, "back")
    lab.advance(days(1))
    assert said(lab, ada) == ["tick"] * 5


def test_a_handler_jumps_into_a_round(lab: Lab, meet: Any) -> None:
    """What follows in the round is done, then the rounds begin: their number is not that of the jump."""
    ada = meet()
    rounds = Repeat([say("first"), say("second")], times=2, every=hours(1))
    begin(lab, ada, Wait(days(9)), rounds, say("end"), handlers=[Handler(on("in"), to="second")])
    lab.track(ada, "in")
    assert said(lab, ada) == ["second", "first", "second"]
    lab.advance(days(1))
    assert said(lab, ada) == ["second", "first", "second", "first", "second", "end"]


def test_a_late_pass_takes_the_rounds_in_their_time(lab: Lab, meet: Any) -> None:
    """Law 3: nobody ran it for a day; the data are those of the rounds' own instants."""
    ada = meet()
    count = Update(data={"n": "{{ data.n | default: 0 | plus: 1 }}"})
    begin(lab, ada, Repeat([count], times=100, every=minutes(1)), tell("end", "{{ data.n }}"))
    lab.clock.set(lab.clock.now() + days(1).at_most)
    lab.run_due()
    assert subjects(lab, ada) == ["100"]
    assert lab.history(ada).deliveries[0].at - lab.history(ada).runs[0].start == minutes(99).nominal  # type: ignore[union-attr]


def test_as_many_rounds_as_there_may_be(lab: Lab, meet: Any) -> None:
    ada = meet()
    count = Update(data={"n": "{{ data.n | default: 0 | plus: 1 }}"})
    begin(lab, ada, Repeat([count], times=1000, every=minutes(1)), tell("end", "{{ data.n }}"))
    lab.clock.set(lab.clock.now() + days(1).at_most)
    lab.run_due()
    assert subjects(lab, ada) == ["1000"]
