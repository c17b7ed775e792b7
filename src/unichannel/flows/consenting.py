"""Consenting: entries go into the ledger, sealed; what waits to be confirmed is news that journeys may begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from unichannel.core.audience.consent import Consent, Suppression, check_consent
from unichannel.core.audience.seal import Sealed
from unichannel.core.policy.setting import Setting
from unichannel.core.words.address import normalize
from unichannel.core.words.channel import Channel
from unichannel.core.words.ids import mac
from unichannel.errors import InvalidInput, UnknownError
from unichannel.flows.ops import Flow, Now, Token, Transact, ask
from unichannel.ports import Inbox, Session

__all__ = [
    "CONFIRMED",
    "DENIED",
    "PENDING",
    "confirm_address",
    "news_of",
    "put_entries",
    "record",
    "recorded",
    "suppress",
]

PENDING = "consent.pending"
"""The event of a consent that waits to be confirmed; its properties are channel, purpose and topic."""

CONFIRMED = "consent.confirmed"
"""The event of one that the person confirmed."""

DENIED = "consent.denied"
"""The event of one that the person answered with no."""

_SALT = 16


def record(setting: Setting, profile: str, consents: Sequence[Consent], connection: Any = None) -> Flow[None]:
    """Add entries of a person that is known to the ledger."""
    if not consents:
        raise InvalidInput("there is nothing to record.", thing="consents", mend='Give consent("email"), or others.')
    now = yield from ask(Now())
    entries, news = yield from recorded(setting, [(profile, entry) for entry in consents], now)
    work = partial(_put_for_known, profile=profile, entries=entries, rows=news)
    yield from ask(Transact(work, connection))


def recorded(setting: Setting, told: Sequence[tuple[str, Consent]], now: int) -> Flow[tuple[list[Sealed], list[Inbox]]]:
    """What the host said as sealed entries, and the news of those that are pending."""
    for _, entry in told:
        check_consent(entry, setting.channels)
    salt = (yield from ask(Token(_SALT))) if any(entry.evidence for _, entry in told) else b""
    seals = setting.seals
    entries = [
        seals.seal(profile, _dated(entry, now), mac(salt, str(number), 16) if entry.evidence else "")
        for number, (profile, entry) in enumerate(told)
    ]
    return entries, [news_of(one, PENDING) for one in entries if one.entry.status == "pending"]


def _dated(entry: Consent, now: int) -> Consent:
    return replace(entry, occurred=min(entry.occurred or now, now), recorded=now)


def news_of(one: Sealed, name: str) -> Inbox:
    """The event of an entry, for the person's pass."""
    entry = one.entry
    body = {"channel": entry.channel, "purpose": entry.purpose, "topic": entry.topic}
    return Inbox(one.profile, "event", name, entry.occurred, entry.recorded, f"{name}:{one.seal}", 0, body)


def put_entries(session: Session, entries: Sequence[Sealed], rows: Sequence[Inbox]) -> None:
    session.put_inbox(rows)
    session.put_consents(entries)


def _put_for_known(session: Session, profile: str, entries: Sequence[Sealed], rows: Sequence[Inbox]) -> None:
    if not session.known([profile]):
        raise UnknownError(f"no profile {profile!r} is known.", thing=profile, mend="identify() it first.")
    put_entries(session, entries, rows)


def confirm_address(
    setting: Setting, profile: str, channel: str, addresses: Sequence[str], at: int | None, connection: Any
) -> Flow[None]:
    """Add to what is told of a person that addresses were checked: these, or all that they have on the channel."""
    known = _channel(setting, channel)
    if not setting.ageing:
        raise InvalidInput("no address ages here.", thing=channel, mend="Give Engine(ageing={…}), or leave this out.")
    now = yield from ask(Now())
    checked = {known.address: [normalize(known.address, one) for one in addresses]}
    row = Inbox(profile, "identify", "", min(now if at is None else at, now), now, body={"confirmed": checked})
    yield from ask(Transact(partial(_put_for_known, profile=profile, entries=(), rows=[row]), connection))


def _channel(setting: Setting, name: str) -> Channel:
    known = setting.channels.get(name)
    if known is None:
        raise InvalidInput(f"there is no channel {name!r}.", thing=name, mend="Name one of the engine's.")
    return known


def suppress(
    setting: Setting, channel: str, addresses: Sequence[str], scope: Any, reason: str, detail: str, connection: Any
) -> Flow[None]:
    """Add suppressions of addresses on a channel and those of its family."""
    known = _channel(setting, channel)
    if not addresses or not reason:
        raise InvalidInput("a suppression needs an address and a reason.", thing="suppression", mend="Give both.")
    now = yield from ask(Now())
    hashes = [setting.hash_at(channel, normalize(known.address, one)) for one in addresses]
    rows = [Suppression(hashed, scope, reason, now, detail) for hashed in hashes]
    yield from ask(Transact(lambda session: session.put_suppressions(rows), connection))
