"""The timeline: everything that happened with one profile, in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from unichannel.core.messaging.delivery import Delivery
from unichannel.core.telling.clause import Clause
from unichannel.core.words.instant import SECOND
from unichannel.flows.explaining.case import Case
from unichannel.flows.explaining.rest import explain_note, note_code
from unichannel.flows.explaining.sends import first_sentence
from unichannel.flows.explaining.told import Entry, cost_of

__all__ = ["chronicle"]

Dated = tuple[int, int, Entry]


def chronicle(case: Case) -> list[Entry]:
    """The entries of a timeline."""
    entries = [*_runs(case), *_deliveries(case), *_notes(case), *_events(case)]
    return [entry for _, _, entry in sorted(entries, key=lambda one: one[:2])]


def _entry(
    case: Case, at: int, order: int, what: str, code: str, sentence: str, journey: str = "", **detail: Any
) -> Dated:
    return at, order, Entry(case.iso(at), what, sentence, journey, detail, code)


def _told(case: Case, at: int, code: str, **values: Any) -> str:
    words = case.words(at)
    return words.finished(words.clause(Clause(code, values)))


def _events(case: Case) -> Iterator[Dated]:
    for event in case.history.events:
        at, is_late = event.occurred, event.recorded - event.occurred >= SECOND
        code = "event_told_late" if is_late else "event_occurred"
        told = _told(case, at, code, event=event.name, told=event.recorded)
        yield _entry(case, at, 0, "event", code, told, properties=sorted(event.properties))
    for consent in case.history.consents:
        code = f"consent_{consent.status}"
        told = _told(case, consent.occurred, code, purpose=consent.purpose, channel=consent.channel)
        yield _entry(case, consent.occurred, 0, "consent", code, told, source=consent.source)


def _runs(case: Case) -> Iterator[Dated]:
    for run in case.history.runs:
        event, detail = case.trigger(run), {"enrollment": run.public_id, "version": run.version, "entity": run.entity}
        name = event.name if event is not None else ""
        told = _told(case, run.start, "start", journey=_named(run.journey, run.entity), event=name)
        yield _entry(case, run.start, 1, "run", "start", told, run.journey, **detail)
        over = case.over(run)
        if over is not None and run.status == "completed":
            told = _told(case, over, "completed", journey=_named(run.journey, run.entity))
            yield _entry(case, over, 4, "run", "completed", told, run.journey, **detail)


def _named(journey: str, entity: str) -> str:
    return f"{journey} ({entity})" if entity else journey


def _deliveries(case: Case) -> Iterator[Dated]:
    for one in case.history.deliveries:
        journey, words, said = case.journey(one.enrollment), case.words(one.reserved), _said(case, one)
        if one.is_call:
            code, sentence = "called", said
        else:
            code = "reserved"
            sentence = words.finished(words.frame("why", head=said, rest=first_sentence(case, one)))
        cost = {} if one.cost is None else {"cost": str(cost_of(one))}
        yield _entry(case, one.reserved, 2, code, code, sentence, journey, delivery=one.id, step=one.step, **cost)
        for fact, at in one.facts.items():
            if fact not in ("sending", "in_doubt"):
                text = words.finished(f"{said} {words.fact(fact)}")
                yield _entry(case, at, 3, fact, fact, text, journey, delivery=one.id)


def _said(case: Case, one: Delivery) -> str:
    words = case.words(one.reserved)
    if one.is_call:
        return words.clause(Clause("function_called", {"function": one.message, "step": one.step}))
    return words.frame("by", message=one.message, channel=words.channel(one.channel))


def _notes(case: Case) -> Iterator[Dated]:
    for note in case.history.notes:
        told, trace = explain_note(case, note), note.trace
        code = note_code(note)
        yield _entry(case, trace.now, 3, trace.code, code, told.sentence.rstrip("."), note.journey, step=trace.step)
