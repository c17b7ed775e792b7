"""W as DBOS workflows: a workflow a person, a step a transition, on the database that DBOS is given."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.measure import Place, Result, opens

__all__ = ["on_postgres", "on_sqlite"]

THREADS = 8


def on_sqlite(people: int, place: Place) -> Result:
    """One thread: SQLite has one writer."""
    return _run(people, f"sqlite:///{place.folder / 'dbos.db'}", 1)


def on_postgres(people: int, place: Place) -> Result:
    """Eight threads, so that commits of several workflows can share a flush."""
    return _run(people, place.url.replace("postgresql://", "postgresql+psycopg://"), THREADS)


def _run(people: int, url: str, threads: int) -> Result:
    from dbos import DBOS

    DBOS(config={"name": "bench-w", "system_database_url": url, "log_level": "ERROR"})
    taken: list[str] = []
    work = _workflow(taken)
    DBOS.launch()
    try:
        return _measured(people, work, taken, threads)
    finally:
        DBOS.destroy()


def _workflow(taken: list[str]) -> Callable[[int], None]:
    """Waits are DBOS's own durable sleep, of no length; the open is known at once."""
    from dbos import DBOS

    @DBOS.step()
    def step(what: str) -> str:
        taken.append(what)
        return what

    def wait(name: str) -> None:
        DBOS.sleep(0)
        taken.append(name)

    @DBOS.workflow()
    def w(person: int) -> None:
        step("enroll")
        step(f"email: Hello p{person}")
        wait("open")
        if not opens(person):
            step(f"sms: Hello p{person}")
        wait("three days")
        step(f"again p{person}")
        step("finish")

    return w


def _measured(people: int, work: Callable[[int], None], taken: list[str], threads: int) -> Result:
    work(1)
    taken.clear()
    result = Result(people)
    with result.phase("workflows"), ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(1, people + 1)))
    result.steps = len(taken)
    return result
