"""Interleavings that are chosen: at a statement of one worker another does something, and the first goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import event

from unichannel.stores.sql import SqlStore

__all__ = ["before", "interrupted_at", "wait_until_blocked"]

_MOMENT = 0.03
"""Seconds after which the other is looked at: mostly it is done by then."""

_BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@contextmanager
def before(store: SqlStore, words: str, act: Callable[[Any], None]) -> Iterator[None]:
    """Do something once, right before the store's next statement that holds these words."""
    done: list[str] = []

    def listen(connection: Any, _u: Any, statement: str, *_: Any) -> None:
        if words in statement and not done:
            done.append(statement)
            act(connection.connection.driver_connection)

    engine = store._sync_engine()
    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield
        assert done, f"no statement holds {words!r}"
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def interrupted_at(place: int, store: SqlStore, url: str, work: Callable[[], object], act: Callable[[], object]) -> int:
    """Do the work, and right before its so-manieth statement or commit something else, in another thread.

    The work goes on once that is done, or waits for a lock that the work holds. Gives how many places there were.
    """
    mine, count = threading.get_ident(), 0
    with ThreadPoolExecutor(1) as pool:
        others: list[Future[object]] = []

        def listen(*_: Any) -> None:
            nonlocal count
            if threading.get_ident() != mine:
                return
            count += 1
            if count == place:
                others.append(pool.submit(act))
                while not wait(others, _MOMENT).done and not _blocked(url):
                    pass

        engine = store._sync_engine()
        names = ("before_cursor_execute", "commit")
        for name in names:
            event.listen(engine, name, listen)
        try:
            work()
        finally:
            for name in names:
                event.remove(engine, name, listen)
        for one in others:
            one.result()
    return count


def wait_until_blocked(url: str, count: int = 1) -> None:
    """Return once that many of the database's connections wait for a lock."""
    while _blocked(url) < count:
        pass


def _blocked(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        return int((connection.execute(_BLOCKED).fetchone() or (0,))[0])
