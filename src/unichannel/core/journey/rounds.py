"""Rounds of a repetition: how many were gone through, when the next begins, what ends them."""

from __future__ import annotations

from unichannel.core.calendar.span import Span
from unichannel.core.journey.language.repeat import Repeat
from unichannel.core.journey.program import Node
from unichannel.core.journey.stepping import enter, leave
from unichannel.core.journey.turn import Move, Turn
from unichannel.core.journey.waiting import until_move

__all__ = ["repeat_move", "take_round"]


def repeat_move(turn: Turn, node: Node, step: Repeat) -> Move | None:
    """What comes next at a repetition: its end, or a round once the pause is over."""
    rounds = turn.run.rounds.get(node.name, 0)
    if rounds >= (step.times or 0):
        return Move(turn.run.arrived, "rounds_over")
    pause = step.every if rounds else Span()
    move = until_move(turn, step.until, pause, node.name)
    if move is None or move.cause == "look":
        return move
    return Move(move.at, "round" if move.cause == "timeout" else "until")


def take_round(turn: Turn, node: Node, move: Move) -> None:
    """Begin the next round, or go on behind the repetition."""
    run = turn.run
    if move.cause != "round":
        run.rounds.pop(node.name, None)
        leave(turn, node, move, node.then)
        return
    run.rounds[node.name] = run.rounds.get(node.name, 0) + 1
    run.at = run.planned = move.at
    turn.passed("round", node.name, run.rounds[node.name])
    enter(turn, node.targets[0])
