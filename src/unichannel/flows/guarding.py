"""Guarding: what the host asks for a person's sake; written into the inbox, done by ``run_due``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from unichannel.core.audience.profile import Profile
from unichannel.errors import InvalidInput, UnknownError
from unichannel.flows.auditing import Actor, access
from unichannel.flows.erasing import ERASED
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.ports import Access, Inbox, Session

__all__ = ["erase", "rectify"]


def rectify(kit: Kit, profile: Profile, actor: Actor, connection: Any = None) -> Flow[None]:
    """Insert a correction; raises UnknownError for a profile nobody was told of."""
    now = yield from ask(Now())
    if profile.consents:
        raise InvalidInput("a consent is added, never corrected.", thing="consents", mend="Give it to identify().")
    if not profile.changes:
        raise InvalidInput("nothing is corrected.", thing=profile.id, mend="Give the fields that were wrong.")
    row = Inbox(profile.id, "rectify", "unichannel.rectify", now, now, body=dict(profile.changes))
    entry = access(kit, now, "rectify", profile.id, actor, ", ".join(_fields(profile.changes)))
    yield from ask(Transact(partial(_put_correction, row=row, entry=entry), connection))


def _fields(changes: Mapping[str, Any]) -> Iterator[str]:
    """The names of the fields: attributes and addresses each by its own."""
    for name, value in sorted(changes.items()):
        if name in ("addresses", "attributes", "add", "remove", "preferences"):
            yield from (f"{name}.{one}" for one in sorted(value))
        else:
            yield name


def _put_correction(session: Session, row: Inbox, entry: Access) -> None:
    if not session.known([row.profile]):
        raise _unknown(row.profile)
    session.put_inbox([row])
    session.put_accesses([entry])


def erase(kit: Kit, profile: str, actor: Actor, connection: Any = None) -> Flow[None]:
    """Insert the wish to be forgotten; asked again it changes nothing. Raises UnknownError for an id nobody knows."""
    now = yield from ask(Now())
    row = Inbox(profile, "erase", "unichannel.erase", now, now, body={"actor": actor[0], "source": actor[1]})
    entry = access(kit, now, "erase", profile, actor)
    yield from ask(Transact(partial(_put_erasure, row=row, entry=entry), connection))


def _put_erasure(session: Session, row: Inbox, entry: Access) -> None:
    if session.known([row.profile]):
        session.put_inbox([row])
        session.put_accesses([entry])
        return
    is_asked = any(one.kind == "erase" for one in session.waiting([row.profile]))
    if not is_asked and not any(one.what == ERASED for one in session.accesses([entry.subject])):
        raise _unknown(row.profile)


def _unknown(profile: str) -> UnknownError:
    return UnknownError(f"no profile {profile!r} is known.", thing=profile, mend="Check the id.")
