"""Patterns of events: what starts, ends, moves and is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import Any

from unichannel.core.calendar.span import Span
from unichannel.core.words.definition import definition
from unichannel.core.words.saying import line
from unichannel.core.words.test import Where, matches, where_words

__all__ = ["On", "on"]


@definition
class On:
    """A pattern of events: a name and tests of their properties.

    ``entity`` names the property that keys runs and waits; ``any_entity`` lifts the match to the
    run's own. ``since`` lets a wait look back beyond the enrollment's start.
    """

    event: str
    _: KW_ONLY
    where: Where = ()
    entity: str | None = None
    any_entity: bool = False
    since: Span | None = None

    def matches(self, name: str, properties: Mapping[str, Any]) -> bool:
        """Whether an event of that name and those properties is meant."""
        return name == self.event and matches(self.where, properties)

    def words(self, verb: str = "happens") -> str:
        """The pattern for people, ``verb`` after the event's name: "order.paid happens where total is above 50"."""
        whose = "for any entity" if self.any_entity else ""
        back = f"looking back {self.since.words()}" if self.since is not None else ""
        return " ".join(part for part in (line(self.event), verb, where_words(self.where), whose, back) if part)

    def __str__(self) -> str:
        return self.words()


def on(
    event: str,
    *,
    where: Mapping[str, Any] | None = None,
    entity: str | None = None,
    any_entity: bool = False,
    since: Span | None = None,
) -> On:
    """Events of that name whose properties pass the tests in ``where`` (a plain value: equals)."""
    return On(event, where=where or {}, entity=entity, any_entity=any_entity, since=since)
