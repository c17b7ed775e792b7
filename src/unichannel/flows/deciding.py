"""Deciding: one batch of profiles, locked, loaded, decided and committed in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from unichannel.core.journey.program import Program
from unichannel.flows.budgeting import Purse, Short, settle_charges
from unichannel.flows.erasing import forget_ghosts
from unichannel.flows.inbox import most_new_runs
from unichannel.flows.kit import Kit
from unichannel.flows.passing import ProfilePass
from unichannel.ports import Changes, Loaded, Session

__all__ = ["decide_batch", "decide_profiles"]

_BLOCK = 64


def decide_batch(session: Session, purse: Purse, kit: Kit, now: int, limit: int) -> Changes | Short | None:
    """Decide for up to ``limit`` profiles; None where nobody has anything to decide."""
    keys = session.candidates(now, limit)
    return decide_profiles(session, purse, kit, now, keys) if keys else None


def decide_profiles(session: Session, purse: Purse, kit: Kit, now: int, keys: Sequence[str]) -> Changes | Short:
    """Decide for these profiles, those that nobody else is deciding for.

    Where the purse lacks what they cost, nothing is written, and what lacks comes back.
    """
    profiles = list(dict.fromkeys(session.lock(keys, now).values()))
    loaded, named = _load(session, kit, profiles, now)
    if session.made:
        loaded = forget_ghosts(session, kit, loaded)
    changes = Changes()
    rows = [row for one in loaded for row in one.inbox]
    now = _not_before(now, loaded)
    wanted = most_new_runs(kit, rows)
    first = session.allocate(wanted) if wanted else 0
    ids = chain(range(first, first + wanted), _more_ids(session))
    budgets = purse.bounds()
    for one in loaded:
        one.facts.budgets = budgets
        ProfilePass(kit, one, now, ids, changes, named).run()
    lacking = settle_charges(session, purse, changes) if kit.setting.budgets else None
    if lacking is not None:
        return lacking
    session.commit(changes)
    return changes


def _not_before(now: int, loaded: Sequence[Loaded]) -> int:
    """Another worker's clock may be ahead: what it recorded and decided is known, so now is not before it."""
    recorded = (row.recorded for one in loaded for row in one.inbox)
    decided = (run.at for one in loaded for run in one.runs)
    return max(chain((now,), recorded, decided))


def _more_ids(session: Session) -> Iterator[int]:
    """Ids for runs that no inbox row announced: those that a date brings."""
    while True:
        first = session.allocate(_BLOCK)
        yield from range(first, first + _BLOCK)


def _load(session: Session, kit: Kit, profiles: list[int], now: int) -> tuple[list[Loaded], dict[str, Program | None]]:
    """Load the facts, and the journeys that steps begin by name; again, with more facts, where a definition is new."""
    while True:
        met = len(kit.programs)
        loaded = session.load(profiles, kit.want(now))
        rows = [row for one in loaded for row in one.inbox]
        definitions = {run.definition for one in loaded for run in one.runs}
        kit.learn(session, definitions | {int(row.body["definition"]) for row in rows if "definition" in row.body})
        names = {str(row.body["journey"]) for row in rows if row.kind == "begin"}
        named = {name: kit.named(session, name) for name in names}
        if len(kit.programs) == met:
            return loaded, named
