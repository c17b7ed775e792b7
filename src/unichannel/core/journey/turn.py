"""A turn: everything that one decision about one run reads and writes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from unichannel.core.condition.view import Facts, Scope, View
from unichannel.core.journey.enrollment import Decision, Enrollment
from unichannel.core.journey.program import Program
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.setting import Setting
from unichannel.core.words.trace import Trace, Verdict

__all__ = ["Move", "Turn", "begin_turn", "sooner"]


@dataclass(slots=True)  # not frozen: making one would take four times as long
class Move:
    """The next thing that happens in a run, and its planned instant. Nobody changes one.

    ``cause`` is a trace code. ``ladder`` is the place of the ladder that it concerns, -1 for the
    cursor. ``planned`` is what a time-to-live counts from, where that lies before ``at``.
    """

    at: int
    cause: str
    ladder: int = -1
    planned: int | None = None


def sooner(first: Move | None, other: Move | None) -> Move | None:
    """The earlier of two moves, the first at a tie."""
    return other if first is None or (other is not None and other.at < first.at) else first


@dataclass(slots=True)
class Turn:
    """One decision in the making: ``run`` is a copy, ``decision`` collects what changes.

    ``sent`` are the run's deliveries by number, those of this decision included.
    """

    program: Program
    run: Enrollment
    view: View
    setting: Setting
    now: int
    decision: Decision
    sent: dict[int, Delivery] = field(default_factory=dict)

    @property
    def facts(self) -> Facts:
        return self.view.facts

    def deliveries(self, numbers: list[int]) -> list[Delivery]:
        """Deliveries of this run by number, those of this decision included."""
        return [self.sent[n] for n in numbers if n in self.sent]

    def reserve(self, delivery: Delivery) -> None:
        """Reserve a delivery of this run."""
        self.decision.reserve.append(delivery)
        self.sent[delivery.n] = delivery

    def change(self, changes: dict[str, Any]) -> None:
        """Change the profile, for what is decided after it and, with the commit, for good."""
        facts = self.facts
        person = facts.person.copy()
        person.apply(changes)
        person.changed = max(person.changed, self.run.at)
        self.view = replace(self.view, facts=replace(facts, person=person))
        self.decision.changes.append(changes)

    def note(self, code: str, step: str, verdicts: tuple[Verdict, ...] = (), **detail: object) -> None:
        """Add a trace of something that was decided without a delivery."""
        self.decision.traces.append(Trace(code, step, self.run.at, self.now, verdicts, dict(detail)))

    def passed(self, code: str, step: str, *detail: object) -> None:
        """Remember what was passed on the way to the next send; its trace tells it."""
        self.run.path = [*self.run.path, [code, step, self.run.at, *detail]][-20:]


def begin_turn(program: Program, enrollment: Enrollment, facts: Facts, setting: Setting, now: int) -> Turn:
    """A turn over a copy of the enrollment."""
    run = enrollment.copy()
    scope = Scope(run.id, run.start, run.data, program.entity_property, run.entity, run.trigger)
    view = setting.view(facts, scope)
    sent = {one.n: one for one in facts.deliveries if one.enrollment == run.id}
    return Turn(program, run, view, setting, now, Decision(run), sent)
