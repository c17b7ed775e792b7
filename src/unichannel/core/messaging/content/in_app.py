"""Messages inside the host's app: kept in the store, shown until they are over."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY
from typing import ClassVar

from unichannel.core.calendar.span import Span, days
from unichannel.core.calendar.zone import add, parse_date
from unichannel.core.messaging.content.base import Content, check_texts, is_written
from unichannel.core.messaging.content.pieces import OpenUrl
from unichannel.core.words.definition import definition
from unichannel.errors import DefinitionError

__all__ = ["InApp"]

_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}|\d{4}-?W\d{2}(-?\d)?")


@definition
class InApp(Content, kind="in_app"):
    """A message inside the app: a title, a text, and an action. It is kept in our own store.

    ``until`` is when it is over, ISO 8601, often a template: ``"{{ data.ends_at }}"``; a date holds
    to the end of that day and a time without an offset counts, both where the person lives.
    ``keep``: for how long it is shown at most, from when it went out.
    """

    channel: ClassVar[str] = "in_app"
    texts: ClassVar[tuple[str, ...]] = ("title", "text", "action", "until")
    one_line: ClassVar[tuple[str, ...]] = ("title", "until")

    title: str
    text: str = ""
    _: KW_ONLY
    action: OpenUrl | None = None
    until: str = ""
    keep: Span | None = None

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise DefinitionError("an in-app message needs a title.", thing="title", mend="Give the title.")
        check_texts(self, "an in-app message")
        if self.until and is_written(self.until) and parse_date(self.until, "UTC") is None:
            raise DefinitionError(
                "until= is no date.", thing="until", mend="Give ISO 8601, such as 2030-01-31 or {{ data.ends_at }}."
            )

    def over(self, shown: int, zone: str) -> int | None:
        """When it is over, for a person of that zone and shown since that instant; None where it stays."""
        ends = [add(shown, self.keep, zone)] if self.keep is not None else []
        until = parse_date(self.until, zone) if self.until else None
        if until is not None:
            ends.append(add(until, days(1), zone) if _DAY.fullmatch(self.until.strip()) else until)
        return min(ends, default=None)

    def acts(self) -> bool:
        return self.action is not None or super().acts()

    def plain(self) -> tuple[str, str]:
        """Without its action: where it leads is for the app."""
        return self.title, self.text or self.title
