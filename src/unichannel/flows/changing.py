"""Changing: what decisions about one profile change is collected here, to be committed together."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

from unichannel.core.audience.engagement import Learned, add, learned
from unichannel.core.journey.enrollment import Begun, Decision, Enrollment
from unichannel.core.journey.language.step import Send
from unichannel.core.journey.program import Program
from unichannel.core.messaging.delivery import become
from unichannel.core.policy.budget import charge_of
from unichannel.core.words.event import Event
from unichannel.flows.winding import Winding
from unichannel.ports import Fault, Inbox, Note

__all__ = ["Changing"]

_DEPTH = 10


class Changing(Winding):
    """Collects what the decisions about a profile change."""

    def _push(self, run: Enrollment, due: int | None) -> None:
        if due is not None and due <= self.now:
            program = self.kit.programs[run.definition]
            heapq.heappush(self.heap, (due, 1, self._urgency(program, run), -program.journey.priority, run.at, run.id))

    def _urgency(self, program: Program, run: Enrollment) -> int:
        step = program.node(run.step).step if run.step else None
        return self.kit.setting.category(step.message.category).order if isinstance(step, Send) else 2

    def _look_again(self, instant: int) -> None:
        for run in self.runs.values():
            if run.listen is not None and not run.set_aside:
                self._push(run, max(run.at, instant))

    # decisions

    def _decide(self, run: Enrollment, decide: Callable[[], Decision | None], event: Event | None = None) -> None:
        """Take a decision and keep what it changes, if anything; set the run aside where it raises."""
        try:
            decision = decide()
        except Exception as error:  # whatever it was, the rest of the batch goes on
            self._set_aside(run, error, event)
            return
        if decision is not None:
            self._apply(decision)

    def _set_aside(self, run: Enrollment, error: Exception, event: Event | None) -> None:
        run.set_aside, run.due = True, None
        self.updated.add(run.id)
        about = None
        if event is not None:
            about = {name: getattr(event, name) for name in Event.__slots__}
        text = f"{type(error).__name__}: {error}"[:500]
        self.changes.faults.append(Fault(self.person.id, run.id, text, self.now, about))

    def _apply(self, decision: Decision) -> None:
        run = decision.enrollment
        self.runs[run.id] = run
        self.updated.add(run.id)
        self._count_sent(decision)
        self.facts.deliveries += decision.reserve
        self._charge(decision)
        self.changes.reserved += decision.reserve
        for n, reason in decision.cancel:
            self._cancel(run.id, n, reason)
        for trace in decision.traces:
            self.changes.notes.append(Note(self.person.id, run.journey, run.id, run.origin, trace))
        for changes in decision.changes:
            self._change(changes, run.at)
        self._emit(run, decision)
        self._push(run, run.due)
        if run.status != "active" and run.ended is not None:
            self._tell_parent(run.origin, run.status, run.reason, run.ended)

    def _charge(self, decision: Decision) -> None:
        """What is decided after it has that much less of the budgets that may end."""
        left = self.facts.budgets
        for one in decision.reserve if left else ():
            for account in one.accounts:
                if account in left:
                    left[account] -= charge_of(one)

    def _change(self, changes: dict[str, Any], instant: int) -> None:
        """What a step changes of the profile; the other runs look again."""
        self.person.apply(changes)
        self.person.changed = max(self.person.changed, min(instant, self.now))
        self.is_changed = True
        self._wind_all(instant)
        self._look_again(self.person.changed)

    def _count_sent(self, decision: Decision) -> None:
        for one in decision.reserve:
            self._learn(learned(one, (0, 0), self.kit.credit(one)))

    def _learn(self, told: Learned | None) -> None:
        """Keep what was shown on a channel."""
        if told is not None:
            add(self.person.engagement, told)
            self.is_changed = True

    def _cancel(self, enrollment: int, n: int, reason: str) -> None:
        """Take back a delivery, also one that was reserved in this very pass."""
        for one in self.facts.deliveries:
            if (one.enrollment, one.n) == (enrollment, n) and one.status in ("reserved", "retry"):
                before = self.kit.credit(one)
                become(one, "cancelled", self.now, reason=reason)
                if one.accounts:
                    self.changes.uncharged.append(one.key)
                self._learn(learned(one, before, self.kit.credit(one)))
        self.changes.cancelled.append((enrollment, n, reason, self.now))
        self._slot_is_free(self.now)

    def _slot_is_free(self, instant: int) -> None:
        """Something that counted does not any more: sends that wait are decided anew."""
        if not self.kit.recent:
            return
        for run in self.runs.values():
            if run.listen is not None and not run.set_aside and _hurry(run, max(run.at, instant)):
                self.updated.add(run.id)
                self._push(run, max(run.at, instant))

    def _emit(self, run: Enrollment, decision: Decision) -> None:
        if not (decision.emit or decision.begin):
            return
        key, now, depth = self.person.key, self.now, run.depth + 1
        rows = [
            Inbox(key, "event", one.name, one.occurred, now, one.id, depth, one.properties) for one in decision.emit
        ]
        rows += [
            Inbox(key, "begin", "unichannel.begin", one.occurred, now, one.origin, depth, _begun(one))
            for one in decision.begin
        ]
        for row in rows:
            row.occurred = min(row.occurred, now)
        if depth <= _DEPTH:
            # What is due later is decided knowing of it, as a punctual pass would have: in the next round.
            self.until = min([self.until, *(row.occurred for row in rows)])
            self.changes.emitted += rows
            return
        for row in rows:
            text = f"{row.name!r} was emitted or begun {depth} deep: journeys start each other in a circle"
            self.changes.faults.append(Fault(self.person.id, run.id, text, now))
        for one in decision.begin:
            self._tell_parent(one.origin, "refused", "depth", one.occurred)

    def _tell_parent(self, origin: str, status: str, reason: str, at: int) -> None:
        """Let the run that began this one know its end, where there is one and it waits for it."""
        if not origin.startswith("start:"):
            return
        parent = self.runs.get(int(origin.split(":")[1]))
        if parent is not None and parent.is_live:
            parent.answers[origin] = {"status": status, "reason": reason, "at": at}
            self.updated.add(parent.id)
            self._push(parent, max(parent.at, at))

    def _collect(self) -> None:
        unread = {self.rows[entry[4]].id for entry in self.heap if entry[1] == 0}
        self.changes.inbox += [id for id in self.handed_in if id not in unread]
        touched = self.started | self.updated
        self.changes.started += [self.runs[id] for id in sorted(self.started)]
        self.changes.updated += [self.runs[id] for id in sorted(touched - self.started)]
        if self.is_changed:
            self.changes.people.append(self.person)
        dues = [run.due for run in self.runs.values() if run.due is not None and run.listen is not None]
        self.changes.wakes.append((self.person.id, min([*dues, *self._timer_dues()], default=None)))


def _hurry(run: Enrollment, instant: int) -> bool:
    """End at that instant what the run's sends wait for; whether any did wait."""
    is_held = run.hold is not None and run.hold > instant
    if is_held:
        run.hold = instant
    for ladder in run.ladders:
        if ladder.hold is not None and ladder.hold > instant:
            ladder.hold, is_held = instant, True
    return is_held


def _begun(asked: Begun) -> dict[str, Any]:
    return {"journey": asked.journey, "data": asked.data}
