"""The heart: one decision about one run.

The rules of this file:

1. *Path* is decided at the planned instant ``at``, on facts that occurred by then. *Permission*
   is decided at ``now``, on everything known; what stops a send wins.
2. A goal or exit that is known ends the run before anything else is decided.
3. Moves are taken in the order of their planned instants, up to ``at``; a move never lies before
   the run's last.
4. Nothing here changes what it was given: the enrollment is copied, ``Decision`` says what is new.
"""

from __future__ import annotations

from collections.abc import Callable

from unichannel.core.condition.pattern import On
from unichannel.core.condition.view import Facts
from unichannel.core.journey.choice import Branch, Split
from unichannel.core.journey.enrollment import Decision, Enrollment, Ladder
from unichannel.core.journey.laddering import HORIZON, ladder_move, least_news
from unichannel.core.journey.program import END, Node, Program
from unichannel.core.journey.sending import begin_send, climb
from unichannel.core.journey.step import Exit, Send, Wait
from unichannel.core.journey.turn import Move, Turn, begin_turn
from unichannel.core.journey.waiting import wait_move
from unichannel.core.policy.setting import Setting
from unichannel.core.words.event import Event
from unichannel.core.words.ids import choose
from unichannel.errors import DefinitionError

__all__ = ["advance", "begin", "move_by_event"]

_MOVES = 1_000


def begin(program: Program, enrollment: Enrollment, facts: Facts, at: int, now: int, setting: Setting) -> Decision:
    """Put a new run on its first step and decide everything due by ``at``."""
    turn = begin_turn(program, enrollment, facts, setting, now)
    if not _end_if_known(turn):
        _enter(turn, program.entry)
        _run(turn, at)
    return turn.decision


def advance(program: Program, enrollment: Enrollment, facts: Facts, at: int, now: int, setting: Setting) -> Decision:
    """Decide everything in a run that is due by the planned instant ``at``; ``now`` is the real one."""
    turn = begin_turn(program, enrollment, facts, setting, now)
    if not _end_if_known(turn):
        _run(turn, at)
    return turn.decision


def move_by_event(
    program: Program, enrollment: Enrollment, facts: Facts, event: Event, now: int, setting: Setting
) -> Decision:
    """What a new event does to a run besides ending its waits: refresh its data, move it by a handler."""
    turn = begin_turn(program, enrollment, facts, setting, now)
    run, at = turn.run, max(event.occurred, enrollment.at)
    if _end_if_known(turn):
        return turn.decision
    if any(turn.view.is_meant(event, pattern) for pattern in program.journey.refreshes):
        run.data.update(event.properties)
        run.refreshed = at
    meant = (one for one in program.handlers if run.is_live and turn.view.is_meant(event, one[0].on))
    handler, place = next(meant, (None, END))
    if handler is not None and not handler.again and _has_passed(turn, handler.to):
        turn.note("skipped", handler.to, (), cause="passed", event=event.name)
    elif handler is not None:
        _move(turn, event, place, at)
    _run(turn, at)
    return turn.decision


def _has_passed(turn: Turn, to: str) -> bool:
    """Whether the run has been at the step before: events move it on, not back (A9)."""
    waits_there = turn.run.step == to and isinstance(turn.program.node(to).step, Wait)
    return bool(turn.run.visits.get(to)) and not waits_there


def _move(turn: Turn, event: Event, place: int, at: int) -> None:
    run = turn.run
    _drop_cursor(turn, event)
    run.at = run.planned = at
    turn.passed("handler", turn.program.nodes[place].name, event.name)
    _enter(turn, place)


def _run(turn: Turn, at: int) -> None:
    """Take every move planned by ``at``, then note when the next one is."""
    for _ in range(_MOVES):
        move = _next(turn)
        if move is None or move.at > at:
            turn.run.due = None if move is None else move.at
            turn.run.listen = least_news(turn) if turn.run.listens else None
            return
        _take(turn, move)
    raise DefinitionError(
        f"the journey {turn.run.journey!r} goes round without waiting at {turn.run.step!r}.",
        thing=turn.run.journey,
        mend="Put a wait into the loop.",
    )


def _next(turn: Turn) -> Move | None:
    """The earliest move of the run: its ladders' first, then the cursor's."""
    run = turn.run
    run.ladders = [one for one in run.ladders if one.settled is None or turn.now <= one.settled + HORIZON]
    moves = [move for place in range(len(run.ladders)) if (move := ladder_move(turn, place)) is not None]
    cursor = _cursor(turn)
    if cursor is not None:
        moves.append(cursor)
    first = min(moves, key=lambda move: move.at, default=None)
    if first is None:
        return None
    return Move(max(first.at, run.at), first.cause, first.ladder, first.planned)


def _cursor(turn: Turn) -> Move | None:
    run = turn.run
    if not run.step or not run.is_live:
        return None
    node = turn.program.node(run.step)
    if isinstance(node.step, Wait):
        return wait_move(turn, node.step, node.name)
    if any(ladder.step == run.step and ladder.settled is None for ladder in run.ladders):
        return None
    return Move(run.hold if run.hold is not None else run.at, "send")


def _take(turn: Turn, move: Move) -> None:
    if move.ladder >= 0:
        _LADDER_MOVES[move.cause](turn, turn.run.ladders[move.ladder], move)
    elif move.cause == "send":
        _send(turn)
    else:
        _leave_wait(turn, move)


def _leave_wait(turn: Turn, move: Move) -> None:
    run = turn.run
    node = turn.program.node(run.step)
    run.at, run.left[node.name] = move.at, move.at
    run.planned = move.at if move.planned is None else min(move.planned, move.at)
    turn.passed(move.cause, node.name)
    _enter(turn, node.targets[0] if move.cause == "timeout" and _has_timeout_arm(node) else node.then)


def _has_timeout_arm(node: Node) -> bool:
    return isinstance(node.step, Wait) and bool(node.step.on_timeout)


def _enter(turn: Turn, place: int) -> None:
    """Put the cursor on a node, and go through those that take no time."""
    run = turn.run
    while place != END:
        node = turn.program.nodes[place]
        run.visits[node.name] = run.visits.get(node.name, 0) + 1
        if isinstance(node.step, Send | Wait):
            run.step, run.arrived, run.hold = node.name, run.at, None
            return
        if isinstance(node.step, Exit):
            _finish(turn, "exited", node.step.reason or node.name, node.name)
            return
        place = _arm(turn, node)
    _finish(turn, "completed", "", "")


def _arm(turn: Turn, node: Node) -> int:
    """The way on from a branch or split."""
    if isinstance(node.step, Branch):
        return _branch(turn, node, node.step)
    if isinstance(node.step, Split):
        weights = tuple((one.name, one.weight) for one in node.step.variants)
        chosen = choose(weights, node.name, turn.facts.person.key)
        turn.passed("split", node.name, chosen)
        return node.targets[[name for name, _ in weights].index(chosen)]
    raise DefinitionError(f"there is no way on from a step of kind {node.step.kind!r}.", thing=node.name)


def _branch(turn: Turn, node: Node, step: Branch) -> int:
    for number, arm in enumerate(step.arms):
        if arm.condition.truth(turn.view, turn.run.at).value:
            turn.passed("branch", node.name, arm.condition.label())
            return node.targets[number]
    turn.passed("branch", node.name, "otherwise")
    return node.targets[-1]


def _send(turn: Turn) -> None:
    """Decide the send under the cursor: it opens a ladder, waits, or lets the run go on."""
    run = turn.run
    node = turn.program.node(run.step)
    assert isinstance(node.step, Send)  # noqa: S101 -- the cursor rests on sends and waits only
    run.hold = None
    ladder = begin_send(turn, node.step, node.name)
    if ladder is not None:
        run.ladders.append(ladder)
        if ladder.delay is None or not node.step.wait:
            _settle(turn, ladder, run.at)
    elif run.hold is None:
        _enter(turn, node.then)


def _settle(turn: Turn, ladder: Ladder, at: int) -> None:
    """Let go of the cursor, where the ladder still holds it."""
    run = turn.run
    ladder.settled = at
    if run.step == ladder.step and run.is_live:
        run.at = run.planned = max(at, run.at)
        _enter(turn, turn.program.node(ladder.step).then)


def _on_success(turn: Turn, ladder: Ladder, move: Move) -> None:
    """Evidence stops the ladder; after a human open nothing can still be a failure."""
    ladder.hold = None
    _cancel(turn, ladder, "success")
    turn.passed("success", ladder.step)
    if any(one.first("opened") is not None for one in turn.deliveries(ladder.deliveries)):
        turn.run.ladders.remove(ladder)
    if ladder.settled is None:
        _settle(turn, ladder, move.at)


def _on_last_rung(turn: Turn, ladder: Ladder, move: Move) -> None:
    _settle(turn, ladder, move.at)


def _on_next(turn: Turn, ladder: Ladder, move: Move) -> None:
    """Silence, a hard failure or the end of a hold: try the next rung."""
    run, step = turn.run, turn.program.node(ladder.step).step
    if move.cause != "hold":
        ladder.at = move.at
    if ladder.settled is None:
        run.at = max(run.at, ladder.at)
    ladder.hold = None
    assert isinstance(step, Send)  # noqa: S101 -- only sends open ladders
    if climb(turn, ladder, step, cause=move.cause):
        return
    run.ladders.remove(ladder)
    if ladder.settled is None:
        _settle(turn, ladder, ladder.at)


_LADDER_MOVES: dict[str, Callable[[Turn, Ladder, Move], None]] = {
    "success": _on_success,
    "last_rung": _on_last_rung,
    "silence": _on_next,
    "hard_failure": _on_next,
    "hold": _on_next,
}


def _cancel(turn: Turn, ladder: Ladder, reason: str) -> None:
    """Take back what has not gone out; what is already going cannot be called back."""
    for one in turn.deliveries(ladder.deliveries):
        if one.status in ("reserved", "retry"):
            turn.decision.cancel.append((one.n, reason))


def _drop_cursor(turn: Turn, event: Event) -> None:
    """Leave the wait, or close the send, that the run is moved away from."""
    if turn.run.step and isinstance(turn.program.node(turn.run.step).step, Wait):
        turn.run.left[turn.run.step] = max(event.occurred, turn.run.at)
    for ladder in [one for one in turn.run.ladders if one.settled is None]:
        _cancel(turn, ladder, "handler")
        turn.run.ladders.remove(ladder)
        turn.note("skipped", ladder.step, (), cause="handler", event=event.name)
    turn.run.hold = None


def _finish(turn: Turn, status: str, reason: str, step: str) -> None:
    run = turn.run
    run.status, run.reason, run.ended = status, reason, run.at
    run.step, run.hold = "", None
    if status == "completed":
        return
    for ladder in run.ladders:
        _cancel(turn, ladder, "exit" if status == "exited" else "goal")
    run.ladders = []
    turn.note("goal" if status == "converted" else "exit", step, (), reason=reason)


def _end_if_known(turn: Turn) -> bool:
    """End the run where a goal or exit is known that occurred since it began."""
    run, journey = turn.run, turn.program.journey
    found = [
        (event.occurred, status, event)
        for status, patterns in (("converted", journey.goals), ("exited", journey.ends))
        for event in turn.facts.events
        if run.listens and _ends(turn, event, patterns)
    ]
    if not found:
        return False
    occurred, status, event = min(found, key=lambda one: one[:2])
    run.at, run.due, run.listen = max(run.at, occurred), None, None
    _finish(turn, status, event.name, "")
    return True


def _ends(turn: Turn, event: Event, patterns: tuple[On, ...]) -> bool:
    run = turn.run
    is_after = event.occurred >= run.start and event.id != run.trigger
    return is_after and any(turn.view.is_meant(event, pattern) for pattern in patterns)
