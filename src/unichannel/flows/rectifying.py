"""Rectifying: what was wrong about a person is put right, and what was about to go to a wrong address follows.

The fields themselves are merged as ``identify`` merges them. A delivery that is reserved for an address which
the person does not have any more goes to the right one: nobody was called for it yet. Where there is none,
or its provider may know it already, it is cancelled and its ladder goes on.
"""

from __future__ import annotations

from collections.abc import Sequence

from unichannel.core.audience.profile import Person
from unichannel.core.audience.signs import take_told
from unichannel.core.messaging.delivery import Delivery
from unichannel.flows.budgeting import Purse, settle_charges
from unichannel.flows.kit import Kit
from unichannel.flows.merging import as_told
from unichannel.ports import Changes, Inbox, Session, Want

__all__ = ["take_rectification"]


def take_rectification(session: Session, kit: Kit, row: Inbox, now: int) -> Changes | None:
    """Put right what a row says; None where another worker has the profile."""
    locked = session.lock([row.profile], now)
    if not locked:
        return None
    changes = Changes(inbox=[row.id])
    (loaded,) = session.load([locked[row.profile]], Want(deliveries=True))
    person = as_told(kit, loaded, row, changes).facts.person
    take_told(person, row.body, min(row.occurred, now) if kit.setting.ageing else None)
    person.changed = max(person.changed, min(row.occurred, now))
    _send_elsewhere(session, kit, person, loaded.facts.deliveries, changes, now)
    _look_again(changes, kit, person, now)
    settle_charges(session, Purse(), changes)  # reserves nothing, so that nothing lacks
    session.commit(changes)
    return changes


def _look_again(changes: Changes, kit: Kit, person: Person, now: int) -> None:
    """Every run is looked at with what is right; dates are computed anew."""
    changes.people.append(person)
    changes.addresses.append((person.id, kit.setting.hashes(person)))
    changes.emitted.append(Inbox(person.key, "identify", "", now, now, depth=1))  # not said by the host
    changes.wakes.append((person.id, now))


def _send_elsewhere(
    session: Session, kit: Kit, person: Person, deliveries: Sequence[Delivery], changes: Changes, now: int
) -> None:
    """Take what is not sent yet from addresses that are not the person's."""
    lost = [one for one in deliveries if one.status in ("reserved", "retry") and _is_lost(kit, person, one)]
    moved = []
    for one in session.find([one.key for one in lost]) if lost else []:
        if one.status == "reserved" and _find_place(kit, person, one, deliveries):
            moved.append(one)
        elif one.status in ("reserved", "retry"):
            changes.cancelled.append((one.enrollment, one.n, "no_address", now))
            changes.uncharged += [one.key] if one.accounts else []
    session.redirect(moved)


def _is_lost(kit: Kit, person: Person, delivery: Delivery) -> bool:
    channel = kit.setting.channels.get(delivery.channel)
    return channel is not None and delivery.address not in person.reached_at(channel.address)


def _find_place(kit: Kit, person: Person, delivery: Delivery, others: Sequence[Delivery]) -> bool:
    """Give it the first of the person's addresses that the same rung does not go to already."""
    channel = kit.setting.channels[delivery.channel]
    taken = {one.address for one in others if _rung(one) == _rung(delivery)}
    free = [one for one in person.reached_at(channel.address) if one not in taken]
    if free:
        delivery.address = free[0]
        delivery.hash = kit.setting.hash_at(delivery.channel, free[0])
    return bool(free)


def _rung(delivery: Delivery) -> tuple[int, str, int, int]:
    return delivery.enrollment, delivery.step, delivery.visit, delivery.rung
