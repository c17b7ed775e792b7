"""Journeys: the definition, immutable, versioned, serialisable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY
from typing import Annotated, Any, Literal

from pydantic import PositiveInt

from unichannel.core.calendar.span import Span
from unichannel.core.condition.condition import Condition
from unichannel.core.condition.pattern import On
from unichannel.core.journey.language.action import StartJourney
from unichannel.core.journey.language.step import Send, Step, step_name
from unichannel.core.journey.language.trigger import Manual, Starts, Timed, Trigger
from unichannel.core.messaging.message import Message
from unichannel.core.words.definition import Many, Several, definition
from unichannel.errors import DefinitionError

__all__ = ["Handler", "Journey", "single_send", "walk"]

Patterns = Annotated[On | Sequence[On], Several(On)]


@definition
class Handler:
    """Wherever the run stands, an event moves it: first through ``steps``, then on to the step ``to``.

    ``Handler(on("tutorial.completed"), to="send-follow-up", steps=[Send(confirm, via="sms")])``. It moves
    a run on: one that has been at ``to`` before stays where it is, unless it waits there, or
    ``again=True`` lets it go through once more.
    """

    on: On
    _: KW_ONLY
    to: str
    steps: Many[Step] = ()
    again: bool = False


@definition
class Journey:
    """What happens with a profile from a trigger on.

    ``start`` is what begins a run: an event, ``manual()``, ``on_date(…)``, ``recurring(…)``, or several
    of them. Its ``entity`` keys runs, at most one live for each; an occurrence of a date keys its own.
    ``entry`` must hold then. ``goal`` ends the run as converted, ``exits`` end it, at once and
    wherever it stands. ``re_entry``: "once"; "after_end" of the last run; or a span, the cool-down
    after that end. ``refresh`` names events whose properties merge into the run's data.
    ``accept_late``: an event older than that when recorded starts nothing. ``priority``: the
    higher goes first among journeys that are due together.
    """

    name: str
    _: KW_ONLY
    start: Starts
    steps: Many[Step]
    version: PositiveInt = 1
    goal: Patterns = ()
    exits: Patterns = ()
    entry: Condition | None = None
    handlers: Many[Handler] = ()
    re_entry: Literal["once", "after_end"] | Span = "once"
    refresh: Patterns = ()
    accept_late: Span = Span(seconds=24 * 3600)
    priority: int = 0

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise DefinitionError("a journey needs a name.", thing="journey", mend="Name it.")
        if not self.steps:
            raise DefinitionError(f"the journey {self.name!r} has no steps.", thing=self.name, mend="Give it one.")
        self._check_starts()
        names = [step_name(step) for step in walk(self)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DefinitionError(
                f"the journey {self.name!r} has two steps named {twice[0]!r}.",
                thing=twice[0],
                mend="Give one of them a name= of its own.",
            )
        for handler in self.handlers:
            if handler.to not in names:
                raise DefinitionError(
                    f"the journey {self.name!r} has no step {handler.to!r} for {handler.on.event!r} to move to.",
                    thing=handler.to,
                    mend=f"Its steps are: {', '.join(names)}.",
                )

    def _check_starts(self) -> None:
        if not self.starts:
            raise DefinitionError(f"nothing starts the journey {self.name!r}.", thing=self.name, mend="Give start=.")
        keyed = {one.entity or "" for one in self.starts if isinstance(one, On | Manual)}
        is_mixed = any(isinstance(one, Timed) for one in self.starts) and bool(keyed - {""})
        if len(keyed) > 1 or is_mixed:
            raise DefinitionError(
                f"the triggers of {self.name!r} key its runs differently: {', '.join(sorted(keyed)) or 'none'}.",
                thing=self.name,
                mend="Give each the same entity=, or none.",
            )
        if any(isinstance(step, StartJourney) and step.journey == self.name for step in walk(self)):
            raise DefinitionError(
                f"the journey {self.name!r} starts itself.",
                thing=self.name,
                mend="Use Repeat, or let its trigger begin it again with re_entry=.",
            )

    @property
    def starts(self) -> tuple[On | Trigger, ...]:
        """What begins runs, each."""
        return _tuple(self.start)

    @property
    def entity(self) -> str:
        """The property that keys runs, "" where the journey has no entity."""
        return next((one.entity or "" for one in self.starts if isinstance(one, On | Manual)), "")

    @property
    def goals(self) -> tuple[On, ...]:
        return _tuple(self.goal)

    @property
    def ends(self) -> tuple[On, ...]:
        return _tuple(self.exits)

    @property
    def refreshes(self) -> tuple[On, ...]:
        return _tuple(self.refresh)

    def __repr__(self) -> str:
        return f"Journey({self.name!r}, version={self.version}, steps={len(list(walk(self)))})"

    def __str__(self) -> str:
        from unichannel.core.journey.picture.outline import outline  # it reads journeys

        return outline(self)

    def diagram(self) -> str:
        """The journey as a Mermaid flowchart, drawn from what it is compiled to."""
        from unichannel.core.journey.picture.diagram import mermaid  # it reads programs, which are made of journeys

        return mermaid(self)

    def _repr_markdown_(self) -> str:
        """What a notebook shows: the diagram."""
        return f"```mermaid\n{self.diagram()}```\n"

    def messages(self) -> list[Message]:
        """The messages it may send, each once."""
        return list(dict.fromkeys(step.message for step in walk(self) if isinstance(step, Send)))


def _tuple(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, On | Trigger) else tuple(value)


def walk(journey: Journey) -> Iterator[Step]:
    """Every step, outer before inner, in the order they are written; handlers' steps last."""
    for step in journey.steps:
        yield from _inside(step)
    for handler in journey.handlers:
        for step in handler.steps:
            yield from _inside(step)


def _inside(step: Step) -> Iterator[Step]:
    yield step
    for _, steps in step.ways():
        for inner in steps:
            yield from _inside(inner)


def single_send(message: Message, step: Send) -> Journey:
    """The one-step journey that stands for a single ``send``."""
    return Journey(f"send:{message.name}", start=Manual(), steps=[step], re_entry="after_end")
