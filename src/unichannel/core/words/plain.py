"""Plain JSON values: texts, numbers, true, false, None, lists and dicts of these."""

from __future__ import annotations

from typing import Any

__all__ = ["copied"]

_NESTED = (dict, list)


def copied(value: Any) -> Any:
    """A copy of plain JSON values, all the way down."""
    if isinstance(value, dict):
        return {name: copied(inner) if isinstance(inner, _NESTED) else inner for name, inner in value.items()}
    if isinstance(value, list):
        return [copied(inner) if isinstance(inner, _NESTED) else inner for inner in value]
    return value
