"""Winding: the timers of one profile, by which time alone brings runs: a date of the profile, a recurrence rule.

A profile keeps one timer for each such journey: when its next run begins, which occurrence was
served last, and by which definition. An occurrence counts from when it is known: one that was past
already when its date was told, or its journey published, begins nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

from unichannel.core.condition.view import Facts, View
from unichannel.core.journey.language.trigger import next_occurrence
from unichannel.core.journey.program import Program
from unichannel.core.words.instant import DAY, MINUTE
from unichannel.flows.inbox import once
from unichannel.flows.kit import Kit
from unichannel.ports import Changes, Loaded

__all__ = ["Entry", "Winding"]

Entry = tuple[int, int, int, int, int, int]
"""What takes its turn: instant; 0 the inbox, 1 a run, 2 a timer; urgency; priority; planned instant or place; id."""


class Winding:
    """One locked profile, what is known of it, what takes its turn, and its timers."""

    def __init__(
        self,
        kit: Kit,
        loaded: Loaded,
        now: int,
        ids: Iterator[int],
        changes: Changes,
        named: Mapping[str, Program | None],
    ) -> None:
        self.named = named
        self.kit, self.now, self.ids, self.changes = kit, now, ids, changes
        self.facts: Facts = loaded.facts
        self.person = loaded.facts.person
        self.runs = {run.id: run for run in loaded.runs}
        self.rows = once(loaded)
        self.handed_in = [row.id for row in loaded.inbox]
        self.until = now
        self.started: set[int] = set()
        self.updated: set[int] = set()
        self.is_changed = False
        self.heap: list[Entry] = []

    def _wind_missing(self) -> None:
        """Wind timers that are not there yet, or another definition's; put those that are due in their turn."""
        known = self.person.timers
        is_told_anew = any(row.kind == "identify" for row in self.rows)
        for program in self.kit.timed:
            timer = known.get(program.journey.name)
            if timer is not None and timer[2] == program.definition:
                self._put_in_turn(program)
            elif not is_told_anew:
                self._wind(program, self.now)

    def _wind_all(self, instant: int) -> None:
        """The profile was changed: each timer goes from that instant on."""
        for program in self.kit.timed:
            self._wind(program, instant)

    def _wind(self, program: Program, after: int) -> None:
        name = program.journey.name
        before = self.person.timers.get(name)
        served = str(before[1]) if before is not None else ""
        found = next_occurrence(program.timed, self._view(), after)
        if found is not None and found[1] == served:
            found = next_occurrence(program.timed, self._view(), found[0])
        timer = [found[0] if found is not None else None, served, program.definition]
        if timer != before:
            self.person.timers[name] = timer
            self.is_changed = True
        self._put_in_turn(program)

    def _put_in_turn(self, program: Program) -> None:
        due = self.person.timers[program.journey.name][0]
        if due is not None and due <= self.now:
            heapq.heappush(self.heap, (due, 2, 0, -program.journey.priority, due, program.definition))

    def _view(self) -> View:
        return self.kit.setting.view(self.facts)

    def _timer_dues(self) -> list[int]:
        """When timers want the profile looked at; those of journeys not known here are other workers' for a day."""
        dues = []
        for name, (due, *_) in self.person.timers.items():
            is_ours = name in self.kit.current
            if due is not None and (is_ours or due > self.now - DAY):
                dues.append(due if is_ours else max(due, self.now + MINUTE))
        return dues
