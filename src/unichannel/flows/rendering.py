"""Rendering: from a reserved delivery to what a transport carries; the same key always gives the same."""

from __future__ import annotations

from unichannel.core.journey.language.step import Send
from unichannel.core.messaging.content import Content, Email
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.messaging.link import Links, PlainLinker
from unichannel.core.messaging.render import render
from unichannel.errors import DefinitionError
from unichannel.flows.kit import Kit
from unichannel.ports import Arguments, Outbound

__all__ = ["outbound_of", "rendered"]


def rendered(kit: Kit, delivery: Delivery, definition: int) -> tuple[Content, Links]:
    """The delivery's final texts and the linker that made its links; the same key always gives the same.

    ``definition`` is its run's now; the one it was reserved under counts.
    """
    step = kit.programs[delivery.definition or definition].node(delivery.step).step
    content = step.message.content(delivery.channel) if isinstance(step, Send) else None
    if content is None:
        raise DefinitionError(
            f"the message {delivery.message!r} has no content for {delivery.channel}.", thing=delivery.message
        )
    linker = kit.tracking.linker(delivery.key) if kit.tracking is not None else PlainLinker()
    return render(content, delivery.frozen, linker), linker


def outbound_of(kit: Kit, delivery: Delivery, definition: int, profile: str) -> Outbound:
    """The delivery, rendered and ready to go; ``profile`` is the host's id of the person."""
    if delivery.is_call:
        return _call_of(delivery, profile)
    content, _ = rendered(kit, delivery, definition)
    category = kit.setting.category(delivery.category)
    return Outbound(
        key=delivery.key,
        channel=delivery.channel,
        address=delivery.address,
        content=content,
        message=delivery.message,
        category=category.name,
        purpose=category.purpose,
        attempt=delivery.attempts,
        reserved=delivery.reserved,
        since=delivery.facts.get("sending", delivery.reserved),
        expires=delivery.expires,
        headers=_headers(kit, delivery, content, category.purpose) if delivery.channel == "email" else (),
    )


def _headers(kit: Kit, delivery: Delivery, content: Content, purpose: str) -> tuple[tuple[str, str], ...]:
    own = tuple(content.headers.items()) if isinstance(content, Email) else ()
    return own + (kit.tracking.headers(delivery.key, purpose) if kit.tracking is not None else ())


def _call_of(delivery: Delivery, profile: str) -> Outbound:
    return Outbound(
        key=delivery.key,
        channel=delivery.channel,
        address=profile,
        content=Arguments(delivery.frozen),
        message=delivery.message,
        category="",
        attempt=delivery.attempts,
        reserved=delivery.reserved,
        since=delivery.facts.get("sending", delivery.reserved),
    )
