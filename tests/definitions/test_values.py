"""Definitions are values: they go to JSON and come back equal, they hash, and they are no booleans."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from tests.journeys.trial import set_up, trial
from unichannel import (
    Branch,
    Category,
    Email,
    Exit,
    Handler,
    Journey,
    Message,
    Send,
    Sms,
    Split,
    Wait,
    days,
    hours,
    months,
    on,
    opened,
    start,
    variant,
    when,
)
from unichannel.conditions import (
    Condition,
    above,
    at_least,
    at_most,
    attribute,
    attribute_date,
    below,
    contains,
    data_date,
    data_days,
    equals,
    exists,
    happened,
    local_time,
    one_of,
    weekday,
)
from unichannel.core.condition.moment import Moment
from unichannel.core.journey.form.stored import SCHEMA, dumps, journey_digest, loads
from unichannel.core.journey.language.step import Step, step_name
from unichannel.core.words.definition import dump, load
from unichannel.core.words.test import Test as ValueTest
from unichannel.errors import DefinitionError
from unichannel.testing.strategies import conditions

hello = Message("hello", Email("Hi", text="Hi"), Sms("Hi"), category="transactional")

everything = Journey(
    "everything",
    version=3,
    start=on("begun", where={"total": at_least(10), "country": "FR"}, entity="order"),
    goal=[on("paid"), on("bought", any_entity=True)],
    exits=on("left"),
    entry=attribute("plan", one_of("free", "trial")) & ~happened("paid", within=days(30)),
    refresh=on("order.changed"),
    re_entry=months(1),
    accept_late=hours(2),
    priority=5,
    steps=[
        Send(
            hello,
            via=["email", "sms"],
            success="clicked",
            fallback_after=hours(2),
            ttl=days(1),
            before=data_date("ends_at") + data_days("weeks", times=7),
        ),
        Wait(until=on("answered", since=days(1)), timeout=days(2), on_timeout=[Exit("no answer")]),
        Wait(until=data_date("slot") - hours(3), before=data_date("slot")),
        Wait(until=weekday("monday", "friday", at="10:30")),
        Split(variant("a", 1, Send(hello, name="a")), variant("b", 2.5, Send(hello, name="b", wait=False)), name="ab"),
        Branch(when(opened("email", of="hello"), Wait(days(1))), otherwise=[Exit()], name="read it"),
    ],
    handlers=[Handler(on("done"), to="read it", steps=[Send(hello, via="sms", name="thanks")])],
)


@pytest.mark.parametrize("journey", [trial, set_up, everything], ids=lambda one: one.name)
def test_a_journey_goes_to_json_and_comes_back_equal(journey: Journey) -> None:
    text = dumps(journey)
    again = loads(text)
    assert again == journey
    assert hash(again) == hash(journey)
    assert dumps(again) == text
    assert json.loads(text)["schema"] == SCHEMA


@pytest.mark.parametrize(
    "value",
    [
        Wait(days(3)),
        Wait(until=local_time("18:00")),
        Exit("because"),
        Send(hello),
        Branch(when(opened(), Exit())),
        Email("Hi", html="<p>Hi</p>", sender="a@example.com", reply_to="b@example.com"),
        Sms("Hi", sender="Acme"),
        start + days(3),
        attribute_date("renews_at") - days(3),
        weekday("sunday"),
        *(test for test in (equals(3), above(1), at_least(1), below(9), at_most(9), one_of("a", "b"), contains("x"))),
        exists(),
    ],
    ids=lambda one: type(one).__name__,
)
def test_every_member_of_a_family_comes_back_as_itself(value: Any) -> None:
    family = next(one for one in type(value).__mro__ if one in FAMILIES)
    again = load(family, json.loads(json.dumps(dump(value))))
    assert again == value
    assert type(again) is type(value)
    assert hash(again) == hash(value)


FAMILIES = (Step, type(Email("x", text="x")).__mro__[1], Moment, ValueTest)


def test_categories_and_messages_are_definitions_too() -> None:
    otp = Category("otp", purpose="transactional", urgency="otp", ttl=300)
    assert load(Category, dump(otp)) == otp
    assert (
        load(Message, {"name": hello.name, "contents": dump(hello)["contents"], "category": "transactional"}) == hello
    )


@settings(deadline=None)
@given(conditions())
def test_every_condition_comes_back_equal(condition: Condition) -> None:
    again = load(Condition, json.loads(json.dumps(dump(condition))))
    assert again == condition
    assert hash(again) == hash(condition)


@settings(deadline=None)
@given(conditions(depth=1))
def test_a_condition_is_neither_true_nor_false(condition: Condition) -> None:
    with pytest.raises(DefinitionError, match=r"Combine conditions with &, \| and ~"):
        bool(condition)


def test_any_sequence_in_and_a_tuple_inside() -> None:
    assert Send(hello, via=["email"]) == Send(hello, via=("email",)) == Send(hello, via="email")
    assert Journey("j", start=on("x"), steps=[Exit()]) == Journey("j", start=on("x"), steps=(Exit(),))


def test_equal_journeys_have_one_digest_and_others_another() -> None:
    again = Journey("a", start=on("x", where={"b": 1, "a": 2}), steps=[Exit()])
    other = Journey("a", start=on("x", where={"a": 2, "b": 1}), steps=[Exit()])
    changed = Journey("a", start=on("x", where={"a": 2}), steps=[Exit()])
    digests = [journey_digest(dumps(one)) for one in (again, other, changed)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (Send(hello), "send-hello"),
        (Send(hello, via="email"), "send-hello-email"),
        (Send(hello, via=["email", "sms"]), "send-hello-email-sms"),
        (Wait(days(3)), "wait-3d"),
        (Wait(until=start + days(3)), "wait-start+3d"),
        (Wait(until=attribute_date("renews_at") - days(3)), "wait-renews_at-3d"),
        (Wait(until=weekday("monday", at="09:00")), "wait-monday-09:00"),
        (Wait(until=on("paid"), timeout=days(1)), "wait-paid"),
        (Wait(until=opened("email")), "wait-opened-email"),
        (
            Branch(when(opened("email"), Exit()), when(attribute("plan", "pro"), Exit(name="x"))),
            "branch-opened-email-plan",
        ),
        (Split(variant("a", 1), variant("b", 1)), "split-a-b"),
        (Exit(), "exit"),
        (Exit("bought"), "exit-bought"),
        (Wait(days(3), name="mine"), "mine"),
    ],
)
def test_an_unnamed_step_is_named_for_what_it_is(step: Step, name: str) -> None:
    assert step_name(step) == name
