"""The kit: what an engine knows besides its store, as plain values that flows read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from unichannel.core.audience.engagement import Followed, credit
from unichannel.core.condition.view import same_entity
from unichannel.core.journey.form.stored import loads
from unichannel.core.journey.program import Program, compile_journey
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.messaging.link import Links
from unichannel.core.policy.frequency import reach
from unichannel.core.policy.setting import Setting
from unichannel.core.words.event import Event
from unichannel.core.words.facts import all_needs
from unichannel.core.words.instant import HOUR, MINUTE
from unichannel.errors import UnknownError
from unichannel.ports import Abilities, Session, Want

__all__ = ["Kit", "Limit", "Linking"]

RETRIES = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR)
"""Pauses before the second, third, … try of what a provider surely did not accept."""


class Linking(Protocol):
    """What makes tracked links and headers for a delivery."""

    def linker(self, key: str) -> Links: ...

    def headers(self, key: str, purpose: str) -> tuple[tuple[str, str], ...]: ...


@dataclass(frozen=True, slots=True)
class Limit:
    """What all workers together may send on a route: ``rate`` calls each ``per`` microseconds, ``concurrency`` out.

    0 stands for no limit.
    """

    rate: int = 0
    per: int = 0
    concurrency: int = 0


@dataclass(slots=True)
class Kit:
    """Settings, compiled journeys and routes of one engine.

    ``current`` are the journeys that this engine was given, by name, ``timed`` those of them that
    time alone begins; ``programs`` all that it has met, by their stored definition's id, ``published``
    those that it stored itself, by their digest.
    ``elsewhere`` are the calls that other workers have the functions for. ``routes`` are the names
    of each channel's routes, tried in turn; ``limits`` are of those that have some. ``concurrency`` bounds
    the calls that are out at once on each route;
    ``lease`` is for how long they are ours, ``doubt_for`` how long a doubt may be resolved, both
    microseconds. ``recent`` is for how long what went out counts, for any cap or matter, 0 where nothing
    counts it. ``prior_due`` is when to look again for what the base shows. ``crowded`` are routes whose
    places others have, and when to ask again. Threads share a kit: what grows is copied before it is gone through.
    """

    setting: Setting
    routes: Mapping[str, Sequence[str]]
    abilities: Mapping[str, Abilities]
    tracking: Linking | None = None
    current: dict[str, Program] = field(default_factory=dict)
    programs: dict[int, Program] = field(default_factory=dict)
    published: dict[str, Program] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    timed: list[Program] = field(default_factory=list)
    concurrency: int = 16
    batch: int = 500
    lease: int = 2 * MINUTE
    doubt_for: int = 15 * MINUTE
    prior_due: int = 0
    crowded: dict[str, int] = field(default_factory=dict)
    recent: int = field(init=False)

    def __post_init__(self) -> None:
        self.recent = reach(self.setting.caps)

    def add(self, program: Program, *, current: bool = False) -> Program:
        """Keep a compiled program; ``current`` ones begin runs when their trigger occurs."""
        self.programs[program.definition] = program
        self.recent = max(self.recent, program.needs.recent)
        self.elsewhere |= {call for call in program.calls if call not in self.routes}
        if current:
            self.current[program.journey.name] = program
            self.timed = [one for one in self.current.values() if one.timed]
        return program

    def learn(self, session: Session, definitions: Iterable[int]) -> bool:
        """Compile stored definitions that are not known yet; whether there were any."""
        missing = {one for one in definitions if one not in self.programs}
        for one in missing:
            body = session.definition(one)
            if body is None:
                raise UnknownError(f"the store has no definition {one}.", thing=str(one))
            self.add(compile_journey(loads(body), one))
        return bool(missing)

    def named(self, session: Session, journey: str) -> Program | None:
        """The journey of that name: this engine's own, else the latest that is stored, else None."""
        if journey in self.current:
            return self.current[journey]
        stored = [(version, id) for id, name, version, _ in session.definitions() if name == journey]
        if not stored:
            return None
        self.learn(session, [max(stored)[1]])
        return self.programs[max(stored)[1]]

    def queues(self, routes: set[str]) -> frozenset[str]:
        """The queues of deliveries for these routes; what has no route yet waits in that of its channel's first."""
        chosen = {
            f"{channel}/{route}" for channel, named in self.routes.items() for route in routes.intersection(named)
        }
        return frozenset(chosen | {f"{channel}/" for channel, named in self.routes.items() if named[0] in routes})

    def want(self, now: int) -> Want:
        """The facts that any of the programs reads."""
        programs = list(self.programs.values())
        needs = all_needs(program.needs for program in programs)
        self.recent = max(self.recent, needs.recent)
        is_followed = any(isinstance(rule, Followed) for rule in self.setting.learning.events.values())
        journeys = frozenset(one.journey.name for one in programs)
        return Want(needs.events, needs.deliveries or is_followed, journeys, self._since(now))

    def _since(self, now: int) -> int | None:
        """Deliveries that could go until then may still count, None where nothing counts them.

        What could go no longer is not accepted later than its lease and doubt last.
        """
        return now - self.recent - self.lease - self.doubt_for if self.recent else None

    def credit(self, delivery: Delivery) -> tuple[int, int]:
        """(tries, worth) of a delivery for what is learned of its person, in hundredths."""
        return credit(delivery, self.setting.learning, self.setting.channels.get(delivery.channel))

    def triggered_by(self, event: Event) -> list[Program]:
        """Journeys of this engine that the event begins, those of more priority first."""
        found = [one for one in self.current.values() if one.starts(event)]
        return sorted(found, key=lambda one: -one.journey.priority) if len(found) > 1 else found

    def is_end(self, definition: int, event: Event, entity: str) -> bool:
        """Whether an event is a goal or exit of a run of that definition and entity."""
        program = self.programs[definition]
        if event.name not in program.watched:
            return False
        patterns = (*program.journey.goals, *program.journey.ends)
        return any(
            pattern.matches(event.name, event.properties)
            and (pattern.any_entity or same_entity(event, program.entity_property, entity))
            for pattern in patterns
        )
