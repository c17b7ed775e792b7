"""Where in a definition's values an error lies, and what it says, without the words of the reader in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from unichannel.core.words.saying import joined, meant
from unichannel.errors import DefinitionError, Place

__all__ = ["carried", "explain"]

_CARRIED = "definition"

_UNEXPECTED = "unexpected_keyword_argument"

_SPELT = {"Span": "a span of time, such as days(3)"}
"""How a definition is written that nobody makes by its class."""


def carried(check: Callable[[Any], None]) -> Callable[[Any], None]:
    """A ``__post_init__`` whose DefinitionError is carried through the reader, which adds the place."""

    @wraps(check)
    def checked(self: Any) -> None:
        try:
            check(self)
        except DefinitionError as error:
            raise PydanticCustomError(_CARRIED, "{text}", {"text": str(error), "error": error}) from error

    return checked


def explain(name: str, error: ValidationError, given: Any, takes: Sequence[str] = ()) -> DefinitionError:
    """What the reader found: the definition's own error where it has one, else all that is wrong.

    ``takes`` are the names of its arguments in their order, where they are known.
    """
    found = _deepest([(_project(_by_name(one, takes), given), one) for one in error.errors(include_url=False)])
    for place, one in found:
        if one["type"] == _CARRIED:
            own: DefinitionError = one["ctx"]["error"]
            own.place = (*place, own.thing) if _leads(_at(given, place), own.thing) else place
            return own
    unknown = [str(one["loc"][0]) for _, one in found if one["type"] == _UNEXPECTED and len(one["loc"]) == 1]
    if unknown and takes:
        said = f"{name} takes no {joined(map(repr, unknown), 'or')}."
        return DefinitionError(said, thing=unknown[0], mend=meant(unknown[0], takes), place=found[0][0])
    return DefinitionError(f"{name}: {_reasons(found)}.", thing=name, mend="Mend what is named.", place=found[0][0])


def _by_name(error: ErrorDetails, takes: Sequence[str]) -> ErrorDetails:
    """The same, with the name of an argument that was given by its place."""
    first = error["loc"][0] if takes and error["loc"] else None
    return {**error, "loc": (takes[first], *error["loc"][1:])} if isinstance(first, int) else error


def _project(error: ErrorDetails, given: Any) -> Place:
    """The steps of its location that lead through what was given; those of the reader's own are left out."""
    place: list[str | int] = []
    for part in error["loc"]:
        if _leads(given, part):
            given = given[part]
            place.append(part)
    return (*place, error["loc"][-1]) if error["type"].startswith("missing") else tuple(place)


def _at(given: Any, place: Place) -> Any:
    for part in place:
        given = given[part]
    return given


def _leads(given: Any, part: str | int) -> bool:
    if isinstance(given, Mapping):
        return part in given
    return isinstance(given, list | tuple) and isinstance(part, int) and 0 <= part < len(given)


def _deepest(found: list[tuple[Place, ErrorDetails]]) -> list[tuple[Place, ErrorDetails]]:
    """Without what is said of a whole whose part is said to be wrong: the way not taken in a choice of two."""
    places = {place for place, _ in found}
    return [one for one in found if not any(other[: len(one[0])] == one[0] for other in places - {one[0]})]


def _reasons(found: list[tuple[Place, ErrorDetails]]) -> str:
    reasons: dict[str, list[str]] = {}
    for place, one in found:
        reasons.setdefault(".".join(map(str, place)) or "value", []).append(_reason(one))
    return "; ".join(f"{place}: {', or '.join(dict.fromkeys(said))}" for place, said in reasons.items())


def _reason(error: ErrorDetails) -> str:
    if error["type"] == "dataclass_type":
        wanted = error["ctx"]["class_name"]
        return f"expected {_SPELT.get(wanted, wanted)}, got {type(error['input']).__name__}"
    if error["type"] == "float_type" and type(error["input"]).__name__ == "Span":
        return "expected a number of seconds, got a span"
    return error["msg"].removeprefix("Value error, ")
