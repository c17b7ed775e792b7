"""Why a delivery was made on this channel at this instant, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.gate import ENDED
from unichannel.core.policy.setting import DEFAULT
from unichannel.core.telling.clause import Clause
from unichannel.core.telling.wording import Words
from unichannel.core.words.instant import MINUTE
from unichannel.core.words.trace import Trace
from unichannel.flows.explaining.after import rungs_after
from unichannel.flows.explaining.before import outcome, refused_before
from unichannel.flows.explaining.case import Case
from unichannel.flows.explaining.told import Explanation, cost_of

__all__ = ["causes", "explain_delivery", "first_sentence"]

_SILENT = frozenset({"sending", "billed", "set_aside"})
_TOLD_AS = {"in_doubt": "doubted"}
"""What a fact is called once it is over."""

_OPEN = frozenset({"reserved", "sending", "retry", "in_doubt"})
_POSSIBLE = frozenset({"not_ranked", "not_named"})
"""The codes of channels that were possible, and not tried."""

_PASSED = 5
"""How many of the steps that were passed on the way are told, the last ones."""

_PASSED_AS = {"success": "succeeded"}
"""What a code is called on the way: of a send that succeeded, not of the channel that was not needed then."""


def explain_delivery(case: Case, delivery: Delivery) -> Explanation:
    """Why a delivery was made, in codes and a sentence."""
    words, trace = case.words(delivery.reserved), Trace.from_json(delivery.trace)
    title = f"{delivery.message} ({delivery.step})"
    about: dict[str, Any] = {
        "delivery": delivery.id,
        "channel": delivery.channel,
        "status": delivery.status,
        "trace": delivery.trace,
        "at": case.iso(delivery.reserved),
        "journey": case.journey(delivery.enrollment),
        "step": delivery.step,
        "cost": cost_of(delivery),
        "route": delivery.route,
    }
    if delivery.is_call:
        called = Clause("function_called", {"function": delivery.message, "step": delivery.step})
        told = f"{words.sentence(words.clause(called))} {_fate(case, delivery, words)}"
        return Explanation(title, "called", told, reasons=[called.as_json()], **about)
    why, verdicts, figures, context = _reasons(case, delivery, trace)
    tried = {one.channel: "tried" for one in case.rungs_before(delivery)}
    codes = tried | {channel: clause.code for channel, clause in verdicts.items()} | {delivery.channel: "reserved"}
    sentence = " ".join(
        part
        for part in (
            _because(words, delivery.channel, why, verdicts, figures),
            *(_context(words, context)),
            _fate(case, delivery, words),
        )
        if part
    )
    reasons = [clause.as_json() for clause in (*why, *verdicts.values(), *figures, *context)]
    return Explanation(title, "reserved", sentence, codes, cause=why[0].code, reasons=reasons, **about)


def first_sentence(case: Case, delivery: Delivery) -> str:
    """Only why it was made."""
    words = case.words(delivery.reserved)
    why, verdicts, figures, _ = _reasons(case, delivery, Trace.from_json(delivery.trace))
    return _because(words, delivery.channel, why, verdicts, figures)


Reasons = tuple[list[Clause], dict[str, Clause], list[Clause], list[Clause]]


def _reasons(case: Case, delivery: Delivery, trace: Trace) -> Reasons:
    """What brought it; the other candidates, by channel; costs and figures; the run and the way to the step."""
    why = causes(case, delivery, trace)
    before = refused_before(case, case.rungs_before(delivery), why)
    verdicts = {**before, **case.verdicts(trace, case.send_of(delivery))}
    verdicts |= rungs_after(case, delivery, trace, {delivery.channel, *verdicts})
    verdicts.pop(delivery.channel, None)
    return why, verdicts, [*_held(case, delivery, trace), *_figures(delivery, trace)], _around(case, delivery, trace)


def _because(
    words: Words, channel: str, why: list[Clause], verdicts: Mapping[str, Clause], figures: list[Clause]
) -> str:
    more = [words.clause(clause) for clause in (*verdicts.values(), *figures)]
    return words.because(words.channel(channel), [words.clause(clause) for clause in why], more)


# why this channel, now


def causes(case: Case, delivery: Delivery, trace: Trace) -> list[Clause]:
    """What brought this rung."""
    before, detail = case.rungs_before(delivery), trace.detail
    if detail.get("cause") and before:
        only = [Clause("only_before", {"channel": before[-1].channel})] if delivery.rung == 2 else []
        return [*outcome(case, before, str(detail["cause"]), trace.at, trace.now), *only]
    if delivery.rung > 1:
        return [Clause("none_before")]
    if "strategy" in detail:
        return [_chosen(case, delivery, trace)]
    rungs = list(detail.get("rungs", ()))
    return [Clause("first_rung", {"rungs": rungs}) if len(rungs) > 1 else Clause("only_channel")]


def _chosen(case: Case, delivery: Delivery, trace: Trace) -> Clause:
    """What a strategy, or the person, put it first by."""
    channel, detail = delivery.channel, trace.detail
    send = case.send_of(delivery)
    topic = send.message.category if send is not None else ""
    if detail.get("stated") == channel:
        return Clause("preferred", {"channel": channel, "topic": topic})
    if "error" in detail:
        return Clause("strategy_failed", {"error": detail["error"]})
    if "part" in detail:
        return Clause("drawn", {"odds": detail.get("odds", {}).get(channel)})
    if len(detail.get("rungs", ())) < 2 and not any(one.code in _POSSIBLE for one in trace.verdicts):
        return Clause("only_possible")
    figures = _figures_of(detail)
    if "by" in detail or channel not in figures:
        name = str(detail["strategy"])
        return Clause("ranked", {"strategy": "" if name == DEFAULT else name, "topic": topic if "by" in detail else ""})
    return _ranked(channel, figures, detail)


def _figures_of(detail: Mapping[str, Any]) -> dict[str, float]:
    """What each channel was ranked by: money, else odds."""
    values = {one: float(value) for one, (value, _) in detail.get("values", {}).items()}
    return values or {one: float(belief["mean"]) for one, belief in detail.get("beliefs", {}).items()}


def _ranked(channel: str, figures: Mapping[str, float], detail: Mapping[str, Any]) -> Clause:
    """First by its figures, by what it promises over several messages, or tried although another had better ones."""
    best, promised = max(figures.values()), detail.get("promised", {})
    if promised and promised.get(channel) == max(promised.values()):
        # What money brings is not counted in answers.
        return Clause("promising", {} if "values" in detail else {"promised": promised})
    if promised or figures[channel] < best:
        return Clause("explored", {"odds": detail.get("odds", {}).get(channel)})
    if "values" in detail:
        return Clause("best_value")
    return Clause("alike" if list(figures.values()).count(best) > 1 else "best")


# what held it, what it costs, what it was chosen by


def _held(case: Case, delivery: Delivery, trace: Trace) -> list[Clause]:
    """Every rule that held it, with until when; or that it was late for no such reason."""
    before = max((one.reserved for one in case.rungs_before(delivery)), default=trace.at)
    found = []
    for note in case.notes(delivery.enrollment, delivery.step, ("deferred",)):
        if before <= note.trace.now < trace.now or note.trace.at == trace.at:
            found += held_by(case, delivery, note.trace)
    is_late = not found and trace.now - trace.at >= MINUTE
    return found or ([Clause("late", {"planned": trace.at, "decided": trace.now})] if is_late else [])


def held_by(case: Case, delivery: Delivery, trace: Trace) -> list[Clause]:
    """The rules that a deferral names."""
    if "rule" in trace.detail:
        return [Clause(str(trace.detail["rule"]), {"channel": delivery.channel, **trace.detail})]
    waiting = {one.channel: one for one in trace.verdicts if "until" in one.detail}
    if delivery.channel not in waiting:
        return [Clause("held", {"until": trace.detail.get("until")})]
    one = waiting[delivery.channel]
    return [case.verdict(one.channel, one.code, one.detail, case.send_of(delivery), trace.now)]


def _figures(delivery: Delivery, trace: Trace) -> list[Clause]:
    """The cost, where it is known, and the evidence that a strategy had."""
    detail, found = trace.detail, []
    if "derived" in detail:
        found.append(Clause("derived", {"seen_channel": detail["derived"]}))
    if delivery.cost is not None:
        found.append(
            Clause("cost", {"channel": delivery.channel, "cost": delivery.cost, "currency": delivery.currency})
        )
    if detail.get("values"):
        worth, currency = detail["worth"]
        values = {one: [*some, currency] for one, some in detail["values"].items()}
        found.append(Clause("value", {"values": values, "worth": worth, "currency": currency}))
    if "beliefs" in detail:
        seen_messages = round(sum(float(belief.get("n", 0)) for belief in detail["beliefs"].values()))
        shown = {"beliefs": detail["beliefs"], "messages": seen_messages, "prior": detail.get("prior") or None}
        found.append(Clause("affinity", shown | {"odds": detail.get("odds")}))
    return found


# the run, and the way to the step


def _around(case: Case, delivery: Delivery, trace: Trace) -> list[Clause]:
    run = case.runs.get(delivery.enrollment)
    if run is None:
        return []
    if run.journey.startswith("send:"):
        return [Clause("of_send", {"start": run.start})]
    event = case.trigger(run)
    values = {"step": delivery.step, "journey": run.journey, "start": run.start, "run": run.public_id}
    first = Clause("of_run", values | {"event": event.name if event is not None else ""})
    path = [
        Clause(
            _PASSED_AS.get(code, code),
            {"step": step, "at": at, "arm": more[0] if more else "", "event": more[0] if more else ""},
        )
        for code, step, at, *more in trace.detail.get("path", ())[-_PASSED:]
    ]
    return [first, *path]


def _context(words: Words, clauses: list[Clause]) -> list[str]:
    if not clauses:
        return []
    first, *path = [words.clause(clause) for clause in clauses]
    way = [words.finished(words.frame("path", path=words.joined(path)))] if path else []
    return [words.sentence(first), *way]


# what became of it


def _fate(case: Case, delivery: Delivery, words: Words) -> str:
    """What became of it, and when."""
    known = sorted((at, _TOLD_AS.get(fact, fact)) for fact, at in delivery.facts.items() if _is_told(delivery, fact))
    values = _end_values(case, delivery)
    told = [words.fact(fact, at=at, **values) for at, fact in known]
    if delivery.status in _OPEN:
        since = delivery.facts.get(delivery.status, delivery.reserved)
        told.append(words.fact(delivery.status, at=since, **values))
    said = words.finished(words.frame("fate", facts=words.joined(told)))
    waits = delivery.status in ("reserved", "retry") and delivery.due is not None and delivery.due > case.now
    more = words.sentence(words.clause(Clause("delivery_waits", {"until": delivery.due}))) if waits else ""
    return f"{said} {more}".strip()


def _is_told(delivery: Delivery, fact: str) -> bool:
    """Whether it is said of it: not what its status says, nor that it was on its way."""
    return fact not in _SILENT and not (fact == "in_doubt" and delivery.status in ("in_doubt", "abandoned"))


def _end_values(case: Case, delivery: Delivery) -> dict[str, Any]:
    """What the reason of its end may name."""
    run = case.runs.get(delivery.enrollment)
    ended = run is not None and delivery.reason in ENDED.values()
    values: dict[str, Any] = {"reason": delivery.reason, "channel": delivery.channel, "step": delivery.step}
    values |= {"tries": delivery.attempts} if delivery.attempts > 1 else {}
    return values | ({"journey": run.journey, "event": run.reason} if run is not None and ended else {})
