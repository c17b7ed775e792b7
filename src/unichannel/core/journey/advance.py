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
from unichannel.core.journey.acting import origin_of
from unichannel.core.journey.calling import call_move, take_call
from unichannel.core.journey.digesting import collect, digest_move
from unichannel.core.journey.enrollment import Decision, Enrollment, Ladder
from unichannel.core.journey.laddering import HORIZON, ladder_move, least_news
from unichannel.core.journey.language.action import Call, StartJourney
from unichannel.core.journey.language.repeat import Digest, Repeat
from unichannel.core.journey.language.step import Send, Wait
from unichannel.core.journey.program import END, Node, Program
from unichannel.core.journey.rounds import repeat_move, take_round
from unichannel.core.journey.sending import begin_send, climb
from unichannel.core.journey.stepping import cancel, cancel_call, enter, finish, leave
from unichannel.core.journey.turn import Move, Turn, begin_turn, sooner
from unichannel.core.journey.waiting import wait_move
from unichannel.core.policy.setting import Setting
from unichannel.core.words.event import Event
from unichannel.errors import DefinitionError

__all__ = ["advance", "begin", "move_by_event", "resume"]

_MOVES = 1_000


def begin(program: Program, enrollment: Enrollment, facts: Facts, at: int, now: int, setting: Setting) -> Decision:
    """Put a new run on its first step and decide everything due by ``at``."""
    turn = begin_turn(program, enrollment, facts, setting, now)
    if not _end_if_known(turn):
        enter(turn, program.entry)
        _run(turn, at)
    return turn.decision


def advance(program: Program, enrollment: Enrollment, facts: Facts, at: int, now: int, setting: Setting) -> Decision:
    """Decide everything in a run that is due by the planned instant ``at``; ``now`` is the real one."""
    turn = begin_turn(program, enrollment, facts, setting, now)
    if not _end_if_known(turn):
        _run(turn, at)
    return turn.decision


def resume(turn: Turn) -> Decision:
    """Decide what is due in a run that was put on another step, at its own planned instant."""
    if not _end_if_known(turn):
        _run(turn, turn.run.at)
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
    run.depth = event.depth  # else a handler that emits its own event goes round for ever
    turn.passed("handler", turn.program.nodes[place].name, event.name)
    enter(turn, place)


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
    first: Move | None = None
    for place in range(len(run.ladders)):
        first = sooner(first, ladder_move(turn, place))
    first = sooner(first, _cursor(turn))
    if first is None:
        return None
    return Move(max(first.at, run.at), first.cause, first.ladder, first.planned)


def _cursor(turn: Turn) -> Move | None:
    """What comes next at the step under the cursor."""
    run = turn.run
    if not run.step or not run.is_live:
        return None
    node = turn.program.node(run.step)
    step = node.step
    if isinstance(step, Wait):
        return wait_move(turn, step, node.name)
    if isinstance(step, Repeat):
        return repeat_move(turn, node, step)
    if isinstance(step, Digest):
        return digest_move(turn, step)
    if isinstance(step, Call):
        return call_move(turn)
    if isinstance(step, StartJourney):
        return _ended(turn, node)
    if any(ladder.step == run.step and ladder.settled is None for ladder in run.ladders):
        return None
    return Move(run.hold if run.hold is not None else run.at, "send")


def _ended(turn: Turn, node: Node) -> Move | None:
    """The end of the run that the step under the cursor began, once it is known."""
    end = turn.run.answers.get(origin_of(turn, node.name))
    return None if end is None else Move(max(end["at"], turn.run.arrived), "ended")


def _take(turn: Turn, move: Move) -> None:
    if move.ladder >= 0:
        _LADDER_MOVES[move.cause](turn, turn.run.ladders[move.ladder], move)
        return
    node = turn.program.node(turn.run.step)
    step = node.step
    if isinstance(step, Wait):
        leave(turn, node, move, node.targets[0] if move.cause == "timeout" else node.then)
    elif isinstance(step, Repeat):
        take_round(turn, node, move)
    elif isinstance(step, Digest):
        collect(turn, node, step, move.at)
        leave(turn, node, move, node.then)
    elif isinstance(step, Call):
        take_call(turn, node, step, move)
    elif isinstance(step, StartJourney):
        _take_end(turn, node, step, move)
    else:
        _send(turn)


def _take_end(turn: Turn, node: Node, step: StartJourney, move: Move) -> None:
    end = turn.run.answers.pop(origin_of(turn, node.name))
    if step.into:
        turn.run.data[step.into] = {"status": end["status"], "reason": end["reason"]}
    leave(turn, node, move, node.then)


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
        enter(turn, node.then)


def _settle(turn: Turn, ladder: Ladder, at: int) -> None:
    """Let go of the cursor, where the ladder still holds it."""
    run = turn.run
    ladder.settled = at
    if run.step == ladder.step and run.is_live:
        run.at = run.planned = max(at, run.at)
        enter(turn, turn.program.node(ladder.step).then)


def _on_success(turn: Turn, ladder: Ladder, move: Move) -> None:
    """Evidence stops the ladder; after a human open nothing can still be a failure."""
    ladder.hold = None
    cancel(turn, ladder, "success")
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


def _drop_cursor(turn: Turn, event: Event) -> None:
    """Leave the wait, or close the send, that the run is moved away from."""
    if turn.run.step and isinstance(turn.program.node(turn.run.step).step, Wait):
        turn.run.left[turn.run.step] = max(event.occurred, turn.run.at)
    cancel_call(turn, "handler")
    turn.run.rounds = {}
    for ladder in [one for one in turn.run.ladders if one.settled is None]:
        cancel(turn, ladder, "handler")
        turn.run.ladders.remove(ladder)
        turn.note("skipped", ladder.step, (), cause="handler", event=event.name)
    turn.run.hold = None


def _end_if_known(turn: Turn) -> bool:
    """End the run where a goal or exit is known that occurred since it began."""
    run, journey = turn.run, turn.program.journey
    if not any(event.name in turn.program.watched for event in turn.facts.events):
        return False
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
    finish(turn, status, event.name, "")
    return True


def _ends(turn: Turn, event: Event, patterns: tuple[On, ...]) -> bool:
    run = turn.run
    is_after = event.occurred >= run.start and event.id != run.trigger
    return is_after and any(turn.view.is_meant(event, pattern) for pattern in patterns)
