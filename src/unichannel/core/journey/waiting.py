"""When a wait ends: by its span or moment, by an event or condition, or by its time being up."""

from __future__ import annotations

from unichannel.core.calendar.hours import Opens, closing, opening
from unichannel.core.calendar.span import Span
from unichannel.core.calendar.zone import add, subtract
from unichannel.core.condition.condition import Condition
from unichannel.core.condition.moment import Moment
from unichannel.core.condition.pattern import On
from unichannel.core.journey.language.step import Send, Wait, step_name, until_needs
from unichannel.core.journey.turn import Move, Turn, sooner
from unichannel.core.policy.selection import asked_for
from unichannel.core.policy.timing import hours_for
from unichannel.core.words.category import Category
from unichannel.core.words.facts import Needs
from unichannel.core.words.instant import MINUTE

__all__ = ["until_move", "wait_move"]

_MARGIN = 30 * MINUTE


def wait_move(turn: Turn, step: Wait, name: str) -> Move | None:
    """How and when the wait under the cursor ends, as far as is known now.

    An instant after ``now`` is when to look again at the latest; None means that only news can
    end it.
    """
    if isinstance(step.until, On | Condition):
        return until_move(turn, step.until, step.timeout, name)
    return _moment(turn, step)


def until_move(turn: Turn, until: On | Condition | None, timeout: Span | None, name: str) -> Move | None:
    """When something is first so at the step under the cursor, or its time is up, whatever comes first."""
    time_up = _timeout(turn, timeout)
    if isinstance(until, On):
        return sooner(_event(turn, until, name), time_up)
    return _condition(turn, time_up, until) if until is not None else time_up


def _moment(turn: Turn, step: Wait) -> Move | None:
    run, zone = turn.run, turn.view.zone
    if step.span is not None:
        target: int | None = add(run.arrived, step.span, zone)
    else:
        target = step.until.resolve(turn.view, run.arrived) if isinstance(step.until, Moment) else None
    if target is None:
        return None
    target = _before(turn, step, target)
    return Move(max(target, _floor(turn, until_needs(step.until))), "wait", planned=target)


def _before(turn: Turn, step: Wait, target: int) -> int:
    """Keep a target out of closed hours that do not end before the date that it precedes (B2)."""
    limit = step.before.resolve(turn.view, turn.run.arrived) if step.before is not None else None
    if limit is None:
        return target
    rules = _hours(turn, step)
    opens = opening(target, rules)
    if opens == target or (opens is not None and opens < limit):
        return target
    closed = closing(target, rules)
    return closed - _MARGIN if closed is not None else target


def _hours(turn: Turn, step: Wait) -> list[Opens]:
    """The hours of the send that the wait leads to; the person's night where another step comes first."""
    program, setting = turn.program, turn.setting
    then = program.node(step_name(step)).then
    following = program.nodes[then].step if then >= 0 else None
    if not isinstance(following, Send):
        return hours_for(setting, "", turn.facts.person, marketing=False)
    category = setting.category(following.message.category)
    likely = following.via or _likely(turn, following, category)
    waking = [one for one in likely if one in setting.channels and setting.channels[one].interrupts]
    return hours_for(setting, waking[0] if waking else "", turn.facts.person, marketing=category.is_marketing)


def _likely(turn: Turn, step: Send, category: Category) -> tuple[str, ...]:
    """Where a send that names no channel may go: what was asked for or is usual, else any of its channels."""
    first = asked_for(turn.facts.person, category) or category.channel
    return (first,) if first in step.message.channels else tuple(step.message.channels)


def _floor(turn: Turn, needs: Needs) -> int:
    """The earliest instant at which the wait may end: facts without a history count from their change."""
    changed = turn.facts.person.changed if needs.attributes else 0
    return max(turn.run.arrived, turn.run.refreshed, changed)


def _event(turn: Turn, pattern: On, name: str) -> Move | None:
    """The first matching event after the run began, or after this wait was last left."""
    run = turn.run
    begun = run.start
    if pattern.since is not None:
        begun = min(begun, subtract(run.arrived, pattern.since, turn.view.zone))
    after = max(begun, run.left.get(name, 0))
    for event in turn.facts.events:
        fresh = event.occurred > after or (event.occurred == run.start and name not in run.left)
        if fresh and event.id != run.trigger and turn.view.is_meant(event, pattern):
            return Move(max(event.occurred, run.arrived), "event")
    return None


def _timeout(turn: Turn, timeout: Span | None) -> Move | None:
    return None if timeout is None else Move(add(turn.run.arrived, timeout, turn.view.zone), "timeout")


def _condition(turn: Turn, timeout: Move | None, condition: Condition) -> Move | None:
    """Look at every instant since arrival at which the answer may have changed, until it holds."""
    end = min(turn.now, timeout.at) if timeout is not None else turn.now
    instant: int | None = _floor(turn, condition.needs())
    changes = turn.view.instants(instant or 0, end)
    place = 0
    while instant is not None and instant <= end:
        truth = condition.truth(turn.view, instant)
        if truth.value:
            return sooner(Move(instant, "event"), timeout)
        while place < len(changes) and changes[place] <= instant:
            place += 1
        upcoming = changes[place] if place < len(changes) else None
        instant = min((one for one in (truth.until, upcoming) if one is not None), default=None)
    look_again = Move(instant, "look") if instant is not None else None
    return sooner(timeout, look_again)
