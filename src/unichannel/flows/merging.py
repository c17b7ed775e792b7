"""Merging: two ids that are one person become one profile, in one transaction, before anything is decided.

The rules of this file:

1. The profile with the smaller id of ours survives; the other's keys are aliases for ever.
2. What ``identify`` was told before the merge is applied before it, to the one it was told of.
3. Where one of the two is not to be had, the row stays for the next round.
4. Merging twice, with oneself or in a circle changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from unichannel.core.audience.merging import merged
from unichannel.core.audience.profile import Person
from unichannel.core.audience.signs import take_told
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.journey.merging import end_newer
from unichannel.flows.budgeting import Purse, settle_charges
from unichannel.flows.kit import Kit
from unichannel.ports import Changes, Inbox, Loaded, Note, Session, Want

__all__ = ["as_told", "take_merge"]


def take_merge(session: Session, kit: Kit, row: Inbox, now: int) -> Changes | None:
    """Do one merge; None where one of the two is not to be had."""
    keys = list(dict.fromkeys((row.profile, str(row.body["other"]))))
    locked = session.lock(keys, now)
    if len(locked) < len(keys):
        return None
    ids = sorted(set(locked.values()))
    changes = Changes(inbox=[row.id])
    if len(ids) == 1:
        session.commit(changes)
        return changes
    survivor, other = (as_told(kit, one, row, changes) for one in session.load(ids, Want()))
    person = merged(survivor.facts.person, other.facts.person)
    _end_newer(changes, person, survivor, other, now)
    _look_again(changes, kit, person, other.facts.person.id, now)
    settle_charges(session, Purse(), changes)  # reserves nothing, so that nothing lacks
    # First the ends: two live runs of one journey never have one owner.
    session.commit(changes)
    session.merge(person, other.facts.person.id)
    return changes


def as_told(kit: Kit, one: Loaded, asked: Inbox, changes: Changes) -> Loaded:
    """The profile with what ``identify`` had said of it when this was asked for."""
    told = [row for row in one.inbox if row.kind == "identify" and row.id < asked.id]
    for row in sorted(told, key=lambda row: (row.occurred, row.id)):
        take_told(one.facts.person, row.body, row.occurred if kit.setting.ageing else None)
        one.facts.person.changed = max(one.facts.person.changed, row.occurred)
        changes.inbox.append(row.id)
    return one


def _end_newer(changes: Changes, person: Person, survivor: Loaded, other: Loaded, now: int) -> None:
    deliveries = [*survivor.facts.deliveries, *other.facts.deliveries]
    runs = [*survivor.runs, *other.runs]
    ends = end_newer(runs, deliveries, now)
    ended = {end.enrollment.id for end in ends}
    going = [run for run in runs if run.is_live and run.id not in ended]
    for end in ends:
        run = end.enrollment
        changes.updated += _told_parent(run, going, now)
        changes.updated.append(run)
        changes.cancelled += [(run.id, n, reason, now) for n, reason in end.cancel]
        taken_back = {(run.id, n) for n, _ in end.cancel}
        changes.uncharged += [one.key for one in deliveries if (one.enrollment, one.n) in taken_back and one.accounts]
        changes.notes += [Note(person.id, run.journey, run.id, run.origin, trace) for trace in end.traces]


def _told_parent(run: Enrollment, going: Sequence[Enrollment], now: int) -> list[Enrollment]:
    """The run that began this one and may wait for its end, told of it."""
    parents = [one for one in going if run.origin.startswith(f"start:{one.id}:")]
    for one in parents:
        one.answers[run.origin] = {"status": run.status, "reason": run.reason, "at": run.ended or now}
    return parents


def _look_again(changes: Changes, kit: Kit, person: Person, other: int, now: int) -> None:
    """Every run of the survivor is looked at with the facts of both."""
    changes.emitted.append(Inbox(person.key, "news", "", now, now))
    changes.wakes += [(person.id, now), (other, None)]
    changes.addresses.append((person.id, kit.setting.hashes(person)))
