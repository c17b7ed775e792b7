"""What the host's own calls do: they insert, they do not decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from unichannel.core.audience.profile import Profile
from unichannel.core.journey.program import Program
from unichannel.core.policy.setting import Setting
from unichannel.errors import InvalidInput, UnknownError
from unichannel.flows.consenting import put_entries, recorded
from unichannel.flows.ops import Flow, Now, Token, Transact, ask
from unichannel.ports import Inbox, Session

__all__ = ["EVIDENCE_EVENTS", "ask_for_run", "identify", "merge", "track"]

EVIDENCE_EVENTS = frozenset({"opened", "clicked", "replied", "converted"})
"""Events that, told with ``delivery=``, are evidence that the host saw itself."""


def identify(setting: Setting, profiles: Sequence[Profile], connection: Any = None) -> Flow[None]:
    """Insert what the host says of people; consents go to the ledger and count from now on."""
    now = yield from ask(Now())
    rows = [Inbox(one.id, "identify", "", now, now, body=one.changes) for one in profiles]
    told = [(one.id, entry) for one in profiles for entry in one.consents]
    entries, news = yield from recorded(setting, told, now)
    yield from ask(Transact(partial(put_entries, entries=entries, rows=[*rows, *news]), connection))


def track(
    profile: str,
    name: str,
    properties: Mapping[str, Any],
    *,
    occurred: int | None,
    id: str,
    unknown: Literal["refuse", "create"],
    connection: Any = None,
) -> Flow[None]:
    """Insert an event; raises UnknownError for a profile nobody was told of."""
    now = yield from ask(Now())
    if not name.strip():
        raise InvalidInput("an event needs a name.", thing="event", mend="Name it.")
    at = now if occurred is None else min(occurred, now)
    event_id = id or (yield from _new_id("ev"))
    row = Inbox(profile, "event", name, at, now, event_id, 0, dict(properties))
    yield from ask(Transact(partial(_put_for_known, row=row, unknown=unknown), connection))


def _new_id(kind: str) -> Flow[str]:
    token = yield from ask(Token(12))
    return f"{kind}-{token.hex()}"


def _put_for_known(session: Session, row: Inbox, unknown: str, also: Sequence[str] = ()) -> None:
    wanted = [row.profile, *also]
    missing = set(wanted) - session.known(wanted) if unknown == "refuse" else set()
    for key in (one for one in wanted if one in missing):
        raise UnknownError(
            f"no profile {key!r} is known.", thing=key, mend='identify() it first, or pass unknown="create".'
        )
    session.put_inbox([row])


def merge(profile: str, other: str, *, unknown: Literal["refuse", "create"], connection: Any = None) -> Flow[None]:
    """Insert that two ids are one person; raises UnknownError for one nobody was told of."""
    now = yield from ask(Now())
    if not profile.strip() or not other.strip():
        raise InvalidInput("a merge needs two ids of profiles.", thing="profile", mend="Give both as texts.")
    row = Inbox(profile, "merge", "unichannel.merge", now, now, body={"other": other})
    yield from ask(Transact(partial(_put_for_known, row=row, unknown=unknown, also=[other]), connection))


def ask_for_run(
    kind: Literal["enroll", "send"],
    profile: str,
    program: Program,
    data: Mapping[str, Any],
    *,
    key: str = "",
    unknown: Literal["refuse", "create"] = "refuse",
    connection: Any = None,
) -> Flow[str]:
    """Insert the wish for a run of a stored definition; the id of the intention."""
    now = yield from ask(Now())
    journey = program.journey
    if program.entity_property and program.entity_property not in data:
        raise InvalidInput(
            f"runs of {journey.name!r} are keyed by {program.entity_property!r}, which is missing.",
            thing=program.entity_property,
            mend=f"Pass it in data: {{{program.entity_property!r}: …}}.",
        )
    origin = f"{kind}:{journey.name}:{profile}:{key}" if key else (yield from _new_id(kind))
    body = {"definition": program.definition, "data": dict(data)}
    row = Inbox(profile, kind, f"unichannel.{kind}", now, now, origin, 0, body)
    yield from ask(Transact(partial(_put_for_known, row=row, unknown=unknown), connection))
    return origin
