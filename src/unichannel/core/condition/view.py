"""The facts of one profile as a condition sees them, from inside a run or from outside any.

Nothing here looks past the instant it is asked for: ``at`` is always an argument, and a fact that
occurred after it is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from unichannel.core.audience.ageing import AddressAge
from unichannel.core.audience.consent import Consent, Suppression
from unichannel.core.audience.country import country_of
from unichannel.core.audience.profile import Person
from unichannel.core.calendar.business import BusinessHours
from unichannel.core.condition.pattern import On
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.channel import BUILT_IN, Channel, engaging_evidence
from unichannel.core.words.event import Event
from unichannel.core.words.test import MISSING, lookup

__all__ = ["Facts", "Scope", "View"]


@dataclass(slots=True)
class Facts:
    """What is known of one profile: everything recorded, whenever it occurred.

    ``events`` are in the order they occurred; ``suppressions`` are keyed by the address's hash.
    ``budgets`` is what is left of those that may end now, in millionths, by name and window.
    """

    person: Person
    events: list[Event] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    suppressions: dict[str, Suppression] = field(default_factory=dict)
    budgets: dict[tuple[str, int], int] = field(default_factory=dict)


@dataclass(slots=True)
class Scope:
    """The run from which a condition is asked; ``enrollment`` 0 stands for none."""

    enrollment: int = 0
    start: int = 0
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    entity_property: str = ""
    entity: str = field(default="", repr=False)
    trigger: str = field(default="", repr=False)


@dataclass(slots=True)
class View:
    """Facts, the run they are seen from, and the host's settings that conditions read."""

    facts: Facts
    scope: Scope = field(default_factory=Scope)
    default_zone: str = "UTC"
    hours: BusinessHours = field(default_factory=BusinessHours)
    channels: Mapping[str, Channel] = field(default_factory=lambda: BUILT_IN)
    default_country: str = ""
    ageing: Mapping[str, AddressAge] = field(default_factory=dict)

    @property
    def country(self) -> str:
        """The country or region the person is taken to be in."""
        return country_of(self.facts.person, self.default_country)[0]

    @property
    def zone(self) -> str:
        """The IANA zone the person lives in."""
        return self.facts.person.zone_name(self.default_zone)

    def attribute(self, path: str) -> Any:
        """An attribute of the profile, or a mark that no test accepts."""
        person = self.facts.person
        if path in ("timezone", "locale"):
            return getattr(person, path) or MISSING
        return lookup(person.attributes, path)

    def data(self, path: str) -> Any:
        """A value of the run's data, or a mark that no test accepts."""
        return lookup(self.scope.data, path)

    def is_meant(self, event: Event, pattern: On) -> bool:
        """Whether an event matches a pattern, the run's entity included."""
        return pattern.matches(event.name, event.properties) and (
            pattern.any_entity or same_entity(event, self.scope.entity_property, self.scope.entity)
        )

    def happened(self, pattern: On, at: int) -> Iterator[Event]:
        """Matching events that occurred by ``at``, the latest first."""
        for event in reversed(self.facts.events):
            if event.occurred <= at and self.is_meant(event, pattern):
                yield event

    def deliveries(self, channel: str | None, of: str | None, *, anywhere: bool = False) -> Iterator[Delivery]:
        """Deliveries of this run (of the profile where ``anywhere``) on a channel, of a step or message."""
        for delivery in self.facts.deliveries:
            if not anywhere and delivery.enrollment != self.scope.enrollment:
                continue
            if (
                not delivery.is_call
                and channel in (None, delivery.channel)
                and of in (None, delivery.message, delivery.step)
            ):
                yield delivery

    def evidence(self, delivery: Delivery, kind: str) -> int | None:
        """The first instant of that evidence, or of what counts as engagement on its channel."""
        if kind == "failed":
            return delivery.hard_failure()
        if kind == "engaged":
            channel = self.channels.get(delivery.channel)
            kind = engaging_evidence(channel)[0] if channel else "clicked"
        return delivery.first(kind)

    def can_give(self, delivery: Delivery, kind: str) -> bool:
        """Whether the delivery's channel is able to show that evidence."""
        channel = self.channels.get(delivery.channel)
        return channel is None or kind in channel.evidence or kind in ("engaged", "failed")

    def instants(self, after: int, until: int) -> list[int]:
        """Every instant in (after, until] at which something is known to have occurred, in order."""
        found = {event.occurred for event in self.facts.events if after < event.occurred <= until}
        person = self.facts.person
        signs = (at for some in person.signs.values() for at in some.values())
        told = (person.contact, *(entry.occurred for entry in self.facts.consents), *signs)
        found.update(instant for instant in told if after < instant <= until)
        for delivery in self.facts.deliveries:
            found.update(instant for instant in delivery.facts.values() if after < instant <= until)
        return sorted(found)


def same_entity(event: Event, entity_property: str, entity: str) -> bool:
    """Whether an event belongs to the run's entity: it does unless it names another one."""
    if not entity_property:
        return True
    named = lookup(event.properties, entity_property)
    return named is MISSING or str(named) == entity
