"""Staleness: whether an address has been without a sign for longer than the host's rule allows.

A delivery keeps fresh what is fresh, and revives nothing: who has the number by now was not asked. What the
person does there revives it, and so does the host's word.
"""

from __future__ import annotations

from unichannel.core.audience.ageing import AddressAge, last_shown, stale_from
from unichannel.core.audience.profile import Person
from unichannel.core.policy.setting import Setting
from unichannel.core.words.category import Category

__all__ = ["counts", "stale_since"]


def stale_since(setting: Setting, channel: str, address: str, category: Category, person: Person, now: int) -> int:
    """Since when an address is stale for this category, in microseconds UTC; 0 where it is not."""
    rule = setting.ageing.get(channel)
    return 0 if rule is None or not category.is_marketing else _stale_since(rule, address, person, setting, now)


def _stale_since(rule: AddressAge, address: str, person: Person, setting: Setting, now: int) -> int:
    if now - last_shown(rule, person, address, now) < rule.after.at_least:  # spares most decisions the calendar
        return 0
    ends = stale_from(rule, person, address, person.zone_name(setting.default_zone), now)
    return ends if now >= ends else 0


def counts(setting: Setting, address: str, person: Person, sign: str, at: int) -> bool:
    """Whether a sign counts: a delivery to what was stale by then does not."""
    if sign != "delivered":
        return True
    kinds = {kind for kind, some in person.addresses.items() if address in some}
    rules = [rule for name, rule in setting.ageing.items() if setting.channels[name].address in kinds]
    return not any(_stale_since(rule, address, person, setting, at) for rule in rules)
