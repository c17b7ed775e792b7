"""Enrollments: one profile's run through one version of one journey, and its open ladders."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.trace import Trace

__all__ = ["Begun", "Decision", "Emitted", "Enrollment", "Ladder", "emitted_id"]


@dataclass(slots=True)
class Ladder:
    """A send under way: its rungs and how far it got.

    ``channels`` are the rungs in their order, ``tried`` how many were. ``at`` is the planned
    instant of the present rung, ``since`` the real one of its reservation, ``first`` the planned
    one of the first rung. ``deliveries`` are all of the ladder's, ``current`` those of the present
    rung. ``delay`` (microseconds) is the silence after which the next rung is tried, None where only a hard
    failure moves on. ``hold`` is until when the next rung has to wait. ``settled`` is when the
    cursor was let go; from then it lives for ``HORIZON``.
    """

    step: str
    visit: int
    channels: list[str]
    at: int
    first: int
    since: int = 0
    tried: int = 0
    deliveries: list[int] = field(default_factory=list)
    current: list[int] = field(default_factory=list)
    delay: int | None = None
    hold: int | None = None
    settled: int | None = None

    def as_json(self, under: str) -> list[Any]:
        """Its values, "" for the step that the cursor is ``under``; the last ones are left out where they are empty."""
        values = list(_ladder(self))
        if self.step == under:
            values[0] = ""
        while not values[-1]:
            values.pop()
        return values

    @classmethod
    def from_json(cls, values: list[Any], under: str) -> Ladder:
        ladder = cls(*values)
        ladder.step = ladder.step or under
        return ladder

    def copy(self) -> Ladder:
        one = Ladder(*_ladder(self))
        one.channels, one.deliveries, one.current = one.channels[:], one.deliveries[:], one.current[:]
        return one


_ladder = attrgetter(*Ladder.__slots__)


@dataclass(slots=True)
class Enrollment:
    """One profile's run.

    ``status``: active, completed, converted, exited, merged, erased. ``at`` is the planned instant
    of its last decision, ``due`` when there is something to decide, None when only news can move
    it. ``listen`` is the rank of the weakest evidence that can, None where none does. ``step`` is
    the cursor: a name, "" once the run is over. ``planned`` is what a time-to-live counts from; it
    may lie before ``at`` where the run came late to a step. ``hold`` is until when the send under
    the cursor has to wait. ``visits`` counts arrivals per step, ``left`` holds when a wait was last
    left, ``counted`` how many deliveries were made, ``spaced`` the planned and real instant of the
    last marketing send, ``path`` what was passed since the last send. ``origin`` is the intention
    that it answers, ``trigger`` the event that began it. ``rounds`` counts those of open repetitions,
    ``collected`` is when a digest last closed (real), then the events that it knew, ``call`` the
    number of the call under way, ``answers`` what calls and started runs came to and no step has
    read yet. ``set_aside``: a decision raised, and it waits for ``retry``.
    """

    id: int
    profile: int
    journey: str
    version: int
    definition: int
    entity: str = field(repr=False)
    start: int
    at: int
    status: str = "active"
    step: str = ""
    due: int | None = None
    listen: int | None = 0
    arrived: int = 0
    planned: int = 0
    ended: int | None = None
    reason: str = ""
    origin: str = field(default="", repr=False)
    trigger: str = field(default="", repr=False)
    depth: int = 0
    set_aside: bool = False
    hold: int | None = None
    visits: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    ladders: list[Ladder] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict, repr=False)
    counted: int = 0
    refreshed: int = 0
    spaced: list[int] = field(default_factory=list)
    path: list[list[Any]] = field(default_factory=list, repr=False)
    rounds: dict[str, int] = field(default_factory=dict)
    collected: dict[str, list[Any]] = field(default_factory=dict, repr=False)
    call: int = 0
    answers: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_live(self) -> bool:
        return self.status == "active"

    @property
    def public_id(self) -> str:
        return f"e{self.id}"

    @property
    def listens(self) -> bool:
        """Whether news of its deliveries can still change anything."""
        return self.is_live or bool(self.ladders)

    @property
    def is_open(self) -> bool:
        """Whether a store gives it to every pass over its profile: it is live, or a ladder is open."""
        return self.listen is not None

    def copy(self) -> Enrollment:
        """A copy that a decision may change: what lies deeper than this is only ever replaced."""
        one = Enrollment(*_run(self))
        one.ladders = [ladder.copy() for ladder in self.ladders]
        one.visits, one.left, one.rounds = self.visits.copy(), self.left.copy(), self.rounds.copy()
        one.data, one.collected, one.answers = self.data.copy(), self.collected.copy(), self.answers.copy()
        one.spaced, one.path = self.spaced[:], self.path[:]
        return one

    def row(self) -> dict[str, Any]:
        """The columns that a store looks at."""
        return {name: getattr(self, name) for name in COLUMNS}

    def state(self) -> dict[str, Any]:
        """Everything else, as plain JSON values to be written at once; what is empty, or as ``at``, is left out."""
        body = {name: value for name, value in zip(_STATE, _state(self), strict=True) if value}
        for name in _INSTANTS:
            instant = body.pop(name, 0)
            if instant != self.at:
                body[name] = instant
        if self.ladders:
            body["ladders"] = [ladder.as_json(self.step) for ladder in self.ladders]
        return body

    @classmethod
    def from_row(cls, row: dict[str, Any], state: dict[str, Any]) -> Enrollment:
        """The enrollment of a row and its state, both freshly read: their values become its own."""
        ladders = [Ladder.from_json(one, state.get("step", "")) for one in state.pop("ladders", ())]
        for name in _INSTANTS:
            state.setdefault(name, row["at"])
        return cls(**row, **state, ladders=ladders)


COLUMNS = (
    "id",
    "profile",
    "journey",
    "version",
    "definition",
    "entity",
    "start",
    "at",
    "status",
    "due",
    "listen",
    "ended",
    "origin",
)
_INSTANTS = ("arrived", "planned")
"""What is mostly as ``at`` while a run waits."""

_STATE = tuple(name for name in Enrollment.__slots__ if name not in COLUMNS and name != "ladders")
_run, _state = attrgetter(*Enrollment.__slots__), attrgetter(*_STATE)


@dataclass(slots=True)
class Emitted:
    """An event that a decision caused; ``id`` names the step's visit, so that it is told once."""

    name: str
    occurred: int
    properties: dict[str, Any] = field(repr=False)
    id: str


def emitted_id(enrollment: int, visit: int, step: str) -> str:
    """The id of the event that a step's visit emits: no other has it, a trigger included."""
    return f"emit:{enrollment}:{visit}:{step}"


@dataclass(slots=True)
class Begun:
    """A run of another journey that a decision asks for; ``origin`` names the asking, once and for all."""

    journey: str
    occurred: int
    data: dict[str, Any] = field(repr=False)
    origin: str = field(repr=False)


@dataclass(slots=True)
class Decision:
    """What one decision changes: written together or not at all. ``changes`` are of the profile, as ``identify``'s."""

    enrollment: Enrollment
    reserve: list[Delivery] = field(default_factory=list)
    cancel: list[tuple[int, str]] = field(default_factory=list)
    emit: list[Emitted] = field(default_factory=list)
    begin: list[Begun] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
