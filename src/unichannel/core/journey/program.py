"""Programs: a journey compiled once to a flat list of nodes. Never stored: the cursor is a name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from unichannel.core.condition.condition import Condition
from unichannel.core.condition.moment import Moment
from unichannel.core.condition.pattern import On
from unichannel.core.journey.journey import Handler, Journey
from unichannel.core.journey.step import Branch, Split, Step, Wait, step_name
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
    """A compiled journey: nodes, the entry, where each handler goes, what it reads."""

    journey: Journey
    definition: int
    nodes: list[Node] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    entry: int = END
    handlers: list[tuple[Handler, int]] = field(default_factory=list)
    needs: Needs = field(default_factory=Needs)
    watched: frozenset[str] = frozenset()

    @property
    def entity_property(self) -> str:
        """The property that keys runs, "" where the journey has no entity."""
        return self.journey.start.entity or ""

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
    program.watched = frozenset(on.event for on in (*journey.goals, *journey.ends))
    return program


def _compile(program: Program, steps: Iterable[Step], then: int) -> int:
    """Add the steps, the last followed by ``then``; give back the first's place."""
    first = then
    for step in reversed(list(steps)):
        first = _add(program, step, first)
    return first


def _add(program: Program, step: Step, then: int) -> int:
    targets = tuple(_compile(program, arm, then) for arm in _arms(step))
    program.nodes.append(Node(step_name(step), step, then, targets))
    return len(program.nodes) - 1


def _arms(step: Step) -> list[Iterable[Step]]:
    """The lists of steps inside a step, in the order in which it numbers them."""
    if isinstance(step, Branch):
        return [*(arm.steps for arm in step.arms), step.otherwise]
    if isinstance(step, Split):
        return [one.steps for one in step.variants]
    if isinstance(step, Wait):
        return [step.on_timeout]
    return []


def _handler(program: Program, steps: Iterable[Step], to: str) -> int:
    target = next(place for place, node in enumerate(program.nodes) if node.name == to)
    return _compile(program, steps, target)


def _needs(program: Program) -> Needs:
    journey = program.journey
    patterns = (*journey.goals, *journey.ends, *journey.refreshes)
    events = Needs(frozenset(on.event for on in patterns))
    entry = [journey.entry.needs()] if journey.entry is not None else []
    return all_needs([events, *entry, *(_step_needs(node.step) for node in program.nodes)])


def _step_needs(step: Step) -> Needs:
    if isinstance(step, Branch):
        return all_needs(arm.condition.needs() for arm in step.arms)
    if isinstance(step, Wait):
        before = step.before.needs() if step.before is not None else Needs()
        return before | wait_needs(step)
    return Needs()


def wait_needs(step: Wait) -> Needs:
    """What a wait reads to know when it ends."""
    if isinstance(step.until, On):
        return Needs(frozenset({step.until.event}))
    return step.until.needs() if isinstance(step.until, Condition | Moment) else Needs()
