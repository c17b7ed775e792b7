"""Working: what is due is done, what was heard is taken in, what went wrong is taken up again."""

from __future__ import annotations

from datetime import datetime

from unichannel.engine.face import AsyncFace, Face
from unichannel.flows.auditing import of_faults
from unichannel.flows.purging import Purge, Retention
from unichannel.flows.receiving import receive
from unichannel.flows.running import Report
from unichannel.ports import Answer, Fault, Request

__all__ = ["AsyncWorking", "Working"]


class Working(Face):
    """The part of the face that waits."""

    def run_due(self, limit: int | None = None, seconds: float = 50.0) -> Report:
        """Merge what was heard, decide what is due, deliver: until nothing is left, or the time is up.

        ``limit`` bounds the profiles decided, ``seconds`` the time after which nothing new begins.
        Call it from any scheduler, as often as you like, from as many places as you like.
        """
        calls = self._ready()
        return self._run(calls.run_due(limit, seconds))

    def next_due_at(self) -> datetime | None:
        """When ``run_due`` has something to do next, None when only news can bring something."""
        calls = self._ready()
        return self._run(calls.next_due_at())

    def receive(self, provider: str, request: Request) -> Answer:
        """Take an incoming call of a provider (or "tracking") and say what to answer.

        Raises BadSignature (answer 403) and MalformedWebhook (answer 400); nothing is kept then.
        """
        calls = self._ready()
        return self._tell(receive(calls.ready(), provider, request))

    def purge(self, retention: Retention | None = None, *, limit: int | None = None, seconds: float = 50.0) -> Purge:
        """Delete what is older than it has to be: ``purge(Retention(events=days(400), notes=days(90)))``.

        What is open, what any stored definition still reads, consents and suppressions stay. ``limit``
        bounds the rows, ``seconds`` the time after which nothing new begins; the report says ``more``.
        """
        calls = self._ready()
        return self._run(calls.purge(retention, limit, seconds))

    def failed(self, limit: int = 100) -> list[Fault]:
        """What was set aside because it raised, with the error: runs, and by ``event`` deliveries and receipts."""
        calls = self._ready()
        return self._look("failed", of_faults, calls.failed(limit))

    def retry(self, *faults: Fault) -> int:
        """Take up what was set aside, once what was wrong is mended; all of it without arguments."""
        calls = self._ready()
        chosen = faults or tuple(self.failed(10_000))
        return self._tell(calls.retry(chosen))


class AsyncWorking(AsyncFace):
    """The part of the face that is awaited."""

    async def run_due(self, limit: int | None = None, seconds: float = 50.0) -> Report:
        """Merge what was heard, decide what is due, deliver: until nothing is left, or the time is up.

        ``limit`` bounds the profiles decided, ``seconds`` the time after which nothing new begins.
        Call it from any scheduler, as often as you like, from as many places as you like.
        """
        calls = await self._ready()
        return await self._run(calls.run_due(limit, seconds))

    async def next_due_at(self) -> datetime | None:
        """When ``run_due`` has something to do next, None when only news can bring something."""
        calls = await self._ready()
        return await self._run(calls.next_due_at())

    async def receive(self, provider: str, request: Request) -> Answer:
        """Take an incoming call of a provider (or "tracking") and say what to answer.

        Raises BadSignature (answer 403) and MalformedWebhook (answer 400); nothing is kept then.
        """
        calls = await self._ready()
        return await self._tell(receive(calls.ready(), provider, request))

    async def purge(
        self, retention: Retention | None = None, *, limit: int | None = None, seconds: float = 50.0
    ) -> Purge:
        """Delete what is older than it has to be: ``purge(Retention(events=days(400), notes=days(90)))``.

        What is open, what any stored definition still reads, consents and suppressions stay. ``limit``
        bounds the rows, ``seconds`` the time after which nothing new begins; the report says ``more``.
        """
        calls = await self._ready()
        return await self._run(calls.purge(retention, limit, seconds))

    async def failed(self, limit: int = 100) -> list[Fault]:
        """What was set aside because it raised, with the error: runs, and by ``event`` deliveries and receipts."""
        calls = await self._ready()
        return await self._look("failed", of_faults, calls.failed(limit))

    async def retry(self, *faults: Fault) -> int:
        """Take up what was set aside, once what was wrong is mended; all of it without arguments."""
        calls = await self._ready()
        chosen = faults or tuple(await self.failed(10_000))
        return await self._tell(calls.retry(chosen))
