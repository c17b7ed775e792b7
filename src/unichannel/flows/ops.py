"""The operations that flows ask for; a driver answers them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, cast

from unichannel.core.messaging.delivery import Delivery
from unichannel.ports import Outbound, Outcome, Received, Request, Session

__all__ = ["Flow", "Fly", "Job", "Land", "Landed", "Now", "Op", "Read", "Tell", "Token", "Transact", "ask"]

T = TypeVar("T")


class Op(Generic[T]):
    """Something that a flow asks for; the answer is a T."""


Flow = Generator[Op[Any], Any, T]


def ask(op: Op[T]) -> Generator[Op[Any], Any, T]:
    """Ask for one operation: ``now = yield from ask(Now())``."""
    return cast("T", (yield op))


@dataclass(frozen=True, slots=True)
class Now(Op[int]):
    """The engine's clock, microseconds UTC."""


@dataclass(frozen=True, slots=True)
class Token(Op[bytes]):
    """Unpredictable bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Transact(Op[T]):
    """Run the work in one transaction of the store, or in the host's."""

    work: Callable[[Session], T]
    connection: Any = None


@dataclass(slots=True)
class Job:
    """One call to a provider: a send, or the look-up of a doubtful one.

    ``listen`` is the rank of the weakest evidence that moves the delivery's run. ``final`` says
    that no later look-up follows.
    """

    kind: Literal["send", "look_up"]
    route: str
    delivery: Delivery
    outbound: Outbound
    listen: int | None = None
    final: bool = False


@dataclass(slots=True)
class Landed:
    """A call that came back; ``outcome`` None is a look-up that found nothing."""

    job: Job
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Fly(Op[None]):
    """Start these calls; they come back by ``Land``."""

    jobs: Sequence[Job]


@dataclass(frozen=True, slots=True)
class Land(Op[list[Landed]]):
    """Calls that have come back: at least one, or those that come ``within`` so many seconds, if any is out."""

    at_most: int
    within: float | None = None


@dataclass(frozen=True, slots=True)
class Read(Op[Received]):
    """Have a provider's codec read an incoming call."""

    provider: str
    request: Request


@dataclass(frozen=True, slots=True)
class Tell(Op[None]):
    """Tell the hooks what was committed."""

    facts: Sequence[Mapping[str, Any]]
