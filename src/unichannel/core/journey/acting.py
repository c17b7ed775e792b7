"""Acting: what update, emit and start steps do; their values are filled in at the decision."""

from __future__ import annotations

from typing import Any

from unichannel.core.journey.context import template_context
from unichannel.core.journey.enrollment import Begun, Emitted, emitted_id
from unichannel.core.journey.language.action import Emit, StartJourney, Update
from unichannel.core.journey.turn import Turn
from unichannel.core.messaging.evaluate import evaluate

__all__ = ["begin_journey", "emit", "origin_of", "update"]


def update(turn: Turn, step: Update, name: str) -> None:
    """Change the profile and the run's data; conditions decided after it see the change."""
    context = template_context(turn)
    changes: dict[str, Any] = {}
    if step.attributes:
        changes["attributes"] = evaluate(step.attributes, context)
    for kind, marks in (("tags", step.tags), ("lists", step.lists)):
        if marks:
            changes[kind] = dict(marks)
    turn.run.data.update(evaluate(step.data, context))
    if changes:
        turn.change(changes)
    turn.passed("updated", name)


def emit(turn: Turn, step: Emit, name: str) -> None:
    """Say that something happened, at the planned instant."""
    properties = evaluate(step.properties, template_context(turn))
    id = emitted_id(turn.run.id, turn.run.visits.get(name, 1), name)
    turn.decision.emit.append(Emitted(step.event, turn.run.at, properties, id))
    turn.passed("emitted", name, step.event)


def begin_journey(turn: Turn, step: StartJourney, name: str) -> None:
    """Ask for a run of another journey; its origin names this step's visit, so it is begun once."""
    data = evaluate(step.data, template_context(turn))
    origin = origin_of(turn, name)
    turn.decision.begin.append(Begun(step.journey, turn.run.at, data, origin))
    turn.passed("started", name, step.journey)


def origin_of(turn: Turn, name: str) -> str:
    """What names the run that a step's present visit began."""
    return f"start:{turn.run.id}:{turn.run.visits.get(name, 1)}:{name}"
