"""What moves a ladder: success, silence, a hard failure, the end of a hold."""

from __future__ import annotations

from unichannel.core.journey.enrollment import Ladder
from unichannel.core.journey.language.step import Send
from unichannel.core.journey.turn import Move, Turn
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.permission import CONSENT_CODES
from unichannel.core.words.channel import RANK
from unichannel.core.words.instant import HOUR, MINUTE

__all__ = ["HORIZON", "criterion", "ladder_move", "least_news"]

HORIZON = 72 * HOUR
"""For how long after it was settled a ladder still answers a hard failure."""

_REFUSED_LATER = frozenset({*CONSENT_CODES, "suppressed", "dead_address"})


def criterion(turn: Turn, step: Send, channel: str) -> str:
    """The evidence that counts as success on a channel: what was asked, else the best that can be seen."""
    reports, content = turn.setting.reports.get(channel, frozenset()), step.message.content(channel)

    def is_seen(evidence: str) -> bool:
        return evidence == "accepted" or (evidence in reports and content is not None and content.shows(evidence))

    if step.success is not None and is_seen(step.success):
        return step.success
    return next(one for one in ("opened", "delivered", "accepted") if is_seen(one))


def ladder_move(turn: Turn, place: int) -> Move | None:
    """The next thing that happens to the run's ladder at that place, as far as is known now."""
    ladder = turn.run.ladders[place]
    current = turn.deliveries(ladder.current)
    moves = (_success(turn, ladder), _held(ladder), _failure(ladder, current), _quiet(turn, ladder, current))
    first: Move | None = None
    for move in moves:
        if move is not None and (first is None or move.at < first.at):
            first = move
    return None if first is None else Move(max(first.at, ladder.at), first.cause, place)


def _success(turn: Turn, ladder: Ladder) -> Move | None:
    """The first success on any rung; once settled it only matters while something could still go out."""
    if ladder.settled is not None and ladder.hold is None:
        return None
    step = turn.program.node(ladder.step).step
    if not isinstance(step, Send):
        return None
    seen = [
        instant
        for one in turn.deliveries(ladder.deliveries)
        if (instant := one.first(criterion(turn, step, one.channel))) is not None
    ]
    return Move(min(seen), "success") if seen else None


def _held(ladder: Ladder) -> Move | None:
    return Move(ladder.hold, "hold") if ladder.hold is not None else None


def _failure(ladder: Ladder, current: list[Delivery]) -> Move | None:
    """When every delivery of the present rung had failed, None while one may still do."""
    if not current or ladder.hold is not None:
        return None
    ends = [end for one in current if (end := _failed_at(one, ladder)) is not None]
    if len(ends) < len(current):
        return None
    last = max(ends)
    late = ladder.settled is not None and last > ladder.settled + HORIZON
    return None if late else Move(last, "hard_failure")


def _failed_at(delivery: Delivery, ladder: Ladder) -> int | None:
    """The planned instant of a delivery's failure.

    What was refused at its first try failed when it was planned: nothing went out in between. An
    abandoned delivery has not failed: it is treated as silence.
    """
    if delivery.status == "cancelled":
        return delivery.facts.get("cancelled", ladder.at) if delivery.reason in _REFUSED_LATER else None
    if delivery.status == "expired":
        return delivery.facts.get("expired", delivery.expires)
    failed = delivery.hard_failure()
    if failed is None or delivery.first("accepted") is not None:
        return failed
    return ladder.at if delivery.attempts <= 1 else failed


def _quiet(turn: Turn, ladder: Ladder, current: list[Delivery]) -> Move | None:
    """Acceptance of the last rung settles; silence after an earlier one moves on."""
    if ladder.settled is not None or ladder.hold is not None:
        return None
    has_next = ladder.tried < len(ladder.channels)
    went = _went_out(current)
    if went is not None and not has_next:
        return Move(ladder.at, "last_rung")
    if ladder.delay is None or not has_next:
        return None
    if went is not None:
        return Move(went + ladder.delay, "silence")
    return Move(max(ladder.since + ladder.delay, turn.now + MINUTE), "look")


def _went_out(deliveries: list[Delivery]) -> int | None:
    """When the rung's first delivery was accepted, or when it was marked sending if it was abandoned."""
    known = [instant for one in deliveries if (instant := _out_at(one)) is not None]
    return min(known, default=None)


def _out_at(delivery: Delivery) -> int | None:
    accepted = delivery.first("accepted")
    if accepted is None and delivery.status == "abandoned":
        return delivery.facts.get("sending", delivery.reserved)
    return accepted


def least_news(turn: Turn) -> int:
    """The weakest evidence that would change something, as a rank; failures always do.

    A delivery whose acceptance changes nothing (its silence is already on the clock) need not
    wake anybody when it is accepted.
    """
    if any(_wants_acceptance(ladder) for ladder in turn.run.ladders):
        return RANK["accepted"]
    return RANK["delivered"]


def _wants_acceptance(ladder: Ladder) -> bool:
    """Whether acceptance of the present rung settles the ladder."""
    return ladder.settled is None and ladder.hold is None and ladder.tried >= len(ladder.channels)
