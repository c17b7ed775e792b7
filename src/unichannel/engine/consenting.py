"""Consenting: what people allow, the proof of it, and addresses that are not written to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from unichannel.core.audience.consent import Consent
from unichannel.core.policy.consent_state import ConsentState
from unichannel.core.telling.proof import ConsentDigest, Proof
from unichannel.core.words.instant import from_datetime
from unichannel.engine.face import AsyncFace, Face
from unichannel.flows.auditing import of_profile
from unichannel.flows.consenting import confirm_address, record, suppress
from unichannel.flows.proving import consent_at, consent_digest, preferences, prove

__all__ = ["AsyncConsenting", "Consenting"]


class Consenting(Face):
    """The part of the face that waits."""

    def record_consents(self, profile: str, *consents: Consent, connection: Any = None) -> None:
        """Add entries to the consent ledger: ``record_consents("ada", *withdrawal("sms", topic="offers"))``.

        They count from now on, for what is queued too. Raises UnknownError for a profile nobody was told of,
        InvalidInput for an entry that names no channel, purpose or status there is.
        """
        calls = self._ready()
        self._tell(record(calls.ready().setting, profile, consents, connection), connection)

    def consent_at(
        self, profile: str, channel: str, purpose: str = "marketing", topic: str = "*", *, at: datetime | None = None
    ) -> ConsentState:
        """Whether a person may be written to on a channel, and why; ``at`` an aware instant, as it was known then.

        Raises UnknownError for a profile nobody was told of.
        """
        calls = self._ready()
        return self._look(
            "consent_at",
            of_profile(profile),
            consent_at(calls.ready(), profile, Consent(channel, purpose, topic), _instant(at)),
        )

    def preferences(self, profile: str) -> dict[str, dict[str, ConsentState]]:
        """Topic to channel to whether it may go now: for each marketing category's topic, on each routed channel."""
        calls = self._ready()
        return self._look("preferences", of_profile(profile), preferences(calls.ready(), profile))

    def prove(
        self, profile: str, channel: str, purpose: str = "marketing", topic: str = "*", *, at: datetime | None = None
    ) -> Proof:
        """What shows that a person consented, or did not: the chain of entries, each verified against its seal.

        ``as_json()`` and ``page("fr")`` give it to others. Raises UnknownError for a profile nobody was told of.
        """
        calls = self._ready()
        return self._look(
            "prove", of_profile(profile), prove(calls.ready(), profile, Consent(channel, purpose, topic), _instant(at))
        )

    def consent_digest(self, day: date) -> ConsentDigest:
        """One number over what the ledger recorded on a day (UTC), to be kept elsewhere and compared later.

        It changes if an entry of that day is changed, added or gone; lawful erasure does not change it. Raises
        InvalidInput for a day that is not over.
        """
        calls = self._ready()
        return self._run(consent_digest(calls.ready(), day))

    def suppress(
        self,
        channel: str,
        *addresses: str,
        scope: Literal["marketing", "all"] = "all",
        reason: str = "manual",
        detail: str = "",
        connection: Any = None,
    ) -> None:
        """Write to these addresses no more, whoever has them, on the channel and those that share its addresses.

        ``reason``: "manual", "dead", "complaint", "spam_report", or the host's own. Only a keyed hash is kept.
        """
        calls = self._ready()
        flow = suppress(calls.ready().setting, channel, addresses, scope, reason, detail, connection)
        self._tell(flow, connection)

    def confirm_address(
        self, profile: str, channel: str, *addresses: str, at: datetime | None = None, connection: Any = None
    ) -> None:
        """The person was reached there, as the host knows: by a call, a code they typed in, a look-up of the number.

        Without addresses, all that they have on the channel. What was stale (``AddressAge``) is fresh again from
        ``at`` on, an aware instant, now by default. Raises UnknownError for a profile nobody was told of,
        InvalidInput where no address ages.
        """
        calls = self._ready()
        flow = confirm_address(calls.ready().setting, profile, channel, addresses, _instant(at), connection)
        self._tell(flow, connection)

    def unsuppress(self, channel: str, *addresses: str, reason: str, connection: Any = None) -> None:
        """Lift every suppression of these addresses; ``reason`` says why that is right, and is kept."""
        calls = self._ready()
        flow = suppress(calls.ready().setting, channel, addresses, "none", reason, "", connection)
        self._tell(flow, connection)


class AsyncConsenting(AsyncFace):
    """The part of the face that is awaited."""

    async def record_consents(self, profile: str, *consents: Consent, connection: Any = None) -> None:
        """Add entries to the consent ledger: ``record_consents("ada", *withdrawal("sms", topic="offers"))``.

        They count from now on, for what is queued too. Raises UnknownError for a profile nobody was told of,
        InvalidInput for an entry that names no channel, purpose or status there is.
        """
        calls = await self._ready()
        await self._tell(record(calls.ready().setting, profile, consents, connection), connection)

    async def consent_at(
        self, profile: str, channel: str, purpose: str = "marketing", topic: str = "*", *, at: datetime | None = None
    ) -> ConsentState:
        """Whether a person may be written to on a channel, and why; ``at`` an aware instant, as it was known then.

        Raises UnknownError for a profile nobody was told of.
        """
        calls = await self._ready()
        return await self._look(
            "consent_at",
            of_profile(profile),
            consent_at(calls.ready(), profile, Consent(channel, purpose, topic), _instant(at)),
        )

    async def preferences(self, profile: str) -> dict[str, dict[str, ConsentState]]:
        """Topic to channel to whether it may go now: for each marketing category's topic, on each routed channel."""
        calls = await self._ready()
        return await self._look("preferences", of_profile(profile), preferences(calls.ready(), profile))

    async def prove(
        self, profile: str, channel: str, purpose: str = "marketing", topic: str = "*", *, at: datetime | None = None
    ) -> Proof:
        """What shows that a person consented, or did not: the chain of entries, each verified against its seal.

        ``as_json()`` and ``page("fr")`` give it to others. Raises UnknownError for a profile nobody was told of.
        """
        calls = await self._ready()
        return await self._look(
            "prove", of_profile(profile), prove(calls.ready(), profile, Consent(channel, purpose, topic), _instant(at))
        )

    async def consent_digest(self, day: date) -> ConsentDigest:
        """One number over what the ledger recorded on a day (UTC), to be kept elsewhere and compared later.

        It changes if an entry of that day is changed, added or gone; lawful erasure does not change it. Raises
        InvalidInput for a day that is not over.
        """
        calls = await self._ready()
        return await self._run(consent_digest(calls.ready(), day))

    async def suppress(
        self,
        channel: str,
        *addresses: str,
        scope: Literal["marketing", "all"] = "all",
        reason: str = "manual",
        detail: str = "",
        connection: Any = None,
    ) -> None:
        """Write to these addresses no more, whoever has them, on the channel and those that share its addresses.

        ``reason``: "manual", "dead", "complaint", "spam_report", or the host's own. Only a keyed hash is kept.
        """
        calls = await self._ready()
        flow = suppress(calls.ready().setting, channel, addresses, scope, reason, detail, connection)
        await self._tell(flow, connection)

    async def confirm_address(
        self, profile: str, channel: str, *addresses: str, at: datetime | None = None, connection: Any = None
    ) -> None:
        """The person was reached there, as the host knows: by a call, a code they typed in, a look-up of the number.

        Without addresses, all that they have on the channel. What was stale (``AddressAge``) is fresh again from
        ``at`` on, an aware instant, now by default. Raises UnknownError for a profile nobody was told of,
        InvalidInput where no address ages.
        """
        calls = await self._ready()
        flow = confirm_address(calls.ready().setting, profile, channel, addresses, _instant(at), connection)
        await self._tell(flow, connection)

    async def unsuppress(self, channel: str, *addresses: str, reason: str, connection: Any = None) -> None:
        """Lift every suppression of these addresses; ``reason`` says why that is right, and is kept."""
        calls = await self._ready()
        flow = suppress(calls.ready().setting, channel, addresses, "none", reason, "", connection)
        await self._tell(flow, connection)


def _instant(at: datetime | None) -> int | None:
    return None if at is None else from_datetime(at, "at")
