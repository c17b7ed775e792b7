"""The application's process: an engine that does what it is told, a line of JSON for each command.

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
from unichannel.cli.demo.journal import DemoClock
from unichannel.cli.demo.journeys import categories, journeys
from unichannel.cli.demo.sms import ACCOUNT, SENDER, TOKEN
from unichannel.cli.demo.world import HOOKS, TRACKED
from unichannel.core.words.instant import from_datetime

__all__ = ["run_worker"]

_KEY = "the demo signs its links with this"


def run_worker(settings: dict[str, Any]) -> None:
    """Answer commands from stdin until it ends."""
    worker = _Worker(settings)
    try:
        for line in sys.stdin:
            answer = worker.do(json.loads(line))
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    finally:
        worker.close()


class _Worker:
    def __init__(self, settings: dict[str, Any]) -> None:
        self._clock = DemoClock(settings["now"])
        self._runner = asyncio.Runner() if settings["use_async"] else None
        given = _engine_settings(settings, self._clock)
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="demo")
        self._engine: Any = AsyncEngine(**given) if self._runner else Engine(**given, executor=self._pool)
        self._call("migrate")

    def _call(self, name: str, *args: Any, **more: Any) -> Any:
        """Call the engine, whichever face it has."""
        result = getattr(self._engine, name)(*args, **more)
        return self._runner.run(result) if self._runner is not None else result

    def do(self, command: dict[str, Any]) -> dict[str, Any]:
        """Hand in what happened, and do what is due at the command's instant."""
        self._clock.instant = command["now"]
        if command.get("identify"):
            self._call("identify", *(_profile(one) for one in command["identify"]))
        for one in command["inputs"]:
            self._hand_in(one)
        while self._call("run_due").more:
            pass
        due = self._call("next_due_at")
        return {"next": None if due is None else from_datetime(due)}

    def _hand_in(self, one: dict[str, Any]) -> None:
        if one["call"] == "track":
            self._call("track", *one["args"], id=one["id"])
            return
        provider, method, url, headers, body = one["args"]
        answer = self._call("receive", provider, Request(method, url, headers, body.encode()))
        if answer.status >= 400:
            raise RuntimeError(f"{provider} was answered {answer.status}")

    def close(self) -> None:
        self._call("close")
        self._pool.shutdown()
        if self._runner is not None:
            self._runner.close()


def _engine_settings(settings: dict[str, Any], clock: DemoClock) -> dict[str, Any]:
    return {
        "store": SqlStore(settings["database"]),
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
