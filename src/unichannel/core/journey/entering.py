"""Entering: whether an event begins a run, and the run it begins."""

from __future__ import annotations

from collections.abc import Iterable

from unichannel.core.calendar.span import Span
from unichannel.core.calendar.zone import add
from unichannel.core.condition.view import Facts, Scope
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.journey.program import Program
from unichannel.core.policy.setting import Setting
from unichannel.core.words.event import Event
from unichannel.core.words.test import MISSING, lookup

__all__ = ["entity_of", "new_run", "refusal"]


def entity_of(program: Program, event: Event) -> str:
    """What keys the run that the event begins, "" where the journey has no entity."""
    if not program.entity_property:
        return ""
    value = lookup(event.properties, program.entity_property)
    return "" if value is MISSING or value is None else str(value)


def refusal(
    program: Program, event: Event, entity: str, runs: Iterable[Enrollment], facts: Facts, setting: Setting
) -> tuple[str, dict[str, object]] | None:
    """The code, with its numbers, that keeps the event from beginning a run; None where it may.

    ``runs`` are the profile's runs of this journey, of any version; ``entity`` keys the new one.
    """
    start, zone = event.occurred, facts.person.zone_name(setting.default_zone)
    if program.entity_property and not entity:
        return "no_entity", {"property": program.entity_property}
    # What our own steps emit or begin is late because we were: it is not history that was told late.
    if event.depth == 0 and add(start, program.journey.accept_late, zone) < event.recorded:
        return "too_late", {"occurred": start, "recorded": event.recorded}
    same = [run for run in runs if run.entity == entity]
    if any(run.is_live for run in same):
        return "already_running", {}
    blocked = _re_entry(program, start, same, zone)
    if blocked is not None:
        return "re_entry", blocked
    return None if _entry_holds(program, event, facts, setting) else ("entry_condition", {})


def _re_entry(program: Program, start: int, same: list[Enrollment], zone: str) -> dict[str, object] | None:
    """What the re-entry rule says against a new run, None where it allows it."""
    rule = program.journey.re_entry
    if not same or rule == "after_end":
        return None
    if not isinstance(rule, Span):
        return {"re_entry": rule}
    until = add(max(run.ended or run.at for run in same), rule, zone)
    return {"until": until} if start < until else None


def _entry_holds(program: Program, event: Event, facts: Facts, setting: Setting) -> bool:
    entry = program.journey.entry
    if entry is None:
        return True
    scope = Scope(0, event.occurred, event.properties, program.entity_property, entity_of(program, event), event.id)
    view = setting.view(facts, scope)
    return entry.truth(view, event.occurred).value


def new_run(id: int, program: Program, event: Event, entity: str, profile: int) -> Enrollment:
    """The run that the event begins, before its first decision."""
    at = event.occurred
    return Enrollment(
        id=id,
        profile=profile,
        journey=program.journey.name,
        version=program.journey.version,
        definition=program.definition,
        entity=entity,
        start=at,
        at=at,
        planned=at,
        trigger=event.id,
        depth=event.depth,
        data=dict(event.properties),
    )
