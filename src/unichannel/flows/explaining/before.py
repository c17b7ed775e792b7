"""What came before a rung and brought it: a bounce, silence, a failure, a refusal at the gate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unichannel.core.messaging.delivery import Delivery
from unichannel.core.telling.clause import Clause
from unichannel.core.words.trace import Trace
from unichannel.flows.explaining.case import Case

__all__ = ["outcome", "refused_before", "seen", "sent_at"]


def sent_at(delivery: Delivery) -> int:
    """When it went out, as far as is known."""
    accepted = delivery.first("accepted")
    return accepted if accepted is not None else delivery.facts.get("sending", delivery.reserved)


def _values(delivery: Delivery, **more: Any) -> dict[str, Any]:
    sent = sent_at(delivery)
    values = {"message": delivery.message, "channel": delivery.channel, "sent": sent, "delivery": delivery.id}
    return values | more


def outcome(case: Case, before: Sequence[Delivery], cause: str, at: int, now: int) -> list[Clause]:
    """Why the rung after those ``before`` was tried; ``at`` is its planned instant, ``now`` the real one."""
    last = before[-1]
    cause = _before_hold(case, last, now) if cause == "hold" else cause
    if cause == "silence":
        return _silence(case, last, [one for one in before if one.rung == last.rung], at)
    failed = _failure(case, last, now)
    if failed is not None:
        return [failed]
    return (
        [Clause("hard_failure", _values(last))]
        if cause == "hard_failure"
        else outcome(case, before, "silence", at, now)
    )


def _before_hold(case: Case, last: Delivery, now: int) -> str:
    """What had moved the ladder on before the next rung had to wait, as it was noted then."""
    notes = case.notes(last.enrollment, last.step, ("deferred",))
    causes = [str(one.trace.detail.get("cause", "")) for one in notes if last.reserved <= one.trace.now <= now]
    return next((one for one in causes if one not in ("", "hold")), "hold")


def _failure(case: Case, last: Delivery, now: int) -> Clause | None:
    """How it had failed by then, None where it had not."""
    known = {fact for fact, instant in last.facts.items() if instant <= now}
    if "bounced" in known:
        return Clause("bounced", _values(last, reason=last.reason))
    if "failed" in known:
        return Clause("hard_failure", _values(last, reason=last.reason))
    if last.status == "expired" and "in_doubt" in last.facts:
        return Clause("abandoned", _values(last))
    if last.status == "expired":
        tries = {"tries": last.attempts} if last.attempts else {"reason": "ttl"}
        return Clause("retries_ended" if last.attempts else "hard_failure", _values(last, **tries))
    if last.status == "cancelled":
        return case.verdict(last.channel, last.reason, {"purpose": _purpose(case, last)}, case.send_of(last), now)
    return None


def _purpose(case: Case, delivery: Delivery) -> str:
    """The purpose that refused it, from the verdicts that name one; "" where none does."""
    entries = [one for one in case.history.consents if one.channel in (delivery.channel, "*")]
    return max(entries, key=lambda one: one.recorded).purpose if entries else ""


def _silence(case: Case, last: Delivery, rung: Sequence[Delivery], at: int) -> list[Clause]:
    """That nothing was heard within the delay; and what was known only later, though it had happened by then."""
    evidence = case.criterion(last)
    if last.status == "abandoned" and last.first("accepted") is None:
        return [Clause("abandoned", _values(last))]
    sent = min(sent_at(one) for one in rung)
    values = _values(last, delay=max(at - sent, 0), evidence=evidence)
    late = [clause for one in rung for clause in _late(case, one, evidence or "opened", at)]
    # What happened in time and was told later did happen: then only that nothing was heard is true.
    heard = {"evidence": "", "asked": evidence} if late else {}
    return [Clause("silence", values | {"sent": sent} | heard), *late]


def _late(case: Case, last: Delivery, evidence: str, at: int) -> list[Clause]:
    found = seen(last, evidence)
    if found is None or found[1] > at:
        return []
    fact, instant = found
    told = [
        event.recorded
        for event in case.history.events
        if event.name == f"message.{fact}" and event.properties.get("delivery") == last.id
    ]
    values = {"evidence": fact, "since": instant, "told": min(told, default=None)}
    return [Clause("late_fact", _values(last) | values)]


def refused_before(case: Case, before: Sequence[Delivery], why: Sequence[Clause]) -> dict[str, Clause]:
    """What was said of channels when the rungs before were decided, and which were tried, less what ``why`` tells."""
    found: dict[str, Clause] = {}
    told = {clause.values.get("channel") for clause in why}
    for one in before:
        found |= case.verdicts(Trace.from_json(one.trace), case.send_of(one))
        found[one.channel] = Clause("tried", {"channel": one.channel, "since": sent_at(one)})
    return {channel: clause for channel, clause in found.items() if channel not in told}


_STRONGER = ("accepted", "delivered", "opened", "clicked", "replied", "converted")


def seen(delivery: Delivery, evidence: str) -> tuple[str, int] | None:
    """The first fact that is this evidence or a stronger one, with its instant."""
    least = _STRONGER.index(evidence)
    found = [(instant, fact) for fact, instant in delivery.facts.items() if fact in _STRONGER[least:]]
    instant, fact = min(found, default=(0, ""))
    return (fact, instant) if fact else None
