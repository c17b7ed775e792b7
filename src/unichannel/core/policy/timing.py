"""Timing: the hours in which a message may go to somebody: the host's night, and the hours of the law there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from unichannel.core.audience.profile import Person
from unichannel.core.calendar.hours import Opens, Place, opening
from unichannel.core.calendar.window import Window
from unichannel.core.policy.compliance.rule import Country
from unichannel.core.policy.setting import Setting
from unichannel.core.policy.whereabouts import Whereabouts, whereabouts
from unichannel.core.words.category import Category

__all__ = ["Closed", "closed", "hours_for", "law_of"]


@dataclass(frozen=True, slots=True)
class Closed:
    """Hours that hold now: until when (None: for ever), by which rule, and how the zone and the country are known."""

    until: int | None
    rule: str
    zones_known: str
    country_known: str


def closed(setting: Setting, channel: str, category: Category, person: Person, now: int) -> Closed | None:
    """The hours that keep a message of this category from going out on this channel now, None where none do."""
    known = setting.channels.get(channel)
    if not category.respects_quiet_hours or (known is not None and not known.interrupts):
        return None
    where = _where(setting, person)
    rules = list(_rules(setting, channel, category.is_marketing, where))
    refusing = next((name for name, rule in rules if rule(now) != now), None)
    if refusing is None:
        return None
    until = opening(now, (rule for _, rule in rules))
    return Closed(until, refusing, where.zones_known, where.country_known)


def hours_for(setting: Setting, channel: str, person: Person, *, marketing: bool) -> list[Opens]:
    """The hours that a message on this channel is kept to, whether its category asks for them or not."""
    return [rule for _, rule in _rules(setting, channel, marketing, _where(setting, person))]


def law_of(setting: Setting, person: Person) -> Country | None:
    """The rules of the country a person is taken to be in."""
    return _law(setting, _where(setting, person))


def _where(setting: Setting, person: Person) -> Whereabouts:
    return whereabouts(person, setting.countries, setting.default_zone, setting.default_country)


def _rules(setting: Setting, channel: str, marketing: bool, where: Whereabouts) -> Iterator[tuple[str, Opens]]:
    if setting.quiet_hours is not None:
        for zone in where.zones:
            yield "quiet_hours", partial(_awake, setting.quiet_hours, zone)
    law = _law(setting, where)
    for one in law.hours if law is not None and marketing else ():
        if channel in one.channels:
            for zone in where.zones:
                yield one.source.id, partial(one.hours.opening, place=Place(zone, where.country, where.region))


def _law(setting: Setting, where: Whereabouts) -> Country | None:
    """The rules of the region, else of the country, else of the default one."""
    codes = (f"{where.country}-{where.region}", where.country, setting.default_country)
    return next((setting.countries[code] for code in codes if code in setting.countries), None)


def _awake(night: Window, zone: str, instant: int) -> int:
    is_quiet, edge = night.edges(instant, zone)
    return edge if is_quiet else instant
