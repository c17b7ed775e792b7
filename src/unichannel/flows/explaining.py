"""Why and timeline: from codes and numbers to what a support agent can read out.

Sentences are made here, when asked, and never stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.instant import iso, to_datetime
from unichannel.core.words.trace import CODES, Trace, Verdict
from unichannel.errors import InvalidInput, UnknownError
from unichannel.flows.ops import Flow, Transact, ask
from unichannel.ports import History, Note, Session

__all__ = ["Entry", "Explanation", "timeline", "why_delivery", "why_profile"]


@dataclass(frozen=True)
class Explanation:
    """Why something was sent, or was not.

    ``code`` and ``codes`` (channel to code) are for machines, ``sentence`` for people; ``trace`` is
    what was written down when it was decided.
    """

    subject: str
    code: str
    sentence: str
    codes: dict[str, str] = field(default_factory=dict)
    delivery: str = ""
    channel: str = ""
    status: str = ""
    trace: dict[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True)
class Entry:
    """One line of a profile's timeline."""

    at: str
    what: str
    sentence: str
    journey: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.at}  {self.sentence}"


# why


def why_delivery(id: str) -> Flow[Explanation]:
    """Why this delivery was made, and what became of it; raises UnknownError."""
    enrollment, n = _parse(id)
    delivery = yield from ask(Transact(lambda session: session.delivery(enrollment, n)))
    if delivery is None:
        raise UnknownError(f"there is no delivery {id!r}.", thing=id, mend="Take the id from timeline().")
    return explain_delivery(delivery)


def _parse(id: str) -> tuple[int, int]:
    enrollment, _, n = id.removeprefix("d").partition("-")
    if not (id.startswith("d") and enrollment.isdigit() and n.isdigit()):
        raise InvalidInput(
            f"{id!r} is no delivery's id.", thing=id, mend="It looks like d12-3; for a profile, give journey= too."
        )
    return int(enrollment), int(n)


def why_profile(key: str, journey: str | None, step: str | None) -> Flow[list[Explanation]]:
    """Why what was sent to a profile was, and why what was not was not, in order of time."""
    history = yield from _history(key)
    names = {run.id: run.journey for run in history.runs}
    told: list[tuple[int, Explanation]] = [
        (one.reserved, explain_delivery(one))
        for one in history.deliveries
        if journey in (None, names.get(one.enrollment)) and step in (None, one.step)
    ]
    told += [
        (note.trace.now, explain_note(note))
        for note in history.notes
        if journey in (None, note.journey) and step in (None, note.trace.step)
    ]
    return [one for _, one in sorted(told, key=lambda pair: pair[0])]


def _history(key: str) -> Flow[History]:
    history = yield from ask(Transact(partial(_read, key=key)))
    if history is None:
        raise UnknownError(f"no profile {key!r} is known.", thing=key, mend="identify() it, and run_due().")
    return history


def _read(session: Session, key: str) -> History | None:
    return session.history(key)


def explain_delivery(delivery: Delivery) -> Explanation:
    """Why a delivery was made, in codes and a sentence."""
    if delivery.is_call:
        return _explain_call(delivery)
    trace = Trace.from_json(delivery.trace)
    said = f"{_name(delivery.channel)}, {_cause(trace)}"
    others = [_verdict(one) for one in trace.verdicts if one.channel != delivery.channel]
    parts = [said + (f"; {'; '.join(others)}" if others else "") + ".", _fate(delivery)]
    return Explanation(
        f"{delivery.message} ({delivery.step})",
        "reserved",
        " ".join(part for part in parts if part),
        {one.channel: one.code for one in trace.verdicts},
        delivery.id,
        delivery.channel,
        delivery.status,
        delivery.trace,
    )


def _explain_call(delivery: Delivery) -> Explanation:
    sentence = f"The function {delivery.message} was called by {delivery.step}. {_fate(delivery)}"
    title, status = f"{delivery.message} ({delivery.step})", delivery.status
    return Explanation(title, "called", sentence, {}, delivery.id, delivery.channel, status, delivery.trace)


def explain_note(note: Note) -> Explanation:
    """Why something was not sent, a run ended or was not begun."""
    trace = note.trace
    others = [_verdict(one) for one in trace.verdicts]
    sentence = f"{_noted(note.journey, trace)}{': ' + '; '.join(others) if others else ''}."
    codes = {one.channel: one.code for one in trace.verdicts}
    code = str(trace.detail.get("rule", trace.code)) if trace.code == "refused" else trace.code
    return Explanation(trace.step or note.journey, code, sentence, codes, trace=trace.as_json())


_NAMES = {"sms": "SMS", "mms": "MMS", "rcs": "RCS", "whatsapp": "WhatsApp", "email": "E-mail"}


def _name(channel: str) -> str:
    return _NAMES.get(channel, channel.replace("_", " ").capitalize())


_CAUSES = {
    "silence": "because nothing was heard on the channel before within the delay",
    "hard_failure": "because the delivery on the channel before failed for good",
    "hold": "because the next rung had to wait, and its wait is over",
}


def _cause(trace: Trace) -> str:
    cause = str(trace.detail.get("cause", ""))
    rungs = trace.detail.get("rungs", [])
    if cause in _CAUSES:
        return _CAUSES[cause]
    if trace.detail.get("rung", 1) > 1:
        return "because the channels before it were not possible"
    if "strategy" in trace.detail:
        return _ranked(trace.detail)
    if len(rungs) > 1:
        return f"because it comes first of {', then '.join(_name(one) for one in rungs)}"
    return "because it is the step's channel" if rungs else "because it was asked for"


def _ranked(detail: dict[str, Any]) -> str:
    """Why a strategy's first channel came first: what was believed of each by then."""
    if "stated" in detail:
        return "because the person asked for this kind of message there"
    told = [
        f"{_name(channel)} {known['mean']:.2f}{_deviation(known)} from {known['n']:g} messages"
        for channel, known in detail.get("beliefs", {}).items()
    ]
    shown = f" ({', '.join(told)})" if told else ""
    return f"because it is ranked first for this person{shown}"


def _deviation(known: dict[str, float]) -> str:
    return f" ± {known['sd']:.2f}" if "sd" in known else ""


def _verdict(verdict: Verdict) -> str:
    if verdict.code == "not_ranked":
        return f"{_name(verdict.channel)} came after"
    until = verdict.detail.get("until")
    when = f" until {iso(int(until))}" if isinstance(until, int) else ""
    return f"{_name(verdict.channel)} was not possible: {CODES.get(verdict.code, verdict.code)}{when}"


def _fate(delivery: Delivery) -> str:
    """What became of it, and when."""
    known = {name: at for name, at in delivery.facts.items() if name not in ("sending", "in_doubt")}
    if not known:
        return f"It is {delivery.status.replace('_', ' ')} since {iso(delivery.reserved)}."
    told = ", ".join(f"{name.replace('_', ' ')} {iso(at)}" for name, at in sorted(known.items(), key=lambda p: p[1]))
    why = CODES.get(delivery.reason, delivery.reason)
    return f"It was {told}{f' ({why})' if why else ''}."


def _noted(journey: str, trace: Trace) -> str:
    detail = trace.detail
    if trace.code == "refused":
        return f"{journey} was not begun: {CODES.get(str(detail.get('rule')), detail.get('rule'))}"
    if trace.code == "deferred":
        rule = CODES.get(str(detail.get("rule", "")), "")
        return f"{trace.step} waits until {iso(int(str(detail['until'])))}{f' ({rule})' if rule else ''}"
    if trace.code == "exit" and trace.step:
        return f"{journey} ended at its step {trace.step} ({detail.get('reason', '')})"
    if trace.code in ("goal", "exit"):
        return f"{journey} ended: {CODES[trace.code]} ({detail.get('reason', '')})"
    if trace.code == "merged":
        return f"{journey} ended: {CODES['merged']} ({detail.get('into', '')})"
    if trace.code == "expired":
        return f"{trace.step} was not sent: its time-to-live had passed"
    if trace.code == "unreachable":
        return f"{trace.step} was not sent: no channel was left"
    if trace.code == "call_failed":
        return f"{trace.step} went on without an answer of {detail.get('function')}"
    cause = CODES.get(str(detail.get("cause", "")), "")
    return f"{trace.step} was not sent further{f' ({cause})' if cause else ''}"


# timeline


def timeline(key: str) -> Flow[list[Entry]]:
    """Everything that happened with a profile, in order; raises UnknownError."""
    history = yield from _history(key)
    entries = [*_runs(history), *_deliveries(history), *_notes(history), *_events(history)]
    return [entry for _, _, entry in sorted(entries, key=lambda one: one[:2])]


Dated = tuple[int, int, Entry]


def _entry(at: int, order: int, what: str, sentence: str, journey: str = "", **detail: Any) -> Dated:
    return at, order, Entry(to_datetime(at).isoformat(timespec="seconds"), what, sentence, journey, detail)


def _events(history: History) -> Iterator[Dated]:
    for event in history.events:
        late = "" if event.recorded - event.occurred < 1_000_000 else f", told {iso(event.recorded)}"
        yield _entry(event.occurred, 0, "event", f"{event.name} happened{late}", properties=sorted(event.properties))
    for consent in history.consents:
        text = f"consent {consent.status} for {consent.purpose} by {consent.channel}"
        yield _entry(consent.occurred, 0, "consent", text, source=consent.source)


def _runs(history: History) -> Iterator[Dated]:
    for run in history.runs:
        yield _entry(run.start, 1, "run", f"{_run(run)} began", run.journey, enrollment=run.public_id)
        if run.ended is not None and run.status == "completed":
            yield _entry(run.ended, 4, "run", f"{_run(run)} reached its last step", run.journey)


def _run(run: Enrollment) -> str:
    return f"{run.journey} v{run.version}{f' ({run.entity})' if run.entity else ''}"


def _deliveries(history: History) -> Iterator[Dated]:
    names = {run.id: run.journey for run in history.runs}
    for one in history.deliveries:
        journey = names.get(one.enrollment, "")
        said, explained = _said(one), explain_delivery(one)
        sentence = f"{said}: {explained.sentence}"
        yield _entry(one.reserved, 2, explained.code, sentence, journey, delivery=one.id, step=one.step)
        for fact, at in one.facts.items():
            if fact not in ("sending", "in_doubt"):
                text = f"{said} was {fact.replace('_', ' ')}"
                yield _entry(at, 3, fact, text, journey, delivery=one.id)


def _said(one: Delivery) -> str:
    return f"the call of {one.message}" if one.is_call else f"{one.message} by {_name(one.channel)}"


def _notes(history: History) -> Iterator[Dated]:
    for note in history.notes:
        said = explain_note(note)
        yield _entry(note.trace.now, 3, note.trace.code, said.sentence.rstrip("."), note.journey, step=note.trace.step)
