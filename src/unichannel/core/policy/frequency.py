"""Frequency: how often one person is written to. Caps and minimum gaps, as plain values.

What counts, and from when, is said by ``pressure``, which asks them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY
from typing import Any, Literal

from unichannel.core.calendar.span import Span, days, hours
from unichannel.core.words.category import Category
from unichannel.core.words.definition import Named, definition, dump
from unichannel.errors import DefinitionError

__all__ = ["Cap", "Gap", "Limit", "Period", "reach"]

Period = Literal["day", "week", "month"]
"""A stretch of the calendar in the person's zone; weeks begin on Monday."""

Otherwise = Literal["defer", "next_channel", "drop"]

_DAYS = {"day": 1, "week": 7, "month": 31}


@definition
class Limit:
    """Which messages a cap or gap is about; those count, and those it holds back.

    ``channel`` and ``category`` name one or several, none meaning all. ``purpose`` is "marketing",
    "transactional" or "all"; not given, it is marketing, or all where categories are named.
    ``otherwise``: what is refused waits ("defer"); or the send's next channel is tried, and it waits
    where none is left ("next_channel"); or that channel is not used for it ("drop").
    """

    _: KW_ONLY
    channel: Named = ()
    category: Named = ()
    purpose: Literal["marketing", "transactional", "all"] | None = None
    otherwise: Otherwise = "defer"

    def _check_otherwise(self) -> None:
        if self.otherwise == "next_channel" and not self.channel:
            raise DefinitionError(
                "a limit on every channel leaves no next channel.",
                thing="otherwise",
                mend="Name the channel= that it is about, or leave otherwise= out.",
            )

    def concerns(self, channel: str, category: Category) -> bool:
        """Whether a message of that kind on that channel counts, and is held back."""
        return (
            (not self.channel or channel in self.channel)
            and (not self.category or category.name in self.category)
            and self._meant in ("all", category.purpose)
        )

    @property
    def _meant(self) -> str:
        return self.purpose or ("all" if self.category else "marketing")

    def about(self) -> dict[str, Any]:
        """What it is about, for a trace."""
        named = {"channel": list(self.channel), "category": list(self.category)}
        purpose = {} if self._meant == "all" else {"purpose": self._meant}
        return {**{name: value for name, value in named.items() if value}, **purpose}


@definition
class Cap(Limit):
    """At most so many messages to one person within a time: ``Cap(3, within=days(7))``.

    ``within`` is a span that slides, (now - within, now], its days counted in the person's zone; or
    "day", "week" or "month": the calendar's, there. A message counts from its reservation on, one
    for all devices of a rung; what was cancelled, expired or failed does not.
    """

    limit: int
    _: KW_ONLY
    within: Span | Period = days(7)

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise DefinitionError(
                f"a cap of {self.limit} lets nothing through.",
                thing="limit",
                mend="Give 1 or more; to send nothing, take the consent or the journey away.",
            )
        _check_span("cap", self.within)
        self._check_otherwise()

    @property
    def code(self) -> str:
        """The trace code of what it refuses."""
        return "cap"


@definition
class Gap(Limit):
    """A time that has to lie between two messages to one person: ``Gap(hours(4))``."""

    within: Span = hours(4)

    def __post_init__(self) -> None:
        _check_span("gap", self.within)
        self._check_otherwise()

    @property
    def limit(self) -> int:
        """One message within the time."""
        return 1

    @property
    def code(self) -> str:
        """The trace code of what it refuses."""
        return "gap"


def _check_span(what: str, within: Span | Period) -> None:
    if isinstance(within, Span) and not within.nominal:
        raise DefinitionError(f"a {what} over no time limits nothing.", thing="within", mend="Give a time above 0.")


def span_words(within: Span | Period) -> dict[str, Any]:
    """The time as a trace keeps it: the fields of a span, or the name of a period."""
    return {"within": dump(within) if isinstance(within, Span) else within}


def reach(limits: Iterable[Cap | Gap]) -> int:
    """How far back the longest of them looks, at most, in microseconds; 0 where there is none.

    Deliveries that went out within it are still read, so ``purge`` has to keep them.
    """
    return max((longest(one.within) for one in limits), default=0)


def longest(within: Span | Period) -> int:
    """An upper bound of the time, in microseconds."""
    return (within if isinstance(within, Span) else days(_DAYS[within])).at_most
