"""Steps that take several rounds or events: a bounded repetition, a digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY
from typing import Annotated, Any

from pydantic import PositiveInt

from unichannel.core.calendar.span import Span
from unichannel.core.condition.condition import Condition
from unichannel.core.condition.moment import Moment
from unichannel.core.condition.pattern import On
from unichannel.core.journey.language.step import Step, Wait, Ways, until_needs
from unichannel.core.words.definition import Either, Many, Several, definition
from unichannel.core.words.facts import Needs, all_needs
from unichannel.core.words.saying import joined, line
from unichannel.errors import DefinitionError

__all__ = ["Digest", "Repeat"]

_MOST = 1_000


@definition
class Repeat(Step, kind="repeat"):
    """Go through steps again and again, ``times`` at most, ``every`` being the pause between rounds.

    ``Repeat([Send(reminder)], times=3, every=days(7), until=on("invoice.paid"))``. ``until`` is asked
    before each round, the first included, and ends the pause at once. The pause counts from where
    a round ended.
    """

    steps: Many[Step]
    _: KW_ONLY
    times: PositiveInt | None = None
    every: Span = Span()
    until: Annotated[On | Condition, Either(On, Condition)] | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        if not self.steps:
            raise DefinitionError("a repetition has no steps.", thing="repeat", mend="Give it one.")
        if self.times is None or self.times > _MOST:
            raise DefinitionError(
                "a repetition without an end.", thing="repeat", mend=f"Give times= from 1 to {_MOST:,}."
            )
        if self.times > 1 and not self.every.nominal and not _takes_time(self.steps):
            raise DefinitionError(
                f"a repetition that goes {self.times} rounds in one instant.",
                thing="repeat",
                mend="Give every=, or put a Wait for a span or an event into it.",
            )

    def label(self) -> str:
        return "repeat-" + "-".join(step.name or step.label() for step in self.steps)

    def words(self) -> str:
        every = f", {self.every.words()} apart" if self.every.nominal else ""
        until = f", until {self.until}" if self.until is not None else ""
        return f"repeat {self.times} times at most{every}{until}" if self.times != 1 else f"go through once{until}"

    def ways(self) -> Ways:
        return (("each round", self.steps),)

    def needs(self) -> Needs:
        return until_needs(self.until)


def _takes_time(steps: Sequence[Step]) -> bool:
    """Whether every way through the steps lets time pass in each round."""
    return any(_step_takes_time(step) for step in steps)


def _step_takes_time(step: Step) -> bool:
    if isinstance(step, Wait):
        # A moment that has passed holds nobody up in the next round.
        return bool(step.span and step.span.nominal) or (isinstance(step.until, On) and _has_time(step))
    if isinstance(step, Digest):
        return step.span is not None
    if isinstance(step, Repeat):
        # A condition that holds already ends it before its first round.
        has_rounds = not isinstance(step.until, Condition)
        return has_rounds and (_takes_time(step.steps) or bool(step.every.nominal and (step.times or 0) > 1))
    ways = [inner for _, inner in step.ways()]
    return len(ways) > 1 and all(_takes_time(way) for way in ways)


def _has_time(step: Wait) -> bool:
    return step.timeout is None or bool(step.timeout.nominal)


@definition
class Digest(Step, kind="digest"):
    """Collect events for a while, so that one message can tell of all of them.

    ``Digest(on("comment.created"), hours(1), into="comments")``: from when it is reached, for a span
    or ``until`` a moment such as ``local_time("18:00")``. The trigger counts where it is one of them.
    ``data.comments`` is then ``{"count": 3, "events": [{"event": …, "occurred": …, …properties}]}``,
    the latest ``most`` of them, oldest first. What comes after it closed, while the run goes on, is
    collected by another round once the last step is reached: nothing is left out.
    """

    of: Annotated[On | Sequence[On], Several(On)]
    span: Span | None = None
    _: KW_ONLY
    until: Moment | None = None
    into: str = "digest"
    most: PositiveInt = 100
    name: str | None = None

    def __post_init__(self) -> None:
        if (self.span is None) == (self.until is None):
            raise DefinitionError(
                "a digest is for a span or until a moment, one of them.", thing="digest", mend="Give one."
            )
        if self.span is not None and not self.span.nominal:
            raise DefinitionError("a digest of no time at all.", thing="digest", mend="Give a span above 0.")

    @property
    def patterns(self) -> tuple[On, ...]:
        of: Any = self.of
        return tuple(of)

    def label(self) -> str:
        return "-".join(["digest", *(one.event for one in self.patterns)])

    def words(self) -> str:
        what = joined((one.words("") for one in self.patterns), "or")
        until = f"for {self.span.words()}" if self.span is not None else f"until {self.until}"
        most = f", the latest {self.most}" if self.most != 100 else ""
        return f"collect {what} {until} into the run's {line(self.into)}{most}"

    def needs(self) -> Needs:
        return all_needs([Needs(frozenset(one.event for one in self.patterns)), until_needs(self.until)])
