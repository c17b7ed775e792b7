"""Journeys: the definition, immutable, versioned, serialisable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import KW_ONLY
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PositiveInt

from unichannel.core.calendar.span import Span
from unichannel.core.condition.condition import Condition
from unichannel.core.condition.pattern import On
from unichannel.core.journey.step import Branch, Send, Split, Step, Wait, step_name
from unichannel.core.messaging.message import Message
from unichannel.core.words.definition import Many, definition, dump, load
from unichannel.core.words.ids import digest
from unichannel.errors import DefinitionError

__all__ = ["SCHEMA", "Handler", "Journey", "dumps", "journey_digest", "loads", "single_send", "walk"]

SCHEMA = 1
"""The number of the stored form; a reader upcasts older ones and refuses newer ones."""

Patterns = Annotated[
    On | Many[On], BeforeValidator(lambda v: (v,) if isinstance(v, On) or (isinstance(v, dict) and "event" in v) else v)
]


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

    ``start`` is the event that begins a run; its ``entity`` keys runs, at most one live for each.
    ``entry`` must hold then. ``goal`` ends the run as converted, ``exits`` end it, at once and
    wherever it stands. ``re_entry``: "once"; "after_end" of the last run; or a span, the cool-down
    after that end. ``refresh`` names events whose properties merge into the run's data.
    ``accept_late``: an event older than that when recorded starts nothing. ``priority``: the
    higher goes first among journeys that are due together.
    """

    name: str
    _: KW_ONLY
    start: On
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

    @property
    def goals(self) -> tuple[On, ...]:
        return _tuple(self.goal)

    @property
    def ends(self) -> tuple[On, ...]:
        return _tuple(self.exits)

    @property
    def refreshes(self) -> tuple[On, ...]:
        return _tuple(self.refresh)

    def messages(self) -> list[Message]:
        """The messages it may send, each once."""
        return list(dict.fromkeys(step.message for step in walk(self) if isinstance(step, Send)))


def _tuple(value: Any) -> tuple[On, ...]:
    return (value,) if isinstance(value, On) else tuple(value)


def walk(journey: Journey) -> Iterator[Step]:
    """Every step, outer before inner, in the order they are written; handlers' steps last."""
    for step in journey.steps:
        yield from _inside(step)
    for handler in journey.handlers:
        for step in handler.steps:
            yield from _inside(step)


def _inside(step: Step) -> Iterator[Step]:
    yield step
    for inner in children(step):
        yield from _inside(inner)


def children(step: Step) -> list[Step]:
    """The steps directly inside a step."""
    if isinstance(step, Branch):
        return [inner for arm in step.arms for inner in arm.steps] + list(step.otherwise)
    if isinstance(step, Split):
        return [inner for one in step.variants for inner in one.steps]
    if isinstance(step, Wait):
        return list(step.on_timeout)
    return []


def dumps(journey: Journey) -> str:
    """The stored form: JSON with the schema number, always the same text for equal journeys."""
    return json.dumps({"schema": SCHEMA, **dump(journey)}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def loads(text: str) -> Journey:
    """The journey of a stored form; raises DefinitionError for a newer schema than this version's."""
    body = json.loads(text)
    schema = body.pop("schema", None)
    if schema != SCHEMA:
        raise DefinitionError(
            f"the definition {body.get('name')!r} has schema {schema}, this version reads {SCHEMA}.",
            thing=str(body.get("name")),
            mend="Deploy a version of unichannel that reads it.",
        )
    return load(Journey, body)


def journey_digest(text: str) -> str:
    """The digest under which a stored form is known."""
    return digest(text)


def single_send(message: Message, step: Send) -> Journey:
    """The one-step journey that stands for a single ``send``."""
    return Journey(f"send:{message.name}", start=On("unichannel.send"), steps=[step], re_entry="after_end")
