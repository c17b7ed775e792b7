"""run_due: merge, erase, hear what was told, decide and deliver what is due, until nothing is left or time is up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from unichannel.core.messaging.delivery import CALL
from unichannel.core.words.instant import SECOND
from unichannel.flows.apart import Apart, take_apart
from unichannel.flows.budgeting import Purse, Short, paid, put_back
from unichannel.flows.deciding import decide_batch
from unichannel.flows.delivering import Delivered, deliver, give_back
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Tell, Transact, ask
from unichannel.flows.pooling import PAUSE, read_prior
from unichannel.flows.receipts import merge_receipts
from unichannel.flows.sweeping import sweep_batch
from unichannel.flows.traffic import Traffic
from unichannel.ports import Changes, Session

__all__ = ["Report", "run_due"]


@dataclass(slots=True)
class Report:
    """What one ``run_due`` did.

    ``more`` says that work was left when the time or limit was up. ``elsewhere`` names functions that
    journeys call and this worker was not given: their calls are left to other workers.
    """

    profiles: int = 0
    started: int = 0
    reserved: int = 0
    receipts: int = 0
    faults: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    more: bool = False
    merges: int = 0
    rectified: int = 0
    erased: int = 0

    def add(self, changes: Changes) -> None:
        self.profiles += len(changes.wakes)
        self.started += len(changes.started)
        self.reserved += len(changes.reserved)
        self.faults += len(changes.faults)

    def count(self, delivered: Delivered) -> None:
        for what, count in delivered.outcomes.items():
            self.outcomes[what] = self.outcomes.get(what, 0) + count


def run_due(kit: Kit, *, limit: int | None, seconds: float) -> Flow[Report]:
    """Work until nothing is due, ``limit`` profiles were decided, or the seconds are gone."""
    report, traffic, purse = Report(), Traffic(kit), Purse()
    until = (yield from ask(Now())) + round(seconds * SECOND)
    while True:
        now = yield from ask(Now())
        if kit.setting.learns and now >= kit.prior_due:
            kit.setting = yield from ask(Transact(partial(read_prior, kit=kit, now=now)))
            kit.prior_due = now + PAUSE
        apart, merged = yield from ask(Transact(partial(_before, kit=kit, now=now)))
        if apart.changes.updated:
            yield from ask(Tell(list(_facts(apart.changes))))
        changes = yield from paid(kit, purse, partial(_decide, kit=kit, now=now, limit=_room(kit, limit, report)))
        if changes is not None:
            report.add(changes)
            yield from ask(Tell(list(_facts(changes))))
        delivered = yield from deliver(traffic, until)
        report.merges += apart.done["merge"]
        report.rectified += apart.done["rectify"]
        report.erased += apart.done["erase"]
        report.receipts += merged
        report.count(delivered)
        # Where nobody could be locked, another worker has them: coming back at once would only spin.
        is_idle = not merged and not apart.done and (changes is None or not changes.wakes) and not delivered.did
        is_over = (limit is not None and report.profiles >= limit) or (yield from ask(Now())) >= until
        if is_over or (is_idle and not traffic.is_out):
            report.count((yield from deliver(traffic, until, to_the_end=True)))
            yield from give_back(traffic)
            yield from put_back(purse)
            report.elsewhere = tuple(sorted(one.removeprefix(CALL) for one in list(kit.elsewhere)))
            report.more = not is_idle or changes is not None or apart.left > 0
            return report


def _before(session: Session, kit: Kit, now: int) -> tuple[Apart, int]:
    """What is done before anything is decided: merges, corrections, erasures; then receipts into deliveries."""
    return take_apart(session, kit, now), merge_receipts(session, kit, now, kit.batch)


def _decide(session: Session, purse: Purse, kit: Kit, now: int, limit: int) -> Changes | Short | None:
    """Decide for those who have something to decide; with nobody left, go on with a sweep."""
    changes = decide_batch(session, purse, kit, now, limit)
    return sweep_batch(session, purse, kit, now, limit) if changes is None and kit.timed else changes


def _room(kit: Kit, limit: int | None, report: Report) -> int:
    return kit.batch if limit is None else max(1, min(kit.batch, limit - report.profiles))


def _facts(changes: Changes) -> Iterator[Mapping[str, Any]]:
    """What hooks are told: ids and codes, no addresses and no texts."""
    for run in changes.started:
        yield {"fact": "enrolled", "journey": run.journey, "enrollment": run.public_id}
    for run in (*changes.started, *changes.updated):
        if run.status != "active":
            yield {"fact": "ended", "journey": run.journey, "enrollment": run.public_id, "status": run.status}
    for one in changes.reserved:
        yield {"fact": "reserved", "delivery": one.id, "channel": one.channel, "message": one.message, "step": one.step}
    for fault in changes.faults:
        yield {"fact": "set_aside", "enrollment": f"e{fault.enrollment}", "error": fault.error}
