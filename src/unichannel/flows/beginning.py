"""Beginning: new runs, asked for by the host or a step, or brought by an event or by time."""

from __future__ import annotations

from unichannel.core.journey.advance import begin
from unichannel.core.journey.digesting import carry_over
from unichannel.core.journey.entering import entity_of, new_run, refusal
from unichannel.core.journey.language.trigger import next_occurrence
from unichannel.core.journey.program import Program
from unichannel.core.words.event import Event
from unichannel.core.words.trace import Trace
from unichannel.flows.changing import Changing
from unichannel.ports import Inbox, Note

__all__ = ["Beginning"]

_OCCURRED = "unichannel.occurred"


class Beginning(Changing):
    """Begins runs, or notes why one was not begun."""

    def _begin_asked(self, row: Inbox, event: Event) -> None:
        """Begin the run that the host asked for by name or by message."""
        program = self._asked_for(row)
        if program is None:
            self._refused(str(row.body["journey"]), row.event_id, event, "unknown_journey", {})
            return
        asked = Event(
            row.name,
            event.occurred,
            event.recorded,
            row.body.get("data", {}),
            event.id,
            event.depth,
        )
        # Each send is a matter of its own: a second one does not wait for the first.
        self._begin(program, asked, row.event_id, row.event_id if row.kind == "send" else None)

    def _asked_for(self, row: Inbox) -> Program | None:
        if row.kind == "begin":
            return self.named.get(str(row.body["journey"]))
        return self.kit.programs[int(row.body["definition"])]

    def _begin(self, program: Program, event: Event, origin: str = "", entity: str | None = None) -> None:
        name, setting = program.journey.name, self.kit.setting
        entity = entity_of(program, event) if entity is None else entity
        same = [run for run in self.runs.values() if run.journey == name]
        refused = refusal(program, event, entity, same, self.facts, setting)
        if refused is not None:
            self._refused(name, origin, event, *refused)
            return
        run = new_run(next(self.ids), program, event, entity, self.person.id)
        run.origin = origin
        carry_over(run, (one for one in same if one.entity == entity))
        self.runs[run.id] = run
        self.started.add(run.id)
        self._decide(run, lambda: begin(program, run, self.facts, event.occurred, self.now, setting))

    def _refused(self, journey: str, origin: str, event: Event, code: str, detail: dict[str, object]) -> None:
        trace = Trace("refused", "", event.occurred, self.now, (), {"rule": code, "event": event.name, **detail})
        self.changes.notes.append(Note(self.person.id, journey, 0, origin, trace))
        self._tell_parent(origin, "refused", code, event.occurred)

    def _ring(self, program: Program, due: int) -> None:
        """Begin the run of an occurrence, and wind the timer to the next that can still begin one."""
        name = program.journey.name
        if self.person.timers.get(name, [None])[0] != due:
            return
        found = next_occurrence(program.timed, self._view(), due - 1)
        mark = found[1] if found is not None and found[0] == due else ""
        if mark:
            event = Event(_OCCURRED, due, self.now, {"date": mark[:10]}, f"{name}:{mark}")
            self._begin(program, event, entity=mark)
        self.person.timers[name] = [None, mark, program.definition]
        self.is_changed = True
        self._wind(program, max(due, self.now - program.journey.accept_late.at_most))
