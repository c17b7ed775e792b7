"""Update: what a step changes of the profile is seen by what follows, by other runs and by waits on attributes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.steps.saying import begin, clock, said, say, subjects, tell
from unichannel import Branch, Digest, Journey, Repeat, Update, Wait, days, hours, on, when
from unichannel.conditions import above, attribute, attribute_date, contains, data, data_date, exists
from unichannel.steps import on_date
from unichannel.testing import Lab


def attributes(lab: Lab, profile: str) -> dict[str, Any]:
    history = lab.history(profile)
    assert history is not None
    return history.person.attributes


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        ("gold", "gold"),
        (7, 7),
        (True, True),
        ([1, "{{ data.plan }}"], [1, "pro"]),
        ({"of": "{{ data.seats }}"}, {"of": 3}),
        ("{{ data.seats }}", 3),
        ("{{ data.seats | plus: 1 }}", 4),
        ("{{ data.seats }} seats", "3 seats"),
        ("{{ data.tags }}", ["a", "b"]),
        ("{{ data.nobody | default: 'none' }}", "none"),
    ],
)
def test_values_keep_their_type(lab: Lab, meet: Any, given: object, becomes: object) -> None:
    lab.add(Journey("sets", start=on("begun"), steps=[Update({"level": given})]))
    ada = meet()
    lab.track(ada, "begun", {"plan": "pro", "seats": 3, "tags": ["a", "b"]})
    assert attributes(lab, ada)["level"] == becomes
    assert type(attributes(lab, ada)["level"]) is type(becomes)


def test_none_takes_an_attribute_away(lab: Lab, meet: Any) -> None:
    ada = meet(level="gold")
    begin(
        lab, ada, Update({"level": None}), Branch(when(attribute("level", exists()), say("yes")), otherwise=[say("no")])
    )
    assert "level" not in attributes(lab, ada)
    assert said(lab, ada) == ["no"]


def test_the_next_branch_and_the_next_text_see_it(lab: Lab, meet: Any) -> None:
    ada = meet(visits=2)
    count = Update({"visits": "{{ profile.visits | plus: 1 }}"}, data={"before": "{{ profile.visits }}"})
    many = Branch(when(attribute("visits", above(2)), tell("many", "{{ profile.visits }} after {{ data.before }}")))
    begin(lab, ada, count, many)
    assert subjects(lab, ada) == ["3 after 2"]


def test_each_round_counts_on(lab: Lab, meet: Any) -> None:
    ada = meet(visits=0)
    begin(lab, ada, Repeat([Update({"visits": "{{ profile.visits | plus: 1 }}"})], times=5, every=hours(1)))
    lab.advance(days(1))
    assert attributes(lab, ada)["visits"] == 5


def test_tags_and_lists_are_added_and_removed(lab: Lab, meet: Any) -> None:
    ada = meet()
    begin(
        lab,
        ada,
        Update(tags=["a", "b"], lists="news"),
        Wait(hours(1)),
        Update(tags={"a": False}, name="less"),
        re_entry="after_end",
    )
    lab.advance(hours(1))
    person = lab.history(ada).person  # type: ignore[union-attr]
    assert (sorted(person.tags), sorted(person.lists)) == (["b"], ["news"])


def test_another_run_sees_it_from_that_instant(lab: Lab, meet: Any) -> None:
    """One run waits for what another one sets; neither is told of the other."""
    waits = Wait(until=attribute("level", "gold"), timeout=days(9))
    lab.add(Journey("greets", start=on("begun"), steps=[waits, say("welcome to gold")]))
    ada = meet()
    begin(lab, ada, Wait(days(2)), Update({"level": "gold"}))
    lab.advance(days(1))
    assert said(lab, ada) == []
    lab.advance(days(1))
    assert said(lab, ada) == ["welcome to gold"]
    assert clock(lab, ada) == ["10 09:00"]


def test_a_wait_on_the_date_that_it_sets_moves(lab: Lab, meet: Any) -> None:
    """P28: whoever changes the date, a host or a step, the wait moves with it; so does a run that a date begins."""
    lab.add(Journey("renews", start=on("begun"), steps=[Wait(until=attribute_date("renews")), say("now")]))
    lab.add(Journey("ahead", start=on_date(attribute_date("renews") - days(1), at="12:00"), steps=[say("tomorrow")]))
    ada = meet(renews="2030-01-20")
    begin(lab, ada, Wait(days(2)), Update({"renews": "2030-02-03"}))
    lab.advance(days(60))
    assert said(lab, ada) == ["tomorrow", "now"]
    assert clock(lab, ada) == ["02 12:00", "03 00:00"]


def test_a_run_sets_the_date_that_it_waits_for(lab: Lab, meet: Any) -> None:
    ada = meet()
    begin(lab, ada, Update(data={"slot": "2030-01-10T15:00"}), Wait(until=data_date("slot") - hours(3)), say("soon"))
    lab.advance(days(3))
    assert clock(lab, ada) == ["10 12:00"]


def test_what_a_step_sets_outlives_the_run_and_its_data_does_not(lab: Lab, meet: Any) -> None:
    ada = meet()
    lab.add(Journey("sets", start=on("begun"), steps=[Update({"a": 1}, data={"b": 2})]))
    asks = Branch(when(attribute("a", 1) & ~data("b", exists()), say("as it should")))
    lab.track(ada, "begun")
    begin(lab, ada, asks)
    assert said(lab, ada) == ["as it should"]


def test_a_late_pass_sets_things_in_their_order(lab: Lab, meet: Any) -> None:
    """Two runs add a word each, an hour apart; nobody ran the engine for a day."""
    for name, after in (("second", 2), ("first", 1)):
        add = Update({"words": "{{ profile.words }} " + name}, name=f"add-{name}")
        lab.add(Journey(name, start=on("go"), steps=[Wait(hours(after)), add]))
    ada = meet(words="zero")
    lab.track(ada, "go")
    lab.clock.set(lab.clock.now() + days(1).at_most)
    lab.run_due()
    assert attributes(lab, ada)["words"] == "zero first second"


def test_a_missing_variable_sets_the_run_aside_and_retry_mends_it(lab: Lab, meet: Any) -> None:
    """Nothing is half done: not the update, not the mail that came before it in the same decision."""
    ada = meet()
    begin(lab, ada, Wait(hours(1)), say("before"), Update({"level": "{{ profile.plan }}"}), say("after"))
    lab.advance(hours(2))
    (fault,) = lab.engine.failed()
    assert "profile.plan" in fault.error
    assert said(lab, ada) == []
    assert "level" not in attributes(lab, ada)

    meet(plan="pro")
    assert lab.engine.retry() == 1
    lab.run_due()
    assert lab.engine.failed() == []
    assert said(lab, ada) == ["before", "after"]
    assert attributes(lab, ada)["level"] == "pro"


def test_what_it_sets_are_facts_for_conditions_of_any_kind(lab: Lab, meet: Any) -> None:
    digest = Digest(on("visit"), hours(1), into="visits")
    keep = Update({"seen": "{{ data.visits.count }}", "pages": ["{{ data.page }}", "end"]})
    asks = Branch(when(attribute("seen", 2) & attribute("pages", contains("end")), say("yes")), otherwise=[say("no")])
    lab.add(Journey("reads", start=on("visit"), steps=[digest, keep, asks]))
    ada = meet()
    lab.track(ada, "visit", {"page": "a"})
    lab.track(ada, "visit", {"page": "b"})
    lab.advance(hours(1))
    assert said(lab, ada) == ["yes"]
