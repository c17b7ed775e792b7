"""A worker's process: the demo's, with providers that fail, a clock that is wrong, and an end that is planned.

How a life ends is chosen from its seed: before or after a provider took its so-manieth message,
before or after its so-manieth operation. The parent kills it besides, whenever.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.faults.journey import CATEGORIES, journey
from tests.faults.provider import FakeProvider, Ledger
from unichannel import SqlStore
from unichannel.cli.demo.journal import DemoClock
from unichannel.cli.demo.worker import Worker
from unichannel.core.words.ids import fraction
from unichannel.core.words.instant import MINUTE
from unichannel.errors import UnavailableError
from unichannel.flows.settling import settle
from unichannel.ports import Context, Outbound, Outcome

__all__ = ["CONCURRENCY", "engine_settings", "is_struck", "main"]

CONCURRENCY = 16
SKEW = 5 * MINUTE
"""How wrong a clock may be, either way. Less than ``doubt_for``: the page on faults says why."""

_PATIENCE = 600


class Doom:
    """The end of a life, at the moment that chance chose; none where the life has no number in the plan."""

    def __init__(self, chance: random.Random, is_meant: bool) -> None:
        moments = ("before", "after", "operation") if is_meant else ("never",)
        self._moment = chance.choice(moments)
        self._left = chance.randint(1, 400 if self._moment == "operation" else 60)
        self._count = itertools.count(1)

    def __call__(self, moment: str) -> None:
        if moment == self._moment and next(self._count) == self._left:
            os.kill(os.getpid(), signal.SIGKILL)


class SkewedClock(DemoClock):
    """Wrong by the same span for a life."""

    skew = 0

    def now(self) -> int:
        return self.instant + self.skew


class Planted(FakeProvider):
    """What it is brought, a bug of the worker brings again: by the same key, or by another."""

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        if is_struck("twice", outbound.address, outbound.message):
            super().carry(outbound, ctx)
        elif is_struck("again", outbound.address) and (outbound.message, outbound.channel) == ("welcome", "email"):
            super().carry(replace(outbound, key=f"{outbound.key}-again"), ctx)
        return super().carry(outbound, ctx)


def is_struck(bug: str, *where: str) -> bool:
    """Whether a planted bug strikes there: at the same places in every run, whatever keys it has."""
    return fraction(bug, *where) < 0.3


class FaultyWorker(Worker):
    """Does its command again where the server went away, as a scheduler calls again."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._life = f"{settings['name']}-{settings['life']}"
        chance = random.Random(f"{settings['seed']} {self._life}")
        doom = Doom(chance, is_meant=settings["life"] < settings["dooms"])
        clock = SkewedClock(settings["now"])
        clock.skew = round(chance.uniform(-SKEW, SKEW)) if settings["skewed"] else 0
        folder, is_calm = Path(settings["folder"]), settings["calm"]
        self._lives = Ledger(folder / "lives.jsonl")
        self._is_planted = settings["planted"]
        provider = Planted if self._is_planted else FakeProvider
        providers = [
            provider("email", folder, self._life, is_calm=is_calm, around=doom),
            provider("sms", folder, self._life, is_calm=is_calm, around=doom, looks_up=True),
        ]
        given = engine_settings(settings["store"], providers, clock)
        super().__init__(clock, given, use_async=settings["use_async"])
        self._doom = doom
        self.engine.watch(self._watch)

    def _watch(self, phase: str, operation: object) -> None:
        work = getattr(operation, "work", None)
        if phase == "after" and isinstance(work, partial) and work.func is settle:
            outbound = [landed.job.outbound for landed in work.keywords["landed"]]
            self._lives.add({"life": self._life, "settled": [(one.key, one.attempt) for one in outbound]})
        self._doom("operation")

    def do(self, command: dict[str, Any]) -> dict[str, Any]:
        if self._is_planted:
            inputs = command["inputs"]
            command["inputs"] = [one for one in inputs if one["call"] != "track" or not is_struck("drops", one["id"])]
        for _ in range(_PATIENCE):
            try:
                return super().do(command)
            except UnavailableError:
                self._lives.add({"life": self._life, "broke": True})
                time.sleep(0.1)
        raise UnavailableError("the server stays away.", thing="store")


def engine_settings(store: str, providers: Sequence[FakeProvider], clock: DemoClock) -> dict[str, Any]:
    return {
        "store": SqlStore(store),
        "journeys": [journey],
        "categories": CATEGORIES,
        "routes": {one.name: one for one in providers},
        "clock": clock,
        "concurrency": CONCURRENCY,
    }


def main() -> None:
    """Run with the settings in the first argument, until stdin ends."""
    settings = json.loads(sys.argv[1])
    for _ in range(_PATIENCE):
        try:
            worker = FaultyWorker(settings)
        except UnavailableError:
            time.sleep(0.1)
            continue
        worker.serve()
        return
