"""What is wrong deep inside a definition that was read says where: the way to it, in what was read."""

from __future__ import annotations

import copy
import itertools
import json
import pickle
from typing import Any

import pytest

from tests.definitions.test_values import everything
from unichannel import Email, Journey, Message, Wait, days, on
from unichannel.core.journey.form.stored import dumps, loads
from unichannel.core.words.definition import load
from unichannel.errors import DefinitionError

STORED = json.loads(dumps(everything))
GONE = object()


def changed(place: tuple[Any, ...], value: Any) -> str:
    """The stored form with another value at a place, or without what is there."""
    body = copy.deepcopy(STORED)
    inside: Any = body
    for part in place[:-1]:
        inside = inside[part]
    if value is GONE:
        del inside[place[-1]]
    else:
        inside[place[-1]] = value
    return json.dumps(body)


EMAIL = ("steps", 0, "message", "contents", 0)
INNER = ("steps", 5, "arms", 0, "steps", 0)
VARIANT = ("steps", 4, "variants", 0)
WHERE = ("start", 0, "where")
IN_ENTRY = {"kind": "silent", "for_": {}}
WRONG = [
    ("a definition's own error", (*EMAIL, "subject"), " ", None, "an e-mail needs a subject. Give subject=."),
    ("a wrong type", (*EMAIL, "subject"), 4, None, "valid string"),
    ("something missing", (*EMAIL, "subject"), GONE, None, "required"),
    ("a key too many", (*EMAIL, "subjekt"), "x", None, "Unexpected"),
    ("a number too small", (*INNER, "span", "days"), -1, None, "greater than or equal to 0"),
    ("a kind that nobody knows", (*INNER, "kind"), "weit", INNER, "'weit'"),
    ("in a list of names", ("steps", 0, "via", 1), 3, None, "valid string"),
    ("neither word nor span", ("re_entry",), "weird", None, "'once' or 'after_end'"),
    ("a span in place of a word", ("re_entry", "months"), -3, None, "greater than"),
    ("a test of a property", (*WHERE, 1, 1, "limmit"), 3, None, "Unexpected"),
    ("in a mapping of tests", WHERE, {"total": {"kind": "at_least"}}, (*WHERE, "total", "limit"), "required"),
    ("a time of day", ("steps", 3, "until", "at"), "25:99", None, "'25:99' is no time of day"),
    ("a signal's event", ("entry",), IN_ENTRY | {"signal": {"event": "x", "f": 1}}, ("entry", "signal", "f"), "Unexp"),
    ("evidence", ("entry",), IN_ENTRY | {"signal": {"evidence": "x"}}, ("entry", "signal", "evidence"), "'opened'"),
    ("an inner check", (*VARIANT, "weight"), -1, VARIANT, "the weight of 'a' is below 0. Give 0 or more."),
    ("no step at all", ("steps", 1), 4, None, "expected a step"),
    ("no list", ("steps",), 4, None, "Sequence"),
    ("the journey's own", ("name",), " ", (), "a journey needs a name"),
    ("a newer schema", ("schema",), 99, None, "Deploy a version"),
    ("no schema number", ("schema",), "1", None, "Deploy a version"),
]


@pytest.mark.parametrize(("at", "value", "place", "text"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_the_error_has_the_place_and_says_it_plainly(
    at: tuple[Any, ...], value: Any, place: tuple[Any, ...] | None, text: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        loads(changed(at, value))
    error = caught.value
    assert error.place == (at if place is None else place)
    assert text in str(error)
    assert error.thing
    assert error.mend
    assert not [noise for noise in ("function-", "[", "literal", "tuple", "On.") if noise in str(error)]
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own error
    assert (str(again), again.place, again.thing) == (str(error), error.place, error.thing)


def test_an_error_of_what_is_made_in_python_is_what_it_was() -> None:
    with pytest.raises(DefinitionError, match=r"^an e-mail needs a subject\. Give subject=\.$") as caught:
        Email(" ", text="x")
    assert caught.value.thing == "subject"
    with pytest.raises(DefinitionError, match="Wait: span: "):
        Wait(span="x")  # type: ignore[arg-type]
    with pytest.raises(DefinitionError) as many:
        Journey("x", start=on("a"), steps=[Wait(days(1)), "b"], re_entry="x")  # type: ignore[list-item, arg-type]
    assert many.value.place == ("steps", 1)
    assert "steps.1: expected a step, got str; re_entry: " in str(many.value)


def test_what_is_read_alone_has_places_too() -> None:
    with pytest.raises(DefinitionError) as caught:
        load(Message, {"name": "x", "contents": [{"kind": "sms", "text": ""}]})
    assert caught.value.place == ("contents", 0, "text")


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '"x"', "null"])
def test_what_is_no_stored_journey_is_a_definition_error(text: str) -> None:
    with pytest.raises(DefinitionError, match="dumps"):
        loads(text)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for part, one in items for place in [(*way, part), *places(one, (*way, part))]]


ODD = ["", "x", 0, -1, 1e300, True, None, [], {}, [["a"]], {"kind": []}, {"kind": "send"}, [3], {"a": 1}]


def test_whatever_stands_anywhere_it_is_read_or_refused_with_a_place() -> None:
    refused = 0
    for place, value in itertools.product(places(STORED), ODD):
        try:
            loads(changed(place, value))
        except DefinitionError as error:
            inside: Any = json.loads(changed(place, value))
            for part in error.place[:-1]:  # the last may be what is missing
                inside = inside[part]
            refused += 1
    assert refused > 1_000
