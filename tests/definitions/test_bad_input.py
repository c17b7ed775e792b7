"""Bad input: each error names the thing and the mend, and nothing is half-written."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.journeys.trial import message
from unichannel import (
    AsyncEngine,
    Batch,
    Branch,
    Call,
    Cap,
    Category,
    Digest,
    Email,
    Emit,
    Engine,
    Exit,
    Handler,
    Journey,
    MemoryStore,
    Message,
    Profile,
    Repeat,
    Send,
    Sms,
    Split,
    StartJourney,
    Update,
    Wait,
    Window,
    consent,
    days,
    hours,
    minutes,
    on,
    opened,
    start,
    variant,
    when,
)
from unichannel.channels import Content
from unichannel.conditions import attribute, attribute_date, data_date, in_order, local_time
from unichannel.core.journey.form.stored import dumps, loads
from unichannel.errors import (
    ConfigurationError,
    DefinitionChanged,
    DefinitionError,
    InvalidInput,
    UnichannelError,
    UnknownError,
)
from unichannel.providers import Postmark
from unichannel.steps import on_date, recurring
from unichannel.testing import Lab, RecordingTransport

word = message("word", "transactional")
sms_only = Message("text", Sms("Hi"), category="transactional")


def journey(*steps: Any, **more: Any) -> Journey:
    return Journey("sends", start=on("begun"), steps=steps, **more)


class Undecided(Content):
    """A host's own content, as one writes it first."""

    text: str


DEFINITIONS = [
    ("two steps of one name", lambda: journey(Wait(days(1)), Wait(days(1))), "'wait-1d'", "name="),
    (
        "two steps of one name, one inside",
        lambda: journey(Send(word), Branch(when(opened(), Send(word)))),
        "'send-word'",
        "name=",
    ),
    (
        "an unknown step for a handler",
        lambda: journey(Exit(), handlers=[Handler(on("x"), to="nowhere")]),
        "'nowhere'",
        "Its steps are: exit",
    ),
    ("no content for a rung", lambda: Send(sms_only, via=["sms", "email"]), "'email'", "Give it a content for email"),
    ("a channel twice", lambda: Send(word, via=["sms", "sms"]), "sms, sms", "each channel once"),
    ("no rung", lambda: Send(word, via=[]), "'word'", "via="),
    ("no steps", lambda: journey(), "'sends' has no steps", "Give it one"),
    ("no name", lambda: Journey(" ", start=on("x"), steps=[Exit()]), "needs a name", "Name it"),
    ("version 0", lambda: journey(Exit(), version=0), "version", "greater than 0"),
    ("a message without content", lambda: Message("empty"), "'empty' says nothing", "Give it an Email"),
    (
        "two contents for one channel",
        lambda: Message("m", Sms("a"), Sms("b")),
        "two contents for sms",
        "one per channel",
    ),
    ("an email without a body", lambda: Email("Hi"), "an e-mail", "text= or html="),
    ("an SMS without text", lambda: Sms(" "), "needs a text", "Give the text"),
    ("a wait for two things", lambda: Wait(days(1), until=on("x")), "one of them", "until="),
    ("a wait for nothing", lambda: Wait(), "one of them", "until="),
    (
        "a timeout arm without a timeout",
        lambda: Wait(until=on("x"), on_timeout=[Exit()]),
        "wait-x|on_timeout",
        "timeout=",
    ),
    ("a timeout of a span", lambda: Wait(days(1), timeout=days(2)), "timeout", "Leave timeout= out"),
    ("a branch without arms", lambda: Branch(), "needs an arm", "when"),
    ("a split of one", lambda: Split(variant("a", 1)), "two variants", "Name two"),
    ("a split of nothing", lambda: Split(variant("a", 0), variant("b", 0)), "weight", "above 0"),
    ("a negative weight", lambda: variant("a", -1), "'a'", "0 or more"),
    ("an order of one", lambda: in_order("x"), "two events", "Name them"),
    ("a one-time password without an end", lambda: Category("otp", urgency="otp"), "'otp'", "ttl="),
    ("a category that is never worth sending", lambda: Category("c", ttl=0), "ttl", "Raise ttl"),
    ("an empty window", lambda: Window("08:00", "08:00"), "empty", "two different times"),
    ("an unknown argument", lambda: Wait(days(1), untill=on("x")), "Wait takes no 'untill'", "Did you mean 'until'?"),
    ("an argument like no other", lambda: Cap(2, per=days(1)), "Cap takes no 'per'", "Known are: category, channel,"),
    ("an argument in the wrong place", lambda: variant(60, Exit()), "weight: Input should be a valid number", "Mend"),
    ("a span in place of seconds", lambda: Category("c", ttl=days(1)), "ttl: expected a number of seconds", "Mend"),  # type: ignore[arg-type]
    ("a text in place of a span", lambda: Wait("3 days"), "span: expected a span of time, such as days(3)", "Mend"),  # type: ignore[arg-type]
    ("a name in place of a message", lambda: Send("welcome"), "message: expected Message, got str", "Mend"),  # type: ignore[arg-type]
    ("a content that is no definition", lambda: Undecided("x"), "Undecided", "Write @definition above it"),
    ("a repetition without an end", lambda: Repeat([Send(word)], every=days(1)), "without an end", "times="),
    ("a repetition of too many rounds", lambda: Repeat([Send(word)], times=1001, every=days(1)), "end", "1 to 1,000"),
    ("a repetition of no rounds", lambda: Repeat([Send(word)], times=0), "times", "greater than 0"),
    ("a repetition of nothing", lambda: Repeat([], times=2, every=days(1)), "no steps", "Give it one"),
    ("an update of nothing", lambda: Update(), "changes nothing", "what it sets"),
    ("an update that JSON cannot hold", lambda: Update({"a": {1, 2}}), "JSON cannot hold", "set"),
    ("an event without a name of its own", lambda: Emit(" "), "needs a name", "Name it"),
    ("a call of nothing", lambda: Call(""), "function's name", "Name it"),
    ("a call without time", lambda: Call("f", timeout=hours(0)), "'f' has no time", "timeout="),
    ("a digest of no time", lambda: Digest(on("x"), hours(0)), "no time at all", "above 0"),
    ("a digest without an end", lambda: Digest(on("x")), "one of them", "Give one"),
    ("an end that nobody waits for", lambda: StartJourney("child", into="end"), "'child'", "wait=True"),
    ("a journey that starts itself", lambda: journey(StartJourney("sends")), "'sends' starts itself", "Use Repeat"),
    (
        "one that starts itself deep inside",
        lambda: journey(
            Wait(until=on("x"), timeout=days(1), on_timeout=[Branch(when(opened(), StartJourney("sends")))])
        ),
        "'sends' starts itself",
        "re_entry=",
    ),
    (
        "nothing that starts it",
        lambda: Journey("idle", start=[], steps=[Exit()]),
        "nothing starts the journey 'idle'",
        "start=",
    ),
    (
        "triggers of two entities",
        lambda: Journey("mixed", start=[on("a", entity="cart"), on("b", entity="order")], steps=[Exit()]),
        "'mixed' key its runs differently: cart, order",
        "same entity=",
    ),
    (
        "an entity and none",
        lambda: Journey("mixed", start=[on("a", entity="cart"), on("b")], steps=[Exit()]),
        "'mixed'",
        "same entity=, or none",
    ),
    (
        "an entity and a date",
        lambda: Journey("mixed", start=[on("a", entity="cart"), on_date(attribute_date("b"))], steps=[Exit()]),
        "'mixed'",
        "same entity=, or none",
    ),
    ("a date of the run's own", lambda: on_date(data_date("slot")), "'slot'", "attribute_date"),
    ("a rule that is none", lambda: recurring("EVERY MONDAY"), "'EVERY MONDAY'", "FREQ=WEEKLY"),
    ("a rule with a frequency that is none", lambda: recurring("FREQ=SOMETIMES"), "'FREQ=SOMETIMES'", "RFC 5545"),
    ("a rule with a day that is none", lambda: recurring("FREQ=WEEKLY;BYDAY=XX"), "'FREQ=WEEKLY;BYDAY=XX'", "RFC 5545"),
    ("a rule that brings too much", lambda: recurring("FREQ=MINUTELY"), "too much", "hourly at most"),
    (
        "a rule that brings nothing",
        lambda: recurring("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        "brings nothing",
        "at least once",
    ),
    ("a rule that is over before it begins", lambda: recurring("FREQ=DAILY;UNTIL=20100101T000000"), "nothing", "once"),
    ("a time of day that is none", lambda: recurring("FREQ=DAILY", at="25:00"), "25:00", "such as"),
    ("an unknown purpose", lambda: Category("c", purpose="fun"), "purpose", "transactional"),
]


# rounds that take no time

NO_TIME = {
    "nothing": [Update({"a": 1})],
    "a send": [Send(word)],
    "a ladder, which may be settled at once": [Send(word, via=["email", "sms"])],
    "a wait of no time": [Wait(hours(0))],
    "a wait until a moment, past in the second round": [Wait(until=start + days(3))],
    "a wait until a time of day, there already in the second round": [Wait(until=local_time("09:00"))],
    "a wait until a date": [Wait(until=attribute_date("renews"))],
    "a wait until a condition that may hold already": [Wait(until=attribute("plan", "pro"))],
    "a wait with a timeout of no time": [Wait(until=on("x"), timeout=hours(0))],
    "a digest until a moment": [Digest(on("x"), until=start + days(1))],
    "a digest until a time of day": [Digest(on("x"), until=local_time("18:00"))],
    "a branch with one way that takes time": [Branch(when(opened(), Wait(days(1))), otherwise=[Send(word)])],
    "a branch without an otherwise": [Branch(when(opened(), Wait(days(1))))],
    "a split with one way that takes time": [Split(variant("a", 1, Wait(days(1))), variant("b", 1, Send(word)))],
    "time on the way of a timeout alone": [Wait(until=attribute("a", 1), timeout=days(1), on_timeout=[Wait(days(2))])],
    "time on the way of a failure alone": [Call("f", on_failure=[Wait(days(1))])],
    "a call": [Call("f")],
    "another journey": [StartJourney("child", wait=True)],
    "rounds inside that take no time": [Repeat([Send(word)], times=1)],
    "one round inside, and its pause is never taken": [Repeat([Send(word)], times=1, every=days(1))],
    "rounds inside that a condition may end at once": [Repeat([Wait(days(1))], times=2, until=attribute("a", 1))],
}


@pytest.mark.parametrize("steps", NO_TIME.values(), ids=NO_TIME.keys())
def test_rounds_that_may_go_in_one_instant_are_refused(steps: Any) -> None:
    with pytest.raises(DefinitionError, match=r"goes 5 rounds in one instant.* Give every="):
        Repeat(steps, times=5)
    Repeat(steps, times=1)
    Repeat(steps, times=5, every=minutes(1))


TIME = {
    "a wait": [Send(word), Wait(minutes(1))],
    "a wait for an event": [Wait(until=on("x"))],
    "a wait for an event or its time": [Wait(until=on("x"), timeout=days(1), on_timeout=[Send(word)])],
    "a digest": [Digest(on("x"), hours(1))],
    "a branch whose ways all do": [Branch(when(opened(), Wait(days(1))), otherwise=[Wait(days(2))])],
    "a split whose ways all do": [Split(variant("a", 1, Wait(days(1))), variant("b", 1, Wait(days(2))))],
    "rounds inside with a pause": [Repeat([Send(word)], times=2, every=days(1))],
    "rounds inside that an event ends": [Repeat([Wait(days(1))], times=2, until=on("x"))],
}


@pytest.mark.parametrize("steps", TIME.values(), ids=TIME.keys())
def test_rounds_that_take_time_are_not(lab: Lab, steps: Any) -> None:
    """And they do: a thousand of them end, though everything that could speed them up is so from the beginning."""
    lab.add(journey(Repeat(steps, times=1000), exits=on("over")))
    lab.profile("ada", email="ada@example.com", timezone="UTC", a=1)
    lab.engine.track("ada", "begun")
    for number in range(5):
        lab.engine.track("ada", "x", id=f"x{number}")
    lab.run_due()
    assert lab.engine.failed() == []
    lab.track("ada", "over")


def test_a_handler_that_moves_back_as_often_as_it_is_told_needs_an_event_each_time(lab: Lab) -> None:
    """again=True is no loop of its own: one event, one move."""
    back = Handler(on("x"), to="send-word", again=True)
    lab.add(journey(Send(word), Wait(days(1)), handlers=[back]))
    lab.profile("ada", email="ada@example.com", timezone="UTC")
    lab.track("ada", "begun")
    for _ in range(20):
        lab.track("ada", "x")
    assert len(lab.sent("ada")) == 21
    assert lab.engine.failed() == []


@pytest.mark.parametrize(
    ("make", "thing", "mend"), [row[1:] for row in DEFINITIONS], ids=[row[0] for row in DEFINITIONS]
)
def test_a_wrong_definition_names_the_thing_and_the_mend(make: Any, thing: str, mend: str) -> None:
    with pytest.raises((DefinitionError, TypeError)) as caught:
        make()
    text = str(caught.value)
    assert any(one in text for one in thing.split("|"))
    assert any(one in text for one in mend.split("|"))
    if isinstance(caught.value, UnichannelError):
        assert caught.value.thing


def test_a_newer_schema_is_refused() -> None:
    body = {**json.loads(dumps(journey(Exit()))), "schema": 99}
    with pytest.raises(DefinitionError, match=r"'sends' has schema 99.* Deploy a version"):
        loads(json.dumps(body))


def test_a_kind_of_trigger_that_nobody_knows_is_refused() -> None:
    body = json.loads(dumps(Journey("sends", start=recurring("FREQ=DAILY"), steps=[Exit()])))
    body["start"][0]["kind"] = "moon"
    with pytest.raises(DefinitionError, match=r"'moon'.*known: date, manual, recurring"):
        loads(json.dumps(body))


def test_an_older_schema_is_read() -> None:
    body = {**json.loads(dumps(journey(Exit()))), "schema": 1}
    assert loads(json.dumps(body)) == journey(Exit())


def test_a_kind_that_nobody_knows_is_refused() -> None:
    body = json.loads(dumps(journey(Exit())))
    body["steps"][0]["kind"] = "teleport"
    with pytest.raises(DefinitionError, match=r"'teleport'.*known: branch"):
        loads(json.dumps(body))


# put together


def engine(*journeys: Journey, **more: Any) -> Engine:
    settings = {"routes": {"email": RecordingTransport("mail"), "sms": RecordingTransport("text")}, **more}
    return Engine(MemoryStore(), journeys=journeys, **settings)


BUILT = [
    (
        "opened on a route that cannot report it",
        lambda: engine(
            journey(Send(word, via=["email", "sms"], success="opened")),
            routes={"email": RecordingTransport("mail", reports=["delivered"]), "sms": RecordingTransport("text")},
        ),
        "'word' to be opened by email",
        "tracking=",
    ),
    (
        "opened by SMS",
        lambda: engine(journey(Send(word, via=["sms", "email"], success="opened"))),
        "'word' to be opened by sms",
        "another success=",
    ),
    (
        "opened of a text without a picture",
        lambda: engine(
            journey(Send(Message("plain", Email("Hi", text="Hi"), Sms("Hi")), via=["email", "sms"], success="opened"))
        ),
        "'plain' to be opened by email",
        "html body",
    ),
    (
        "a condition on what no route reports",
        lambda: engine(journey(Branch(when(opened("sms"), Exit())))),
        "opened, which no route reports for sms",
        "tracking=",
    ),
    (
        "an unknown category",
        lambda: engine(journey(Send(message("m", "fun")))),
        "no category 'fun'",
        "categories=",
    ),
    (
        "a rung that no route serves",
        lambda: engine(journey(Send(word, via="sms")), routes={"email": RecordingTransport()}),
        "by sms, which no route serves",
        "routes=",
    ),
    ("two journeys of one name", lambda: engine(journey(Exit()), journey(Wait(days(1)))), "'sends'", "Keep one"),
    ("a channel that does not exist", lambda: engine(routes={"fax": RecordingTransport()}), "'fax'", "channels="),
    ("a channel in a slip", lambda: engine(routes={"emial": RecordingTransport()}), "'emial'", "Did you mean 'email'?"),
    (
        "a route for another channel",
        lambda: engine(routes={"sms": RecordingTransport("mail", ["email"])}),
        "'mail' does not serve the channel 'sms'",
        "one that does",
    ),
    (
        "a call of a function that nobody gave",
        lambda: engine(journey(Call("crm.ask"))),
        "'sends' calls the function 'crm.ask'",
        "functions={'crm.ask': …}",
    ),
    (
        "such a call deep inside",
        lambda: engine(journey(Wait(days(1)), handlers=[Handler(on("x"), to="wait-1d", steps=[Call("crm.ask")])])),
        "'crm.ask'",
        "None where other workers have it",
    ),
    ("a function that is none", lambda: engine(functions={"f": 3}), "'f' cannot be called", "a Batch, or None"),
    ("a batch of none", lambda: engine(functions={"f": Batch("no")}), "'f' cannot be called", "a Batch, or None"),
    (
        "a start of a journey that nobody gave",
        lambda: engine(journey(StartJourney("child"))),
        "'sends' starts the journey 'child'",
        "journeys=[…]",
    ),
    ("a value that is no template", lambda: engine(journey(Update({"a": ["{{ x"]}))), "{{ x", ""),
    (
        "a lease too short for the calls",
        lambda: engine(routes={"email": Postmark("token")}, lease=20),
        "can take 30 s, longer than its lease of 20 s",
        "lease=60",
    ),
    ("no time zone", lambda: engine(timezone="Paris"), "'Paris'", "Europe/Paris"),
    ("a template that cannot be read", lambda: engine(journey(Send(Message("m", Sms("{{ x"))))), "", ""),
]


@pytest.mark.parametrize(("make", "thing", "mend"), [row[1:] for row in BUILT], ids=[row[0] for row in BUILT])
def test_what_cannot_work_together_is_found_when_the_engine_is_made(make: Any, thing: str, mend: str) -> None:
    with pytest.raises((DefinitionError, ConfigurationError, InvalidInput)) as caught:
        make()
    assert thing in str(caught.value)
    assert mend in str(caught.value)
    assert caught.value.thing


SETTINGS: list[tuple[str, Any, str]] = [
    ("store", "sqlite:///app.db", "a str. Give it SqlStore("),
    ("store", MemoryStore, "the class MemoryStore"),
    ("store", None, "None"),
    ("journeys", journey(Exit()), "a Journey. Give it [Journey(…)]"),
    ("journeys", ["sends"], "a list of str"),
    ("categories", Category("news"), "a Category"),
    ("routes", [RecordingTransport()], 'a list of RecordingTransport. Give it {"email": Smtp(…)}'),
    ("routes", {"email": RecordingTransport}, "a dict of type"),
    ("routes", {"email": []}, "a dict of empty list"),
    ("tracking", "https://app.example.com/u", "Tracking(…)"),
    ("strategies", [lambda offered, about: offered], "a list of function"),
    ("rules", {"mine": 3}, "rule(channel, about)"),
    ("quiet_hours", ("22:00", "08:00"), 'Window("21:00", "08:00")'),
    ("caps", Cap(3), "[Cap(…), Gap(…)]"),
    ("prices", {"email": "0.0009 EUR"}, "Prices({…})"),
    ("timezone", None, '"Europe/Paris"'),
    ("ageing", {"sms": days(45)}, "a dict of Span"),
    ("webhooks", "app.example.com/hooks", "https://"),
    ("hooks", print, "[hook]"),
    ("concurrency", 0, "1 or more"),
    ("lease", 0, "0. Give it seconds above 0"),
    ("lease", minutes(2), "a Span. Give it seconds above 0"),
    ("lease", float("inf"), "inf"),
    ("doubt_for", float("nan"), "nan"),
]


@pytest.mark.parametrize("face", [Engine, AsyncEngine])
@pytest.mark.parametrize(("name", "given", "said"), SETTINGS)
def test_a_setting_of_the_wrong_kind_is_named_with_what_it_takes(face: Any, name: str, given: Any, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        face(**{"store": MemoryStore(), name: given})
    assert f"{name}= does not take" in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.thing == name


def test_the_last_rung_need_not_show_the_success() -> None:
    engine(journey(Send(word, via=["email", "sms"], success="opened")))


# handed in


HANDED_IN = [
    ("a phone that is no phone", lambda _: Profile("p", phone="12"), "phone", "+33 6 12 34 56 78"),
    ("a phone of too many digits", lambda _: Profile("p", phone="+3361234567890123"), "phone", "digits"),
    ("a phone that is a number", lambda _: Profile("p", phone=33612345678), "phone", "Give a text"),  # type: ignore[arg-type]
    ("preferences in a list", lambda _: Profile("p", preferences=["sms"]), "preferences", '{"education": "email"}'),  # type: ignore[arg-type]
    ("a mailbox that is none", lambda _: Profile("p", email="ada@"), "e-mail", "ada@example.com"),
    ("a zone that is none", lambda _: Profile("p", timezone="Paris"), "'Paris'", "IANA"),
    ("no id", lambda _: Profile(" "), "id", "your own id"),
    ("a consent for nothing", lambda _: consent(""), "channel", "purpose"),
    (
        "a naive datetime",
        lambda lab: lab.engine.track("ada", "x", occurred=datetime.fromisoformat("2030-01-01")),
        "occurred datetime.datetime(2030, 1, 1, 0, 0) has no time zone",
        "aware datetime",
    ),
    ("an unknown profile", lambda lab: lab.engine.track("nobody", "x"), "'nobody'", "identify()"),
    ("a run for nobody", lambda lab: lab.engine.enroll("sends", "nobody"), "'nobody'", "identify()"),
    ("an unknown journey", lambda lab: lab.engine.enroll("other", "ada"), "'other'", "journeys="),
    ("a person by the id", lambda lab: lab.engine.identify("ada"), "identify() is a str", 'Profile("ada")'),
    ("people in a list", lambda lab: lab.engine.identify([Profile("ada")]), "a list of Profile", "side by side"),
    ("an event of a profile", lambda lab: lab.engine.track(Profile("ada"), "x"), "is a Profile", "your own id"),
    ("an event that is no name", lambda lab: lab.engine.track("ada", 5), "the event of track() is 5", "its name"),
    ("properties in a list", lambda lab: lab.engine.track("ada", "x", [1]), "a list of int", '{"total": 42}'),
    (
        "a value that no JSON holds",
        lambda lab: lab.engine.track("ada", "x", {"at": datetime(2030, 1, 1, tzinfo=UTC)}),
        "type datetime is not JSON serializable",
        "texts, numbers",
    ),
    ("a span to work for", lambda lab: lab.engine.run_due(seconds=minutes(1)), "seconds is a Span", "such as 50"),
    ("a limit of nothing", lambda lab: lab.engine.run_due(limit=0), "a limit of 0 does nothing", "1 or more"),
    ("a limit that is none", lambda lab: lab.engine.failed(limit=-1), "a limit of -1 does nothing", "1 or more"),
    ("a span to keep", lambda lab: lab.engine.purge(days(400)), "retention is a Span", "Retention(events=days(400))"),
    ("faults in a list", lambda lab: lab.engine.retry(["x"]), "retry() is a list of str", "side by side"),
    ("an event without a name", lambda lab: lab.engine.track("ada", " "), "name", "Name it"),
    ("no event", lambda lab: lab.engine.track("ada"), "event", "track(profile, event)"),
    ("evidence that is none", lambda lab: lab.engine.track("smelled", delivery="d1-1"), "'smelled'", "opened"),
    ("an unknown delivery", lambda lab: lab.engine.track("opened", delivery="d9-9"), "'d9-9'", "timeline()"),
    ("a run without its entity", lambda lab: lab.engine.enroll("keyed", "ada"), "'order'", "data"),
    ("an unknown intention", lambda lab: lab.engine.status("send-x"), "'send-x'", "handle"),
    ("a host's transaction", lambda lab: lab.engine.track("ada", "x", connection=object()), "memory store", "SqlStore"),
    (
        "a send by a channel it has no content for",
        lambda lab: lab.engine.send("ada", sms_only, via="email"),
        "'email'",
        "content for email",
    ),
    ("a send of an unknown category", lambda lab: lab.engine.send("ada", message("m", "fun")), "'fun'", "categories="),
]


@pytest.mark.parametrize(("call", "thing", "mend"), [row[1:] for row in HANDED_IN], ids=[row[0] for row in HANDED_IN])
def test_what_is_handed_in_wrongly_is_refused_and_nothing_is_written(
    lab: Lab, call: Any, thing: str, mend: str
) -> None:
    lab.add(journey(Exit()), Journey("keyed", start=on("ordered", entity="order"), steps=[Exit()]))
    lab.profile("ada", email="ada@example.com")
    before = repr(lab.timeline("ada"))
    with pytest.raises((InvalidInput, UnknownError, ConfigurationError, DefinitionError)) as caught:
        call(lab)
    assert thing in str(caught.value)
    assert mend in str(caught.value)
    assert caught.value.thing
    assert lab.engine.next_due_at() is None  # nothing is in the inbox
    assert repr(lab.timeline("ada")) == before
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 -- our own error
    assert (str(again), again.thing, again.mend) == (str(caught.value), caught.value.thing, caught.value.mend)


def test_one_bad_profile_of_many_writes_none(lab: Lab) -> None:
    with pytest.raises(InvalidInput):
        lab.engine.identify(Profile("good", email="good@example.com"), Profile("bad", phone="12"))
    with pytest.raises(UnknownError):
        lab.engine.track("good", "x")


def test_an_address_never_shows_in_an_error_or_repr(lab: Lab) -> None:
    with pytest.raises(InvalidInput) as caught:
        Profile("p", email="secret person@example")
    assert "secret" not in str(caught.value)
    assert "ada@example.com" not in repr(Profile("ada", email="ada@example.com"))


# a missing variable


def test_a_missing_variable_sets_the_run_aside_until_it_is_mended(lab: Lab) -> None:
    hello = Message("hello", Email("Hello {{ profile.first_name }}", text="…"), category="transactional")
    other = Journey("other", start=on("begun"), steps=[Send(word, via="email")])
    lab.add(
        journey(Wait(hours(1)), Send(hello, via="email"), Send(message("next", "transactional"), via="email")), other
    )
    ada = lab.profile("ada", email="ada@example.com", timezone="UTC")
    lab.track(ada, "begun")
    lab.advance(hours(2))
    (fault,) = lab.engine.failed()
    assert "profile.first_name" in fault.error
    assert "default" in fault.error
    assert lab.messages_sent(ada) == [("word", "email")]  # the other run went on, this one wrote nothing

    assert lab.engine.retry(fault) == 1  # not mended: it comes back
    lab.run_due()
    assert len(lab.engine.failed()) == 1

    lab.profile(ada, first_name="Ada")
    assert lab.engine.retry() == 1
    lab.run_due()
    assert lab.engine.failed() == []
    assert lab.messages_sent(ada) == [("word", "email"), ("hello", "email"), ("next", "email")]
    assert lab.sent(ada)[1].content.subject == "Hello Ada"


# a definition changed under its version


def test_a_definition_changed_under_its_version_is_refused() -> None:
    store = MemoryStore()
    routes = {"email": RecordingTransport()}
    Engine(store, journeys=[journey(Send(word, via="email"))], routes=routes).publish()
    changed = journey(Wait(hours(1)), Send(word, via="email"))
    with pytest.raises(DefinitionChanged, match=r"'sends' version 1 .*Raise the version to 2.*drafts=True"):
        Engine(store, journeys=[changed], routes=routes).publish()
    assert len(store.transact(lambda session: session.definitions())) == 1

    Engine(store, journeys=[changed], routes=routes, drafts=True).publish()
    raised = journey(Wait(hours(1)), Send(word, via="email"), version=2)
    Engine(store, journeys=[raised], routes=routes).publish()


def test_a_changed_message_is_a_changed_definition() -> None:
    """P50: what is pending keeps the text it began with; another text needs another version."""
    store = MemoryStore()
    routes = {"sms": RecordingTransport()}
    Engine(store, journeys=[journey(Send(sms_only))], routes=routes).publish()
    with pytest.raises(DefinitionChanged):
        Engine(
            store, journeys=[journey(Send(Message("text", Sms("Hello"), category="transactional")))], routes=routes
        ).publish()


def test_a_run_keeps_the_definition_it_began_with(lab: Lab) -> None:
    old = journey(Wait(days(1)), Send(message("old", "transactional"), via="email"))
    new = journey(Wait(days(1)), Send(message("new", "transactional"), via="email"), version=2, re_entry="after_end")
    ada = lab.profile("ada", email="ada@example.com", timezone="UTC")
    bob = lab.profile("bob", email="bob@example.com", timezone="UTC")
    lab.enroll(old, ada)
    lab.advance(hours(1))
    lab.enroll(new, bob, key="second")
    lab.advance(days(2))
    assert lab.messages_sent(ada) == [("old", "email")]
    assert lab.messages_sent(bob) == [("new", "email")]
