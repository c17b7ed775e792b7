"""Pressure: whether one more message may go now, by what the person was sent.

The rules of this file:

1. A message counts from its reservation on, until it is known not to have gone: cancelled, expired
   or failed. Its instant is when it was accepted; while it may still go, that is now, so a late
   retry never falls into a window that was given to another. Abandoned, it counts from when nobody
   waited for it any longer.
2. The deliveries of one rung (several devices) are one message.
3. A slot is free from ``until`` on if everything still open goes out. It may be free earlier, where
   that fails: then the profile is looked at again. What only fits in that case waits to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from unichannel.core.calendar.span import Span
from unichannel.core.calendar.zone import add, at_local, local
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.eligibility import Candidate
from unichannel.core.policy.frequency import Cap, Gap, Period, span_words
from unichannel.core.policy.setting import Setting
from unichannel.core.words.category import Category
from unichannel.core.words.instant import MINUTE
from unichannel.core.words.trace import Verdict

__all__ = ["PRESSURE", "Matter", "counts_from", "press"]

PRESSURE = frozenset({"cap", "gap", "same_matter"})
"""The codes with which a message is held back for the sake of others."""

_NAMED = 10
"""How many of the deliveries that count a trace names, those that go first."""

_DEAD = frozenset({"cancelled", "expired"})
_OPEN = frozenset({"reserved", "sending", "retry", "in_doubt"})


@dataclass(frozen=True, slots=True)
class Matter:
    """What a message is about: its key, the run that speaks, how long after one no other run does."""

    key: str
    enrollment: int
    within: Span


@dataclass(slots=True)
class _Counted:
    """One message that counts: until when, whether it may yet turn out not to have gone, and when that is seen."""

    ends: int
    is_open: bool
    due: int
    ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Refusal:
    """What a limit says no with: it is free at ``until`` if all that is open goes, at ``soonest`` if none does.

    ``look`` is when more is known of what is open.
    """

    code: str
    until: int
    soonest: int
    look: int
    otherwise: str
    detail: dict[str, Any]


def counts_from(delivery: Delivery, now: int) -> int | None:
    """From which instant a delivery counts; None for one that does not, or a call of a function."""
    if delivery.is_call or delivery.status in _DEAD or delivery.hard_failure() is not None:
        return None
    went = delivery.first("accepted")
    if went is not None:
        return max(went, delivery.reserved)
    return now if delivery.status in _OPEN else delivery.facts.get("abandoned", now)


def press(
    candidate: Candidate,
    category: Category,
    matter: Matter | None,
    deliveries: list[Delivery],
    setting: Setting,
    *,
    zone: str,
    now: int,
    expires: int,
) -> Candidate:
    """The candidate, or one that has to wait or give way where a limit refuses it."""
    channel = candidate.verdict.channel
    refusals = [*_refused(channel, category, deliveries, setting, zone, now)]
    if matter is not None:
        refusals += _same_matter(matter, deliveries, zone, now)
    if not refusals:
        return candidate
    # It passes only when all let it; the one that takes longest says so.
    worst = max(refusals, key=lambda one: one.until)
    if any(one.otherwise == "drop" or one.soonest >= expires for one in refusals):
        worst = max(refusals, key=lambda one: (one.otherwise == "drop", one.soonest))
        return Candidate(Verdict(channel, worst.code, {**worst.detail, "expires": expires}))
    moves_on = any(one.otherwise == "next_channel" for one in refusals)
    verdict = Verdict(channel, worst.code, worst.detail)
    until = worst.until if worst.until < expires else min(worst.look, expires)
    return Candidate(verdict, candidate.addresses, until, moves_on)


def _refused(
    channel: str, category: Category, deliveries: list[Delivery], setting: Setting, zone: str, now: int
) -> Iterator[_Refusal]:
    for limit in setting.caps:
        if limit.concerns(channel, category):
            meant = [one for one in deliveries if limit.concerns(one.channel, _category(setting, one.category))]
            refusal = _limited(limit, meant, zone, now)
            if refusal is not None:
                yield refusal


def _category(setting: Setting, name: str) -> Category:
    """The category of what was sent; one that this engine was not given counts as marketing."""
    return setting.categories.get(name) or Category(name)


def _limited(limit: Cap | Gap, meant: Iterable[Delivery], zone: str, now: int) -> _Refusal | None:
    return _over(limit.code, limit.limit, limit.within, meant, zone, now, limit.otherwise, limit.about())


def _same_matter(matter: Matter, deliveries: Iterable[Delivery], zone: str, now: int) -> list[_Refusal]:
    """Another run's message about the same thing."""
    others = [one for one in deliveries if one.about == matter.key and one.enrollment != matter.enrollment]
    refusal = _over("same_matter", 1, matter.within, others, zone, now, "defer", {"about": matter.key})
    return [] if refusal is None else [refusal]


def _over(
    code: str,
    limit: int,
    within: Span | Period,
    meant: Iterable[Delivery],
    zone: str,
    now: int,
    otherwise: str,
    about: dict[str, Any],
) -> _Refusal | None:
    counted = _counted(meant, within, zone, now)
    if len(counted) < limit:
        return None
    until = counted[-limit].ends
    settled = [one.ends for one in counted if not one.is_open]
    soonest = now if len(settled) < limit else settled[-limit]
    look = max(now, min((one.due for one in counted if one.is_open), default=now)) + MINUTE
    ids = [id for one in counted for id in one.ids][:_NAMED]
    numbers = {"limit": limit, "count": len(counted), **span_words(within), "until": until, "deliveries": ids}
    return _Refusal(code, until, soonest, look, otherwise, {**numbers, **about})


def _counted(meant: Iterable[Delivery], within: Span | Period, zone: str, now: int) -> list[_Counted]:
    """The messages that count now, the first to stop counting first."""
    messages: dict[tuple[int, str, int, int], _Counted] = {}
    for one in meant:
        went = counts_from(one, now)
        ends = _ends(went, within, zone) if went is not None else now
        if ends <= now:
            continue
        place, due = (one.enrollment, one.step, one.visit, one.rung), one.due or now
        message = messages.setdefault(place, _Counted(ends, is_open=False, due=due))
        message.ends, message.due = max(message.ends, ends), min(message.due, due)
        message.is_open = message.is_open or one.status in _OPEN
        message.ids.append(one.id)
    return sorted(messages.values(), key=lambda one: one.ends)


def _ends(instant: int, within: Span | Period, zone: str) -> int:
    """From when on a message of that instant counts no longer."""
    return add(instant, within, zone) if isinstance(within, Span) else _period_end(instant, within, zone)


def _period_end(instant: int, period: Period, zone: str) -> int:
    """The first moment of the day, week or month after the one that the instant lies in."""
    today = local(instant, zone).date()
    following = {
        "day": today + timedelta(days=1),
        "week": today + timedelta(days=7 - today.weekday()),
        "month": (today.replace(day=1) + timedelta(days=32)).replace(day=1),
    }[period]
    return at_local(datetime.combine(following, time()), zone)
