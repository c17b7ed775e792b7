"""The stored form of journeys: JSON with a schema number, read by this version and every later one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from unichannel.core.condition import absence, known, leaves  # noqa: F401 -- the kinds that a journey may be made of
from unichannel.core.journey.language import choice, repeat  # noqa: F401
from unichannel.core.journey.language.journey import Journey
from unichannel.core.words.definition import dump, load
from unichannel.core.words.ids import digest
from unichannel.errors import DefinitionError

__all__ = ["SCHEMA", "dumps", "journey_digest", "loads"]

SCHEMA = 2
"""The number of the stored form; a reader upcasts older ones and refuses newer ones."""

UPCASTERS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: lambda body: body,  # 2 has more kinds of steps and triggers; what 1 says, 2 says the same way
}
"""From each older number to the next."""


def dumps(journey: Journey) -> str:
    """The stored form: JSON with the schema number, always the same text for equal journeys."""
    return json.dumps({"schema": SCHEMA, **dump(journey)}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def loads(text: str) -> Journey:
    """The journey of a stored form; raises DefinitionError, with its place, for what cannot be read."""
    try:
        body = json.loads(text)
    except ValueError as error:
        raise DefinitionError(f"no JSON: {error}.", thing="journey", mend="Give what dumps() gave.") from error
    if not isinstance(body, dict):
        raise DefinitionError("a stored journey is an object.", thing="journey", mend="Give what dumps() gave.")
    return load(Journey, upcast(body.pop("schema", None), body))


def upcast(schema: Any, body: dict[str, Any]) -> dict[str, Any]:
    """The body as this version writes it; raises DefinitionError for a number that it does not know."""
    if type(schema) is not int or (schema != SCHEMA and schema not in UPCASTERS):
        raise DefinitionError(
            f"the definition {body.get('name')!r} has schema {schema}, this version reads up to {SCHEMA}.",
            thing=str(body.get("name")),
            mend="Deploy a version of unichannel that reads it.",
            place=("schema",),
        )
    for number in range(schema, SCHEMA):
        body = UPCASTERS[number](body)
    return body


def journey_digest(text: str) -> str:
    """The digest under which a stored form is known."""
    return digest(text)
