"""What the parts of an engine's faces stand on: a driver for flows, waiting or awaited.

Each topic of the engine is a part with both faces in one file, so that they stay alike; ``Engine`` and
``AsyncEngine`` are made of them.
"""

from __future__ import annotations

from typing import Any, TypeVar

from unichannel.engine.acting import actor_now
from unichannel.engine.calls import Calls
from unichannel.engine.drivers import drive, drive_async
from unichannel.flows.auditing import Subjects, looked
from unichannel.flows.ops import Flow

__all__ = ["AsyncFace", "Face"]

T = TypeVar("T")


class Face:
    """The face that waits."""

    _calls: Calls

    def _run(self, flow: Flow[T]) -> T:
        return drive(flow, self._calls.answers)

    def _tell(self, flow: Flow[T], connection: Any = None) -> T:
        """Run a flow that writes news, and wake who waits for it."""
        told = self._run(flow)
        self._calls.news(connection)
        return told

    def _look(self, what: str, subjects: Subjects, flow: Flow[T]) -> T:
        """Run a flow that reads personal data, and write down who is acting."""
        return self._run(looked(self._calls.ready(), what, subjects, actor_now(), flow))

    def _ready(self) -> Calls:
        """Check the schema and publish the definitions, once."""
        if self._calls.kit is None:
            self._calls.settings.store.check()
            kit = self._calls.make_kit(self._calls.settings.store.identity())
            self._run(self._calls.publish(kit))
        return self._calls


class AsyncFace:
    """The face that is awaited."""

    _calls: Calls

    async def _run(self, flow: Flow[T]) -> T:
        return await drive_async(flow, self._calls.answers)

    async def _tell(self, flow: Flow[T], connection: Any = None) -> T:
        """Run a flow that writes news, and wake who waits for it."""
        told = await self._run(flow)
        self._calls.news(connection)
        return told

    async def _look(self, what: str, subjects: Subjects, flow: Flow[T]) -> T:
        """Run a flow that reads personal data, and write down who is acting."""
        return await self._run(looked(self._calls.ready(), what, subjects, actor_now(), flow))

    async def _ready(self) -> Calls:
        """Check the schema and publish the definitions, once."""
        if self._calls.kit is None:
            await self._calls.settings.store.check_async()
            kit = self._calls.make_kit(await self._calls.settings.store.identity_async())
            await self._run(self._calls.publish(kit))
        return self._calls
