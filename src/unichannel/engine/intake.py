"""Intake: what the host tells the engine and asks of it; recorded here, decided by ``run_due``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, overload

from unichannel.core.audience.profile import Profile
from unichannel.core.journey.language.journey import Journey
from unichannel.core.messaging.message import Message
from unichannel.engine.face import AsyncFace, Face
from unichannel.flows.asking import Status
from unichannel.flows.auditing import of_run

__all__ = ["AsyncHandle", "AsyncIntake", "Handle", "Intake"]


@dataclass(frozen=True)
class Handle:
    """An intention that was recorded: a run that was asked for, by ``enroll`` or ``send``."""

    id: str
    _engine: Intake

    def __repr__(self) -> str:
        return f"Handle({self.id!r})"

    def status(self) -> Status:
        """What became of it: queued, refused with a reason, or the state of its run."""
        return self._engine.status(self.id)


class Intake(Face):
    """The part of the face that waits."""

    def identify(self, *profiles: Profile, connection: Any = None) -> None:
        """Say who people are: fields that are set are merged, None clears; consents are added.

        With ``connection`` the rows are part of the host's own transaction.
        """
        calls = self._ready()
        self._tell(calls.identify(profiles, connection), connection)

    @overload
    def track(
        self,
        profile: str,
        event: str,
        properties: Mapping[str, Any] | None = None,
        /,
        *,
        occurred: datetime | None = None,
        id: str = "",
        unknown: Literal["refuse", "create"] = "refuse",
        connection: Any = None,
    ) -> None: ...

    @overload
    def track(self, evidence: str, /, *, delivery: str, occurred: datetime | None = None) -> None: ...

    def track(
        self,
        profile: str,
        event: str | None = None,
        properties: Mapping[str, Any] | None = None,
        /,
        *,
        delivery: str | None = None,
        occurred: datetime | None = None,
        id: str = "",
        unknown: Literal["refuse", "create"] = "refuse",
        connection: Any = None,
    ) -> None:
        """Say that something happened: ``track("ada", "order.paid", {"total": 42})``.

        ``occurred`` (aware; now where not given) is when; ``id`` names the event, so that a second
        copy is known. ``track("opened", delivery=…)`` tells of evidence that the host saw itself.
        Raises UnknownError for a profile nobody was told of, unless ``unknown="create"``, and
        InvalidInput for a naive datetime.
        """
        calls = self._ready()
        flow = calls.track(
            profile,
            event,
            properties,
            delivery=delivery,
            occurred=occurred,
            id=id,
            unknown=unknown,
            connection=connection,
        )
        self._tell(flow, connection)

    def merge(
        self, profile: str, other: str, *, unknown: Literal["refuse", "create"] = "refuse", connection: Any = None
    ) -> None:
        """Say that two ids are one person: ``merge("ada", "visitor-17")`` when a visitor signs in.

        ``run_due`` makes them one profile, the one that was known first; both ids lead to it for
        ever. Raises UnknownError for an id nobody was told of, unless ``unknown="create"``.
        """
        calls = self._ready()
        self._tell(calls.merge(profile, other, unknown, connection), connection)

    def enroll(
        self,
        journey: Journey | str,
        profile: str,
        data: Mapping[str, Any] | None = None,
        *,
        key: str = "",
        unknown: Literal["refuse", "create"] = "refuse",
        connection: Any = None,
    ) -> Handle:
        """Ask for a run of a journey, without its trigger; ``key`` makes it once.

        Its re-entry rule may still refuse it: the handle tells. Raises UnknownError for a profile
        nobody was told of, unless ``unknown="create"``.
        """
        calls = self._ready()
        flow = calls.enroll(journey, profile, data, key, unknown, connection)
        return Handle(self._tell(flow, connection), self)

    def send(
        self,
        profile: str,
        message: Message,
        *,
        via: str | Sequence[str] | None = None,
        data: Mapping[str, Any] | None = None,
        key: str = "",
        at_once: bool = False,
        connection: Any = None,
    ) -> Handle:
        """Send one message: recorded now, decided and delivered by ``run_due``; ``key`` makes it once.

        ``at_once=True`` decides and delivers it in this call, behind the same checks: for
        one-time passwords. Not together with ``connection``.
        """
        calls = self._ready()
        flow = calls.send(profile, message, via, data, key, at_once=at_once, connection=connection)
        return Handle(self._tell(flow, connection), self)

    def status(self, id: str) -> Status:
        """What became of the intention of that id; raises UnknownError."""
        calls = self._ready()
        return self._look("status", of_run(id), calls.status(id))


@dataclass(frozen=True)
class AsyncHandle:
    """An intention that was recorded: a run that was asked for, by ``enroll`` or ``send``."""

    id: str
    _engine: AsyncIntake

    def __repr__(self) -> str:
        return f"AsyncHandle({self.id!r})"

    async def status(self) -> Status:
        """What became of it: queued, refused with a reason, or the state of its run."""
        return await self._engine.status(self.id)


class AsyncIntake(AsyncFace):
    """The part of the face that is awaited."""

    async def identify(self, *profiles: Profile, connection: Any = None) -> None:
        """Say who people are: fields that are set are merged, None clears; consents are added.

        With ``connection`` the rows are part of the host's own transaction.
        """
        calls = await self._ready()
        await self._tell(calls.identify(profiles, connection), connection)

    @overload
    async def track(
        self,
        profile: str,
        event: str,
        properties: Mapping[str, Any] | None = None,
        /,
        *,
        occurred: datetime | None = None,
        id: str = "",
        unknown: Literal["refuse", "create"] = "refuse",
        connection: Any = None,
    ) -> None: ...

    @overload
    async def track(self, evidence: str, /, *, delivery: str, occurred: datetime | None = None) -> None: ...

    async def track(
        self,
        profile: str,
        event: str | None = None,
        properties: Mapping[str, Any] | None = None,
        /,
        *,
        delivery: str | None = None,
        occurred: datetime | None = None,
        id: str = "",
        unknown: Literal["refuse", "create"] = "refuse",
        connection: Any = None,
    ) -> None:
        """Say that something happened: ``track("ada", "order.paid", {"total": 42})``.

        ``occurred`` (aware; now where not given) is when; ``id`` names the event, so that a second
        copy is known. ``track("opened", delivery=…)`` tells of evidence that the host saw itself.
        Raises UnknownError for a profile nobody was told of, unless ``unknown="create"``, and
        InvalidInput for a naive datetime.
        """
        calls = await self._ready()
        flow = calls.track(
            profile,
            event,
            properties,
            delivery=delivery,
            occurred=occurred,
            id=id,
            unknown=unknown,
            connection=connection,
        )
        await self._tell(flow, connection)

    async def merge(
        self, profile: str, other: str, *, unknown: Literal["refuse", "create"] = "refuse", connection: Any = None
    ) -> None:
        """Say that two ids are one person: ``merge("ada", "visitor-17")`` when a visitor signs in.

        ``run_due`` makes them one profile, the one that was known first; both ids lead to it for
        ever. Raises UnknownError for an id nobody was told of, unless ``unknown="create"``.
        """
        calls = await self._ready()
        await self._tell(calls.merge(profile, other, unknown, connection), connection)

    async def enroll(
        self,
        journey: Journey | str,
        profile: str,
        data: Mapping[str, Any] | None = None,
        *,
        key: str = "",
        unknown: Literal["refuse", "create"] = "refuse",
        connection: Any = None,
    ) -> AsyncHandle:
        """Ask for a run of a journey, without its trigger; ``key`` makes it once.

        Its re-entry rule may still refuse it: the handle tells. Raises UnknownError for a profile
        nobody was told of, unless ``unknown="create"``.
        """
        calls = await self._ready()
        flow = calls.enroll(journey, profile, data, key, unknown, connection)
        return AsyncHandle(await self._tell(flow, connection), self)

    async def send(
        self,
        profile: str,
        message: Message,
        *,
        via: str | Sequence[str] | None = None,
        data: Mapping[str, Any] | None = None,
        key: str = "",
        at_once: bool = False,
        connection: Any = None,
    ) -> AsyncHandle:
        """Send one message: recorded now, decided and delivered by ``run_due``; ``key`` makes it once.

        ``at_once=True`` decides and delivers it in this call, behind the same checks: for
        one-time passwords. Not together with ``connection``.
        """
        calls = await self._ready()
        flow = calls.send(profile, message, via, data, key, at_once=at_once, connection=connection)
        return AsyncHandle(await self._tell(flow, connection), self)

    async def status(self, id: str) -> Status:
        """What became of the intention of that id; raises UnknownError."""
        calls = await self._ready()
        return await self._look("status", of_run(id), calls.status(id))
