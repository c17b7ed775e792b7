"""What the parts of an engine's faces stand on: a driver for flows, waiting or awaited.

Each topic of the engine is a part with both faces in one file, so that they stay alike; ``Engine`` and
``AsyncEngine`` are made of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from unichannel.core.journey.language.journey import Journey
from unichannel.engine.acting import actor_now
from unichannel.engine.calls import Calls
from unichannel.engine.drivers import drive, drive_async
from unichannel.flows.auditing import Subjects, looked
from unichannel.flows.ops import Flow, Op

__all__ = ["AsyncFace", "Face"]

T = TypeVar("T")


class _Common:
    """What is said at once, whichever face it is."""

    _calls: Calls

    def __repr__(self) -> str:
        settings = self._calls.settings
        return f"{type(self).__name__}({len(settings.journeys)} journeys, {settings.store!r})"

    def watch(self, probe: Callable[[str, Op[Any]], None] | None) -> None:
        """Tell ``probe`` of each operation, "before" and "after" it is answered: for tests that crash there."""
        self._calls.answers.probe = probe

    def on_news(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have ``wake`` called when this engine was told something for ``run_due``; gives what ends that.

        In the thread of the call, at once; not for what was told with ``connection=``, which is yet to be committed.
        """
        return self._calls.listen(wake)

    @property
    def journeys(self) -> list[Journey]:
        """The journeys that it was made with."""
        return list(self._calls.settings.journeys)

    @property
    def findings(self) -> list[str]:
        """What looks like a mistake in the journeys, but stops nothing."""
        return list(self._calls.findings)


class Face(_Common):
    """The face that waits."""

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


class AsyncFace(_Common):
    """The face that is awaited."""

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
