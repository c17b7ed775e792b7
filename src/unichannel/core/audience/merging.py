"""Merging: two profiles that are one person."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

from unichannel.core.audience.engagement import added
from unichannel.core.audience.profile import Person
from unichannel.core.audience.signs import united

__all__ = ["merged"]


def merged(survivor: Person, other: Person) -> Person:
    """One person of two: nothing that only one of them had is lost, and neither is changed.

    Where both state an attribute, preference, zone or locale, the one that ``identify`` changed last wins; at a
    tie the survivor.
    """
    first, last = (survivor, other) if other.changed > survivor.changed else (other, survivor)
    one = Person(
        survivor.id,
        survivor.key,
        created=min(survivor.created, other.created),
        changed=last.changed,
        attributes={**first.attributes, **last.attributes},
        addresses=_united(survivor.addresses, other.addresses),
        timezone=last.timezone or first.timezone,
        timezone_known=last.timezone_known if last.timezone else first.timezone_known,
        country=last.country or first.country,
        prospect=survivor.prospect and other.prospect,
        locale=last.locale or first.locale,
        preferences={**first.preferences, **last.preferences},
        engagement=added(survivor.engagement, other.engagement),
        tags=sorted({*survivor.tags, *other.tags}),
        lists=sorted({*survivor.lists, *other.lists}),
        timers={**other.timers, **survivor.timers},
        contact=max(survivor.contact, other.contact),
        signs=united(survivor.signs, other.signs),
        aliases=list(dict.fromkeys((*survivor.aliases, *other.keys))),
    )
    return deepcopy(one)


def _united(mine: Mapping[str, list[str]], others: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The addresses of both, the survivor's first."""
    kinds = dict.fromkeys((*mine, *others))
    return {kind: list(dict.fromkeys((*mine.get(kind, ()), *others.get(kind, ())))) for kind in kinds}
