"""Confirming: a pending consent becomes one that is given, or denied, by a button behind a link or by a reply."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from unichannel.core.audience.consent import Consent, pending_on
from unichannel.core.calendar.zone import add
from unichannel.core.inbound.assent import read_assent
from unichannel.core.words.ids import mac
from unichannel.flows.consenting import CONFIRMED, DENIED, news_of, put_entries
from unichannel.flows.kit import Kit
from unichannel.ports import Answer, Confirmation, Receipt, Received, Session

__all__ = ["confirm_by_link", "confirm_by_reply", "is_assent"]


def is_assent(received: Received) -> bool:
    """Whether an incoming call may confirm something, so that its evidence needs salt."""
    return isinstance(received.answer, Confirmation) or any(
        one.kind == "inbound" and read_assent(one.text) for one in received.receipts
    )


def confirm_by_link(session: Session, kit: Kit, said: Confirmation, now: int, salt: bytes) -> Answer:
    """Confirm or deny what is pending on the channel of the delivery; the second time changes nothing."""
    found = session.find([said.key])
    if not found:
        return said.over
    delivery = found[0]
    key = session.profile_keys([delivery.profile])[delivery.profile]
    entries = [one.entry for one in session.entries_of(key)]
    source = f"link in {delivery.id}"
    waiting = _in_time(kit, pending_on(entries, delivery.channel), now)
    if not waiting:
        return said.done if entries and entries[-1].source == source else said.over
    evidence = {"delivery": delivery.id, **said.evidence}
    _settle(
        session, kit, key, waiting, said.agreed, Consent(delivery.channel, source=source, evidence=evidence), now, salt
    )
    return said.done


def confirm_by_reply(session: Session, kit: Kit, receipt: Receipt, hashed: str, now: int, salt: bytes) -> None:
    """Confirm or deny what is pending for who wrote yes or no from this address."""
    answer = read_assent(receipt.text)
    if answer is None or not hashed:
        return
    channels = _family(kit, receipt.channel)
    how = Consent(receipt.channel, source=f"reply by {receipt.channel}", evidence=_message(receipt))
    for key in session.profiles_at([hashed]).get(hashed, ()):
        entries = [one.entry for one in session.entries_of(key)]
        waiting = _in_time(kit, [one for channel in channels for one in pending_on(entries, channel)], now)
        _settle(session, kit, key, waiting, answer == "yes", how, now, salt)


def _message(receipt: Receipt) -> dict[str, str]:
    told = {"message": receipt.id or receipt.provider_id, "text": receipt.text}
    return {name: value for name, value in told.items() if value}


def _family(kit: Kit, channel: str) -> Collection[str]:
    """The channels that one address serves: a yes by SMS also answers what was asked by MMS."""
    known = kit.setting.channels[channel]
    return [one.name for one in kit.setting.channels.values() if one.family == known.family]


def _in_time(kit: Kit, waiting: Sequence[Consent], now: int) -> list[Consent]:
    """Those that can still be confirmed."""
    within = kit.setting.consent.confirmed_within
    return [one for one in waiting if now < add(one.occurred, within, kit.setting.default_zone)]


def _settle(
    session: Session, kit: Kit, key: str, waiting: Sequence[Consent], agreed: bool, how: Consent, now: int, salt: bytes
) -> None:
    """Write down what the person answered; wording and form are those of the question."""
    seals = kit.setting.seals
    entries = [
        seals.seal(
            key,
            replace(
                one,
                status="given" if agreed else "denied",
                occurred=now,
                recorded=now,
                source=how.source,
                evidence=how.evidence,
                by="",
            ),
            mac(salt, f"{key}\x1f{number}", 16),
        )
        for number, one in enumerate(waiting)
    ]
    put_entries(session, entries, [news_of(one, CONFIRMED if agreed else DENIED) for one in entries])
