"""Acting: who is using the engine right now, for the audit trail; of this thread or task, and of no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from unichannel.errors import InvalidInput
from unichannel.flows.auditing import Actor

__all__ = ["acting", "actor_now"]

_ACTOR: ContextVar[Actor] = ContextVar("unichannel_actor", default=("", ""))


@contextmanager
def acting(actor: str, *, source: str = "") -> Iterator[None]:
    """Say who acts in this block: ``with acting("support:ana", source="10.0.0.1"): engine.timeline("ada")``.

    Everything that they read about a person is written into the audit trail of every engine they use;
    a block inside a block counts for itself. Raises InvalidInput for an actor without a name.
    """
    if not actor.strip():
        raise InvalidInput("an actor needs a name.", thing="actor", mend='Name who it is: acting("support:ana").')
    token = _ACTOR.set((actor, source))
    try:
        yield
    finally:
        _ACTOR.reset(token)


def actor_now() -> Actor:
    """Who is acting, and from where; two empty texts where nobody said."""
    return _ACTOR.get()
