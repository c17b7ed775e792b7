"""Receiving: what providers tell us, verified, read and kept; only opt-outs and dead addresses count at once.

What receipts change in their deliveries is ``unichannel.flows.receipts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from unichannel.core.audience.consent import Suppression
from unichannel.core.audience.erasing import OBJECTED
from unichannel.core.messaging.delivery import Delivery
from unichannel.errors import UnichannelError
from unichannel.flows.confirming import confirm_by_link, confirm_by_reply, is_assent
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Read, Token, Transact, ask
from unichannel.flows.receipts import hash_of
from unichannel.flows.rendering import rendered
from unichannel.flows.unsubscribing import is_wish, unsubscribe, withdrawn_by_link
from unichannel.ports import Answer, Confirmation, Parked, Receipt, Received, Redirect, Request, Session, Unsubscribing

__all__ = ["receive"]


def receive(kit: Kit, provider: str, request: Request) -> Flow[Answer]:
    """Verify and read an incoming call, and keep what it says."""
    received: Received = yield from ask(Read(provider, request))
    now = yield from ask(Now())
    salt = (yield from ask(Token(16))) if is_assent(received) or is_wish(received) else b""
    work = partial(_keep, kit=kit, provider=provider, received=received, now=now, salt=salt)
    answer = yield from ask(Transact(work))
    return answer


def _keep(session: Session, kit: Kit, provider: str, received: Received, now: int, salt: bytes) -> Answer:
    told = [(receipt, hash_of(kit, receipt)) for receipt in received.receipts]
    session.put_receipts([Parked(provider, now, receipt, now, hash=hashed) for receipt, hashed in told])
    for receipt, hashed in told:
        _count_at_once(session, kit, receipt, hashed, now)
        if receipt.kind == "inbound" and salt:
            confirm_by_reply(session, kit, receipt, hashed, now, salt)
    answer = received.answer
    if isinstance(answer, Confirmation):
        return confirm_by_link(session, kit, answer, now, salt)
    if isinstance(answer, Unsubscribing):
        return unsubscribe(session, kit, provider, answer, now, salt)
    return _redirect(session, kit, answer) if isinstance(answer, Redirect) else answer


def _count_at_once(session: Session, kit: Kit, receipt: Receipt, hashed: str, now: int) -> None:
    """What may not wait: an opt-out, a complaint, an address that is dead or that the provider refuses."""
    is_asked = receipt.kind in ("unsubscribed", "complained", "subscribed")
    if not (is_asked or receipt.address_dead or receipt.refused):
        return
    found = session.find([receipt.key]) if receipt.key else []
    session.put_suppressions(_suppressions(receipt, found[0].hash if found else hashed, found, now))
    if receipt.kind == "unsubscribed" and not receipt.address and found and not found[0].is_anonymous:
        session.put_consents([withdrawn_by_link(session, kit, found[0], now)])


def _suppressions(receipt: Receipt, hashed: str, found: Sequence[Delivery], now: int) -> list[Suppression]:
    """What the receipt means for the address itself, nothing where it is about the person."""
    if receipt.kind == "unsubscribed" and found and found[0].is_anonymous:
        return [Suppression(hashed, "marketing", OBJECTED, now)]  # whose wish it is nobody knows any more
    if not hashed or (receipt.kind == "unsubscribed" and not receipt.address):
        return []
    return [_meaning(receipt, hashed, now)]


def _meaning(receipt: Receipt, hashed: str, now: int) -> Suppression:
    if receipt.address_dead:
        return Suppression(hashed, "all", "dead", now, receipt.code)
    if receipt.kind == "subscribed":
        return Suppression(hashed, "none", "start", now, receipt.code)
    reason = {"complained": "complaint", "unsubscribed": "stop"}.get(receipt.kind, "refused")
    return Suppression(hashed, "all" if receipt.refused else "marketing", reason, now, receipt.code)


def _redirect(session: Session, kit: Kit, answer: Redirect) -> Answer:
    """To the link of the delivery: only what we wrote ourselves is ever redirected to (P37)."""
    found = session.find([answer.key])
    run = session.enrollment(found[0].enrollment) if found else None
    if run is None or kit.tracking is None:
        return Answer(404)
    kit.learn(session, {found[0].definition or run.definition})
    try:
        _, linker = rendered(kit, found[0], run.definition)
    except UnichannelError:  # what it said is not kept any more
        return Answer(404)
    urls = linker.urls
    return Answer(302, {"Location": urls[answer.ordinal]}) if answer.ordinal < len(urls) else Answer(404)
