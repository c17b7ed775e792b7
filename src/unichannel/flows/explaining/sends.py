"""Why a delivery was made on this channel at this instant, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.gate import ENDED
from unichannel.core.telling.clause import Clause
from unichannel.core.telling.wording import Words
from unichannel.core.words.instant import MINUTE
from unichannel.core.words.trace import Trace
from unichannel.flows.explaining.before import outcome, seen, sent_at
from unichannel.flows.explaining.case import Case
from unichannel.flows.explaining.told import Explanation, cost_of

__all__ = ["causes", "explain_delivery", "first_sentence"]

_SILENT = frozenset({"sending", "in_doubt"})
_OPEN = frozenset({"reserved", "sending", "retry", "in_doubt"})
_DECIDED = ("skipped", "unreachable", "deferred")
_PASSED = 5
"""How many of the steps that were passed on the way are told, the last ones."""


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
    verdicts = {**_refused_before(case, delivery, why), **case.verdicts(trace, case.send_of(delivery))}
    verdicts |= _rungs_after(case, delivery, trace, {delivery.channel, *verdicts})
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
        last = before[-1]
        only = [Clause("only_before", {"channel": last.channel})] if delivery.rung == 2 else []
        return [*outcome(case, last, str(detail["cause"]), trace.at, trace.now), *only]
    rungs = list(detail.get("rungs", ()))
    if delivery.rung > 1:
        return [Clause("none_before")]
    if detail.get("stated") == delivery.channel:
        send = case.send_of(delivery)
        return [Clause("preferred", {"channel": delivery.channel, "topic": send.message.category if send else ""})]
    if "error" in detail:
        return [Clause("strategy_failed", {"error": detail["error"]})]
    if any(name in detail for name in ("strategy", "beliefs")):
        return [_ranked(delivery.channel, detail)]
    return [Clause("first_rung", {"rungs": rungs}) if len(rungs) > 1 else Clause("only_channel")]


def _ranked(channel: str, detail: Mapping[str, Any]) -> Clause:
    """First by its figures, by what it promises over several messages, or tried although another had better ones."""
    promised = detail.get("promised", {})
    if promised and channel == max(promised, key=lambda one: promised[one]):
        # What money brings is not counted in answers.
        return Clause("promising", {} if "values" in detail else {"promised": promised})
    if promised:
        return Clause("explored", {"odds": detail.get("odds", {}).get(channel)})
    values = {one: float(value) for one, (value, _) in detail.get("values", {}).items()}
    figures = values or {one: float(belief["mean"]) for one, belief in detail.get("beliefs", {}).items()}
    if channel in figures and figures[channel] < max(figures.values()):
        return Clause("explored", {"odds": detail.get("odds", {}).get(channel)})
    return Clause("best_value") if channel in values else Clause("best")


def _refused_before(case: Case, delivery: Delivery, why: list[Clause]) -> dict[str, Clause]:
    """What was said of the other channels when the rungs before were decided, and which of them were tried."""
    found: dict[str, Clause] = {}
    told = {clause.values.get("channel") for clause in why}
    for one in case.rungs_before(delivery):
        found |= case.verdicts(Trace.from_json(one.trace), case.send_of(one))
        found[one.channel] = Clause("tried", {"channel": one.channel, "since": sent_at(one)})
    return {channel: clause for channel, clause in found.items() if channel not in told and channel != delivery.channel}


def _rungs_after(case: Case, delivery: Delivery, trace: Trace, known: set[str]) -> dict[str, Clause]:
    """Why the channels after it were not tried at the same time, and when or whether they were."""
    rungs = [one for one in trace.detail.get("rungs", ())[delivery.rung :] if one not in known]
    return {channel: _after(case, delivery, channel) for channel in rungs}


def _after(case: Case, delivery: Delivery, channel: str) -> Clause:
    """What is known of a channel that comes after: not needed, still to come, or only for a failure."""
    send = case.send_of(delivery)
    later = [
        one
        for one in case.history.deliveries
        if (one.enrollment, one.step, one.visit) == (delivery.enrollment, delivery.step, delivery.visit)
        and one.rung > delivery.rung
    ]
    refused = [note.trace for note in case.notes(delivery.enrollment, delivery.step, _DECIDED)]
    for trace in reversed([one for one in refused if one.now >= delivery.reserved and not later]):
        said = case.verdicts(trace, send)
        if channel in said:
            return said[channel]
    success = send.success if send is not None and send.success is not None else "opened"
    found = seen(delivery, success)
    if later or send is None:
        return Clause("not_ranked", {"channel": channel})
    if found is not None and send.is_ladder and delivery.hard_failure() is None:
        values = {"message": delivery.message, "seen_channel": delivery.channel, "sent": sent_at(delivery)}
        return Clause("success", {"channel": channel, "evidence": found[0], "since": found[1]} | values)
    return _to_come(case, delivery, channel, success, is_ladder=send.is_ladder)


def _to_come(case: Case, delivery: Delivery, channel: str, success: str, *, is_ladder: bool) -> Clause:
    run = case.runs.get(delivery.enrollment)
    ladders = [] if run is None else [one for one in run.ladders if delivery.n in one.current and one.settled is None]
    if not is_ladder:
        return Clause("if_it_fails", {"channel": channel})
    if ladders and ladders[0].delay is not None:
        until = sent_at(delivery) + ladders[0].delay
        if until > case.now:
            return Clause("next_rung", {"channel": channel, "until": until, "evidence": success})
    return Clause("not_ranked", {"channel": channel})


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
        shown = {"beliefs": detail["beliefs"], "messages": seen_messages, "prior": detail.get("prior")}
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
        Clause(code, {"step": step, "at": at, "arm": more[0] if more else "", "event": more[0] if more else ""})
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
    known = sorted((at, fact) for fact, at in delivery.facts.items() if fact not in _SILENT)
    values = _end_values(case, delivery)
    told = [words.fact(fact, at=at, **values) for at, fact in known]
    if delivery.status in _OPEN and not known:
        since = delivery.facts.get(delivery.status, delivery.reserved)
        told.append(words.fact(delivery.status, at=since, **values))
    said = words.finished(words.frame("fate", facts=words.joined(told)))
    waits = delivery.status in ("reserved", "retry") and delivery.due is not None and delivery.due > case.now
    more = words.sentence(words.clause(Clause("delivery_waits", {"until": delivery.due}))) if waits else ""
    return f"{said} {more}".strip()


def _end_values(case: Case, delivery: Delivery) -> dict[str, Any]:
    """What the reason of its end may name."""
    run = case.runs.get(delivery.enrollment)
    ended = run is not None and delivery.reason in ENDED.values()
    values = {"reason": delivery.reason, "channel": delivery.channel, "step": delivery.step}
    return values | ({"journey": run.journey, "event": run.reason} if run is not None and ended else {})
