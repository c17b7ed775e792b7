"""Showing: why somebody was written to or not, everything that happened, and messages inside the app."""

from __future__ import annotations

from typing import overload

from unichannel.engine.face import AsyncFace, Face
from unichannel.flows.auditing import of_delivery, of_profile
from unichannel.flows.explaining import Entry, Explanation, Told, timeline, why_delivery, why_profile
from unichannel.flows.showing import InAppMessage, Seen

__all__ = ["AsyncShowing", "Showing"]


class Showing(Face):
    """The part of the face that waits."""

    @overload
    def why(self, delivery: str, /, *, language: str = "en") -> Explanation: ...

    @overload
    def why(
        self, profile: str, /, *, journey: str | None, step: str | None = None, language: str = "en"
    ) -> Told[Explanation]: ...

    @overload
    def why(
        self, profile: str, /, *, journey: str | None = None, step: str, language: str = "en"
    ) -> Told[Explanation]: ...

    def why(
        self, subject: str, /, *, journey: str | None = None, step: str | None = None, language: str = "en"
    ) -> Explanation | Told[Explanation]:
        """Why a delivery was made; or, for a profile with ``journey=``, why each send was made or not.

        A profile's list has what was sent, what was not, and where its runs stand now. ``language``: "en",
        "en-US" or "fr"; instants are told in the profile's zone. Raises UnknownError for what nobody knows.
        """
        calls = self._ready()
        zone = calls.settings.timezone
        if journey is None and step is None:
            return self._look("why", of_delivery(subject), why_delivery(subject, language, zone))
        return self._look("why", of_profile(subject), why_profile(subject, journey, step, language, zone))

    def timeline(self, profile: str, *, language: str = "en") -> Told[Entry]:
        """Everything that happened with a profile, in order; told as ``why`` does."""
        calls = self._ready()
        return self._look("timeline", of_profile(profile), timeline(profile, language, calls.settings.timezone))

    def in_app(self, profile: str) -> list[InAppMessage]:
        """The in-app messages that are there for a person now, the latest first; those over or dismissed are not."""
        calls = self._ready()
        return self._look("in_app", of_profile(profile), calls.in_app(profile))

    def mark_in_app(self, profile: str, id: str, what: Seen = "read") -> None:
        """The person read, clicked or dismissed an in-app message: evidence at once, and gone if dismissed.

        Raises UnknownError for a message that is none of this person's.
        """
        calls = self._ready()
        return self._tell(calls.mark_in_app(profile, id, what))


class AsyncShowing(AsyncFace):
    """The part of the face that is awaited."""

    @overload
    async def why(self, delivery: str, /, *, language: str = "en") -> Explanation: ...

    @overload
    async def why(
        self, profile: str, /, *, journey: str | None, step: str | None = None, language: str = "en"
    ) -> Told[Explanation]: ...

    @overload
    async def why(
        self, profile: str, /, *, journey: str | None = None, step: str, language: str = "en"
    ) -> Told[Explanation]: ...

    async def why(
        self, subject: str, /, *, journey: str | None = None, step: str | None = None, language: str = "en"
    ) -> Explanation | Told[Explanation]:
        """Why a delivery was made; or, for a profile with ``journey=``, why each send was made or not.

        A profile's list has what was sent, what was not, and where its runs stand now. ``language``: "en",
        "en-US" or "fr"; instants are told in the profile's zone. Raises UnknownError for what nobody knows.
        """
        calls = await self._ready()
        zone = calls.settings.timezone
        if journey is None and step is None:
            return await self._look("why", of_delivery(subject), why_delivery(subject, language, zone))
        return await self._look("why", of_profile(subject), why_profile(subject, journey, step, language, zone))

    async def timeline(self, profile: str, *, language: str = "en") -> Told[Entry]:
        """Everything that happened with a profile, in order; told as ``why`` does."""
        calls = await self._ready()
        return await self._look("timeline", of_profile(profile), timeline(profile, language, calls.settings.timezone))

    async def in_app(self, profile: str) -> list[InAppMessage]:
        """The in-app messages that are there for a person now, the latest first; those over or dismissed are not."""
        calls = await self._ready()
        return await self._look("in_app", of_profile(profile), calls.in_app(profile))

    async def mark_in_app(self, profile: str, id: str, what: Seen = "read") -> None:
        """The person read, clicked or dismissed an in-app message: evidence at once, and gone if dismissed.

        Raises UnknownError for a message that is none of this person's.
        """
        calls = await self._ready()
        return await self._tell(calls.mark_in_app(profile, id, what))
