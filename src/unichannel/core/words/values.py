"""Plain values inside a definition: JSON that is frozen, compared and hashed by its text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

__all__ = ["NOTHING", "Marks", "Values"]


class _Frozen(Mapping[str, Any]):
    """A mapping of JSON values that nobody changes; what is read from it is a copy."""

    __slots__ = ("_text",)

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._text = json.dumps(dict(given), sort_keys=True, ensure_ascii=False, allow_nan=False)

    def plain(self) -> dict[str, Any]:
        return json.loads(self._text)  # type: ignore[no-any-return]

    def __getitem__(self, name: str) -> Any:
        return self.plain()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.plain())

    def __len__(self) -> int:
        return len(self.plain())

    def __bool__(self) -> bool:
        return self._text != "{}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self.plain() == dict(other)

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return self._text


def _frozen(value: Any) -> _Frozen:
    if isinstance(value, _Frozen):
        return value
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ValueError("expected names and their values")
    try:
        return _Frozen(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"JSON cannot hold it: {error}") from error


def _marks(value: Any) -> tuple[tuple[str, bool], ...]:
    """Names as (name, whether it is to be there), sorted; a list of names adds them."""
    given = value.items() if isinstance(value, Mapping) else (value,) if isinstance(value, str) else value
    listed = isinstance(given, Iterable)
    pairs: list[Any] = [(one, True) if isinstance(one, str) else one for one in given] if listed else [given]
    if not all(_is_mark(pair) for pair in pairs):
        raise ValueError("expected names, or names with true or false")
    return tuple(sorted({(name, there) for name, there in pairs}))


def _is_mark(pair: Any) -> bool:
    return isinstance(pair, list | tuple) and [type(one) for one in pair] == [str, bool]


Values = Annotated[
    Mapping[str, Any],
    PlainValidator(_frozen),
    PlainSerializer(lambda value: value.plain() if isinstance(value, _Frozen) else dict(value), return_type=dict),
    WithJsonSchema({"type": "object"}),
]
"""Names and JSON values; every text among them may be a template."""

Marks = Annotated[
    Any,
    PlainValidator(_marks),
    PlainSerializer(dict, return_type=dict),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}},
                {"type": "object", "additionalProperties": {"type": "boolean"}},
            ]
        }
    ),
]
"""Names to add, or names with whether each is to be there."""

NOTHING: Mapping[str, Any] = _Frozen({})
"""No values."""
