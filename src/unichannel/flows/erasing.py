"""Erasing: a person is forgotten, in one transaction, before anything is decided.

The rules of this file:

1. Runs that are going end as erased; what they had reserved is taken back. What is being sent cannot be: its
   outcome is written down when it comes, without a word of whom it was for, and it is never sent again.
2. What the engine was told of the person before is gone unread. What is told afterwards is about
   somebody new, if it says who that is. A transaction of the host's may be open all the while: what it told
   before the erasure was asked for is gone too, whenever it commits.
3. Objections stay, as suppressions of the addresses by their keyed hashes (P45).
4. Locks are taken in the order in which merging receipts takes them, so that neither waits for the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from unichannel.core.audience.erasing import objections
from unichannel.core.audience.profile import Person
from unichannel.core.audience.seal import subject_of
from unichannel.core.journey.erasing import erased_run
from unichannel.core.messaging.delivery import Delivery, anonymous, become
from unichannel.core.words.event import RECEIVED
from unichannel.core.words.instant import from_datetime, iso
from unichannel.flows.budgeting import Charges
from unichannel.flows.kit import Kit
from unichannel.flows.receipts import receipts_about
from unichannel.ports import APART, Access, Changes, Erasure, History, Inbox, Loaded, Session

__all__ = ["ERASED", "begins", "forget_ghosts", "take_erasure"]

ERASED = "erased"
"""What the audit trail says once it is done."""

_ASKED = "asked at "

_FATE = {"reserved": "cancelled", "retry": "cancelled", "in_doubt": "abandoned"}
"""What becomes of deliveries that are not over; one that is being sent is waited for."""


def begins(row: Inbox) -> bool:
    """Whether the host itself says something of somebody; the rest is about a profile that is there already."""
    is_said = row.kind in ("identify", "enroll", "send") or (row.kind == "event" and row.name != RECEIVED)
    return is_said and row.depth == 0


def take_erasure(session: Session, kit: Kit, row: Inbox, now: int) -> Changes | None:
    """Forget a person; None where another worker has them, or a merge has to be done before."""
    locked = session.lock([row.profile], now)
    history = session.history(row.profile) if locked else None
    if history is None or _merges_before(session, history.person, row):
        return None
    person, identity = history.person, kit.setting.identity
    # First, as merging locks receipts before deliveries.
    session.settle_receipts([one.id for one in receipts_about(session, kit, history)], [])
    _keep_objections(session, kit, history, now)
    deliveries = _ended(session, history.deliveries, now)
    runs = [erased_run(run, person.keys, now) for run in history.runs]
    gone = [one.id for one in session.waiting(person.keys) if _goes(one, row)]
    names = {key: subject_of(identity, key) for key in person.keys}
    session.erase(Erasure(person, gone, runs, deliveries, names))
    said = str(row.body.get("actor", "")), str(row.body.get("source", ""))
    asked = _ASKED + iso(row.recorded)
    session.put_accesses([Access(now, names.get(key, ""), ERASED, *said, asked) for key in person.keys])
    live = {run.id for run in history.runs if run.is_live}
    return Changes(updated=[run for run in runs if run.id in live])


def _merges_before(session: Session, person: Person, row: Inbox) -> bool:
    return any(one.kind == "merge" and one.id < row.id for one in session.waiting(person.keys))


def _goes(waiting: Inbox, row: Inbox) -> bool:
    """What was handed in before goes; later, only what is no beginning of its own."""
    return waiting.id <= row.id or not (waiting.kind in APART or begins(waiting))


def _keep_objections(session: Session, kit: Kit, history: History, now: int) -> None:
    setting = kit.setting
    found = objections(setting.identity, history.person, history.consents, setting.channels.values(), now)
    session.put_suppressions(list(found))


def _ended(session: Session, deliveries: Sequence[Delivery], now: int) -> list[Delivery]:
    """The deliveries as they are from now on; what they no longer cost is given back."""
    found = session.find([one.key for one in deliveries])
    charges = Charges(found)
    for one in found:
        if one.status in _FATE:
            become(one, _FATE[one.status], now, reason=ERASED)
    charges.settle(session)
    return [anonymous(one) for one in found]


def forget_ghosts(session: Session, kit: Kit, loaded: Sequence[Loaded]) -> list[Loaded]:
    """Those who are there: a profile made just now for what is no beginning was erased meanwhile, and stays so."""
    made = {one.facts.person.key: subject_of(kit.setting.identity, one.facts.person.key) for one in loaded}
    made = {key: name for key, name in made.items() if key in session.made}
    erased = _erased(session, made)
    there = []
    for one in loaded:
        person = one.facts.person
        name = made.get(person.key, "")
        gone = [row.id for row in one.inbox if row.recorded < erased.get(name, 0)]
        is_begun = any(begins(row) for row in one.inbox if row.id not in gone)
        if name and (gone or not is_begun):
            # What is about somebody new stays, and makes them in the next round.
            ids = gone if is_begun else [row.id for row in one.inbox]
            session.erase(Erasure(person, ids, pseudonyms={person.key: name}))
        else:
            there.append(one)
    return there


def _erased(session: Session, made: Mapping[str, str]) -> dict[str, int]:
    """When the erasure of each of these was asked for, of those who were erased before."""
    told = [one for one in session.accesses(made.values()) if one.what == ERASED and one.detail.startswith(_ASKED)]
    return {one.subject: from_datetime(datetime.fromisoformat(one.detail.removeprefix(_ASKED))) for one in told}
