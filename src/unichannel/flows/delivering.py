"""Delivering: a flight is marked `sending`, the providers are called, each call is settled as it lands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from unichannel.flows.kit import Kit
from unichannel.flows.marking import mark, mark_these
from unichannel.flows.ops import Flow, Fly, Job, Land, Now, Transact, ask
from unichannel.flows.settling import settle

__all__ = ["Delivered", "deliver", "deliver_these"]


@dataclass(slots=True)
class Delivered:
    """What a round of delivering did: deliveries marked sending or settled, by what became of them."""

    outcomes: dict[str, int] = field(default_factory=dict)
    touched: int = 0

    def add(self, what: str) -> None:
        self.outcomes[what] = self.outcomes.get(what, 0) + 1


def deliver(kit: Kit, until: int) -> Flow[Delivered]:
    """Send everything that is due; start nothing new after the instant ``until``."""
    done, out = Delivered(), 0
    while True:
        now = yield from ask(Now())
        jobs: list[Job] = []
        if out < kit.concurrency and now < until:
            jobs, touched = yield from ask(Transact(partial(mark, kit=kit, now=now, limit=kit.concurrency - out)))
            done.touched += touched
        if jobs:
            yield from ask(Fly(jobs))
            out += len(jobs)
        if not out:
            return done
        out -= yield from _land(kit, done, kit.concurrency)


def deliver_these(kit: Kit, keys: Sequence[str]) -> Flow[Delivered]:
    """Send these deliveries now, behind the same gate."""
    done = Delivered()
    now = yield from ask(Now())
    jobs, done.touched = yield from ask(Transact(partial(mark_these, kit=kit, now=now, keys=keys)))
    yield from ask(Fly(jobs))
    out = len(jobs)
    while out:
        out -= yield from _land(kit, done, out)
    return done


def _land(kit: Kit, done: Delivered, at_most: int) -> Flow[int]:
    """Settle calls that have come back; how many."""
    landed = yield from ask(Land(at_most))
    now = yield from ask(Now())
    for what in (yield from ask(Transact(partial(settle, kit=kit, landed=landed, now=now)))):
        done.add(what)
    return len(landed)
