"""Merging two profiles into one, and passes over many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unichannel.core.audience.profile import Person
from unichannel.core.journey.enrollment import Enrollment
from unichannel.ports.storing import Sweep
from unichannel.stores.memory.delivering import Delivering
from unichannel.stores.memory.state import copy_run

__all__ = ["Merging"]

_FINISHED = -1


class Merging(Delivering):
    """One transaction over the rows, as merging and sweeping see it."""

    # merging

    def merge(self, person: Person, other: int) -> None:
        state, gone = self._s, self._s.people[other]
        for key in gone.keys:
            state.put(state.profiles, key, person.id)
        for id in [one for one, into in state.merged.items() if into == other]:
            state.put(state.merged, id, person.id)
        state.put(state.merged, other, person.id)
        state.put(state.people, person.id, person.copy())
        state.put(state.people, other, Person(other, gone.key))
        state.put(state.wakes, other, None)
        state.drop(state.addresses, other)
        self._move_events(person.id, other)
        self._move_runs(person.id, other)
        self._move_records(person.id, other)

    def _move_events(self, to: int, other: int) -> None:
        state = self._s
        known = {event.id for event in state.events.get(to, {}).values() if event.id}
        moved = {n: event for n, event in state.events.get(other, {}).items() if event.id not in known}
        state.put(state.events, to, dict(sorted([*state.events.get(to, {}).items(), *moved.items()])))
        state.put(state.events, other, {})
        for profile, id in [one for one in state.event_ids if one[0] == other]:
            state.drop(state.event_ids, (profile, id))
            state.put(state.event_ids, (to, id), None)

    def _move_runs(self, to: int, other: int) -> None:
        state = self._s
        for id in state.runs_of.get(other, ()):
            run = copy_run(state.runs[id])
            run.profile = to
            state.put(state.runs, id, run)
        for key in state.deliveries_of.get(other, ()):
            state.put(state.deliveries, key, replace(state.deliveries[key], profile=to))
        for rows in (state.runs_of, state.deliveries_of):
            self._unite(rows, to, other)

    def _unite(self, rows: dict[int, Any], to: int, other: int) -> None:
        self._s.put(rows, to, dict.fromkeys(sorted([*rows.get(to, ()), *rows.get(other, ())])))
        self._s.put(rows, other, {})

    def _move_records(self, to: int, other: int) -> None:
        state = self._s
        notes = [replace(one, profile=to) if one.profile == other else one for one in state.notes]
        state.swap(state.notes, notes)
        for id, fault in list(state.faults.items()):
            if fault.profile == other:
                state.put(state.faults, id, replace(fault, profile=to))

    # passes over many

    def runs_of(self, journey: str, version: int, after: int, limit: int) -> list[Enrollment]:
        found = (self._s.runs[id] for id in sorted(self._s.runs) if id > after)
        wanted = [copy_run(run) for run in found if (run.journey, run.version) == (journey, version) and run.is_open]
        return wanted[:limit]

    def profiles_after(self, id: int, limit: int) -> list[tuple[int, str]]:
        found = sorted(one for one in self._s.people if one > id and one not in self._s.merged)
        return [(one, self._s.people[one].key) for one in found[:limit]]

    def begin_sweep(self, journey: str, definition: int) -> None:
        known = self._s.sweeps.get(journey)
        if known is None or known.definition != definition:
            self._s.put(self._s.sweeps, journey, Sweep(journey, definition, 0))

    def sweeps(self) -> list[Sweep]:
        under_way = [replace(one) for one in self._s.sweeps.values() if one.after != _FINISHED]
        return sorted(under_way, key=lambda one: one.journey)

    def advance_sweep(self, journey: str, after: int | None) -> None:
        known = self._s.sweeps.get(journey)
        if known is not None:
            self._s.put(self._s.sweeps, journey, replace(known, after=_FINISHED if after is None else after))
