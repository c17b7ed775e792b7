"""Steps: what a journey does, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY
from typing import Annotated, Literal

from pydantic import BeforeValidator

from unichannel.core.calendar.span import Span
from unichannel.core.condition.condition import Condition
from unichannel.core.condition.moment import Moment
from unichannel.core.condition.pattern import On
from unichannel.core.messaging.message import Message
from unichannel.core.words.definition import Family, Many, definition
from unichannel.errors import DefinitionError

__all__ = ["Arm", "Branch", "Exit", "Send", "Split", "Step", "Variant", "Wait", "variant", "when"]

Success = Literal["accepted", "delivered", "opened", "clicked", "replied", "converted"]


class Step(Family):
    """One thing that a journey does; ``name`` is unique in the journey, made from what it is if not given."""

    name: str | None

    def label(self) -> str:
        """The name it has when none is given, made from what it is, never from where it stands."""
        return self.kind


def step_name(step: Step) -> str:
    """The step's name, given or made."""
    return step.name or step.label()


@definition
class Send(Step, kind="send"):
    """Send a message: on one channel, down a ladder, or on the channels that the strategy ranks.

    ``via`` lists the channels to try in turn; without it the engine's strategy ranks two.
    ``success`` is the evidence that stops the ladder, ``fallback_after`` the silence after which
    the next rung is tried; both default by channel and category where ``via`` has two or more.
    ``ttl`` is for how long after its planned instant it is worth sending. ``wait=False`` lets the
    run go on without waiting for the ladder.
    """

    message: Message
    _: KW_ONLY
    via: Annotated[str | Sequence[str] | None, BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)] = None
    success: Success | None = None
    fallback_after: Span | None = None
    ttl: Span | None = None
    wait: bool = True
    name: str | None = None

    def __post_init__(self) -> None:
        if self.via is None:
            return
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
    closed window: where its target falls in quiet hours that end only after that date, it ends
    30 minutes before those hours began.
    """

    span: Span | None = None
    _: KW_ONLY
    until: Moment | On | Condition | None = None
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


@definition
class Arm:
    """What to do when a condition holds."""

    condition: Condition
    steps: Many[Step]


def when(condition: Condition, *steps: Step) -> Arm:
    """An arm of a branch: the condition, then what to do when it holds."""
    return Arm(condition, steps)


@definition
class _Branch(Step):
    arms: Many[Arm]
    _: KW_ONLY
    otherwise: Many[Step] = ()
    name: str | None = None

    def __post_init__(self) -> None:
        if not self.arms:
            raise DefinitionError("a branch needs an arm.", thing="branch", mend="Give it when(condition, …).")


class Branch(_Branch, kind="branch"):
    """The first arm whose condition holds; ``otherwise`` where none does. Never both (P11).

    ``Branch(when(opened("email"), Send(…)), otherwise=[Send(…)])``.
    """

    def __init__(self, *arms: Arm, otherwise: Sequence[Step] = (), name: str | None = None) -> None:
        super().__init__(arms=arms, otherwise=otherwise, name=name)

    def label(self) -> str:
        return "branch-" + "-".join(arm.condition.label() for arm in self.arms)


@definition
class Variant:
    """One way of a split, with its share."""

    name: str
    weight: float
    steps: Many[Step]

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise DefinitionError(f"the weight of {self.name!r} is below 0.", thing=self.name, mend="Give 0 or more.")


def variant(name: str, weight: float, *steps: Step) -> Variant:
    """One way of a split: its name, its weight (any scale), what to do."""
    return Variant(name, weight, steps)


@definition
class _Split(Step):
    variants: Many[Variant]
    _: KW_ONLY
    name: str | None = None

    def __post_init__(self) -> None:
        names = [one.name for one in self.variants]
        if len(names) < 2 or len(set(names)) < len(names):
            raise DefinitionError(
                "a split needs two variants with names of their own.", thing="split", mend="Name two."
            )
        if not any(one.weight > 0 for one in self.variants):
            raise DefinitionError("a split where no variant has a weight.", thing="split", mend="Give weights above 0.")


class Split(_Split, kind="split"):
    """A random but sticky way for each profile: the same at every visit and retry (P51).

    ``Split(variant("short", 50, Send(…)), variant("long", 50, Send(…)), name="wording")``. The
    choice hangs on the split's name and the profile; changing weights moves as few as possible.
    """

    def __init__(self, *variants: Variant, name: str | None = None) -> None:
        super().__init__(variants=variants, name=name)

    def label(self) -> str:
        return "split-" + "-".join(one.name for one in self.variants)


@definition
class Exit(Step, kind="exit"):
    """End the run here, with a reason that reports show."""

    reason: str = ""
    _: KW_ONLY
    name: str | None = None

    def label(self) -> str:
        return f"exit-{self.reason}" if self.reason else "exit"
