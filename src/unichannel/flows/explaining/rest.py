"""Why something was not sent: what was noted when it was decided, and where the runs stand that decided nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.journey.language.step import Step, step_name
from unichannel.core.telling.clause import Clause
from unichannel.core.words.trace import Trace
from unichannel.flows.explaining.before import outcome, refused_before
from unichannel.flows.explaining.case import Case
from unichannel.flows.explaining.told import Explanation
from unichannel.ports import Note

__all__ = ["explain_absence", "explain_note", "note_code"]

_GIVEN_UP = frozenset({"skipped", "unreachable", "expired"})
"""How a send ends that makes no further delivery."""


def note_code(note: Note) -> str:
    """The code of what was noted; of a refusal the rule that refused."""
    return str(note.trace.detail.get("rule", "refused")) if note.trace.code == "refused" else note.trace.code


def explain_note(case: Case, note: Note) -> Explanation:
    """Why something was not sent, a run ended or was not begun."""
    trace, words = note.trace, case.words(note.trace.now)
    run = case.runs.get(note.enrollment)
    send = case.send(run.definition, trace.step) if run is not None else None
    why = _why(case, note)
    verdicts = {**_known_before(case, note, why), **case.verdicts(trace, send)}
    head, causes = words.clause(_head(note)), [words.clause(clause) for clause in why]
    more = [words.clause(clause) for clause in verdicts.values()]
    sentence = (
        words.because(head, causes, more)
        if causes
        else words.sentence(words.language.frames["more"].join([head, *more]))
    )
    return Explanation(
        trace.step or note.journey,
        note_code(note),
        sentence,
        {channel: clause.code for channel, clause in verdicts.items()},
        trace=trace.as_json(),
        at=case.iso(trace.now),
        journey=note.journey,
        step=trace.step,
        cause=why[0].code if why else "",
        reasons=[clause.as_json() for clause in (_head(note), *why, *verdicts.values())],
    )


def _known_before(case: Case, note: Note, why: Sequence[Clause]) -> dict[str, Clause]:
    """What was said of the channels of a send that was begun before it was given up."""
    if note.trace.code not in _GIVEN_UP:
        return {}
    return refused_before(case, case.sent_by(note.enrollment, note.trace.step, note.trace.now), why)


def _head(note: Note) -> Clause:
    trace = note.trace
    detail = trace.detail
    values = {"journey": note.journey, "step": trace.step, **detail}
    if trace.code == "exit" and trace.step:
        return Clause("exit_step", values | {"event": detail.get("reason", "")})
    if trace.code in ("goal", "exit"):
        return Clause(trace.code, values | {"event": detail.get("reason", "")})
    return Clause(trace.code, values)


def _why(case: Case, note: Note) -> list[Clause]:
    """What brought it: a rule, an event, or what became of the rungs before."""
    trace = note.trace
    detail: dict[str, Any] = {"journey": note.journey, "step": trace.step, **trace.detail}
    if trace.code == "refused":
        return [Clause(note_code(note), detail)]
    if trace.code == "deferred":
        return [Clause(str(detail["rule"]), detail)] if "rule" in detail else []
    cause = str(detail.get("cause", ""))
    if trace.code not in _GIVEN_UP or not cause:
        return []
    before = case.sent_by(note.enrollment, trace.step, trace.now)
    if cause in ("silence", "hard_failure", "hold") and before:
        return outcome(case, before, cause, trace.at, trace.now)
    return [] if cause in {verdict.code for verdict in trace.verdicts} or cause == "hold" else [Clause(cause, detail)]


# where nothing was decided


def explain_absence(case: Case, journey: str, step: str | None) -> Iterator[Explanation]:
    """Where each run of a journey stands, as far as that is why nothing more was sent; or that there is none."""
    runs = [run for run in case.history.runs if run.journey == journey]
    told = {(one.enrollment, one.step) for one in case.history.deliveries}
    told |= {(note.enrollment, note.trace.step) for note in case.history.notes}
    for run in runs:
        if run.set_aside:
            yield _stands(case, run, "set_aside", Clause("set_aside", {"journey": journey, "step": run.step}))
        elif step is None and run.is_live and (run.id, run.step) not in told:
            yield _stands(case, run, "wait", _place(run))
        elif step is not None and (run.id, step) not in told:
            yield from _not_sent(case, run, step)
    if not runs and not any(note.journey == journey for note in case.history.notes):
        yield _never(case, journey)


def _place(run: Enrollment) -> Clause:
    return Clause("at_step", {"journey": run.journey, "step": run.step, "until": run.due})


def _not_sent(case: Case, run: Enrollment, step: str) -> Iterator[Explanation]:
    """Why a step of a run has sent nothing: the run is there, on its way, went another way, or ended before."""
    if run.step == step:
        yield _stands(case, run, "wait", _place(run))
        return
    if run.visits.get(step):
        return
    ways = [*_not_happened(case, run, step), *_other_way(case, run, step)]
    is_past = any(one.code != "no_event" for one in ways) and not run.rounds
    if run.status == "completed" or (run.is_live and is_past):
        left = Clause("left_out", {"journey": run.journey, "step": step})
        yield _stands(case, run, "left_out", left, *ways, *([_place(run)] if run.is_live else []))
    else:
        end = [*ways, _place(run)] if run.is_live else [_end(case, run)]
        yield _stands(case, run, "not_reached", Clause("not_reached", {"step": step}), *end)


def _not_happened(case: Case, run: Enrollment, step: str) -> Iterator[Clause]:
    """The events that would have led to a step, and never came in its run."""
    program = case.programs.get(run.definition)
    happened = {event.name for event in case.history.events if event.occurred >= run.start}
    for handler in program.journey.handlers if program is not None else ():
        if step in _names(handler.steps) and handler.on.event not in happened:
            yield Clause("no_event", {"event": handler.on.event})


def _other_way(case: Case, run: Enrollment, step: str) -> Iterator[Clause]:
    """The choices that led past a step, and the events that moved the run past it."""
    program = case.programs.get(run.definition)
    if program is None:
        return
    sent = sorted((one for one in case.history.deliveries if one.enrollment == run.id), key=lambda one: one.n)
    paths = [*(one.trace.get("detail", {}).get("path", ()) for one in sent), run.path]
    targets = {handler.on.event: handler.to for handler in program.journey.handlers}
    for code, name, _, *arm in (passed for path in paths for passed in path):
        node = program.nodes[program.index[name]] if code in ("branch", "split") and name in program.index else None
        if node is not None and step in _names([one for _, way in node.step.ways() for one in way]):
            yield Clause(code, {"step": name, "arm": arm[0] if arm else ""})
        elif code == "handler" and _is_before(program.journey.steps, step, targets.get(arm[0])):
            yield Clause(code, {"event": arm[0]})


def _is_before(steps: Sequence[Step], step: str, other: str | None) -> bool:
    """Whether one of a journey's steps comes before another."""
    places = {name: place for place, one in enumerate(steps) for name in _names([one])}
    return step in places and places[step] < places.get(other or "", 0)


def _names(steps: Sequence[Step]) -> set[str]:
    """The names of steps, and of those inside them."""
    inside = [name for step in steps for _, way in step.ways() for name in _names(way)]
    return {step_name(step) for step in steps} | set(inside)


def _end(case: Case, run: Enrollment) -> Clause:
    """How the run ended, as it was noted then."""
    notes = [note for note in case.history.notes if note.enrollment == run.id]
    ends = [note for note in notes if note.trace.code in ("goal", "exit", "merged")]
    return _head(ends[-1]) if ends else Clause("exit", {"journey": run.journey, "event": run.reason})


def _stands(case: Case, run: Enrollment, code: str, head: Clause, *why: Clause) -> Explanation:
    instant = case.over(run) or case.now
    words = case.words(instant)
    told = words.clause(head)
    causes = [words.clause(clause) for clause in why]
    return Explanation(
        str(head.values.get("step", "")) or run.journey,
        code,
        words.because(told, causes, []),
        trace=Trace(code, run.step, run.at, case.now).as_json(),
        at=case.iso(instant),
        journey=run.journey,
        step=run.step,
        cause=why[0].code if why else "",
        reasons=[clause.as_json() for clause in (head, *why)],
        status=run.status,
    )


def _never(case: Case, journey: str) -> Explanation:
    programs = [one for one in case.programs.values() if one.journey.name == journey]
    events = sorted(max(programs, key=lambda one: one.journey.version).starting) if programs else []
    happened = {event.name for event in case.history.events}
    triggers = [] if happened & set(events) else events
    clause, words = Clause("not_enrolled", {"journey": journey, "triggers": triggers or None}), case.words(case.now)
    sentence = words.sentence(words.clause(clause))
    return Explanation(
        journey, "not_enrolled", sentence, journey=journey, at=case.iso(case.now), reasons=[clause.as_json()]
    )
