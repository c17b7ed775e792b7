"""Publishing: a definition is stored under its name and version before anything runs by it."""

from __future__ import annotations

from functools import partial

from unichannel.core.journey.form.stored import dumps, journey_digest, loads
from unichannel.core.journey.language.journey import Journey
from unichannel.core.journey.program import Program, compile_journey
from unichannel.errors import DefinitionChanged
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Transact, ask
from unichannel.ports import Session

__all__ = ["publish"]


def publish(kit: Kit, journey: Journey, now: int, *, drafts: bool, current: bool = False) -> Flow[Program]:
    """Store a definition and compile it; ``drafts``: the same version may change, as the host's single sends do."""
    body = dumps(journey)
    digest = journey_digest(body)
    known = kit.published.get(digest)
    if known is not None:
        return known
    work = partial(_store, journey=journey, digest=digest, body=body, now=now, drafts=drafts)
    id = yield from ask(Transact(work))
    program = kit.add(compile_journey(journey, id), current=current)
    if current and program.timed:
        yield from ask(Transact(lambda session: session.begin_sweep(journey.name, id)))
    kit.published[digest] = program
    return program


def _store(session: Session, journey: Journey, digest: str, body: str, now: int, *, drafts: bool) -> int:
    """Store a definition under its name and version, refusing another content there."""
    for id, name, version, known in session.definitions():
        if (name, version) != (journey.name, journey.version) or known == digest or drafts:
            continue
        if _is_same(session.definition(id), body):
            return id
        raise DefinitionChanged(
            f"the journey {name!r} version {version} is stored with another content.",
            thing=name,
            mend=f"Raise the version to {version + 1}; runs that began keep the old one. "
            "In development, Engine(drafts=True) lets it change.",
        )
    return session.put_definition(journey.name, journey.version, digest, body, now)


def _is_same(stored: str | None, body: str) -> bool:
    """Whether a definition that an earlier version of unichannel wrote says what this one does."""
    return stored is not None and dumps(loads(stored)) == body
