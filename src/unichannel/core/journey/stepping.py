"""Stepping: the cursor is put on a step, and goes through those that take no time."""

from __future__ import annotations

from unichannel.core.journey.acting import begin_journey, emit, update
from unichannel.core.journey.digesting import leftover
from unichannel.core.journey.enrollment import Ladder
from unichannel.core.journey.language.action import Call, Emit, StartJourney, Update
from unichannel.core.journey.language.choice import Branch, Split
from unichannel.core.journey.language.repeat import Digest, Repeat
from unichannel.core.journey.language.step import Exit, Send, Step, Wait
from unichannel.core.journey.program import END, Node
from unichannel.core.journey.turn import Move, Turn
from unichannel.core.words.ids import choose
from unichannel.errors import DefinitionError

__all__ = ["cancel", "cancel_call", "enter", "finish", "leave"]


def enter(turn: Turn, place: int) -> None:
    """Put the cursor on a node, and go through those that take no time."""
    while True:
        if place == END:
            place = leftover(turn)
            if place == END:
                finish(turn, "completed", "", "")
                return
        node = turn.program.nodes[place]
        turn.run.visits[node.name] = turn.run.visits.get(node.name, 0) + 1
        if isinstance(node.step, Exit):
            finish(turn, "exited", node.step.reason or node.name, node.name)
            return
        way = _through(turn, node)
        if way is None:
            turn.run.step, turn.run.arrived, turn.run.hold = node.name, turn.run.at, None
            return
        place = way


def leave(turn: Turn, node: Node, move: Move, place: int) -> None:
    """Leave the step under the cursor, at a move's planned instant."""
    run = turn.run
    run.at, run.left[node.name] = move.at, move.at
    run.planned = move.at if move.planned is None else min(move.planned, move.at)
    turn.passed(move.cause, node.name)
    enter(turn, place)


def _through(turn: Turn, node: Node) -> int | None:
    """The way on from a step that takes no time, None where the cursor rests."""
    step = node.step
    if isinstance(step, Send | Wait | Repeat | Digest | Call):
        return None
    if isinstance(step, Branch):
        return _branch(turn, node, step)
    if isinstance(step, Split):
        return _split(turn, node, step)
    return _act(turn, node, step)


def _act(turn: Turn, node: Node, step: Step) -> int | None:
    if isinstance(step, Update):
        update(turn, step, node.name)
    elif isinstance(step, Emit):
        emit(turn, step, node.name)
    elif isinstance(step, StartJourney):
        begin_journey(turn, step, node.name)
        return None if step.wait else node.then
    else:
        raise DefinitionError(f"there is no way on from a step of kind {step.kind!r}.", thing=node.name)
    return node.then


def _branch(turn: Turn, node: Node, step: Branch) -> int:
    for number, arm in enumerate(step.arms):
        if arm.condition.truth(turn.view, turn.run.at).value:
            turn.passed("branch", node.name, arm.condition.label())
            return node.targets[number]
    turn.passed("branch", node.name, "otherwise")
    return node.targets[-1]


def _split(turn: Turn, node: Node, step: Split) -> int:
    weights = tuple((one.name, one.weight) for one in step.variants)
    chosen = choose(weights, node.name, turn.facts.person.key)
    turn.passed("split", node.name, chosen)
    return node.targets[[name for name, _ in weights].index(chosen)]


def finish(turn: Turn, status: str, reason: str, step: str) -> None:
    """End the run; all but reaching the last step takes back what has not gone out."""
    run = turn.run
    run.status, run.reason, run.ended = status, reason, run.at
    run.step, run.hold, run.rounds, run.answers = "", None, {}, {}
    if status == "completed":
        return
    for ladder in run.ladders:
        cancel(turn, ladder, "exit" if status == "exited" else "goal")
    cancel_call(turn, "exit" if status == "exited" else "goal")
    run.ladders = []
    turn.note("goal" if status == "converted" else "exit", step, (), reason=reason)


def cancel(turn: Turn, ladder: Ladder, reason: str) -> None:
    """Take back what has not gone out; what is already going cannot be called back."""
    for one in turn.deliveries(ladder.deliveries):
        if one.status in ("reserved", "retry"):
            turn.decision.cancel.append((one.n, reason))


def cancel_call(turn: Turn, reason: str) -> None:
    """Take back the call that the cursor waits for, where it was not made yet."""
    for one in turn.deliveries([turn.run.call] if turn.run.call else []):
        if one.status in ("reserved", "retry"):
            turn.decision.cancel.append((one.n, reason))
    turn.run.call = 0
