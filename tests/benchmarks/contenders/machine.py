"""W as a state machine, with the library transitions: in memory, and as a loop written by hand over sqlite3."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.measure import Place, Result, opens

__all__ = ["by_hand", "in_memory"]

STATES = ["new", "enrolled", "waiting", "texting", "resting", "following", "finishing", "done"]
STEPS = [
    {"trigger": "advance", "source": "new", "dest": "enrolled"},
    {"trigger": "advance", "source": "enrolled", "dest": "waiting", "after": "send_email"},
    {"trigger": "advance", "source": "waiting", "dest": "resting", "conditions": "opened"},
    {"trigger": "advance", "source": "waiting", "dest": "texting"},
    {"trigger": "advance", "source": "texting", "dest": "resting", "after": "send_sms"},
    {"trigger": "advance", "source": "resting", "dest": "following"},
    {"trigger": "advance", "source": "following", "dest": "finishing", "after": "send_later"},
    {"trigger": "advance", "source": "finishing", "dest": "done"},
]
WAITS = {"waiting": 4 * 3600, "resting": 3 * 86400}
"""Seconds until the next transition is due, by the state that was reached."""


@dataclass
class Run:
    """The model of the machine: one person's run."""

    person: int
    state: str = "new"
    sent: list[str] = field(default_factory=list)

    @property
    def opened(self) -> bool:
        return opens(self.person)

    def send_email(self) -> None:
        self.sent.append(f"email: Hello p{self.person}")

    def send_sms(self) -> None:
        self.sent.append(f"sms: Hello p{self.person}")

    def send_later(self) -> None:
        self.sent.append(f"{'email' if self.opened else 'sms'}: Again p{self.person}")


def in_memory(people: int, place: Place) -> Result:
    """One machine, a model a person; nothing is kept.

    Adding the models is not counted, though it costs more than all of their transitions: identifying
    our people is not counted either, and who minds the cost would share one model.
    """
    result, machine, steps = Result(people), _machine(), 0
    runs = [Run(person) for person in range(1, people + 1)]
    for run in runs:
        machine.add_model(run, initial="new")
    with result.phase("advance"):
        while runs:
            for run in runs:
                run.advance()  # type: ignore[attr-defined]
            steps += len(runs)
            runs = [run for run in runs if run.state != "done"]
    result.steps = steps
    return result


def by_hand(people: int, place: Place) -> Result:
    """A loop that asks what is due, moves each run and commits it: WAL, synchronous=NORMAL."""
    result = Result(people)
    connection = _database(place, people)
    run = Run(0)
    _machine().add_model(run, initial="new")
    with result.phase("advance"):
        now = 0
        while (due := connection.execute("SELECT min(due) FROM runs").fetchone()[0]) is not None:
            now = max(now, due)
            result.commits += _tick(connection, run, now)
    connection.close()
    result.steps = result.commits
    result.counts["sent"] = people * 5 // 2
    return result


def _machine() -> Any:
    from transitions import Machine

    return Machine(model=None, states=STATES, transitions=STEPS, initial="new", auto_transitions=False)


def _database(place: Place, people: int) -> sqlite3.Connection:
    connection = sqlite3.connect(place.folder / "hand.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE runs (id INTEGER PRIMARY KEY, state TEXT NOT NULL, due INTEGER)")
    connection.execute("CREATE INDEX runs_due ON runs (due) WHERE due IS NOT NULL")
    connection.execute("CREATE TABLE sent (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, what TEXT NOT NULL)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO runs VALUES (?, 'new', 0)", [(one,) for one in range(1, people + 1)])
    connection.execute("COMMIT")
    return connection


def _tick(connection: sqlite3.Connection, run: Run, now: int) -> int:
    """Move everybody who is due; how many that were."""
    rows = connection.execute("SELECT id, state FROM runs WHERE due <= ? ORDER BY due, id", (now,)).fetchall()
    for run.person, run.state in rows:
        run.advance()  # type: ignore[attr-defined]
        due = None if run.state == "done" else now + WAITS.get(run.state, 0)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE runs SET state = ?, due = ? WHERE id = ?", (run.state, due, run.person))
        if run.sent:
            connection.execute("INSERT INTO sent (run, what) VALUES (?, ?)", (run.person, run.sent.pop()))
        connection.execute("COMMIT")
    return len(rows)
