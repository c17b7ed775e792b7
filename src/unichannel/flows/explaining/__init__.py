"""Why and timeline: from codes and numbers to what a support agent can read out.

Sentences are made here, when asked, and never stored. What is told comes from the trace of a decision, and
from what is known of the same profile: the rungs before, the events, the consents, the run's journey.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import partial

from unichannel.core.journey.form.stored import loads
from unichannel.core.journey.program import Program, compile_journey
from unichannel.core.telling.wording import language_of
from unichannel.errors import InvalidInput, UnichannelError, UnknownError
from unichannel.flows.explaining.case import Case
from unichannel.flows.explaining.chronicle import chronicle
from unichannel.flows.explaining.rest import explain_absence, explain_note, note_code
from unichannel.flows.explaining.sends import explain_delivery
from unichannel.flows.explaining.told import Entry, Explanation, Told, cost_of
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.ports import History, Session

__all__ = ["Entry", "Explanation", "Told", "cost_of", "note_code", "timeline", "why_delivery", "why_profile"]


def why_delivery(id: str, language: str, zone: str) -> Flow[Explanation]:
    """Why this delivery was made, and what became of it; raises UnknownError."""
    place, now = _parse(id), (yield from ask(Now()))
    case = yield from ask(Transact(partial(_case_of, place=place, language=language, zone=zone, now=now)))
    return next(explain_delivery(case, one) for one in case.history.deliveries if (one.enrollment, one.n) == place)


def why_profile(key: str, journey: str | None, step: str | None, language: str, zone: str) -> Flow[Told[Explanation]]:
    """Why what was sent to a profile was, and why what was not was not, in order of time."""
    now = yield from ask(Now())
    case = yield from ask(Transact(partial(_case, key=key, journey=journey, language=language, zone=zone, now=now)))
    _check_names(case, journey, step)
    told = [
        (one.reserved, explain_delivery(case, one))
        for one in case.history.deliveries
        if journey in (None, case.journey(one.enrollment)) and step in (None, one.step)
    ]
    told += [
        (note.trace.now, explain_note(case, note))
        for note in case.history.notes
        if journey in (None, note.journey) and step in (None, note.trace.step)
    ]
    names = dict.fromkeys([run.journey for run in case.history.runs] if journey is None else [journey])
    absent = [one for name in names for one in explain_absence(case, name, step)]
    return Told([*(one for _, one in sorted(told, key=lambda pair: pair[0])), *absent])


def timeline(key: str, language: str, zone: str) -> Flow[Told[Entry]]:
    """Everything that happened with a profile, in order; raises UnknownError."""
    now = yield from ask(Now())
    case = yield from ask(Transact(partial(_case, key=key, journey=None, language=language, zone=zone, now=now)))
    return Told(chronicle(case))


# reading


def _parse(id: str) -> tuple[int, int]:
    enrollment, _, n = id.removeprefix("d").partition("-")
    if not (id.startswith("d") and enrollment.isdigit() and n.isdigit()):
        raise InvalidInput(
            f"{id!r} is no delivery's id.", thing=id, mend="It looks like d12-3; for a profile, give journey= too."
        )
    return int(enrollment), int(n)


def _case_of(session: Session, place: tuple[int, int], language: str, zone: str, now: int) -> Case:
    """The case of the person that a delivery went to."""
    delivery = session.delivery(*place)
    if delivery is None:
        id = f"d{place[0]}-{place[1]}"
        raise UnknownError(f"there is no delivery {id!r}.", thing=id, mend=_near_delivery(session, place[0]))
    key = session.profile_keys([delivery.profile]).get(delivery.profile)
    if key is None:
        id = f"d{place[0]}-{place[1]}"
        raise UnknownError(f"{id!r} was to somebody who was erased.", thing=id, mend="There is nothing left to tell.")
    return _case(session, key, None, language, zone, now)


def _near_delivery(session: Session, enrollment: int) -> str:
    run = session.enrollment(enrollment)
    if run is None:
        return "Take the id from timeline()."
    last = f" to d{enrollment}-{run.counted}" if run.counted > 1 else ""
    return f"The run e{enrollment} has d{enrollment}-1{last}." if run.counted else f"The run e{enrollment} has none."


def _case(session: Session, key: str, journey: str | None, language: str, zone: str, now: int) -> Case:
    spoken = language_of(language)
    history = session.history(key)
    if history is None:
        raise UnknownError(f"no profile {key!r} is known.", thing=key, mend="identify() it, and run_due().")
    wanted = {run.definition for run in history.runs} | {one.definition for one in history.deliveries if one.definition}
    stored = session.definitions() if journey is not None else []
    programs = _programs(session, wanted | {id for id, name, _, _ in stored if name == journey})
    journeys = frozenset(name for _, name, _, _ in stored)
    return Case(history, programs, spoken, history.person.zone_name(zone), now, journeys)


def _programs(session: Session, definitions: Iterable[int]) -> dict[int, Program]:
    """The journeys that can be read; what a worker with other extensions wrote is told without them."""
    found = {}
    for one in definitions:
        body = session.definition(one)
        try:
            if body is not None:
                found[one] = compile_journey(loads(body), one)
        except UnichannelError:
            continue
    return found


def _check_names(case: Case, journey: str | None, step: str | None) -> None:
    """Raise UnknownError for a journey that is not stored, or a step that none of those in question has."""
    history: History = case.history
    programs = [one for one in case.programs.values() if journey in (None, one.journey.name)]
    known = {run.journey for run in history.runs} | {note.journey for note in history.notes}
    if journey is not None and not programs and journey not in known:
        raise UnknownError(
            f"no journey {journey!r} is known.", thing=journey, mend=_nearest(journey, known | case.journeys)
        )
    steps = {name for program in programs for name in program.index}
    noted = {note.trace.step for note in history.notes} | {one.step for one in history.deliveries}
    if step is not None and steps and step not in steps | noted:
        raise UnknownError(f"there is no step {step!r}.", thing=step, mend=_nearest(step, steps))


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = get_close_matches(name, names, 3) or names[:8]
    return f"Did you mean {' or '.join(close)}?" if close else "Publish it first."
