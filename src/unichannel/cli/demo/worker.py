"""An application's process: an engine that does what it is told, a line of JSON for each command.

It holds nothing that a kill could take: state is in the database, and a command that was not
answered is given again to its successor. Every ``track`` has an id, and receipts have theirs.
"""

from __future__ import annotations

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from unichannel import AsyncEngine, BusinessHours, Engine, Profile, Request, Smtp, SqlStore, Tracking, Twilio, consent
from unichannel.ambient import Clock
from unichannel.cli.demo.journal import DemoClock
from unichannel.cli.demo.journeys import categories, journeys
from unichannel.cli.demo.sms import ACCOUNT, SENDER, TOKEN
from unichannel.cli.demo.world import HOOKS, TRACKED
from unichannel.core.words.instant import from_datetime
from unichannel.flows.running import Report

__all__ = ["Worker", "run_worker"]

_KEY = "the demo signs its links with this"


def run_worker(settings: dict[str, Any]) -> None:
    """Answer commands of the demo from stdin until it ends."""
    clock = DemoClock(settings["now"])
    Worker(clock, _engine_settings(settings, clock), use_async=settings["use_async"]).serve()


class Worker:
    """An engine behind a pipe. ``given`` are the engine's settings, ``clock`` is moved by each command."""

    def __init__(self, clock: DemoClock, given: dict[str, Any], *, use_async: bool) -> None:
        self._clock = clock
        self._runner = asyncio.Runner() if use_async else None
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="worker")
        self.engine: Any = AsyncEngine(**given) if use_async else Engine(**given, executor=self._pool)
        self.call("migrate")

    def serve(self) -> None:
        """Answer commands from stdin until it ends."""
        try:
            for line in sys.stdin:
                answer = self.do(json.loads(line))
                sys.stdout.write(json.dumps(answer) + "\n")
                sys.stdout.flush()
        finally:
            self.close()

    def call(self, name: str, *args: Any, **more: Any) -> Any:
        """Call the engine, whichever face it has."""
        result = getattr(self.engine, name)(*args, **more)
        return self._runner.run(result) if self._runner is not None else result

    def do(self, command: dict[str, Any]) -> dict[str, Any]:
        """Hand in what happened, and do what is due at the command's instant."""
        self._clock.instant = command["now"]
        if command.get("identify"):
            self.call("identify", *(_profile(one) for one in command["identify"]))
        for one in command["inputs"]:
            self._hand_in(one)
        while _goes_on(self.call("run_due")):
            pass
        due = self.call("next_due_at")
        return {"next": None if due is None else from_datetime(due)}

    def _hand_in(self, one: dict[str, Any]) -> None:
        if one["call"] == "track":
            self.call("track", *one["args"], id=one["id"])
            return
        provider, method, url, headers, body = one["args"]
        answer = self.call("receive", provider, Request(method, url, headers, body.encode()))
        if answer.status >= 400:
            raise RuntimeError(f"{provider} was answered {answer.status}")

    def close(self) -> None:
        """Let go of the engine."""
        self.call("close")
        self._pool.shutdown()
        if self._runner is not None:
            self._runner.close()


def _goes_on(report: Report) -> bool:
    """Whether to call again at once: where a pass got hold of nothing, another worker has what is left."""
    return report.more and bool(report.profiles or report.receipts or report.merges or report.outcomes)


def _engine_settings(settings: dict[str, Any], clock: Clock) -> dict[str, Any]:
    return {
        "store": SqlStore(settings["store"]),
        "journeys": journeys(),
        "categories": categories(settings["guarantee"]),
        "routes": {
            "email": Smtp(settings["smtp"], sender="Lumen <hello@example.com>"),
            "sms": Twilio(ACCOUNT, TOKEN, sender=SENDER, base_url=settings["twilio"]),
        },
        "tracking": Tracking(TRACKED, keys=[_KEY]),
        "webhooks": HOOKS,
        "business_hours": BusinessHours("Europe/Paris"),
        "clock": clock,
        "concurrency": settings["concurrency"],
    }


def _profile(one: dict[str, Any]) -> Profile:
    agreed = consent(*one["consents"], source="sign-up form", wording="News and tips, by the ways ticked.")
    fields = {name: value for name, value in one.items() if name != "consents"}
    return Profile(**fields, consents=agreed)
