"""Steps: what a journey does, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator

from unichannel.core.calendar.span import Span
from unichannel.core.condition.condition import Condition
from unichannel.core.condition.moment import Moment
from unichannel.core.condition.pattern import On
from unichannel.core.messaging.message import Message
from unichannel.core.words.definition import Either, Family, Many, definition
from unichannel.core.words.facts import Needs
from unichannel.core.words.saying import Said, line
from unichannel.errors import DefinitionError

__all__ = ["Exit", "Send", "Step", "Wait", "Ways", "step_name", "until_needs"]

Ways = Sequence[tuple[str, Sequence["Step"]]]
"""Lists of steps inside a step, each with the words that say when it is taken."""

Success = Literal["accepted", "delivered", "opened", "clicked", "replied", "converted"]


class Step(Said, Family):
    """One thing that a journey does; ``name`` is unique in the journey, made from what it is if not given."""

    name: str | None
    chooses: ClassVar[bool] = False
    """Whether a run takes one of its ways in any case, and never passes them by."""

    def ways(self) -> Ways:
        """The lists of steps inside it, in the order in which it numbers them."""
        return ()

    def needs(self) -> Needs:
        """The facts that it reads."""
        return Needs()


def until_needs(until: Moment | On | Condition | None) -> Needs:
    """What is read to know when a wait ends."""
    if isinstance(until, On):
        return Needs(frozenset({until.event}))
    return until.needs() if until is not None else Needs()


def step_name(step: Step) -> str:
    """The step's name, given or made."""
    return step.name or step.label()


@definition
class Send(Step, kind="send"):
    """Send a message: on one channel, down a ladder, or on the channels that the strategy ranks.

    ``via`` lists the channels to try in turn; without it a strategy ranks two: that of the name
    ``strategy``, else the category's, else the engine's.
    ``success`` is the evidence that stops the ladder, ``fallback_after`` the silence after which
    the next rung is tried; both default by channel and category where ``via`` has two or more.
    ``ttl`` is for how long after its planned instant it is worth sending; ``before`` a date at and
    after which it is not, such as an offer's end. ``wait=False`` lets the run go on without waiting
    for the ladder.
    """

    message: Message
    _: KW_ONLY
    via: Annotated[str | Sequence[str] | None, BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)] = None
    success: Success | None = None
    fallback_after: Span | None = None
    ttl: Span | None = None
    before: Moment | None = None
    wait: bool = True
    strategy: str | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        if self.via is None:
            return
        if self.strategy is not None:
            raise DefinitionError(
                f"the send of {self.message.name!r} names its channels and a strategy.",
                thing=self.message.name,
                mend="Give via= or strategy=, one of them.",
            )
        channels = tuple(self.via)
        object.__setattr__(self, "via", channels)
        if not channels or len(set(channels)) < len(channels):
            raise DefinitionError(
                f"the ladder of {self.message.name!r} is empty or names a channel twice: {', '.join(channels)}.",
                thing=self.message.name,
                mend="Name each channel once in via=.",
            )
        for channel in channels:
            if self.message.content(channel) is None:
                raise DefinitionError(
                    f"the message {self.message.name!r} has no content for the rung {channel!r}.",
                    thing=self.message.name,
                    mend=f"Give it a content for {channel}, or leave the rung out.",
                )

    def label(self) -> str:
        return "-".join(["send", self.message.name, *(self.via or ())])

    def words(self) -> str:
        by = f"by {', then '.join(line(channel) for channel in self.via)}" if self.via else "by the best channel"
        for_ = f"worth sending for {self.ttl.words()}" if self.ttl is not None else ""
        end = f"before {self.before.words()}" if self.before is not None else ""
        on = "" if self.wait else "without waiting for it"
        return "; ".join(one for one in (f"send {line(self.message.name)} {by}", self._next(), for_, end, on) if one)

    def _next(self) -> str:
        """When the next rung is tried, as far as the step says so itself."""
        after = f"after {self.fallback_after.words()}" if self.fallback_after is not None else ""
        unless = f"unless {self.success}" if self.success is not None else ""
        return f"the next {after} {unless}".rstrip().replace("  ", " ") if self.is_ladder and (after or unless) else ""

    def needs(self) -> Needs:
        before = self.before.needs() if self.before is not None else Needs()
        return before | self.message.needs

    @property
    def is_ladder(self) -> bool:
        """Whether silence moves it on, not only a hard failure."""
        if self.via is not None and len(self.via) == 1:
            return False
        return self.via is not None or self.success is not None or self.fallback_after is not None


@definition
class Wait(Step, kind="wait"):
    """Wait for a span, until a moment, or until an event or condition.

    ``Wait(days(3))``, ``Wait(until=start + days(3))``, ``Wait(until=on("order.paid"),
    timeout=days(2), on_timeout=[…])``. ``before`` is a date that the wait must not let pass in a
    closed window: where its target falls in quiet hours that do not end before that date, it ends
    30 minutes before those hours began.
    """

    span: Span | None = None
    _: KW_ONLY
    until: Annotated[Moment | On | Condition, Either(On, Moment, Condition)] | None = None
    timeout: Span | None = None
    on_timeout: Many[Step] = ()
    before: Moment | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        if (self.span is None) == (self.until is None):
            raise DefinitionError(
                "a wait is for a span or until something, one of them.", thing="wait", mend="Give the one or until=."
            )
        is_open = isinstance(self.until, On | Condition)
        if self.on_timeout and self.timeout is None:
            raise DefinitionError(
                "a wait with on_timeout needs a timeout.", thing=self.label(), mend="Say after how long: timeout=."
            )
        if self.timeout is not None and not is_open:
            raise DefinitionError(
                "only a wait for an event or a condition has a timeout.", thing=self.label(), mend="Leave timeout= out."
            )

    def label(self) -> str:
        if self.span is not None:
            return f"wait-{self.span}"
        until = self.until
        return f"wait-{until.event if isinstance(until, On) else until.label() if until is not None else ''}"

    def words(self) -> str:
        what = f"wait {self.span.words()}" if self.span is not None else f"wait until {self.until}"
        most = f", {self.timeout.words()} at most" if self.timeout is not None else ""
        ahead = f"; ahead of quiet hours that end only after {self.before.words()}" if self.before is not None else ""
        return what + most + ahead

    def ways(self) -> Ways:
        return ((f"after {self.timeout.words()}" if self.timeout is not None else "", self.on_timeout),)

    def needs(self) -> Needs:
        before = self.before.needs() if self.before is not None else Needs()
        return before | until_needs(self.until)


@definition
class Exit(Step, kind="exit"):
    """End the run here, with a reason that reports show."""

    reason: str = ""
    _: KW_ONLY
    name: str | None = None

    def label(self) -> str:
        return f"exit-{self.reason}" if self.reason else "exit"

    def words(self) -> str:
        return f"end the run: {line(self.reason)}" if self.reason else "end the run"
