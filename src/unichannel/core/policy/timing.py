"""Timing: the hours in which a message may go to somebody: the host's night, and the hours of the law there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from unichannel.core.audience.profile import Person
from unichannel.core.calendar.holidays import is_holiday
from unichannel.core.calendar.hours import Opens, Place, opening
from unichannel.core.calendar.window import Window
from unichannel.core.calendar.zone import local
from unichannel.core.policy.law import law_in, where_of
from unichannel.core.policy.setting import Setting
from unichannel.core.policy.whereabouts import Whereabouts
from unichannel.core.words.category import Category

__all__ = ["Closed", "closed", "hours_for"]

_TURNS = 100
"""How often one rule hands over to another before it is given up that they ever hold together."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Hours that hold now: until when (None: for ever), by which rule, and how the zone and the country are known.

    ``holiday``: the rule is of the law, and today is one.
    """

    until: int | None
    rule: str
    zones_known: str
    country_known: str
    holiday: bool = False


def closed(setting: Setting, channel: str, category: Category, person: Person, now: int) -> Closed | None:
    """The hours that keep a message of this category from going out on this channel now, None where none do."""
    known = setting.channels.get(channel)
    if not category.respects_quiet_hours or (known is not None and not known.interrupts):
        return None
    where = where_of(setting, person)
    rules = list(_rules(setting, channel, category.is_marketing, where))
    refusing = _last_to_open(rules, now)
    if refusing is None:
        return None
    until = opening(now, (rule for _, rule in rules))
    return Closed(until, refusing, where.zones_known, where.country_known, _is_holiday(setting, where, refusing, now))


def _last_to_open(rules: list[tuple[str, Opens]], now: int) -> str | None:
    """The rule that what is refused now waits for in the end: a night that a Sunday follows is not the reason."""
    name, at = None, now
    for _ in range(_TURNS):
        found = next(((one, then) for one, rule in rules if (then := rule(at)) != at), None)
        if found is None:
            break
        name, then = found
        if then is None:
            break
        at = then
    return name


def hours_for(setting: Setting, channel: str, person: Person, *, marketing: bool) -> list[Opens]:
    """The hours that a message on this channel is kept to, whether its category asks for them or not."""
    return [rule for _, rule in _rules(setting, channel, marketing, where_of(setting, person))]


def _rules(setting: Setting, channel: str, marketing: bool, where: Whereabouts) -> Iterator[tuple[str, Opens]]:
    if setting.quiet_hours is not None:
        for zone in where.zones:
            yield "quiet_hours", partial(_awake, setting.quiet_hours, zone)
    law = law_in(setting, where.code)
    for one in law.hours if law is not None and marketing else ():
        if channel in one.channels:
            for zone in where.zones:
                yield one.source.id, partial(one.hours.opening, place=Place(zone, where.country, where.region))


def _is_holiday(setting: Setting, where: Whereabouts, rule: str, now: int) -> bool:
    """Whether it is one somewhere, by a rule that closes on them."""
    law = law_in(setting, where.code)
    closing = any(one.source.id == rule and not one.hours.holidays for one in (law.hours if law is not None else ()))
    return closing and any(is_holiday(local(now, zone).date(), where.country, where.region) for zone in where.zones)


def _awake(night: Window, zone: str, instant: int) -> int:
    is_quiet, edge = night.edges(instant, zone)
    return edge if is_quiet else instant
