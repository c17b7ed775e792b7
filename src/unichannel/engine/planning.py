"""Planning: what a journey or message would do before it does it, and runs that go on in another version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from unichannel.core.calendar.span import Span, weeks
from unichannel.core.condition.condition import Condition
from unichannel.core.journey.language.journey import Journey, single_send
from unichannel.core.journey.language.step import Send
from unichannel.core.journey.migration import Migration
from unichannel.core.journey.program import Program, compile_journey
from unichannel.core.messaging.message import Message
from unichannel.engine.calls import unknown_journey
from unichannel.engine.checking import check_journey
from unichannel.engine.face import AsyncFace, Face
from unichannel.errors import UnknownError
from unichannel.flows.budgeting import Spending, spending
from unichannel.flows.forecasting import Forecast, forecast
from unichannel.flows.kit import Kit
from unichannel.flows.migrating import MigrationPreview, migrate_enrollments, preview_migration
from unichannel.flows.ops import Flow
from unichannel.flows.previewing import Preview, preview

__all__ = ["AsyncPlanning", "Planning"]

_WEEK = weeks(1)


class Planning(Face):
    """The part of the face that waits."""

    def preview(self, journey: Journey | str, *, within: Span = _WEEK) -> Preview:
        """How many profiles the dates or rule of a journey would enroll within a span from now; nothing is written.

        For a journey given to this engine, or one that is not published yet.
        """
        calls = self._ready()
        return self._run(_preview(calls.ready(), journey, within))

    def forecast(
        self,
        what: Journey | Message | str,
        *,
        via: str | Sequence[str] | None = None,
        among: Condition | None = None,
        people: Iterable[str] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Forecast:
        """What a journey, or one message (``via`` its channels), would send and cost over the people there are now.

        At the least each send succeeds on its first channel, at the most each goes through its whole ladder.
        ``among`` is a condition on them, ``people`` names them; ``data`` stands for the run's data, which templates
        may read. Nothing is written. Raises as the engine would for a journey that it cannot run.
        """
        calls = self._ready()
        return self._run(_forecast(calls.ready(), what, via, among, people, data))

    def budget(self, name: str) -> Spending:
        """How a budget stands now: spent, held by workers, left; raises UnknownError."""
        calls = self._ready()
        return self._run(_budget(calls.ready(), name))

    def preview_migration(self, migration: Migration) -> MigrationPreview:
        """Where the running enrollments of a version stand, and where they would go on; nothing is written.

        Raises UnknownError for a version that is not stored, InvalidInput for a step that is not there.
        """
        calls = self._ready()
        return self._run(preview_migration(calls.ready(), migration))

    def migrate_enrollments(self, migration: Migration) -> int:
        """Ask the running enrollments of a version to go on in another; how many were asked.

        ``run_due`` moves them, each in its own commit. Who has no step to go on with stays with the version
        it began with; asking again moves those that can be moved by then, and nobody twice.
        """
        calls = self._ready()
        return self._tell(migrate_enrollments(calls.ready(), migration))


class AsyncPlanning(AsyncFace):
    """The part of the face that is awaited."""

    async def preview(self, journey: Journey | str, *, within: Span = _WEEK) -> Preview:
        """How many profiles the dates or rule of a journey would enroll within a span from now; nothing is written.

        For a journey given to this engine, or one that is not published yet.
        """
        calls = await self._ready()
        return await self._run(_preview(calls.ready(), journey, within))

    async def forecast(
        self,
        what: Journey | Message | str,
        *,
        via: str | Sequence[str] | None = None,
        among: Condition | None = None,
        people: Iterable[str] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Forecast:
        """What a journey, or one message (``via`` its channels), would send and cost over the people there are now.

        At the least each send succeeds on its first channel, at the most each goes through its whole ladder.
        ``among`` is a condition on them, ``people`` names them; ``data`` stands for the run's data, which templates
        may read. Nothing is written. Raises as the engine would for a journey that it cannot run.
        """
        calls = await self._ready()
        return await self._run(_forecast(calls.ready(), what, via, among, people, data))

    async def budget(self, name: str) -> Spending:
        """How a budget stands now: spent, held by workers, left; raises UnknownError."""
        calls = await self._ready()
        return await self._run(_budget(calls.ready(), name))

    async def preview_migration(self, migration: Migration) -> MigrationPreview:
        """Where the running enrollments of a version stand, and where they would go on; nothing is written.

        Raises UnknownError for a version that is not stored, InvalidInput for a step that is not there.
        """
        calls = await self._ready()
        return await self._run(preview_migration(calls.ready(), migration))

    async def migrate_enrollments(self, migration: Migration) -> int:
        """Ask the running enrollments of a version to go on in another; how many were asked.

        ``run_due`` moves them, each in its own commit. Who has no step to go on with stays with the version
        it began with; asking again moves those that can be moved by then, and nobody twice.
        """
        calls = await self._ready()
        return await self._tell(migrate_enrollments(calls.ready(), migration))


def _preview(kit: Kit, journey: Journey | str, within: Span) -> Flow[Preview]:
    return preview(kit, _meant(kit, journey), within.at_most)


def _forecast(
    kit: Kit,
    what: Journey | Message | str,
    via: str | Sequence[str] | None,
    among: Condition | None,
    people: Iterable[str] | None,
    data: Mapping[str, Any] | None,
) -> Flow[Forecast]:
    program = _meant(kit, single_send(what, Send(what, via=via)) if isinstance(what, Message) else what)
    check_journey(program.journey, kit.setting)
    return forecast(kit, program, among, None if people is None else frozenset(people), data or {})


def _meant(kit: Kit, journey: Journey | str) -> Program:
    """The program of a journey given to this engine, or of one that is not published yet."""
    name = journey if isinstance(journey, str) else journey.name
    program = kit.current.get(name)
    if isinstance(journey, Journey) and (program is None or program.journey != journey):
        program = compile_journey(journey)
    if program is None:
        raise unknown_journey(name)
    return program


def _budget(kit: Kit, name: str) -> Flow[Spending]:
    found = next((one for one in kit.setting.budgets if one.name == name), None)
    if found is None:
        raise UnknownError(f"this engine has no budget {name!r}.", thing=name, mend="Give it to Engine(budgets=[…]).")
    return spending(kit, found)
