"""One pass over one profile: its inbox and its due runs, in the order in which things happened.

The rules of this file:

1. Everything in the inbox is known from the beginning (permission), but takes its turn at the
   instant it occurred (path).
2. The order is: instant, then inbox before runs, then urgency, journey priority, planned instant, id.
3. A run whose decision raises is set aside with its error; the rest goes on.
4. What a step emits or begins takes its turn at its own instant too: the pass ends there, and what is
   due later, rows of the inbox included, is left to the next round.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

from unichannel.core.audience.engagement import learned_of
from unichannel.core.audience.signs import note_sign, take_told
from unichannel.core.journey.advance import advance, begin, move_by_event
from unichannel.core.journey.enrollment import Decision, Enrollment
from unichannel.core.journey.entering import entity_of
from unichannel.core.journey.migration import migrate
from unichannel.core.journey.program import Program
from unichannel.core.policy.pressure import counts_from
from unichannel.core.policy.staleness import counts
from unichannel.core.words.event import CONTACTS, Event
from unichannel.flows.beginning import Beginning
from unichannel.flows.inbox import ASKED, LEARNED, SHOWN, as_event
from unichannel.flows.winding import Entry
from unichannel.ports import Inbox

__all__ = ["ProfilePass"]

_TURNS = 10_000


class ProfilePass(Beginning):
    """Decides everything that is due for one locked profile, and collects the changes."""

    def run(self) -> int:
        """Decide; how many decisions were taken."""
        self._take_inbox()
        self._wind_missing()
        for run in self.runs.values():
            if run.listen is not None and not run.set_aside:
                due = run.at if self.rows else run.due
                self._push(run, due)
        turns = 0
        while self.heap and self.heap[0][0] <= self.until and turns < _TURNS:
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

    def _turn(self, entry: Entry) -> None:
        instant, kind, *_, last = entry
        if kind == 0:
            self._row(self.rows[entry[4]])
            return
        if kind == 2:
            self._ring(self.kit.programs[last], instant)
            return
        run = self.runs[last]
        is_stale = run.set_aside or run.listen is None
        if not is_stale:
            program = self.kit.programs[run.definition]
            self._decide(run, lambda: advance(program, run, self.facts, instant, self.now, self.kit.setting))

    # what came in

    def _row(self, row: Inbox) -> None:
        if row.kind in ("news", "evidence"):
            self._free_slot(row)
        if LEARNED in row.body and row.kind in ("evidence", "news"):
            channel, category, instant, tries, worth = row.body[LEARNED]
            self._learn((channel, category, instant, tries, worth))
        if SHOWN in row.body:
            self._shown(*row.body[SHOWN])
        handle = _HANDLERS.get(row.kind)
        if handle is not None:
            handle(self, row)
            return
        event = as_event(row)
        if self._is_contact(event):
            self._contacted(event.occurred)
        if row.kind == "event":
            self._learn(learned_of(event, self.facts.deliveries, self.kit.setting.learning))
        self._keep_event(event)
        if row.kind in ASKED:
            self._begin_asked(row, event)
            return
        triggered = self.kit.triggered_by(event)
        found = self._live() if triggered else set()
        self._move_runs(event)
        ended = found - self._live() if found else found
        for program in triggered:
            # An event that found a run going was for that run, though it brought it to its end.
            if (program.journey.name, entity_of(program, event)) in ended:
                self._refused(program.journey.name, "", event, "already_running", {})
            else:
                self._begin(program, event)

    def _free_slot(self, row: Inbox) -> None:
        """Where the row tells of a delivery that did not go, its slot is for another."""
        told = row.body.get("delivery")
        if any(one.id == told and counts_from(one, self.now) is None for one in self.facts.deliveries):
            self._slot_is_free(min(row.occurred, self.now))

    def _live(self) -> set[tuple[str, str]]:
        """What keys the runs that are going."""
        return {(run.journey, run.entity) for run in self.runs.values() if run.is_live}

    def _is_contact(self, event: Event) -> bool:
        first = self.kit.setting.first_contact
        return event.name in CONTACTS or (first is not None and event.name in first.events)

    def _contacted(self, instant: int) -> None:
        """The person's own sign of life: the age of a consent counts from it, and it ends being a prospect."""
        self.is_changed = self.is_changed or instant > self.person.contact
        self.person.contact = max(self.person.contact, instant)

    def _shown(self, address: str, sign: str, instant: int) -> None:
        """An address was shown to work."""
        if counts(self.kit.setting, address, self.person, sign, instant):
            self.is_changed |= note_sign(self.person, address, sign, instant)

    def _keep_event(self, event: Event) -> None:
        self.changes.events.append((self.person.id, event))

    def _identify(self, row: Inbox) -> None:
        told = min(row.occurred, self.now)
        take_told(self.person, row.body, told if self.kit.setting.ageing else None)
        self.person.changed = max(self.person.changed, told)
        self.is_changed = True
        if row.body.keys() & {"addresses", "add", "remove"}:
            self.changes.addresses.append((self.person.id, self.kit.setting.hashes(self.person)))
        self._wind_all(self.person.changed)
        self._look_again(self.person.changed)

    def _migrate(self, row: Inbox) -> None:
        """Move a run to another version of its journey, where it has a step to go on with."""
        run, body = self.runs.get(int(row.body["enrollment"])), row.body
        if run is None or not run.is_live or run.set_aside or run.definition == body["definition"]:
            return
        old, new = self.kit.programs[run.definition], self.kit.programs[int(body["definition"])]
        at, setting = min(row.occurred, self.now), self.kit.setting
        self._decide(
            run, lambda: migrate(old, new, run, body["steps"], body["otherwise"], self.facts, at, self.now, setting)
        )

    def _news(self, row: Inbox) -> None:
        """A reason to look: the delivery itself was loaded with the run; what a function answered comes along."""
        run = self.runs.get(int(row.body.get("enrollment", 0)))
        if run is not None:
            run.answers[str(row.body["n"])] = row.body["answer"]
            self.updated.add(run.id)
            self._push(run, max(run.at, min(row.occurred, self.now)))

    def _move_runs(self, event: Event) -> None:
        for run in list(self.runs.values()):
            program = self.kit.programs[run.definition]
            if run.listen is None or run.set_aside or event.name not in program.moving:
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


_HANDLERS: dict[str, Callable[[ProfilePass, Inbox], None]] = {
    "identify": ProfilePass._identify,
    "retry": ProfilePass._retry,
    "news": ProfilePass._news,
    "migrate": ProfilePass._migrate,
}
