"""Tests of one value: of an attribute, of an event's property, of the run's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, GetPydanticSchema
from pydantic_core.core_schema import no_info_before_validator_function

from unichannel.core.words.definition import Family, Many, definition, pairs
from unichannel.core.words.saying import joined, line, said

__all__ = [
    "AsTest",
    "Test",
    "Where",
    "above",
    "as_test",
    "at_least",
    "at_most",
    "below",
    "contains",
    "equals",
    "exists",
    "lookup",
    "matches",
    "one_of",
    "where_words",
]

MISSING = object()


class Test(Family):
    """A test of one value, of an attribute or an event's property."""

    __test__ = False

    def holds(self, value: Any) -> bool:
        """Whether the value passes; a value of another type does not, and raises nothing."""
        if value is MISSING:
            return False
        try:
            return bool(self._passes(value))
        except TypeError:
            return False

    def _passes(self, value: Any) -> Any:
        raise NotImplementedError

    def words(self, *, negated: bool = False) -> str:
        """The test for people, as what follows the name of what is tested: "is at least 3"."""
        given = ", ".join(said(value) for value in vars(self).values())
        text = f"{self.kind.replace('_', ' ')} {given}".strip()
        return f"is not {text}" if negated else f"is {text}"

    def __str__(self) -> str:
        return self.words()


@definition
class Equals(Test, kind="equals"):
    to: Any

    def _passes(self, value: Any) -> bool:
        return bool(value == self.to)

    def words(self, *, negated: bool = False) -> str:
        return f"is not {said(self.to)}" if negated else f"is {said(self.to)}"


@definition
class Above(Test, kind="above"):
    limit: Any

    def _passes(self, value: Any) -> Any:
        return value > self.limit


@definition
class AtLeast(Test, kind="at_least"):
    limit: Any

    def _passes(self, value: Any) -> Any:
        return value >= self.limit


@definition
class Below(Test, kind="below"):
    limit: Any

    def _passes(self, value: Any) -> Any:
        return value < self.limit


@definition
class AtMost(Test, kind="at_most"):
    limit: Any

    def _passes(self, value: Any) -> Any:
        return value <= self.limit


@definition
class OneOf(Test, kind="one_of"):
    values: Many[Any]

    def _passes(self, value: Any) -> bool:
        return value in self.values

    def words(self, *, negated: bool = False) -> str:
        return ("is none of " if negated else "is one of ") + ", ".join(said(value) for value in self.values)


@definition
class Contains(Test, kind="contains"):
    item: Any

    def _passes(self, value: Any) -> bool:
        return self.item in value

    def words(self, *, negated: bool = False) -> str:
        return f"does not contain {said(self.item)}" if negated else f"contains {said(self.item)}"


@definition
class Exists(Test, kind="exists"):
    def _passes(self, value: Any) -> bool:
        return value is not None

    def words(self, *, negated: bool = False) -> str:
        return "is not known" if negated else "is known"


def equals(value: Any) -> Test:
    """The value itself; where a test is expected, a plain value means the same."""
    return Equals(value)


def above(limit: Any) -> Test:
    """More than the limit."""
    return Above(limit)


def at_least(limit: Any) -> Test:
    """The limit or more."""
    return AtLeast(limit)


def below(limit: Any) -> Test:
    """Less than the limit."""
    return Below(limit)


def at_most(limit: Any) -> Test:
    """The limit or less."""
    return AtMost(limit)


def one_of(*values: Any) -> Test:
    """One of these values."""
    return OneOf(values)


def contains(item: Any) -> Test:
    """A text or a list that has the item in it."""
    return Contains(item)


def exists() -> Test:
    """Any value but None."""
    return Exists()


def as_test(value: Any) -> Any:
    """A plain value as the test that it equals."""
    if isinstance(value, Test):
        return value
    if isinstance(value, Mapping) and str(value.get("kind")) in Test.kinds:
        return Test._read(value)
    return Equals(value)


AsTest = Annotated[Any, GetPydanticSchema(lambda _, handler: no_info_before_validator_function(as_test, handler(Test)))]
"""A test, or a plain value that means: equals."""

Where = Annotated[Mapping[str, AsTest] | tuple[tuple[str, AsTest], ...], AfterValidator(pairs)]
"""Tests of properties by name."""


def lookup(values: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, or a mark that no test accepts."""
    current: Any = values
    for part in path.split("."):
        if not isinstance(current, Mapping) or part not in current:
            return MISSING
        current = current[part]
    return current


def matches(where: Any, properties: Mapping[str, Any]) -> bool:
    """Whether all tests hold for the properties."""
    return all(test.holds(lookup(properties, name)) for name, test in where)


def where_words(where: Any) -> str:
    """The tests in words: "where total is at least 50 and country is FR"; "" where there are none."""
    return f"where {joined(f'{line(name)} {test.words()}' for name, test in where)}" if where else ""
