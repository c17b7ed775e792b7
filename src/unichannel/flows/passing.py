"""One pass over one profile: its inbox and its due runs, in the order in which things happened.

The rules of this file:

1. Everything in the inbox is known from the beginning (permission), but takes its turn at the
   instant it occurred (path).
2. The order is: instant, then inbox before runs, then urgency, journey priority, planned instant, id.
3. A run whose decision raises is set aside with its error; the rest goes on.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator

from unichannel.core.condition.view import Facts
from unichannel.core.journey.advance import advance, begin, move_by_event
from unichannel.core.journey.enrollment import Decision, Enrollment
from unichannel.core.journey.entering import entity_of, new_run, refusal
from unichannel.core.journey.program import Program
from unichannel.core.journey.step import Send
from unichannel.core.messaging.delivery import become
from unichannel.core.policy.strategy import count
from unichannel.core.words.event import Event
from unichannel.core.words.trace import Trace
from unichannel.flows.kit import Kit
from unichannel.ports import Changes, Fault, Inbox, Loaded, Note

__all__ = ["ProfilePass", "most_new_runs"]

_DEPTH = 10
_TURNS = 10_000

Entry = tuple[int, int, int, int, int, int]


def most_new_runs(kit: Kit, rows: Iterable[Inbox]) -> int:
    """How many runs these inbox rows can begin at most."""
    return sum(
        len(kit.triggered_by(as_event(row))) if row.kind in ("event", "evidence") else row.kind in ("enroll", "send")
        for row in rows
    )


def as_event(row: Inbox) -> Event:
    """The event that an inbox row stands for."""
    return Event(row.name, min(row.occurred, row.recorded), row.recorded, row.body, row.event_id, row.depth)


class ProfilePass:
    """Decides everything that is due for one locked profile, and collects the changes."""

    def __init__(self, kit: Kit, loaded: Loaded, now: int, ids: Iterator[int], changes: Changes) -> None:
        self.kit, self.now, self.ids, self.changes = kit, now, ids, changes
        self.facts: Facts = loaded.facts
        self.person = loaded.facts.person
        self.runs = {run.id: run for run in loaded.runs}
        self.rows = _once(loaded)
        self.changes.inbox += [row.id for row in loaded.inbox]
        self.started: set[int] = set()
        self.updated: set[int] = set()
        self.is_changed = False
        self.heap: list[Entry] = []

    def run(self) -> int:
        """Decide; how many decisions were taken."""
        self._take_inbox()
        for run in self.runs.values():
            if run.listen is not None and not run.set_aside:
                due = run.at if self.rows else run.due
                self._push(run, due)
        turns = 0
        while self.heap and self.heap[0][0] <= self.now and turns < _TURNS:
            self._turn(heapq.heappop(self.heap))
            turns += 1
        self._collect()
        return turns

    # the order of things

    def _take_inbox(self) -> None:
        for place, row in enumerate(self.rows):
            heapq.heappush(self.heap, (min(row.occurred, self.now), 0, 0, 0, place, 0))
        self.facts.events = sorted(
            [*self.facts.events, *(as_event(row) for row in self.rows if row.kind in ("event", "evidence"))],
            key=lambda event: event.occurred,
        )

    def _push(self, run: Enrollment, due: int | None) -> None:
        if due is not None and due <= self.now:
            program = self.kit.programs[run.definition]
            heapq.heappush(self.heap, (due, 1, self._urgency(program, run), -program.journey.priority, run.at, run.id))

    def _urgency(self, program: Program, run: Enrollment) -> int:
        step = program.node(run.step).step if run.step else None
        return self.kit.setting.category(step.message.category).order if isinstance(step, Send) else 2

    def _turn(self, entry: Entry) -> None:
        instant, kind, *_, last = entry
        if kind == 0:
            self._row(self.rows[entry[4]])
            return
        run = self.runs[last]
        is_stale = run.set_aside or run.listen is None
        if not is_stale:
            program = self.kit.programs[run.definition]
            self._decide(run, lambda: advance(program, run, self.facts, instant, self.now, self.kit.setting))

    # what came in

    def _row(self, row: Inbox) -> None:
        handle = {"identify": self._identify, "retry": self._retry, "news": self._news}.get(row.kind)
        if handle is not None:
            handle(row)
            return
        event = as_event(row)
        if row.kind == "evidence" and row.body.get("engaged"):
            count(self.person, str(row.body.get("channel")), "engaged")
            self.is_changed = True
        self._keep_event(event)
        if row.kind in ("enroll", "send"):
            self._begin_asked(row, event)
            return
        self._move_runs(event)
        for program in self.kit.triggered_by(event):
            self._begin(program, event)

    def _keep_event(self, event: Event) -> None:
        self.changes.events.append((self.person.id, event))

    def _identify(self, row: Inbox) -> None:
        self.person.apply(row.body)
        self.person.changed = max(self.person.changed, min(row.occurred, self.now))
        self.is_changed = True
        if row.body.keys() & {"addresses", "add", "remove"}:
            self.changes.addresses.append((self.person.id, self.kit.setting.hashes(self.person)))
        self._look_again(self.person.changed)

    def _news(self, row: Inbox) -> None:
        """Nothing but a reason to look: the delivery itself was loaded with the run."""

    def _look_again(self, instant: int) -> None:
        for run in self.runs.values():
            if run.listen is not None and not run.set_aside:
                self._push(run, max(run.at, instant))

    def _move_runs(self, event: Event) -> None:
        for run in list(self.runs.values()):
            program = self.kit.programs[run.definition]
            if run.listen is None or run.set_aside or not _concerns(program, event):
                continue
            self._decide(run, self._moved(program, run, event), event)

    def _moved(self, program: Program, run: Enrollment, event: Event) -> Callable[[], Decision]:
        return lambda: move_by_event(program, run, self.facts, event, self.now, self.kit.setting)

    def _retry(self, row: Inbox) -> None:
        """Take up a run that was set aside, with the event that it was about."""
        run = self.runs.get(int(row.body["enrollment"]))
        if run is None or not run.set_aside:
            return
        run.set_aside = False
        program = self.kit.programs[run.definition]
        if not run.visits:
            self._decide(run, lambda: begin(program, run, self.facts, run.at, self.now, self.kit.setting))
            return
        event = row.body.get("event")
        if event is not None:
            again = Event(**event)
            self._decide(run, self._moved(program, run, again), again)
        else:
            self._push(run, run.at)

    # new runs

    def _begin_asked(self, row: Inbox, event: Event) -> None:
        """Begin the run that the host asked for by name or by message."""
        program = self.kit.programs[int(row.body["definition"])]
        asked = Event(
            program.journey.start.event, event.occurred, event.recorded, row.body.get("data", {}), event.id, event.depth
        )
        # Each send is a matter of its own: a second one does not wait for the first.
        self._begin(program, asked, row.event_id, row.event_id if row.kind == "send" else None)

    def _begin(self, program: Program, event: Event, origin: str = "", entity: str | None = None) -> None:
        name, setting = program.journey.name, self.kit.setting
        entity = entity_of(program, event) if entity is None else entity
        same = [run for run in self.runs.values() if run.journey == name]
        refused = refusal(program, event, entity, same, self.facts, setting)
        if refused is not None:
            code, detail = refused
            trace = Trace("refused", "", event.occurred, self.now, (), {"rule": code, "event": event.name, **detail})
            self.changes.notes.append(Note(self.person.id, name, 0, origin, trace))
            return
        run = new_run(next(self.ids), program, event, entity, self.person.id)
        run.origin = origin
        self.runs[run.id] = run
        self.started.add(run.id)
        self._decide(run, lambda: begin(program, run, self.facts, event.occurred, self.now, setting))

    # decisions

    def _decide(self, run: Enrollment, decide: Callable[[], Decision], event: Event | None = None) -> None:
        """Take a decision and keep what it changes; set the run aside where it raises."""
        try:
            decision = decide()
        except Exception as error:  # whatever it was, the rest of the batch goes on
            self._set_aside(run, error, event)
            return
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
        self.changes.reserved += decision.reserve
        for n, reason in decision.cancel:
            self._cancel(run.id, n, reason)
        for trace in decision.traces:
            self.changes.notes.append(Note(self.person.id, run.journey, run.id, run.origin, trace))
        self._emit(run, decision)
        self._push(run, run.due)

    def _count_sent(self, decision: Decision) -> None:
        for channel in {(one.step, one.visit, one.rung): one.channel for one in decision.reserve}.values():
            count(self.person, channel, "sent")
            self.is_changed = True

    def _cancel(self, enrollment: int, n: int, reason: str) -> None:
        """Take back a delivery, also one that was reserved in this very pass."""
        for one in self.facts.deliveries:
            if (one.enrollment, one.n) == (enrollment, n) and one.status in ("reserved", "retry"):
                become(one, "cancelled", self.now, reason=reason)
        self.changes.cancelled.append((enrollment, n, reason, self.now))

    def _emit(self, run: Enrollment, decision: Decision) -> None:
        depth = run.depth + 1
        for emitted in decision.emit:
            if depth > _DEPTH:
                text = f"the event {emitted.name!r} was emitted {depth} deep: journeys start each other in a circle"
                self.changes.faults.append(Fault(self.person.id, run.id, text, self.now))
                continue
            occurred = min(emitted.occurred, self.now)
            self.changes.emitted.append(
                Inbox(self.person.key, "event", emitted.name, occurred, self.now, "", depth, emitted.properties)
            )

    def _collect(self) -> None:
        touched = self.started | self.updated
        self.changes.started += [self.runs[id] for id in sorted(self.started)]
        self.changes.updated += [self.runs[id] for id in sorted(touched - self.started)]
        if self.is_changed:
            self.changes.people.append(self.person)
        dues = [run.due for run in self.runs.values() if run.due is not None and run.listen is not None]
        self.changes.wakes.append((self.person.id, min(dues, default=None)))


def _once(loaded: Loaded) -> list[Inbox]:
    """The inbox rows that are not copies of what was decided before, in the order they occurred."""
    seen: set[str] = set(loaded.seen)
    rows = []
    for row in loaded.inbox:
        if row.event_id and row.event_id in seen:
            continue
        seen.add(row.event_id)
        rows.append(row)
    return sorted(rows, key=lambda row: (row.occurred, row.id))


def _concerns(program: Program, event: Event) -> bool:
    """Whether an event moves runs of the program other than by ending a wait."""
    patterns = (*program.journey.refreshes, *(handler.on for handler, _ in program.handlers))
    return any(pattern.event == event.name for pattern in patterns)
