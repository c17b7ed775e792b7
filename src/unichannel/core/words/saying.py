"""How definitions are said to people: values, lists and texts of any kind, in one line of plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, ClassVar

__all__ = ["Said", "bracketed", "cut", "joined", "line", "meant", "said"]

_PLAIN = re.compile(r"[^\W\d][\w.:/@+-]*")
_JOINTS = re.compile(r" (and|or|then) ")
_INVISIBLE_KEPT = "\u200d"
"""What holds one emoji of several together."""


def line(text: str) -> str:
    """The text on one line: no breaks, no control characters, nothing that turns the direction of reading."""
    shown = "".join(char if char.isprintable() or char == _INVISIBLE_KEPT else " " for char in text)
    return " ".join(shown.split())


def cut(text: str, length: int) -> str:
    """The text in one line, cut to a length."""
    whole = line(text)
    return whole if len(whole) <= length else whole[: length - 1].rstrip(" \u200d\ufe0f") + "…"


def said(value: Any, length: int = 40) -> str:
    """A value as people say it: a word bare, any other text in quotes, long ones cut."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if not isinstance(value, str):
        return cut(str(value), length)
    text = cut(value, length)
    is_word = _PLAIN.fullmatch(text) and text not in ("true", "false", "nothing")
    return text if is_word or "{{" in text else f'"{text}"'


def joined(parts: Iterable[str], word: str = "and") -> str:
    """Parts as a list in a sentence: "a", "a and b", "a, b and c"."""
    listed = list(parts)
    return f" {word} ".join(part for part in (", ".join(listed[:-1]), *listed[-1:]) if part)


def meant(word: object, known: Iterable[str]) -> str:
    """What to write instead of a word that there is not."""
    names = sorted(known)
    close = [f"Did you mean {one!r}? " for one in get_close_matches(str(word).lower(), names, n=1)]
    return f"{''.join(close)}Known are: {', '.join(names)}."


def bracketed(text: str) -> str:
    """The text in brackets, where it is put together of several."""
    return f"({text})" if _JOINTS.search(text) else text


class Said:
    """What every family says of its members in plain words for people."""

    kind: ClassVar[str] = ""

    def label(self) -> str:
        """A short name made of what it is, never of where it stands."""
        return self.kind

    def words(self) -> str:
        """What it says, in plain words; a host's own kind that says nothing shows its label."""
        return line(self.label())

    def __str__(self) -> str:
        return self.words()
