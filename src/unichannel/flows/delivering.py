"""Delivering: a flight is marked `sending`, the providers are called, each call is settled as it lands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from unichannel.flows.kit import Kit
from unichannel.flows.marking import mark, mark_these
from unichannel.flows.ops import Flow, Fly, Job, Land, Landed, Now, Tell, Transact, ask
from unichannel.flows.settling import settle
from unichannel.flows.traffic import Traffic
from unichannel.ports import Session

__all__ = ["Delivered", "deliver", "deliver_these", "give_back"]

_PATIENCE = 0.5
"""For how many seconds calls that are out are waited for, before other work is looked for."""


@dataclass(slots=True)
class Delivered:
    """What a round of delivering did: deliveries marked sending or settled, by what became of them."""

    outcomes: dict[str, int] = field(default_factory=dict)
    touched: int = 0

    @property
    def did(self) -> bool:
        """Whether anything changed: then there may be more to decide."""
        return bool(self.touched or self.outcomes)

    def add(self, what: str) -> None:
        self.outcomes[what] = self.outcomes.get(what, 0) + 1


def deliver(traffic: Traffic, until: int, *, to_the_end: bool = False) -> Flow[Delivered]:
    """Send everything that is due and has room; start nothing new after the instant ``until``.

    Calls that are out stay out, and land in a later call: what has to be decided meanwhile does not
    wait for the slowest provider. ``to_the_end`` waits for all of them.
    """
    done = Delivered()
    while True:
        now = yield from ask(Now())
        jobs: list[Job] = []
        if now < until and not to_the_end:
            jobs = yield from _mark(partial(mark, traffic=traffic, now=now), traffic, now, done)
        if jobs:
            yield from ask(Fly(jobs))
        if not traffic.is_out:
            return done
        landed = yield from _land(traffic, done, None if to_the_end else 0 if jobs else _PATIENCE)
        if not landed and not jobs:
            return done


def deliver_these(kit: Kit, keys: Sequence[str]) -> Flow[Delivered]:
    """Send these deliveries now, behind the same gate; those without room stay for ``run_due``."""
    done, traffic = Delivered(), Traffic(kit)
    now = yield from ask(Now())
    jobs = yield from _mark(partial(mark_these, traffic=traffic, now=now, keys=keys), traffic, now, done)
    if jobs:
        yield from ask(Fly(jobs))
    while traffic.is_out:
        yield from _land(traffic, done, None)
    yield from give_back(traffic)
    return done


def give_back(traffic: Traffic) -> Flow[None]:
    """Give back what was taken of what workers share."""
    if traffic.has_taken:
        now = yield from ask(Now())
        yield from ask(Transact(traffic.work(partial(traffic.end, now=now))))


def _mark(
    work: Callable[[Session], tuple[list[Job], int]], traffic: Traffic, now: int, done: Delivered
) -> Flow[list[Job]]:
    """Mark a flight; where something shared is needed for it, take a block of that and look again."""
    if traffic.lease_ends(now):
        yield from ask(Transact(traffic.work(partial(traffic.renew, now=now))))
    while True:
        jobs, touched = yield from ask(Transact(traffic.work(work)))
        done.touched += touched
        if jobs or not traffic.wanted:
            return jobs
        yield from ask(Transact(traffic.work(partial(traffic.take, now=now))))


def _land(traffic: Traffic, done: Delivered, within: float | None) -> Flow[int]:
    """Settle calls that have come back; how many."""
    landed = yield from ask(Land(traffic.kit.concurrency, within))
    traffic.land(one.job.route for one in landed)
    now = yield from ask(Now())
    if landed:
        for what in (yield from ask(Transact(partial(settle, traffic=traffic, landed=landed, now=now)))):
            done.add(what)
        yield from ask(Tell(_to_mend(landed)))
    return len(landed)


def _to_mend(landed: Sequence[Landed]) -> list[Mapping[str, Any]]:
    """What hooks are told of settings that the host has to mend, once for each route and code."""
    refused = [(one.job.route, one.outcome) for one in landed if one.outcome is not None and one.outcome.misconfigured]
    by_code = {(route, outcome.code): outcome.reason for route, outcome in refused}
    return [
        {"fact": "misconfigured", "route": route, "code": code, "reason": reason}
        for (route, code), reason in by_code.items()
    ]
