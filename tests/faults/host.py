"""The host's own process: transactions that stay open for a while, and then commit or are rolled back."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import psycopg

from unichannel import Engine
from unichannel.cli.demo.journal import DemoClock
from unichannel.cli.demo.world import Input
from unichannel.core.words.instant import MINUTE
from unichannel.errors import UnavailableError

__all__ = ["Host"]

_OPEN_FOR = 25 * MINUTE
_TOGETHER = 20
_AT_ONCE = 3
"""How many transactions of each kind an instant begins; they stay open for six instants, and the server takes 60."""


@dataclass
class _Open:
    """A transaction that is under way."""

    until: int
    events: list[Input]
    connection: psycopg.Connection[Any]


class Host:
    """Tells of what happens with ``connection=``; what a restart of the server takes away it does again."""

    def __init__(self, engine: Engine, url: str, clock: DemoClock, chance: random.Random) -> None:
        self._engine, self._url, self._clock, self._chance = engine, url, clock, chance
        self._open: list[_Open] = []
        self.again = 0

    @property
    def is_done(self) -> bool:
        return not self._open

    def tell(self, events: list[Input]) -> None:
        """Begin transactions for what happened; those that will be rolled back are by themselves."""
        for rolls_back in (False, True):
            some = [one for one in events if one["rolls_back"] is rolls_back]
            together = max(_TOGETHER, -(-len(some) // _AT_ONCE))
            for at in range(0, len(some), together):
                self._begin(some[at : at + together])

    def _begin(self, events: list[Input]) -> None:
        until = self._clock.now() + self._chance.randrange(_OPEN_FOR)
        while True:
            try:
                connection = psycopg.connect(self._url)
                for one in events:
                    self._engine.track(*one["args"], id=one["id"], connection=connection)
            except (psycopg.OperationalError, UnavailableError):
                self.again += 1
                continue
            self._open.append(_Open(until, events, connection))
            return

    def go_on(self) -> None:
        """End what is to end by now."""
        for one in [one for one in self._open if one.until <= self._clock.now()]:
            self._open.remove(one)
            try:
                one.connection.rollback() if one.events[0]["rolls_back"] else one.connection.commit()
            except psycopg.OperationalError:
                self.again += 1
                self._begin(one.events)
            finally:
                one.connection.close()
