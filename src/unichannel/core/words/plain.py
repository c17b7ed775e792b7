"""Plain JSON values: texts, numbers, true, false, None, lists and dicts of these."""

from __future__ import annotations

import marshal
from typing import Any

__all__ = ["copied"]

_UNSHARED = 2
"""The version of marshal's form that writes each value where it stands, so that a copy shares nothing with itself."""


def copied(value: Any) -> Any:
    """A copy of plain JSON values, all the way down; a tuple of some is fine too.

    By way of bytes and back, which takes a third of the time of copying in Python. Raises ValueError
    for anything else.
    """
    return marshal.loads(marshal.dumps(value, _UNSHARED))  # noqa: S302 (these bytes were written in this very line)
