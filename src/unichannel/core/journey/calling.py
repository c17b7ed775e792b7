"""Calling: a host function is asked, like a delivery: reserved, carried, answered or failed."""

from __future__ import annotations

from unichannel.core.journey.context import template_context
from unichannel.core.journey.language.action import Call
from unichannel.core.journey.program import Node
from unichannel.core.journey.stepping import cancel_call, leave
from unichannel.core.journey.turn import Move, Turn
from unichannel.core.messaging.delivery import CALL, Delivery
from unichannel.core.messaging.evaluate import evaluate
from unichannel.core.words.ids import delivery_key
from unichannel.core.words.trace import Trace

__all__ = ["call_move", "take_call"]

_ENDS = ("failed", "abandoned", "expired", "cancelled")


def call_move(turn: Turn) -> Move | None:
    """What comes next at a call: that it is made, answered, has failed, or takes too long."""
    run = turn.run
    if not run.call:
        return Move(run.arrived, "call")
    call = next(iter(turn.deliveries([run.call])), None)
    if call is None:
        return Move(run.at, "call_failed")
    accepted = call.facts.get("accepted")
    if accepted is not None and str(run.call) in run.answers:
        return Move(accepted, "answered")
    if call.status in _ENDS:
        return Move(call.facts.get(call.status, turn.now), "call_failed")
    return Move(call.expires, "timeout")


def take_call(turn: Turn, node: Node, step: Call, move: Move) -> None:
    """Reserve the call, take its answer, or go on by the way of failure."""
    run = turn.run
    if move.cause == "call":
        _reserve(turn, node, step)
        return
    if move.cause == "answered":
        answer = run.answers.pop(str(run.call))
        if step.into:
            run.data[step.into] = answer
        run.call = 0
        leave(turn, node, move, node.then)
        return
    reasons = [one.reason for one in turn.deliveries([run.call])]
    turn.note("call_failed", node.name, (), cause=move.cause, function=step.function, reason="".join(reasons))
    cancel_call(turn, "timeout")
    leave(turn, node, move, node.targets[0])


def _reserve(turn: Turn, node: Node, step: Call) -> None:
    run = turn.run
    run.counted += 1
    run.call, visit = run.counted, run.visits.get(node.name, 1)
    # Who is late is not to be told that the call took too long before it was made.
    expires = turn.now + step.timeout.nominal
    call = Delivery(
        enrollment=run.id,
        n=run.counted,
        profile=run.profile,
        key=delivery_key(turn.setting.identity, run.id, node.name, visit, 0, CALL),
        step=node.name,
        visit=visit,
        rung=0,
        channel=CALL + step.function,
        message=step.function,
        category="",
        address="",
        hash="",
        at=run.at,
        reserved=turn.now,
        due=turn.now,
        expires=expires,
        frozen=evaluate(step.arguments, template_context(turn)),
        trace=Trace("called", node.name, run.at, turn.now).as_json(),
    )
    turn.reserve(call)
