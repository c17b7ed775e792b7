"""Migration: running enrollments are moved from one version of a journey to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from unichannel.core.condition.view import Facts
from unichannel.core.journey.advance import resume
from unichannel.core.journey.enrollment import Decision, Enrollment
from unichannel.core.journey.language.step import Send, Step
from unichannel.core.journey.program import Program
from unichannel.core.journey.stepping import enter, finish
from unichannel.core.journey.turn import Turn, begin_turn
from unichannel.core.policy.setting import Setting
from unichannel.errors import InvalidInput

__all__ = ["Migration", "check", "migrate", "target_of"]


@dataclass(frozen=True)
class Migration:
    """Rules by which running enrollments of one version go on in another.

    ``steps`` maps a step's name to the name of the step to go on with; steps that keep their name
    need no rule, None says that a step has no target. Who waits at a step without a target stays
    with the version it began with, or leaves with ``otherwise="exit"``.
    """

    journey: str
    since: int
    to: int
    steps: Mapping[str, str | None] = field(default_factory=dict)
    otherwise: Literal["stay", "exit"] = "stay"


def check(migration: Migration, old: Program, new: Program) -> None:
    """Raise InvalidInput for a rule that names a step which is not there."""
    for name, target in migration.steps.items():
        for step, program in ((name, old), (target, new)):
            if step is not None and step not in program.index:
                raise InvalidInput(
                    f"{program.journey.name!r} version {program.journey.version} has no step {step!r}.",
                    thing=step,
                    mend=f"Its steps are: {', '.join(program.index)}.",
                )


def target_of(steps: Mapping[str, str | None], name: str, new: Program) -> str | None:
    """The step of the new version that a step goes on with, None where it has none."""
    target = steps.get(name, name)
    return target if target in new.index else None


def migrate(
    old: Program,
    new: Program,
    enrollment: Enrollment,
    steps: Mapping[str, str | None],
    otherwise: str,
    facts: Facts,
    at: int,
    now: int,
    setting: Setting,
) -> Decision | None:
    """Move a run to the new version and decide what is due there; None where it stays.

    The cursor keeps when it arrived, so that waits are computed from their anchors anew. What was
    reserved keeps its own text. A run stays while a send, or a call under way, has no like step to go on with.
    """
    turn = begin_turn(new, enrollment, facts, setting, now)
    target = target_of(steps, enrollment.step, new) if enrollment.step else ""
    if target is None:
        return _leave(turn, at) if otherwise == "exit" else None
    if not _carry_open(turn, old, steps):
        return None
    source = type(old.node(enrollment.step).step) if enrollment.step else None
    _rename(turn, steps)
    if target and isinstance(new.node(target).step, source or Step):
        turn.run.step = target
    elif target:
        turn.run.at = turn.run.planned = max(turn.run.at, at)
        enter(turn, new.index[target])
    return resume(turn)


def _carry_open(turn: Turn, old: Program, steps: Mapping[str, str | None]) -> bool:
    """Take ladders along that can still send, each to its send's target; whether every one has such a send."""
    run = turn.run
    run.ladders = [one for one in run.ladders if one.settled is None or one.tried < len(one.channels)]
    for ladder in run.ladders:
        target = target_of(steps, ladder.step, turn.program)
        if target is None or not isinstance(turn.program.node(target).step, Send):
            return False
        if ladder.settled is None and target != target_of(steps, run.step, turn.program):
            return False
        ladder.step = target
    if not run.call:
        return True
    target = target_of(steps, run.step, turn.program)
    return target is not None and isinstance(turn.program.node(target).step, type(old.node(run.step).step))


def _rename(turn: Turn, steps: Mapping[str, str | None]) -> None:
    """What is remembered of steps is remembered by their new names."""
    run = turn.run
    run.version, run.definition = turn.program.journey.version, turn.program.definition
    for name in ("visits", "left", "rounds", "collected"):
        kept: dict[str, int] = {}
        for step, value in getattr(run, name).items():
            target = steps.get(step) or step
            kept[target] = max(value, kept.get(target, value))
        setattr(run, name, kept)


def _leave(turn: Turn, at: int) -> Decision:
    turn.run.at = max(turn.run.at, at)
    finish(turn, "exited", "migration", turn.run.step)
    turn.run.due, turn.run.listen = None, None
    return turn.decision
