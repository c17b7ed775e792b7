"""Why the channels that come after a rung were not tried with it, and when or whether they were."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.gate import ENDED
from unichannel.core.telling.clause import Clause
from unichannel.core.words.trace import Trace
from unichannel.flows.explaining.before import seen, sent_at
from unichannel.flows.explaining.case import Case

__all__ = ["rungs_after"]

_DECIDED = ("skipped", "unreachable", "deferred", "expired")


def rungs_after(case: Case, delivery: Delivery, trace: Trace, known: Iterable[str]) -> dict[str, Clause]:
    """What became of each channel of the send that comes after this delivery's, by channel."""
    told = set(known)
    later = [one for one in case.of_send(delivery) if one.rung > delivery.rung]
    rungs = [one for one in trace.detail.get("rungs", ())[delivery.rung :] if one not in told]
    found = {channel: _tried(channel, later) or _refused(case, delivery, channel, later) for channel in rungs}
    waiting = [channel for channel in rungs if found[channel] is None]
    to_come = {channel: _not_tried(case, delivery, channel, is_next=channel == waiting[0]) for channel in waiting}
    return {channel: clause for channel in rungs if (clause := found[channel] or to_come[channel]) is not None}


def _tried(channel: str, later: Sequence[Delivery]) -> Clause | None:
    """That it followed, and when."""
    sent = [one.reserved for one in later if one.channel == channel]
    return Clause("followed", {"channel": channel, "since": min(sent)}) if sent else None


def _refused(case: Case, delivery: Delivery, channel: str, later: Sequence[Delivery]) -> Clause | None:
    """What the last decision about the send after this delivery said of the channel."""
    send = case.send_of(delivery)
    traces = _noted(case, delivery, _DECIDED)
    traces += [Trace.from_json(one.trace) for one in later]
    said = [case.verdicts(one, send) for one in sorted(traces, key=lambda one: one.now)]
    return next((one[channel] for one in reversed(said) if channel in one), None)


def _not_tried(case: Case, delivery: Delivery, channel: str, *, is_next: bool) -> Clause | None:
    """Why no decision was made about it: not needed, its turn did not come, still to come, or only for a failure.

    None where that is not known: nobody here can read the send, and what it waited for.
    """
    send, run = case.send_of(delivery), case.runs.get(delivery.enrollment)
    ladders = [] if run is None else [one for one in run.ladders if delivery.n in one.deliveries]
    if any(one.settled is None and one.delay is not None for one in ladders):
        return _to_come(case, delivery, channel, ladders[0].delay or 0, is_next=is_next)
    if send is None:
        return None
    if not send.is_ladder:
        return Clause("if_it_fails" if delivery.hard_failure() is None else "not_awaited", {"channel": channel})
    success = _success(case, delivery)
    if success is not None:
        return Clause("success", {"channel": channel} | success)
    if run is not None and run.status in ENDED and run.ended is not None:
        return Clause("run_over", {"channel": channel, "event": run.reason, "since": run.ended})
    moved = [one for one in _noted(case, delivery, ("skipped",)) if one.detail.get("cause") == "handler"]
    if moved:
        return Clause("moved_on", {"channel": channel, "event": moved[0].detail.get("event"), "since": moved[0].now})
    return Clause("if_it_fails" if delivery.hard_failure() is None else "not_awaited", {"channel": channel})


def _noted(case: Case, delivery: Delivery, codes: Iterable[str]) -> list[Trace]:
    """What was noted of its send from then on, before the step was come to again."""
    place = (delivery.enrollment, delivery.step)
    again = [
        one.reserved
        for one in case.history.deliveries
        if (one.enrollment, one.step) == place and one.visit > delivery.visit
    ]
    end = min(again, default=math.inf)  # whatever the clock of who asks says
    return [note.trace for note in case.notes(*place, codes) if delivery.reserved <= note.trace.now < end]


def _success(case: Case, delivery: Delivery) -> dict[str, object] | None:
    """The first thing that any rung of the send showed that was enough, None where none did."""
    found = [
        (instant, one.n, one, fact)
        for one in case.of_send(delivery)
        if (evidence := case.criterion(one)) and (shown := seen(one, evidence)) is not None
        for fact, instant in (shown,)
    ]
    if not found:
        return None
    instant, _, one, fact = min(found, key=lambda each: each[:2])
    shown_by = {"message": one.message, "seen_channel": one.channel, "sent": sent_at(one)}
    return {"evidence": fact, "since": instant, **shown_by}


def _to_come(case: Case, delivery: Delivery, channel: str, delay: int, *, is_next: bool) -> Clause:
    """When it is its turn, if nothing is heard; only the next one's is known."""
    until = sent_at(delivery) + delay
    if not is_next or until <= case.now or case.of_send(delivery)[-1].rung > delivery.rung:
        return Clause("later_rung", {"channel": channel})
    awaited = case.criterion(delivery) or ("opened" if case.send_of(delivery) is not None else "")
    return Clause("next_rung", {"channel": channel, "until": until} | ({"evidence": awaited} if awaited else {}))
