"""W by several workers on one PostgreSQL: each a process with its own engine, told an instant, doing what is due."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from tests.benchmarks.measure import Place, Result
from tests.benchmarks.workload import Workload, run, through
from unichannel import MemoryStore, SqlStore

__all__ = ["two_on_postgres"]

_WORKERS = 2


def two_on_postgres(people: int, place: Place) -> Result:
    """W by two workers; this process hands in what happens, and its own work is not theirs."""
    with _crew(place.url) as crew:
        return through(Together(SqlStore(place.url), crew), people)


@dataclass
class _Worker:
    """One end of a pipe; at the other a process decides and sends."""

    process: BaseProcess
    pipe: Connection

    def tell(self, now: int) -> None:
        self.pipe.send(now)

    def hear(self) -> tuple[dict[str, int], float, int]:
        """(what became of calls, seconds of its processor time, its transactions)."""
        found: tuple[dict[str, int], float, int] = self.pipe.recv()
        return found


class Together(Workload):
    """W whose due work others do."""

    def __init__(self, store: SqlStore, crew: Sequence[_Worker]) -> None:
        super().__init__(store)
        self._crew = crew

    def go(self, result: Result) -> None:
        """Everything that is due now: until none of them finds more."""
        while True:
            for one in self._crew:
                one.tell(self.clock.now())
            heard = [one.hear() for one in self._crew]
            result.elsewhere += sum(worked for _, worked, _ in heard)
            self.store.transactions += sum(transactions for *_, transactions in heard)
            for what, count in (item for outcomes, *_ in heard for item in outcomes.items()):
                result.counts[what] = result.counts.get(what, 0) + count
            if not any(outcomes for outcomes, *_ in heard):
                return


@contextmanager
def _crew(url: str) -> Iterator[list[_Worker]]:
    context = multiprocessing.get_context("spawn")
    crew = []
    for _ in range(_WORKERS):
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(url, theirs), daemon=True)
        process.start()
        crew.append(_Worker(process, ours))
    try:
        for one in crew:
            one.hear()
        yield crew
    finally:
        for one in crew:
            one.pipe.send(None)
            one.process.join()


def _work(url: str, pipe: Connection) -> None:
    """A worker's life: it warms up and says so, then each instant that it is told, until it is told none."""
    run(MemoryStore(), 100)
    work = Workload(SqlStore(url))
    pipe.send(({}, 0.0, 0))
    while (now := pipe.recv()) is not None:
        work.clock.set(now)
        began, before, result = time.process_time(), work.store.transactions, Result(0)
        work.go(result)
        pipe.send((result.counts, time.process_time() - began, work.store.transactions - before))
    work.engine.close()
