"""The published JSON Schemas: what is stored fits, what is wrong does not, files may say it shorter."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from tests.definitions.stored.journeys_2 import JOURNEYS
from tests.definitions.test_places import changed
from tests.definitions.test_values import everything
from tests.journeys.trial import set_up, trial
from unichannel import Email, Exit, Journey, Message, Send, Sms, json_schema, on
from unichannel.core.condition.condition import Condition
from unichannel.core.journey.form.stored import dumps
from unichannel.core.policy.strategy import Strategy
from unichannel.core.words.definition import Family, dump
from unichannel.files.documents import documents
from unichannel.testing.strategies import conditions

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWN = [
    one for path in sorted(EXAMPLES.glob("*.py")) for one in run_path(str(path)).values() if isinstance(one, Journey)
]
ALL = [*JOURNEYS, everything, trial, set_up, *SHOWN]
YAML = EXAMPLES / "trial_to_paid.yaml"


@cache
def validator(form: Any) -> Draft202012Validator:
    schema = json_schema(form)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("form", ["stored", "file"])
@pytest.mark.parametrize("journey", ALL, ids=lambda one: one.name)
def test_what_is_stored_of_a_journey_fits_both(journey: Journey, form: str) -> None:
    validator(form).validate(json.loads(dumps(journey)))


@settings(deadline=None)
@given(conditions())
def test_every_condition_fits(condition: Condition) -> None:
    body = json.loads(dumps(Journey("j", start=on("x"), steps=[Exit()], entry=condition)))
    validator("stored").validate(body)


WRONG: list[tuple[tuple[Any, ...], Any]] = [
    (("steps", 0, "kind"), "snd"),
    (("steps", 0, "vai"), ["email"]),
    (("steps", 0, "message", "contents", 0, "kind"), "mail"),
    (("steps", 0, "message", "contents", 0, "subject"), 3),
    (("steps", 5, "arms", 0, "condition", "evidence"), "smelled"),
    (("steps", 3, "until", "kind"), "sometime"),
    (("start", 0, "event"), 3),
    (("start", 0, "where", 0, 1, "kind"), "like"),
    (("version",), 0),
    (("schema",), 99),
    (("re_entry",), "always"),
]


@pytest.mark.parametrize("form", ["stored", "file"])
@pytest.mark.parametrize(("place", "value"), WRONG, ids=lambda one: str(one)[:30])
def test_what_is_wrong_does_not_fit(form: str, place: tuple[Any, ...], value: Any) -> None:
    assert not validator(form).is_valid(json.loads(changed(place, value)))


def test_every_kind_of_every_family_has_its_place() -> None:
    for form in ("stored", "file"):
        names = validator(form).schema["$defs"].keys()
        for family in Family.__subclasses__():
            if family.__module__.startswith("unichannel.core.") and family is not Strategy:
                assert {f"{family.__name__}.{kind}" for kind in family.kinds} <= names


def test_the_file_form_fits_the_one_and_not_the_other() -> None:
    for document in documents(str(YAML), YAML.read_bytes()):
        validator("file").validate(document.value)
        assert not validator("stored").is_valid(document.value)


SHORT: list[Any] = [
    {"send": "welcome", "via": "email"},
    {"wait": "3 days"},
    {"wait": {"until": "start + 3 days"}},
    {"wait": None, "until": {"opened": "email"}, "timeout": "1 month 2 days"},
    {"branch": [{"when": {"silent": "opened", "for": "3 weeks"}, "steps": ["exit"]}], "otherwise": [{"exit": "why"}]},
    {"repeat": [{"emit": "a"}], "times": 3, "every": "90 min", "until": "paid"},
    {"digest": ["a", {"event": "b", "where": {"n": {"at_least": 3}, "m": 4}}], "for": "1 hour"},
]


@pytest.mark.parametrize("step", SHORT, ids=json.dumps)
def test_what_is_written_shorter_fits(step: Any) -> None:
    validator("file").validate({"name": "x", "start": "a", "steps": [step]})


@pytest.mark.parametrize(
    "step",
    [{"snd": "welcome"}, {"send": "x", "vai": "sms"}, {"wait": "3 dys"}, {"wait": 3}, "send", {"branch": [{"if": {}}]}],
    ids=json.dumps,
)
def test_what_is_written_wrongly_does_not_fit(step: Any) -> None:
    assert not validator("file").is_valid({"name": "x", "start": "a", "steps": [step]})


def test_a_message_is_no_journey() -> None:
    assert not validator("stored").is_valid(dump(Message("m", Email("x", text="x"), Sms("x"))))
    assert validator("stored").is_valid(
        json.loads(dumps(Journey("j", start=on("x"), steps=[Send(Message("m", Sms("x")))])))
    )
