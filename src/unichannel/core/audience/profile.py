"""Profiles: a person's addresses, attributes, zone, preferences and consents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unichannel.core.audience.consent import Consent
from unichannel.core.calendar.zone import zone
from unichannel.core.words.address import normalize, zones_of_phone
from unichannel.errors import InvalidInput

__all__ = ["ADDRESS_KINDS", "Person", "Profile"]

ADDRESS_KINDS = ("email", "phone", "push", "web_push", "chat", "in_app")


class _Unset:
    def __repr__(self) -> str:
        return "unset"


_UNSET: Any = _Unset()


@dataclass(slots=True)
class Person:
    """A profile as the core reads it, made by applying what ``identify`` was told, in order.

    ``addresses`` maps a kind to its addresses, the one to use first in front. ``engagement``
    maps a channel to counts: sent, and engaged once per delivery. ``timers`` maps a journey to when
    its next run begins (None where no date is known), the occurrence served last, and the definition
    that says so. ``created`` and ``changed`` (by
    the last ``identify``) in microseconds UTC.
    """

    id: int
    key: str
    created: int = 0
    changed: int = 0
    attributes: dict[str, Any] = field(default_factory=dict)
    addresses: dict[str, list[str]] = field(default_factory=dict)
    timezone: str = ""
    locale: str = ""
    preferences: dict[str, str] = field(default_factory=dict)
    engagement: dict[str, dict[str, int]] = field(default_factory=dict)
    timers: dict[str, list[Any]] = field(default_factory=dict)

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
        for kind, values in changes.get("addresses", {}).items():
            if values:
                self.addresses[kind] = list(values)
            else:
                self.addresses.pop(kind, None)
        for name, value in changes.get("attributes", {}).items():
            if value is None:
                self.attributes.pop(name, None)
            else:
                self.attributes[name] = value
        for topic, channel in changes.get("preferences", {}).items():
            if channel is None:
                self.preferences.pop(topic, None)
            else:
                self.preferences[topic] = channel
        for name in ("timezone", "locale"):
            if name in changes:
                setattr(self, name, changes[name] or "")

    def as_json(self) -> dict[str, Any]:
        body = {
            "created": self.created,
            "changed": self.changed,
            "attributes": self.attributes,
            "addresses": self.addresses,
            "timezone": self.timezone,
            "locale": self.locale,
            "preferences": self.preferences,
            "engagement": self.engagement,
            "timers": self.timers,
        }
        return {name: value for name, value in body.items() if value}

    @classmethod
    def from_json(cls, id: int, key: str, body: Mapping[str, Any]) -> Person:
        return cls(id, key, **body)


class Profile:
    """What the host says of a person; ``identify`` merges the fields that were set, None clears.

    Any keyword that is not listed is an attribute. Addresses are checked and brought into one
    form here: a phone that is none raises InvalidInput. ``region`` (ISO 3166) reads national
    numbers. ``preferences`` maps a topic or category to a channel. Addresses never show in a repr.
    """

    __slots__ = ("changes", "consents", "id")

    def __init__(
        self,
        id: str,
        *,
        email: str | None = _UNSET,
        phone: str | None = _UNSET,
        push: str | Sequence[str] | None = _UNSET,
        addresses: Mapping[str, str | Sequence[str] | None] | None = None,
        region: str | None = None,
        timezone: str | None = _UNSET,
        locale: str | None = _UNSET,
        preferences: Mapping[str, str | None] | None = None,
        consents: Sequence[Consent] = (),
        attributes: Mapping[str, Any] | None = None,
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
        if locale is not _UNSET:
            changes["locale"] = locale
        if preferences:
            changes["preferences"] = dict(preferences)
        if attributes or more:
            changes["attributes"] = {**(attributes or {}), **more}
        self.id = id
        self.changes = changes
        self.consents = tuple(consents)

    def __repr__(self) -> str:
        return f"Profile({self.id!r}, {', '.join(sorted(self.changes)) or 'nothing set'})"


def _all(kind: str, value: str | Sequence[str] | None, region: str | None) -> list[str] | None:
    if value is None:
        return None
    values = (value,) if isinstance(value, str) else value
    return [normalize(kind, one, region) for one in values]
