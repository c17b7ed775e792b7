"""The values of a template's variables: found in the context, frozen as JSON, or missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any
from uuid import UUID

from liquid.undefined import is_undefined

from unichannel.errors import InvalidInput, MissingVariable

__all__ = ["ABSENT", "as_json", "excerpt", "find", "hole", "missing", "nested"]

ABSENT: Any = object()


def missing(value: object) -> bool:
    """Whether printing the value would leave a hole in the text."""
    return value is None or value == "" or is_undefined(value)


def excerpt(source: str) -> str:
    """The beginning of a template, on one line, for an error to name it by."""
    line = " ".join(source.split())
    return line if len(line) <= 40 else f"{line[:39]}…"


def hole(name: str, source: str) -> MissingVariable:
    """The error for a variable that is missing where the template needs it."""
    return MissingVariable(
        f"the template {excerpt(source)!r} reads {name}, which is missing.",
        thing=name,
        mend=f"Give it a value, or write {{{{ {name} | default: '…' }}}}.",
    )


def _into(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value[part] if part in value else len(value) if part == "size" else ABSENT
    if part == "size" and isinstance(value, str | list | tuple):
        return len(value)
    if part in ("first", "last") and isinstance(value, list | tuple) and value:
        return value[0 if part == "first" else -1]
    return ABSENT


def find(context: Any, path: tuple[str, ...]) -> Any:
    """What is at the path, by Liquid's rules; ABSENT where there is nothing."""
    for part in path:
        context = _into(context, part)
    return context


def as_json(value: Any, name: str) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Enum):
        return as_json(value.value, name)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, str):
        return _text(str.__str__(value), name)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): as_json(item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item, name) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((as_json(item, name) for item in value), key=str)
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise InvalidInput(
        f"the variable {name} is a {type(value).__name__}, which cannot be kept for a template.",
        thing=name,
        mend="Give text, a number, a date, or a list or mapping of these.",
    )


def _text(value: str, name: str) -> str:
    try:
        value.isascii() or value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"the variable {name} holds half a character.", thing=name, mend="Mend its text.") from error
    return value


def nested(values: Mapping[str, Any], paths: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """Frozen values, which are by dotted path, as the tree that Liquid looks names up in."""
    tree: dict[str, Any] = {}
    for path in paths:
        if (dotted := ".".join(path)) in values:
            branch = tree
            for part in path[:-1]:
                branch = branch.setdefault(part, {})
            branch[path[-1]] = values[dotted]
    return tree
