"""Mailboxes and header lines, as every carrier of e-mail reads and writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.utils import formataddr, quote

__all__ = ["HEADER_NAME", "Box", "one_line"]

HEADER_NAME = re.compile(r"[!-9;-~]+")
"""A header's name (RFC 5322, 2.2)."""

_NAMED = re.compile(r"(?P<name>[^<>]*?)\s*<(?P<box>[^<>]+)>")
_CONTROLS = dict.fromkeys((*range(32), 127))
_PLAIN = re.compile(r"[\w \-!#$%&'*+/=?^`{|}~]*")


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox and the name before it."""

    email: str = field(repr=False)
    name: str = field(default="", repr=False)

    @classmethod
    def of(cls, written: str) -> Box:
        """From ``ada@example.com`` or ``Ada <ada@example.com>``."""
        line = one_line(written)
        found = _NAMED.fullmatch(line)
        return cls(found["box"].strip(), found["name"].strip('" ')) if found else cls(line)

    def __str__(self) -> str:
        """As a header shows it, in Unicode."""
        if not self.name:
            return self.email
        shown = self.name if _PLAIN.fullmatch(self.name) else f'"{quote(self.name)}"'
        return f"{shown} <{self.email}>"

    def ascii(self) -> str:
        """As a header carries it, the name in encoded words (RFC 2047)."""
        return formataddr((self.name, self.email)) if self.email.isascii() else str(self)

    def as_object(self, email: str = "email", name: str = "name") -> dict[str, str]:
        """As JSON APIs take it."""
        return {email: self.email, **({name: self.name} if self.name else {})}


def one_line(text: str) -> str:
    """The text on one line: what a template put into a header cannot begin another one."""
    return " ".join(text.split()).translate(_CONTROLS)
