"""P15, P18, P20: coming round again, coming in again, and what a journey tells another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.trial import message
from tests.steps.saying import said, say, subjects, tell
from unichannel import Emit, Handler, Journey, Repeat, Send, Wait, days, hours, on
from unichannel.testing import Lab

# P15


def test_p15_a_step_that_is_come_back_to_does_not_end_the_run(lab: Lab, meet: Any) -> None:
    """By rounds and by a handler alike: each visit sends anew, with a key of its own."""
    again = Handler(on("again"), to="rounds", again=True)
    rounds = Repeat([say("tick")], times=3, every=hours(1), name="rounds")
    lab.add(Journey("loops", start=on("begun"), steps=[rounds, Wait(days(2)), say("end")], handlers=[again]))
    ada = meet()
    lab.track(ada, "begun")
    lab.advance(days(1))
    lab.track(ada, "again")
    lab.advance(days(9))
    assert said(lab, ada) == ["tick"] * 6 + ["end"]
    assert len({one.key for one in lab.sent(ada)}) == 7


# P18

RULES: list[tuple[Any, list[tuple[int, str]]]] = [
    # The run takes two days. What is told at which hour, and what became of it.
    ("once", [(0, "began"), (24, "already_running"), (49, "re_entry"), (9999, "re_entry")]),
    ("after_end", [(0, "began"), (24, "already_running"), (48, "began"), (97, "began")]),
    (days(3), [(0, "began"), (24, "already_running"), (49, "re_entry"), (119, "re_entry"), (120, "began")]),
    (hours(0), [(0, "began"), (47, "already_running"), (48, "began")]),
]


@pytest.mark.parametrize("entity", [None, "cart"])
@pytest.mark.parametrize(("rule", "told"), RULES, ids=["once", "after_end", "cool-down", "no cool-down"])
def test_p18_the_rules_of_re_entry(lab: Lab, meet: Any, entity: str | None, rule: Any, told: Any) -> None:
    """A refusal is told with its reason, by why() and by the handle; another cart has a count of its own."""
    carts = Journey("carts", start=on("left", entity=entity), steps=[Wait(days(2))], re_entry=rule)
    lab.add(carts)
    ada, began = meet(), lab.now
    if entity is not None:
        lab.track(ada, "left", {"cart": "another"})
    came: list[str] = []
    for hour, _ in told:
        lab.advance_to(began + timedelta(hours=hour))
        status = lab.enroll(carts, ada, {"cart": "c1"}).status()
        came.append("began" if status.state == "active" else status.reason)
        assert status.state in ("active", "refused")
    assert came == [code for _, code in told]
    refused = [code for code in came if code != "began"]
    assert [one.code for one in lab.why(ada, carts) if one.code != "wait"] == refused
    assert all(one.sentence for one in lab.why(ada, carts))


def test_p18_the_event_that_was_refused_is_still_a_fact(lab: Lab, meet: Any) -> None:
    lab.add(Journey("greets", start=on("hi"), steps=[say("hello")]))
    lab.add(Journey("counts", start=on("hi"), steps=[tell("count", "hi")], re_entry="after_end"))
    ada = meet()
    lab.track(ada, "hi")
    lab.track(ada, "hi")
    assert sorted(said(lab, ada)) == ["count", "count", "hello"]
    assert sum("hi happened" in entry.sentence for entry in lab.timeline(ada)) == 2


# P20


def test_p20_an_emitted_event_carries_what_it_was_given(lab: Lab, meet: Any) -> None:
    """Not {}: values of the run, of the profile, of any type, and tests of them hold."""
    lab.add(
        Journey(
            "hears", start=on("lost", where={"seats": 3}), steps=[tell("heard", "{{ data.plan }} {{ data.seats }}")]
        )
    )
    lost = Emit("lost", {"plan": "{{ profile.plan }}", "seats": "{{ data.seats }}"})
    lab.add(Journey("sells", start=on("begun"), steps=[lost], re_entry="after_end"))
    ada = meet(plan="pro")
    lab.track(ada, "begun", {"seats": 2})
    lab.track(ada, "begun", {"seats": 3})
    assert subjects(lab, ada) == ["pro 3"]


def test_p20_a_send_that_reaches_nobody_says_which(lab: Lab, meet: Any) -> None:
    owner = tell("owner", "{{ data.message }} {{ data.step }} {{ data.reasons.sms }}")
    lab.add(Journey("tells-owner", start=on("send.unreachable"), steps=[owner]))
    lab.add(Journey("sends", start=on("begun"), steps=[Send(message("news", "transactional"), via="sms")]))
    ada = meet(phone=None)
    lab.track(ada, "begun")
    assert subjects(lab, ada) == ["news send-news-sms no_address"]
