"""A worker process of one code version, for tests that deploy and kill: ``python -m tests.laws.deploying …``.

It knows one version of the journey only. What its transport takes goes to a journal on disk before it
answers; each operation of the engine is a line on stdout, so that the parent can kill it at a place.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from unichannel import Engine, Journey, Message, Migration, Profile, Send, Sms, SqlStore, Wait, days, on, start
from unichannel.core.audience.consent import Consent
from unichannel.ports import Context, Outbound, Outcome
from unichannel.testing import ManualClock, RecordingTransport

PEOPLE = 1_000
BEGIN = datetime(2030, 1, 8, 9, tzinfo=UTC)


def say(name: str, text: str) -> Send:
    return Send(Message(name, Sms(text), category="transactional"), name=name)


def journey(version: int) -> Journey:
    """Version 2 says other things, waits shorter, and has a new step before the last."""
    if version == 1:
        steps: list[Any] = [say("hello", "hello 1"), Wait(until=start + days(3), name="wait"), say("tips", "tips 1")]
    else:
        steps = [
            say("hello", "hello 2"),
            Wait(until=start + days(2), name="wait"),
            say("video", "video 2"),
            say("tips", "tips 2"),
        ]
    return Journey("trial", version=version, start=on("trial.started"), steps=steps)


class Journaling(RecordingTransport):
    """Writes each message down before it says that it was accepted: a kill of the process takes nothing of it."""

    def __init__(self, journal: Path) -> None:
        super().__init__(takes_key=86_400)
        self._file = journal.open("a", encoding="utf-8")

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        entry = [outbound.key, outbound.address, getattr(outbound.content, "text", "")]
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()
        return super().carry(outbound, ctx)


def engine(folder: Path, version: int, day: float) -> Engine:
    clock = ManualClock(BEGIN)
    clock.set(clock.now() + round(day * 86_400_000_000))
    transport = Journaling(folder / "journal")
    store = SqlStore(f"sqlite:///{folder}/app.db")
    made = Engine(store, journeys=[journey(version)], routes={"sms": transport}, clock=clock, quiet_hours=None)
    made.migrate()
    return made


def enroll(made: Engine) -> None:
    everything = (Consent("*", "*", "*"),)
    people = [Profile(f"p{n}", phone=f"+3361{n:07}", consents=everything) for n in range(PEOPLE)]
    made.identify(*people)
    for one in people:
        made.track(one.id, "trial.started")


def main(folder: str, version: str, day: str, *commands: str) -> None:
    with engine(Path(folder), int(version), float(day)) as made:
        made.watch(lambda phase, op: print(phase, type(op).__name__, flush=True))
        if "enroll" in commands:
            enroll(made)
        if "migrate" in commands:
            made.migrate_enrollments(Migration("trial", 1, 2))
        while made.run_due().more:
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
