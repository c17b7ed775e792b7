"""Taking: whether each setting is of the kind that an engine takes, said before anything is made of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from unichannel.core.audience.ageing import AddressAge
from unichannel.core.audience.engagement import Learning
from unichannel.core.calendar.business import BusinessHours
from unichannel.core.calendar.window import Window
from unichannel.core.journey.language.journey import Journey
from unichannel.core.policy.budget import Budget
from unichannel.core.policy.compliance.rule import Country, FirstContact
from unichannel.core.policy.compliance.sender import Sender
from unichannel.core.policy.consenting import ConsentRules
from unichannel.core.policy.frequency import Cap, Gap
from unichannel.core.policy.prices import Prices
from unichannel.core.words.category import Category
from unichannel.core.words.channel import Channel
from unichannel.errors import ConfigurationError, InvalidInput

__all__ = ["check_given", "check_limit", "check_taken"]

_Check: TypeAlias = Callable[[Any], bool]

_LONGEST = 366 * 86_400
"""Seconds; what is longer is no lease, and might not fit into a column."""


def _a(*kinds: type) -> _Check:
    return lambda given: isinstance(given, kinds)


def _has(*names: str) -> _Check:
    return lambda given: not isinstance(given, type) and all(hasattr(given, name) for name in names)


def _maybe(check: _Check) -> _Check:
    return lambda given: given is None or check(given)


def _lists(check: _Check) -> _Check:
    return lambda given: _is_listed(given) and all(map(check, given))


def _maps(check: _Check) -> _Check:
    return lambda given: isinstance(given, Mapping) and all(map(check, given.values()))


def _is_listed(given: Any) -> bool:
    return isinstance(given, Collection) and not isinstance(given, str | bytes | Mapping)


def _is_url(given: Any) -> bool:
    return isinstance(given, str) and (not given or given.startswith(("https://", "http://")))


def _is_count(given: Any) -> bool:
    return isinstance(given, int) and given >= 1


def _is_seconds(given: Any) -> bool:
    return isinstance(given, int | float) and 0 < given <= _LONGEST


def _is_route(given: Any) -> bool:
    return _is_one_route(given) or (isinstance(given, list | tuple) and bool(given) and all(map(_is_one_route, given)))


def _is_one_route(given: Any) -> bool:
    inner = getattr(given, "via", given)
    return _has("name", "channels", "abilities")(inner)


_TAKEN: dict[str, tuple[_Check, str]] = {
    "store": (_has("transact", "migrate"), 'SqlStore("sqlite:///app.db") or MemoryStore()'),
    "journeys": (_lists(_a(Journey)), "[Journey(…)]"),
    "categories": (_lists(_a(Category)), "[Category(…)]"),
    "routes": (_maybe(_maps(_is_route)), '{"email": Smtp(…)}, or a list of them for failover'),
    "tracking": (_maybe(_has("receive", "abilities")), "Tracking(…)"),
    "channels": (_lists(_a(Channel)), "[Channel(…)]"),
    "strategies": (_maps(_a(object)), '{"mine": strategy}'),
    "rules": (_maps(callable), '{"mine": rule}, where rule(channel, about) says whether the channel is refused'),
    "learning": (_maybe(_a(Learning)), "Learning(…)"),
    "consent": (_maybe(_a(ConsentRules)), "ConsentRules(…)"),
    "quiet_hours": (_maybe(_a(Window)), 'Window("21:00", "08:00")'),
    "business_hours": (_maybe(_a(BusinessHours)), "BusinessHours(…)"),
    "caps": (_lists(_a(Cap, Gap)), "[Cap(…), Gap(…)]"),
    "prices": (_maybe(_a(Prices)), "Prices({…})"),
    "budgets": (_lists(_a(Budget)), "[Budget(…)]"),
    "timezone": (_a(str), '"Europe/Paris"'),
    "country": (_a(str), '"FR"'),
    "countries": (_lists(_a(Country)), "[Country(…)]"),
    "sender": (_maybe(_a(Sender)), "Sender(…)"),
    "first_contact": (_maybe(_a(FirstContact)), "FirstContact(…)"),
    "ageing": (_maybe(_maps(_a(AddressAge))), '{"sms": AddressAge(days(45))}'),
    "webhooks": (_is_url, 'a URL such as "https://app.example.com/hooks"'),
    "clock": (_maybe(_has("now")), "an object with now(), or nothing"),
    "entropy": (_maybe(_has("token")), "an object with token(size), or nothing"),
    "hooks": (_lists(callable), "[hook], where hook(fact) is told what was committed"),
    "functions": (_maps(_a(object)), '{"mine": function}'),
    "concurrency": (_is_count, "a whole number, 1 or more"),
    "lease": (_is_seconds, "seconds above 0, such as 120"),
    "doubt_for": (_is_seconds, "seconds above 0, such as 900"),
}
"""For each setting what it takes, and how that is written."""


def check_taken(settings: object) -> None:
    """Raise ConfigurationError for a setting that is not of the kind that is taken there."""
    for name, (check, written) in _TAKEN.items():
        given = getattr(settings, name)
        if not check(given):
            raise ConfigurationError(f"{name}= does not take {_told(given)}.", thing=name, mend=f"Give it {written}.")


def check_given(what: str, given: object, kind: type | tuple[type, ...], mend: str) -> None:
    """Raise InvalidInput for an argument of a call that is of another kind."""
    if not isinstance(given, kind):
        raise InvalidInput(f"{what} is {_told(given)}.", thing=what, mend=mend)


def check_limit(limit: int | None) -> None:
    """Raise InvalidInput for a limit that lets nothing be done; None is none."""
    if limit is not None and not _is_count(limit):
        raise InvalidInput(f"a limit of {_told(limit)} does nothing.", thing="limit", mend="Give 1 or more, or None.")


def _told(given: Any) -> str:
    """What was given: a number as it is, of all else the type, as a text may hold a password."""
    if given is None or isinstance(given, int | float):
        return repr(given)
    if isinstance(given, type):
        return f"the class {given.__name__}"
    inside = given.values() if isinstance(given, Mapping) else given if _is_listed(given) else ()
    kinds = ", ".join(dict.fromkeys(map(_kind, inside)))
    return f"a {_kind(given)}" + (f" of {kinds}" if kinds else "")


def _kind(given: Any) -> str:
    return ("empty " if _is_listed(given) and not given else "") + type(given).__name__
