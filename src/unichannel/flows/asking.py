"""Asking and mending: what became of an intention, when to come back, what was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from unichannel.core.words.money import Money
from unichannel.errors import UnknownError
from unichannel.flows.budgeting import Purse, paid, put_back
from unichannel.flows.deciding import decide_profiles
from unichannel.flows.delivering import deliver_these
from unichannel.flows.explaining import cost_of, note_code
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.ports import Fault, Inbox, Parked, Receipt, Session

__all__ = ["Status", "intention", "next_due_at", "retry", "seen_by_host", "send_now", "set_aside"]


@dataclass(frozen=True)
class Status:
    """What became of an ``enroll`` or ``send``.

    ``state``: queued; refused (``reason`` is the code); or the run's own: active, completed,
    converted, exited, merged. ``deliveries`` are their ids, channels and status,
    ``costs`` what each is expected to cost or was billed, None where that is not known.
    """

    id: str
    state: str
    reason: str = ""
    enrollment: str = ""
    deliveries: tuple[tuple[str, str, str], ...] = ()
    costs: tuple[tuple[str, Money | None], ...] = ()


def intention(origin: str) -> Flow[Status]:
    """What became of the intention of that id; raises UnknownError."""
    found = yield from ask(Transact(partial(_status, origin=origin)))
    return found


def _status(session: Session, origin: str) -> Status:
    run, note, waits = session.origin(origin)
    if run is not None:
        numbers = range(1, run.counted + 1)
        made = [one for n in numbers if (one := session.delivery(run.id, n)) is not None]
        deliveries = tuple((one.id, one.channel, one.status) for one in made)
        costs = tuple((one.id, cost_of(one)) for one in made if not one.is_call)
        return Status(origin, run.status, run.reason, run.public_id, deliveries, costs)
    if note is not None:
        return Status(origin, "refused", note_code(note))
    if waits:
        return Status(origin, "queued")
    raise UnknownError(f"there is no intention {origin!r}.", thing=origin, mend="Keep the id of the handle.")


def next_due_at(kit: Kit) -> Flow[int | None]:
    """When ``run_due`` has something to do next; None when only news can bring something."""
    now = yield from ask(Now())
    crowded = {route: until for route, until in list(kit.crowded.items()) if now < until}
    without = kit.queues({*crowded}) | kit.elsewhere
    due = yield from ask(Transact(lambda session: session.next_due(now, without)))
    instants = [*crowded.values(), *([] if due is None else [max(due, now)])]
    return min(instants, default=None)


def send_now(kit: Kit, profile: str, origin: str) -> Flow[None]:
    """Decide for this profile and deliver what the intention reserved, in the calling thread."""
    keys: list[str] = []
    is_over, purse = False, Purse()
    while not is_over:
        now = yield from ask(Now())
        changes = yield from paid(kit, purse, partial(decide_profiles, kit=kit, now=now, keys=[profile]))
        runs = {run.id for run in changes.started if run.origin == origin}
        keys = [one.key for one in changes.reserved if one.enrollment in runs]
        is_over = bool(runs) or not changes.emitted  # what another run emitted may have its turn before
    yield from put_back(purse)
    yield from deliver_these(kit, keys)


def set_aside(limit: int) -> Flow[list[Fault]]:
    """Runs that were set aside because their decision raised."""
    faults = yield from ask(Transact(lambda session: session.faults(limit)))
    return faults


def retry(faults: Sequence[Fault]) -> Flow[int]:
    """Take up runs that were set aside; how many."""
    now = yield from ask(Now())
    yield from ask(Transact(partial(_retry, faults=faults, now=now)))
    return len(faults)


def _retry(session: Session, faults: Sequence[Fault], now: int) -> None:
    runs, deliveries, receipts = [], [], []
    for fault in faults:
        event = fault.event or {}
        if "receipt" in event:
            receipts.append((int(event["receipt"]), now))
        elif "delivery" in event:
            deliveries.append(str(event["delivery"]))
        else:
            runs.append(fault)
    _retry_runs(session, runs, now)
    _retry_deliveries(session, deliveries, now)
    session.settle_receipts([], receipts)
    session.drop_faults([fault.id for fault in faults])


def _retry_runs(session: Session, faults: Sequence[Fault], now: int) -> None:
    keys = session.profile_keys({fault.profile for fault in faults})
    bodies = [(fault.profile, {"enrollment": fault.enrollment, "event": fault.event}) for fault in faults]
    session.put_inbox([Inbox(keys[profile], "retry", "", now, now, body=body) for profile, body in bodies])


def _retry_deliveries(session: Session, ids: Sequence[str], now: int) -> None:
    places = [tuple(map(int, id.removeprefix("d").split("-"))) for id in ids]
    keys = [one.key for place in places if (one := session.delivery(*place)) is not None]
    found = [one for one in session.find(keys) if one.status == "retry"]
    for one in found:
        one.due = now
    session.save(found)


def seen_by_host(evidence: str, delivery: str, at: int | None) -> Flow[None]:
    """Evidence that the host saw itself, such as a push that was opened in its app."""
    now = yield from ask(Now())
    yield from ask(Transact(partial(_put_seen, evidence=evidence, id=delivery, at=now if at is None else at, now=now)))


def _put_seen(session: Session, evidence: str, id: str, at: int, now: int) -> None:
    enrollment, _, n = id.removeprefix("d").partition("-")
    is_id = id.startswith("d") and enrollment.isdigit() and n.isdigit()
    found = session.delivery(int(enrollment), int(n)) if is_id else None
    if found is None:
        raise UnknownError(f"there is no delivery {id!r}.", thing=id, mend="Take the id from timeline().")
    receipt = Receipt(evidence, min(at, now), key=found.key, id=f"host:{evidence}:{at}", channel=found.channel)
    session.put_receipts([Parked("host", now, receipt, now)])
