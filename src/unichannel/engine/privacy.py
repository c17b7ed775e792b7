"""Privacy: what a person may ask of the host: a copy, a correction, to be forgotten; and who looked at their data."""

from __future__ import annotations

from typing import Any

from unichannel.core.audience.profile import Profile
from unichannel.engine.acting import actor_now
from unichannel.engine.face import AsyncFace, Face
from unichannel.flows.auditing import AuditEntry, audit, of_profile
from unichannel.flows.exporting import Export, export
from unichannel.flows.guarding import erase, rectify

__all__ = ["AsyncPrivacy", "Privacy"]


class Privacy(Face):
    """The part of the face that waits."""

    def export(self, profile: str) -> Export:
        """Everything that is held about a person, as plain JSON values in a documented format.

        What waits to be decided is in it too. Written into the audit trail, whoever asks. Raises
        UnknownError for an id nobody knows.
        """
        calls = self._ready()
        return self._run(export(calls.ready(), profile, actor_now()))

    def rectify(self, profile: Profile, *, connection: Any = None) -> None:
        """Put right what was wrong about a person: as ``identify``, for somebody who is known, and written down.

        What is reserved for an address that is not theirs goes to the right one, or is cancelled. Raises
        UnknownError for an id nobody knows, InvalidInput where nothing is corrected.
        """
        calls = self._ready()
        self._tell(rectify(calls.ready(), profile, actor_now(), connection), connection)

    def erase(self, profile: str, *, connection: Any = None) -> None:
        """Forget a person, with every id that leads to them: ``run_due`` does it, before it decides anything.

        From now on nothing new is sent to them. Runs end as erased; content, events, addresses and traces
        go; objections stay, by keyed hashes of the addresses. Asked again it changes nothing. Raises
        UnknownError for an id nobody knows.
        """
        calls = self._ready()
        self._tell(erase(calls.ready(), profile, actor_now(), connection), connection)

    def audit(self, profile: str) -> list[AuditEntry]:
        """Who read or changed what is held about a person, the oldest first; also of one who was erased."""
        calls = self._ready()
        return self._look("audit", of_profile(profile), audit(calls.ready(), profile))


class AsyncPrivacy(AsyncFace):
    """The part of the face that is awaited."""

    async def export(self, profile: str) -> Export:
        """Everything that is held about a person, as plain JSON values in a documented format.

        What waits to be decided is in it too. Written into the audit trail, whoever asks. Raises
        UnknownError for an id nobody knows.
        """
        calls = await self._ready()
        return await self._run(export(calls.ready(), profile, actor_now()))

    async def rectify(self, profile: Profile, *, connection: Any = None) -> None:
        """Put right what was wrong about a person: as ``identify``, for somebody who is known, and written down.

        What is reserved for an address that is not theirs goes to the right one, or is cancelled. Raises
        UnknownError for an id nobody knows, InvalidInput where nothing is corrected.
        """
        calls = await self._ready()
        await self._tell(rectify(calls.ready(), profile, actor_now(), connection), connection)

    async def erase(self, profile: str, *, connection: Any = None) -> None:
        """Forget a person, with every id that leads to them: ``run_due`` does it, before it decides anything.

        From now on nothing new is sent to them. Runs end as erased; content, events, addresses and traces
        go; objections stay, by keyed hashes of the addresses. Asked again it changes nothing. Raises
        UnknownError for an id nobody knows.
        """
        calls = await self._ready()
        await self._tell(erase(calls.ready(), profile, actor_now(), connection), connection)

    async def audit(self, profile: str) -> list[AuditEntry]:
        """Who read or changed what is held about a person, the oldest first; also of one who was erased."""
        calls = await self._ready()
        return await self._look("audit", of_profile(profile), audit(calls.ready(), profile))
