"""P49, P50: a journey is changed while people are inside; nobody is run again, and what is pending stays as it was."""

from __future__ import annotations

from typing import Any

from tests.journeys.trial import message
from tests.steps.saying import clock, said, say, states, tell
from unichannel import (
    Call,
    Digest,
    Email,
    Journey,
    Message,
    Repeat,
    Send,
    StartJourney,
    Update,
    Wait,
    days,
    hours,
    minutes,
    on,
)
from unichannel.conditions import attribute_date
from unichannel.steps import manual, on_date, recurring
from unichannel.testing import Lab


def version(number: int, *steps: Any, **more: Any) -> Journey:
    return Journey("trial", **{"start": on("begun"), "steps": steps, "version": number, **more})


def test_p49_a_step_that_is_deleted_runs_nobody_again(lab: Lab, meet: Any) -> None:
    lab.add(version(1, say("first"), Wait(days(1)), say("second"), Wait(days(2)), say("third")))
    ada, bob = meet(), meet("bob")
    lab.track(ada, "begun")
    lab.advance(days(2))
    lab.add(version(2, Wait(days(2)), say("third")))
    lab.track(bob, "begun")
    lab.track(ada, "begun")
    lab.advance(days(9))
    assert said(lab, ada) == ["first", "second", "third"]
    assert said(lab, bob) == ["third"]


def test_p49_a_step_that_is_added_is_for_those_who_begin_then(lab: Lab, meet: Any) -> None:
    lab.add(version(1, Wait(days(2)), say("end")))
    ada, bob = meet(), meet("bob")
    lab.track(ada, "begun")
    lab.add(version(2, say("new"), Wait(days(2)), say("end")))
    lab.track(bob, "begun")
    lab.advance(days(9))
    assert (said(lab, ada), said(lab, bob)) == (["end"], ["new", "end"])


def test_p49_a_journey_that_is_taken_away_is_gone_through_to_its_end(lab: Lab, meet: Any) -> None:
    """Rounds, a digest, a call and a child under way: the stored definition says how they go on."""
    steps = [
        Repeat([say("tick")], times=2, every=hours(1)),
        Digest(on("news"), hours(1), into="news"),
        tell("news", "{{ data.news.count }}"),
        Call("f", into="x"),
        StartJourney("child", wait=True, into="end"),
        tell("end", "{{ data.x }} {{ data.end.status }}"),
    ]
    store = lab._settings["store"]
    child = Journey("child", start=manual(), steps=[Wait(hours(1)), Update({"done": True})])
    settings: dict[str, Any] = {"store": store, "clock": lab.clock, "functions": {"f": lambda _call: "answered"}}
    for minute in (10, 90, 150, 200):
        lab.use(**settings)
        lab.add(version(1, *steps), child)
        who = meet(f"p{minute}")
        lab.track(who, "begun")
        lab.advance(minutes(minute))
        lab._journeys.clear()
        lab.restart()
        lab.track(who, "news")
        lab.advance(days(1))
        assert said(lab, who)[:2] == ["tick", "tick"]
        assert said(lab, who)[-1] == "end"
        assert ("trial", "completed") in states(lab, who)


def test_p49_a_new_version_of_a_journey_that_time_begins_serves_no_day_twice(lab: Lab, meet: Any) -> None:
    ada = meet(birthday="1990-01-10")
    for number in range(1, 5):
        starts = [on_date(attribute_date("birthday"), at="09:00", yearly=True), recurring("FREQ=DAILY;COUNT=1")]
        lab.add(version(number, say("hello"), start=starts[:1]))
        lab.advance(days(1))
    assert said(lab, ada) == ["hello"]
    assert clock(lab, ada) == ["10 09:00"]


def mail(text: str) -> Send:
    return Send(Message("mail", Email(text, text="…"), category="transactional"), via="email", name="mail")


def test_p50_what_is_pending_keeps_its_text(lab: Lab, meet: Any) -> None:
    """Reserved and not yet taken by the provider, or days away: a new version changes neither."""
    ada, bob, eve = meet(), meet("bob"), meet("eve")
    lab.add(version(1, mail("old"), Wait(days(1)), mail2("old too")))
    lab.transport.plan("refuse")
    lab.track(ada, "begun")
    lab.track(bob, "begun")
    lab.add(version(2, mail("new"), Wait(days(1)), mail2("new too")))
    lab.track(eve, "begun")
    lab.advance(days(2))
    told = {who: [one.content.subject for one in lab.sent(who)] for who in (ada, bob, eve)}  # type: ignore[attr-defined]
    assert told == {ada: ["old", "old too"], bob: ["old", "old too"], eve: ["new", "new too"]}


def mail2(text: str) -> Send:
    return Send(Message("mail2", Email(text, text="…"), category="transactional"), via="email", name="mail2")


def test_p50_another_text_under_the_same_version_is_another_definition() -> None:
    """The digest is of everything that is said and done, so a change cannot pass unseen."""
    from unichannel.core.journey.form.stored import dumps, journey_digest

    made = [
        version(1, mail("old")),
        version(1, mail("new")),
        version(1, Update({"a": 1})),
        version(1, Update({"a": 2})),
        version(1, Send(message("mail", "transactional"), via="email", name="mail")),
        version(1, Digest(on("x"), hours(1))),
        version(1, Digest(on("x"), hours(1), most=7)),
        version(1, mail("old"), start=recurring("FREQ=DAILY")),
        version(1, mail("old"), start=recurring("FREQ=DAILY", at="10:00")),
    ]
    assert len({journey_digest(dumps(one)) for one in made}) == len(made)
