"""Profiles: a person's addresses, attributes, zone, preferences and consents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Literal, TypeAlias

from unichannel.core.audience.consent import Consent
from unichannel.core.calendar.zone import zone
from unichannel.core.words.address import country_mend, folded, is_country, normalize, zones_of_phone
from unichannel.core.words.channel import OWN
from unichannel.core.words.plain import copied
from unichannel.errors import InvalidInput

__all__ = ["ADDRESS_KINDS", "Person", "Profile"]

Addresses: TypeAlias = "str | int | Mapping[str, Any] | Sequence[str | Mapping[str, Any]] | None"
"""One address or several; a browser's is a mapping, a chat's may be a number."""

ADDRESS_KINDS = ("email", "phone", "push", "web_push", "chat")


class _Unset:
    def __repr__(self) -> str:
        return "unset"


_UNSET: Any = _Unset()


@dataclass(slots=True)
class Person:
    """A profile as the core reads it, made by applying what ``identify`` was told, in order.

    ``addresses`` maps a kind to its addresses, the one to use first in front. ``engagement``
    is what was shown on each channel (``Counts``). ``timers`` maps a journey to when
    its next run begins (None where no date is known), the occurrence served last, and the definition
    that says so. ``prospect``: the host says that they were never in touch.
    ``tags`` and ``lists`` are sorted names. ``aliases`` are keys of profiles that were
    merged into this one. ``created``, ``changed`` (by the last ``identify``) and ``contact`` (the last click or
    answer of the person's own) in microseconds UTC. ``signs`` maps an address to when each kind of sign last
    showed it to work, where the host has addresses age.
    """

    id: int
    key: str
    created: int = 0
    changed: int = 0
    attributes: dict[str, Any] = field(default_factory=dict, repr=False)
    addresses: dict[str, list[str]] = field(default_factory=dict, repr=False)
    timezone: str = ""
    locale: str = ""
    country: str = ""
    timezone_known: str = ""
    prospect: bool = False
    preferences: dict[str, str] = field(default_factory=dict)
    engagement: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    timers: dict[str, list[Any]] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    contact: int = 0
    signs: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)

    @property
    def is_prospect(self) -> bool:
        """Whether there was no contact yet."""
        return self.prospect and not self.contact

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that leads to this person, its own first."""
        return (self.key, *self.aliases)

    def reached_at(self, kind: str) -> list[str]:
        """The person's addresses of a kind, the one to use first in front; everybody has their own id."""
        return [self.key] if kind == OWN else self.addresses.get(kind, [])

    def zone_name(self, default: str) -> str:
        """The IANA zone the person lives in: stated, else the phone's if it has one, else the default."""
        if self.timezone:
            return self.timezone
        for number in self.addresses.get("phone", ()):
            zones = zones_of_phone(number)
            if zones:
                return zones[0]
        return default

    def apply(self, changes: Mapping[str, Any]) -> None:
        """Merge the fields that an ``identify`` set; None clears."""
        self._apply_addresses(changes)
        _overlay(self.attributes, changes.get("attributes", {}))
        _overlay(self.preferences, changes.get("preferences", {}))
        for name in ("timezone", "locale", "country", "timezone_known"):
            if name in changes:
                setattr(self, name, changes[name] or "")
        if "prospect" in changes:
            self.prospect = bool(changes["prospect"])
        for name in ("tags", "lists"):
            self._mark(name, changes.get(name, {}))

    def _apply_addresses(self, changes: Mapping[str, Any]) -> None:
        """Those that replace, then those that are added, then those that are taken away."""
        for kind, values in changes.get("addresses", {}).items():
            self._set_addresses(kind, values or [])
        for kind, values in changes.get("add", {}).items():
            self._set_addresses(kind, [*self.addresses.get(kind, ()), *values])
        for kind, values in changes.get("remove", {}).items():
            gone = {folded(kind, one) for one in values}
            self._set_addresses(kind, [one for one in self.addresses.get(kind, ()) if folded(kind, one) not in gone])
        if self.signs:
            there = {one for some in self.addresses.values() for one in some}
            self.signs = {one: signs for one, signs in self.signs.items() if one in there}

    def _set_addresses(self, kind: str, values: Sequence[str]) -> None:
        spelled: dict[str, str] = {}
        for one in values:
            spelled.setdefault(folded(kind, one), one)
        if spelled:
            self.addresses[kind] = list(spelled.values())
        else:
            self.addresses.pop(kind, None)

    def _mark(self, name: str, marks: Mapping[str, bool]) -> None:
        if marks:
            kept = {one for one in getattr(self, name) if marks.get(one, True)}
            setattr(self, name, sorted(kept | {one for one, is_on in marks.items() if is_on}))

    def as_json(self) -> dict[str, Any]:
        body = {
            "created": self.created,
            "changed": self.changed,
            "attributes": self.attributes,
            "addresses": self.addresses,
            "timezone": self.timezone,
            "locale": self.locale,
            "country": self.country,
            "timezone_known": self.timezone_known,
            "prospect": self.prospect,
            "preferences": self.preferences,
            "engagement": self.engagement,
            "tags": self.tags,
            "lists": self.lists,
            "timers": self.timers,
            "aliases": self.aliases,
            "contact": self.contact,
            "signs": self.signs,
        }
        return {name: value for name, value in body.items() if value}

    @classmethod
    def from_json(cls, id: int, key: str, body: Mapping[str, Any]) -> Person:
        return cls(id, key, **body)

    def copy(self) -> Person:
        """A copy that shares nothing with this one."""
        return Person(*copied(_person(self)))


_person = attrgetter(*Person.__slots__)


def _overlay(values: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value


class Profile:
    """What the host says of a person; ``identify`` merges the fields that were set, None clears.

    Any keyword that is not listed is an attribute. Addresses are checked and brought into one
    form here: a phone that is none raises InvalidInput. ``region`` (ISO 3166) reads national
    numbers. ``country`` is where the person lives, a country or a region of one (ISO 3166: "FR", "US-FL"),
    whose law holds; ``timezone_known="device"`` says that a device told the zone. ``prospect`` says that the
    person was never in touch: no marketing comes to their phone before they are (``FirstContact``).
    ``preferences`` maps a topic or category to a channel. Addresses never show in a repr.

    ``addresses`` maps kinds to addresses: ``{"web_push": subscription, "chat": "U024BE7LH"}``, where a
    subscription is what the browser's ``PushSubscription.toJSON()`` gave. Where a person is shown
    something inside the host's app needs no address.

    An address given by its kind replaces those that were there; ``add={"push": token}`` adds one (a
    device that registers), ``remove=`` takes one away. ``tags`` and ``lists``: a sequence of names
    adds them, a mapping of name to bool adds or takes away.
    """

    __slots__ = ("changes", "consents", "id")

    def __init__(
        self,
        id: str,
        *,
        email: str | None = _UNSET,
        phone: str | None = _UNSET,
        push: str | Sequence[str] | None = _UNSET,
        addresses: Mapping[str, Addresses] | None = None,
        region: str | None = None,
        timezone: str | None = _UNSET,
        locale: str | None = _UNSET,
        country: str | None = _UNSET,
        timezone_known: Literal["stated", "device"] = "stated",
        prospect: bool | None = _UNSET,
        preferences: Mapping[str, str | None] | None = None,
        consents: Sequence[Consent] = (),
        attributes: Mapping[str, Any] | None = None,
        add: Mapping[str, Addresses] | None = None,
        remove: Mapping[str, Addresses] | None = None,
        tags: str | Sequence[str] | Mapping[str, bool] = (),
        lists: str | Sequence[str] | Mapping[str, bool] = (),
        **more: Any,
    ) -> None:
        if not isinstance(id, str) or not id.strip():
            raise InvalidInput(
                "a profile needs an id that is a text.", thing="id", mend="Give your own id of the person."
            )
        given = {"email": email, "phone": phone, "push": push, **(addresses or {})}
        changes: dict[str, Any] = {}
        stated = {kind: _all(kind, value, region) for kind, value in given.items() if value is not _UNSET}
        if stated:
            changes["addresses"] = stated
        if timezone is not _UNSET:
            changes["timezone"] = zone(timezone).key if timezone else None
            changes["timezone_known"] = timezone_known if timezone else None
        if country is not _UNSET:
            changes["country"] = _country(country) if country else None
        if locale is not _UNSET:
            changes["locale"] = locale
        if prospect is not _UNSET:
            changes["prospect"] = prospect
        if not isinstance(preferences, Mapping | None):
            raise InvalidInput(
                f"the preferences are of type {type(preferences).__name__}.",
                thing="preferences",
                mend='Give a channel for each topic or category: {"education": "email"}.',
            )
        if preferences:
            changes["preferences"] = dict(preferences)
        if attributes or more:
            changes["attributes"] = {**(attributes or {}), **more}
        partly = {"add": _each(add or {}, region), "remove": _each(remove or {}, region)}
        marked = {"tags": _marks("tags", tags), "lists": _marks("lists", lists)}
        changes |= {name: value for name, value in (*partly.items(), *marked.items()) if value}
        self.id = id
        self.changes = changes
        self.consents = tuple(consents)

    def __repr__(self) -> str:
        return f"Profile({self.id!r}, {', '.join(sorted(self.changes)) or 'nothing set'})"


def _country(value: str) -> str:
    if not is_country(value):
        raise InvalidInput(f"{value!r} is no country.", thing="country", mend=country_mend(value))
    return value


def _all(kind: str, value: Addresses, region: str | None) -> list[str] | None:
    if value is None:
        return None
    values = (value,) if isinstance(value, str | int | Mapping) else value
    return [normalize(kind, one, region) for one in values]


def _each(given: Mapping[str, Addresses], region: str | None) -> dict[str, list[str]]:
    """Addresses to add or take away, brought into one form."""
    stated = {kind: _all(kind, value, region) for kind, value in given.items()}
    if None in stated.values():
        raise InvalidInput(
            "None is no address to add or take away.", thing="address", mend="Clear a kind by name: Profile(push=None)."
        )
    return {kind: values for kind, values in stated.items() if values}


def _marks(field: str, given: str | Sequence[str] | Mapping[str, bool]) -> dict[str, bool]:
    """Tags or lists as name to whether they are on."""
    names = (given,) if isinstance(given, str) else given
    marks = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, True)
    for name, is_on in marks.items():
        if not (isinstance(name, str) and name.strip()) or not isinstance(is_on, bool):
            raise InvalidInput(
                f"{name!r}: {is_on!r} is no entry of {field}=.", thing=field, mend='Give names, or {"vip": True}.'
            )
    return marks
