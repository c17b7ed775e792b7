"""What an explanation claims, beside what the store holds."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from unichannel import Journey, Send
from unichannel.core.journey.language.journey import walk
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.instant import to_datetime
from unichannel.flows.explaining import Explanation
from unichannel.ports import History

__all__ = ["MARKETING", "SHARED", "SHOWS", "TIME", "Check", "Claim", "World", "out_at", "shown"]

SHOWS = ("accepted", "delivered", "opened", "clicked", "replied", "converted")
SHARED = {"sms": "phone", "mms": "phone", "rcs": "phone"}
MARKETING = frozenset({"education", "follow-up", "renewal", "flash", "patient"})
TIME = re.compile(r"\b\d\d:\d\d\b")


@dataclass
class World:
    """What is known of one person, the journeys by name, and what the host had settled."""

    history: History
    journeys: Mapping[str, Journey]
    prices: Mapping[str, int] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    spent: Callable[[str, int], int] = lambda budget, before: 0

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.history.person.timezone or "UTC")

    def here(self, instant: int) -> datetime:
        return to_datetime(instant).astimezone(self.zone)

    def clock(self, instant: int) -> str:
        return f"{self.here(instant):%H:%M}"

    def send(self, journey: str, step: str) -> Send | None:
        found = self.journeys.get(journey)
        named = [one for one in walk(found) if isinstance(one, Send)] if found is not None else []
        return next((one for one in named if one.name == step), None)

    def delivery(self, id: str) -> Delivery:
        return next(one for one in self.history.deliveries if one.id == id)

    def siblings(self, of: Delivery) -> list[Delivery]:
        place = (of.enrollment, of.step, of.visit)
        return [one for one in self.history.deliveries if (one.enrollment, one.step, one.visit) == place]


@dataclass
class Claim:
    """One explanation under suspicion: ``at`` its real instant, ``planned`` the planned one."""

    world: World
    one: Explanation
    at: int
    planned: int
    enrollment: int
    delivery: Delivery | None = None

    @property
    def made(self) -> Delivery:
        """The delivery that it is about."""
        assert self.delivery is not None
        return self.delivery

    @property
    def send(self) -> Send | None:
        return self.world.send(self.one.journey, self.one.step)

    def out(self) -> list[Delivery]:
        """The deliveries of this send that were made before it."""
        mine = [
            one
            for one in self.world.history.deliveries
            if (one.enrollment, one.step) == (self.enrollment, self.one.step)
        ]
        if self.delivery is not None:
            return [one for one in self.world.siblings(self.delivery) if one.rung < self.delivery.rung]
        return [one for one in mine if one.reserved <= self.at]

    def later(self) -> list[Delivery]:
        return [one for one in self.world.siblings(self.made) if one.rung > self.made.rung]


def out_at(one: Delivery) -> int:
    return one.facts.get("accepted", one.facts.get("sending", one.reserved))


def shown(one: Delivery, evidence: str, by: int) -> list[int]:
    least = SHOWS.index(evidence)
    return [at for fact, at in one.facts.items() if fact in SHOWS[least:] and at <= by]


Check: TypeAlias = "Callable[[Claim, Any], bool]"
"""Whether the values of a code are so."""
