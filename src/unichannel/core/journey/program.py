"""Programs: a journey compiled once to a flat list of nodes. Never stored: the cursor is a name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from unichannel.core.condition.pattern import On
from unichannel.core.journey.language.action import Call
from unichannel.core.journey.language.journey import Handler, Journey
from unichannel.core.journey.language.repeat import Repeat
from unichannel.core.journey.language.step import Step, step_name
from unichannel.core.journey.language.trigger import Timed
from unichannel.core.messaging.delivery import CALL
from unichannel.core.words.event import Event
from unichannel.core.words.facts import Needs, all_needs

__all__ = ["END", "Node", "Program", "compile_journey"]

END = -1
"""Where a run goes when there is nothing more to do."""


@dataclass(slots=True)
class Node:
    """One step in the flat form; ``targets`` are the nodes of its arms, ``then`` what follows."""

    name: str
    step: Step
    then: int = END
    targets: tuple[int, ...] = ()


@dataclass(slots=True)
class Program:
    """A compiled journey: nodes, the entry, where each handler goes, what it reads.

    Names of events: ``watched`` can end its runs, ``moving`` refreshes or moves them, ``starting``
    begins them. ``entity_property`` is the property that keys runs, "" where there is no entity.
    """

    journey: Journey
    definition: int
    nodes: list[Node] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    entry: int = END
    handlers: list[tuple[Handler, int]] = field(default_factory=list)
    needs: Needs = field(default_factory=Needs)
    watched: frozenset[str] = frozenset()
    moving: frozenset[str] = frozenset()
    starting: frozenset[str] = frozenset()
    entity_property: str = ""

    @property
    def calls(self) -> set[str]:
        """What carries its calls to host functions, as deliveries name it."""
        return {CALL + node.step.function for node in self.nodes if isinstance(node.step, Call)}

    @property
    def timed(self) -> tuple[Timed, ...]:
        """The triggers that time alone brings."""
        return tuple(one for one in self.journey.starts if isinstance(one, Timed))

    def starts(self, event: Event) -> bool:
        """Whether the event is one that begins runs of the journey."""
        return event.name in self.starting and any(
            isinstance(one, On) and one.matches(event.name, event.properties) for one in self.journey.starts
        )

    def node(self, name: str) -> Node:
        return self.nodes[self.index[name]]


def compile_journey(journey: Journey, definition: int = 0) -> Program:
    """Compile a journey; ``definition`` is the store's id of its stored form."""
    program = Program(journey, definition)
    program.entry = _compile(program, journey.steps, END)
    for handler in journey.handlers:
        program.handlers.append((handler, _handler(program, handler.steps, handler.to)))
    program.index = {node.name: place for place, node in enumerate(program.nodes)}
    program.needs = _needs(program)
    _index_events(program, journey)
    return program


def _index_events(program: Program, journey: Journey) -> None:
    """The names of the events that mean something to the journey, so that others cost nothing."""
    program.watched = frozenset(on.event for on in (*journey.goals, *journey.ends))
    program.moving = frozenset(on.event for on in (*journey.refreshes, *(one.on for one in journey.handlers)))
    program.starting = frozenset(one.event for one in journey.starts if isinstance(one, On))
    program.entity_property = journey.entity


def _compile(program: Program, steps: Iterable[Step], then: int) -> int:
    """Add the steps, the last followed by ``then``; give back the first's place."""
    first = then
    for step in reversed(list(steps)):
        first = _add(program, step, first)
    return first


def _add(program: Program, step: Step, then: int) -> int:
    """Add a step; a repetition's rounds come back to it, so it takes its place before what is inside."""
    node = Node(step_name(step), step, then)
    if isinstance(step, Repeat):
        program.nodes.append(node)
        place = len(program.nodes) - 1
        node.targets = (_compile(program, step.steps, place),)
        return place
    node.targets = tuple(_compile(program, steps, then) for _, steps in step.ways())
    program.nodes.append(node)
    return len(program.nodes) - 1


def _handler(program: Program, steps: Iterable[Step], to: str) -> int:
    target = next(place for place, node in enumerate(program.nodes) if node.name == to)
    return _compile(program, steps, target)


def _needs(program: Program) -> Needs:
    journey = program.journey
    patterns = (*journey.goals, *journey.ends, *journey.refreshes)
    events = Needs(frozenset(on.event for on in patterns))
    entry = [journey.entry.needs()] if journey.entry is not None else []
    return all_needs([events, *entry, *(node.step.needs() for node in program.nodes)])
