"""Who takes part, and what each is told to concede."""

from __future__ import annotations

from tests.benchmarks.measure import Contender

__all__ = ["CONTENDERS", "RATIOS", "TARGETS", "by_name"]

_OURS = "Its events and receipts are handed in 1,000 a commit; a crash can leave a flight of 500 calls in doubt."

CONTENDERS = (
    Contender("memory", "unichannel, memory", "workload:on_memory", "everything is in memory", "Nothing survives."),
    Contender("sqlite", "unichannel, SQLite", "workload:on_sqlite", "batches of 500 people", _OURS, ("sqlalchemy",)),
    Contender(
        "postgres",
        "unichannel, PostgreSQL",
        "workload:on_postgres",
        "batches of 500 people",
        _OURS,
        ("sqlalchemy", "psycopg"),
        server=True,
    ),
    Contender(
        "workers",
        "unichannel, PostgreSQL, 2 workers",
        "workers:two_on_postgres",
        "batches of 500 people",
        _OURS,
        ("sqlalchemy", "psycopg"),
        server=True,
    ),
    Contender(
        "transitions",
        "transitions, memory",
        "contenders.machine:in_memory",
        "no commits",
        "Nothing survives; no policies, templates, traces, receipts or time; adding the models is not counted.",
        ("transitions",),
    ),
    Contender(
        "handwritten",
        "transitions + sqlite3, a loop",
        "contenders.machine:by_hand",
        "1: a commit for each",
        "synchronous=NORMAL: a power cut loses the last commits. It sends before it commits, so a crash sends twice. "
        "No policies, templates, traces, receipts; one process.",
        ("transitions",),
    ),
    Contender(
        "dbos_sqlite",
        "DBOS, SQLite",
        "contenders.durable:on_sqlite",
        "less than 1: a commit for each step, and for a workflow's begin and end",
        "Waits are durable sleeps of no length, the open is known at once; no policies, templates, traces, receipts.",
        ("dbos",),
        most=200,
    ),
    Contender(
        "dbos_postgres",
        "DBOS, PostgreSQL",
        "contenders.durable:on_postgres",
        "less than 1: a commit for each step, and for a workflow's begin and end; 8 threads",
        "As on SQLite.",
        ("dbos", "psycopg"),
        server=True,
        most=500,
    ),
    Contender(
        "procrastinate",
        "procrastinate, PostgreSQL",
        "contenders.jobs:on_postgres",
        "less than 1: a job is fetched, run, followed by another and finished in commits of their own; 8 at once",
        "The next job is deferred at once, the open is known at once; no policies, templates, traces, receipts. "
        "The worker looks for jobs each 10 ms instead of 5 s.",
        ("procrastinate", "psycopg"),
        server=True,
        most=500,
    ),
    Contender(
        "floor_sqlite",
        "raw rows, SQLite",
        "contenders.floor:on_sqlite",
        "1,000",
        "synchronous=FULL, as ours. The same rows in their last form with executemany; nothing is read, decided or "
        "sent, no inbox, no marks around calls.",
        ("sqlalchemy",),
    ),
    Contender(
        "floor_postgres",
        "raw rows, PostgreSQL",
        "contenders.floor:on_postgres",
        "1,000",
        "The same with COPY and UPDATE … FROM unnest.",
        ("sqlalchemy", "psycopg"),
        server=True,
    ),
)

RATIOS = {
    "sqlite_vs_handwritten": ("sqlite", "handwritten"),
    "sqlite_vs_dbos": ("sqlite", "dbos_sqlite"),
    "postgres_vs_procrastinate": ("postgres", "procrastinate"),
    "postgres_vs_dbos": ("postgres", "dbos_postgres"),
    "memory_vs_transitions": ("memory", "transitions"),
    "sqlite_vs_floor": ("sqlite", "floor_sqlite"),
    "postgres_vs_floor": ("postgres", "floor_postgres"),
}
"""Our steps/s ÷ theirs."""

TARGETS: dict[str, tuple[str, float]] = {
    "sqlite_vs_handwritten": ("at least", 1.5),
    "sqlite_vs_dbos": ("at least", 50),
    "postgres_vs_procrastinate": ("at least", 25),
    "postgres_vs_dbos": ("at least", 25),
    "memory_vs_transitions": ("at least", 0.6),
    "postgres_vs_floor": ("at least", 0.15),
    "poll_ms_at_1m": ("at most", 1),
    "due_1m_vs_10k": ("at most", 1.5),
    "bytes_per_waiting": ("at most", 1024),
    "growth_1k_to_100k": ("at most", 1.15),
}


def by_name(name: str) -> Contender:
    """The contender of that name; raises KeyError."""
    return {one.name: one for one in CONTENDERS}[name]
