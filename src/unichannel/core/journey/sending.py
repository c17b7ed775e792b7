"""Sends: choosing the rung, reserving its deliveries, or saying why none was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unichannel.core.audience.engagement import TRIED, is_try
from unichannel.core.journey.context import frozen_values, template_context
from unichannel.core.journey.costing import afford, cost_detail
from unichannel.core.journey.enrollment import Emitted, Ladder, emitted_id
from unichannel.core.journey.laddering import criterion
from unichannel.core.journey.language.step import Send
from unichannel.core.journey.turn import Turn
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.messaging.evaluate import evaluate
from unichannel.core.policy.eligibility import Candidate, Case, judge
from unichannel.core.policy.pressure import PRESSURE, Matter, press
from unichannel.core.policy.selection import Selection, select
from unichannel.core.policy.setting import DEFAULT
from unichannel.core.words.category import Category
from unichannel.core.words.ids import delivery_key, fraction
from unichannel.core.words.instant import HOUR
from unichannel.core.words.trace import Trace, Verdict

__all__ = ["UNREACHABLE", "begin_send", "climb"]

UNREACHABLE = "send.unreachable"
"""The event that a send with no way left emits (A8)."""

_HELD_BACK = PRESSURE | {"closed"}
"""The codes with which something is not said now, though the person could be reached."""

_RUNGS = 2
_CLOSE = HOUR


def begin_send(turn: Turn, step: Send, name: str) -> Ladder | None:
    """Decide the send under the cursor: the ladder it opened, or None where it waits or was not made.

    Where it has to wait, the run's ``hold`` says until when; nothing is reserved.
    """
    run, category = turn.run, turn.setting.category(step.message.category)
    expires = _expires(turn, step, category, run.planned)
    if turn.now >= expires:
        turn.note("expired", name, rule="ttl", planned=run.planned, expires=expires)
        return None
    if _too_close(turn, category, name, expires):
        return None
    chosen = _channels(turn, step, name, category, expires)
    ladder = Ladder(name, run.visits.get(name, 1), chosen.channels, run.at, run.planned, delay=_delay(step, category))
    return ladder if climb(turn, ladder, step, chosen) else None


def time_to_live(step: Send, category: Category) -> int:
    """Microseconds for which the send is worth making: its own, else its category's."""
    return step.ttl.nominal if step.ttl is not None else category.time_to_live


def _expires(turn: Turn, step: Send, category: Category, planned: int) -> int:
    """When a send planned then is not worth making any more: its time-to-live, or its date if that is earlier."""
    expires = planned + time_to_live(step, category)
    date = step.before.resolve(turn.view, turn.run.arrived) if step.before is not None else None
    return expires if date is None else min(expires, date)


def _delay(step: Send, category: Category) -> int | None:
    """The silence after which the next rung is tried, None where only a hard failure moves on."""
    if not step.is_ladder:
        return None
    return step.fallback_after.nominal if step.fallback_after is not None else category.delay


def _too_close(turn: Turn, category: Category, name: str, expires: int) -> bool:
    """Hold a marketing step that fell on the one before it only through lateness or deferral."""
    run = turn.run
    if not category.is_marketing or not run.spaced:
        return False
    planned, real = run.spaced
    until = real + min(max(run.planned - planned, 0), _CLOSE)
    if turn.now >= until or until >= expires:
        return False
    run.hold = until
    turn.note("deferred", name, until=until, rule="spacing", last=real, planned=run.planned - planned)
    return True


def _channels(turn: Turn, step: Send, name: str, category: Category, expires: int) -> Selection:
    """The rungs: as written, else the strategy's ranking of what is eligible."""
    if step.via is not None:
        return Selection(list(step.via), [])
    draw = fraction("strategy", turn.facts.person.key, turn.run.id, name, turn.run.visits.get(name, 1))
    judged = [_judge(turn, channel, step, category, expires) for channel in step.message.channels]
    strategy = step.strategy or category.strategy or DEFAULT
    return select(_case(turn, step, category, expires), judged, strategy, draw, _RUNGS)


def _case(turn: Turn, step: Send, category: Category, expires: int) -> Case:
    return Case(step.message, category, turn.facts, turn.setting, turn.now, expires)


def _judge(turn: Turn, channel: str, step: Send, category: Category, expires: int) -> Candidate:
    """Whether it may go there: eligible, within what a person may get, within what it may cost."""
    candidate = judge(channel, _case(turn, step, category, expires))
    return afford(turn, step, _pressed(turn, candidate, step, category, expires))


def _pressed(turn: Turn, candidate: Candidate, step: Send, category: Category, expires: int) -> Candidate:
    if not candidate.is_ready or not (turn.setting.caps or step.message.about):
        return candidate
    key = _matter(turn, step)
    matter = Matter(key, turn.run.id, step.message.about_for) if key else None
    deliveries = [*turn.facts.deliveries, *turn.decision.reserve]
    zone, now = turn.view.zone, turn.now
    return press(candidate, category, matter, deliveries, turn.setting, zone=zone, now=now, expires=expires)


def _matter(turn: Turn, step: Send) -> str:
    """The key of what the message is about, "" where it says none."""
    about = step.message.about
    return str(evaluate(about, template_context(turn, step.message.name))).strip() if about else ""


def climb(turn: Turn, ladder: Ladder, step: Send, chosen: Selection | None = None, cause: str = "") -> bool:
    """Try the ladder's next rungs in turn; whether it now holds something: a reservation or a wait.

    With no way left and nothing that went out, the event ``send.unreachable`` is emitted.
    """
    category = turn.setting.category(step.message.category)
    start = ladder.first if category.urgency == "otp" or not ladder.tried else ladder.at
    expires = _expires(turn, step, category, start)
    seen = list(chosen.verdicts) if chosen is not None else []
    how = chosen.detail if chosen is not None else {}
    waiting: tuple[int, int] | None = None
    if ladder.tried and turn.now >= expires:
        turn.note("expired", ladder.step, tuple(seen), rule="ttl", cause=cause, planned=start, expires=expires)
        return False
    while ladder.tried < len(ladder.channels):
        candidate = _judge(turn, ladder.channels[ladder.tried], step, category, expires)
        seen.append(candidate.verdict)
        if candidate.until is not None and candidate.moves_on:
            waiting = min(waiting or (candidate.until, ladder.tried), (candidate.until, ladder.tried))
        elif candidate.until is not None:
            _hold(turn, ladder, candidate.until, tuple(seen), cause)
            return bool(ladder.deliveries)
        ladder.tried += 1
        if candidate.is_ready:
            how = {**how, **_asked(turn, ladder, step, candidate), **_source(step, candidate), **cost_detail(candidate)}
            _reserve(turn, ladder, step, category, candidate, expires, _trace(turn, ladder, seen, cause, how))
            return True
    if waiting is not None:
        until, ladder.tried = waiting
        _hold(turn, ladder, until, tuple(seen), cause)
        return bool(ladder.deliveries)
    _give_up(turn, ladder, step, tuple(seen), cause)
    return False


def _hold(turn: Turn, ladder: Ladder, until: int, verdicts: tuple[Verdict, ...], cause: str) -> None:
    if ladder.deliveries:
        ladder.hold = until
    else:
        turn.run.hold = until
    turn.note("deferred", ladder.step, verdicts, until=until, **({"cause": cause} if cause else {}))


def _give_up(turn: Turn, ladder: Ladder, step: Send, verdicts: tuple[Verdict, ...], cause: str) -> None:
    went = any(
        (one.first("accepted") is not None and one.hard_failure() is None) or one.status == "abandoned"
        for one in turn.deliveries(ladder.deliveries)
    )
    held_back = next((one.code for one in verdicts if one.code in _HELD_BACK), "")
    if went or held_back:
        turn.note("skipped", ladder.step, verdicts, cause=held_back or cause)
        return
    turn.note("unreachable", ladder.step, verdicts, cause=cause)
    properties = {
        "journey": turn.run.journey,
        "step": ladder.step,
        "message": step.message.name,
        "enrollment": turn.run.public_id,
        "reasons": {verdict.channel: verdict.code for verdict in verdicts},
    }
    id = emitted_id(turn.run.id, ladder.visit, ladder.step)
    turn.decision.emit.append(Emitted(UNREACHABLE, turn.now, properties, id))


def _reserve(
    turn: Turn,
    ladder: Ladder,
    step: Send,
    category: Category,
    candidate: Candidate,
    expires: int,
    trace: dict[str, Any],
) -> None:
    """Reserve one delivery for each address of the rung."""
    has_next = ladder.tried < len(ladder.channels)
    retries_end = turn.now + (ladder.delay or category.delay) if has_next else expires
    ladder.since, ladder.current, ladder.hold = turn.now, [], None
    channel = candidate.verdict.channel
    mark = {TRIED: 1} if _is_try(turn, step, channel) else {}
    content, about = step.message.content(channel), _matter(turn, step)
    frozen = frozen_values(turn, step, channel, content) if content is not None else {}
    quotes = candidate.quotes or (None,) * len(candidate.addresses)
    for (address, hashed), quote in zip(candidate.addresses, quotes, strict=True):
        turn.run.counted += 1
        delivery = Delivery(
            enrollment=turn.run.id,
            n=turn.run.counted,
            profile=turn.run.profile,
            key=delivery_key(
                turn.setting.identity, turn.run.id, ladder.step, ladder.visit, ladder.tried, f"{channel}\x1f{address}"
            ),
            step=ladder.step,
            visit=ladder.visit,
            rung=ladder.tried,
            channel=channel,
            message=step.message.name,
            category=category.name,
            address=address,
            hash=hashed,
            at=ladder.at,
            reserved=turn.now,
            due=turn.now,
            expires=min(expires, retries_end),
            definition=turn.run.definition,
            about=about,
            cost=quote.micros if quote is not None else None,
            currency=turn.setting.currency if quote is not None and quote.micros is not None else "",
            frozen=frozen,
            trace={**trace, "detail": {**trace["detail"], **mark}} if mark else trace,
        )
        turn.reserve(delivery)
        mark = {}  # several devices are one try
        ladder.current.append(delivery.n)
        ladder.deliveries.append(delivery.n)
    if category.is_marketing and ladder.tried == 1:
        turn.run.spaced = [turn.run.planned, turn.now]


def _is_try(turn: Turn, step: Send, channel: str) -> bool:
    """Whether the message can show engagement on this channel: else its silence says nothing."""
    content = step.message.content(channel)
    seen = (one for one in turn.setting.reports.get(channel, ()) if content is not None and content.shows(one))
    return is_try(turn.setting.channels[channel], seen, step.success)


def _asked(turn: Turn, ladder: Ladder, step: Send, candidate: Candidate) -> dict[str, str]:
    """The evidence that the rung waits for, where it is not the one that the step names."""
    if ladder.delay is None:
        return {}
    asked = criterion(turn, step, candidate.verdict.channel)
    return {"success": asked} if asked != step.success else {}


def _source(step: Send, candidate: Candidate) -> dict[str, str]:
    """Where the words come from, where nobody wrote them for this channel."""
    source = step.message.derived_from(candidate.verdict.channel)
    return {"derived": source} if source else {}


def _trace(
    turn: Turn, ladder: Ladder, verdicts: Sequence[Verdict], cause: str, how: Mapping[str, Any]
) -> dict[str, Any]:
    detail: dict[str, Any] = {"rung": ladder.tried, "rungs": list(ladder.channels), **how}
    if cause:
        detail["cause"] = cause
    if turn.run.path:
        detail["path"], turn.run.path = turn.run.path, []
    return Trace("reserved", ladder.step, ladder.at, turn.now, tuple(verdicts), detail).as_json()
