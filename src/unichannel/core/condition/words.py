"""The functions that users write conditions with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from unichannel.core.calendar.span import Span
from unichannel.core.calendar.window import Window
from unichannel.core.condition.absence import Silent, Unanswered
from unichannel.core.condition.known import AddressStale, Attribute, ConsentOlder, Data, Listed, Tagged
from unichannel.core.condition.leaves import BusinessTime, Evidence, Happened, Hours, InOrder, Reached
from unichannel.core.condition.moment import Moment
from unichannel.core.condition.pattern import On
from unichannel.errors import DefinitionError

__all__ = [
    "address_stale",
    "attribute",
    "business_hours",
    "clicked",
    "consent_older",
    "converted",
    "data",
    "delivered",
    "engaged",
    "failed",
    "happened",
    "in_order",
    "listed",
    "local_hours",
    "opened",
    "reached",
    "replied",
    "sent",
    "silent",
    "tagged",
    "unanswered",
]

_NO_TIME = Span()

Signal = On | Evidence | str | Callable[[], Evidence]
"""An event (its name or a pattern), or evidence (``opened``, or ``opened("email")``)."""


def attribute(name: str, test: Any) -> Attribute:
    """An attribute of the profile equals a value, or passes a test such as ``at_least(3)``."""
    return Attribute(name, test)


def tagged(name: str) -> Tagged:
    """The profile has this tag: ``Profile("ada", tags=["vip"])``."""
    return Tagged(name)


def listed(name: str) -> Listed:
    """The profile is on this list: ``Profile("ada", lists={"newsletter": True})``."""
    return Listed(name)


def consent_older(channel: str, than: Span, *, purpose: str = "marketing", topic: str = "*") -> ConsentOlder:
    """The consent is given and older than a span, counted from the person's last click or answer: ask anew."""
    return ConsentOlder(channel, than, purpose=purpose, topic=topic)


def address_stale(channel: str, *, within: Span = _NO_TIME) -> AddressStale:
    """Each of the person's addresses on the channel is stale (``AddressAge``), or will be within a span: check it."""
    return AddressStale(channel, within)


def data(name: str, test: Any) -> Data:
    """A value of the run's data equals a value, or passes a test."""
    return Data(name, test)


def happened(
    event: str | On, *, where: Mapping[str, Any] | None = None, times: int = 1, within: Span | None = None
) -> Happened:
    """The event happened, at least ``times`` times, within a span of now where one is given."""
    pattern = event if isinstance(event, On) else On(event, where=where or {})
    return Happened(pattern, times=times, within=within)


def in_order(*events: str | On, within: Span | None = None) -> InOrder:
    """The events happened one after the other, the whole within a span where one is given."""
    if len(events) < 2:
        raise DefinitionError("an order needs two events or more.", thing="in_order", mend="Name them in their order.")
    return InOrder([event if isinstance(event, On) else On(event) for event in events], within=within)


def sent(channel: str | None = None, *, of: str | None = None) -> Evidence:
    """A delivery of this run was accepted by its provider."""
    return Evidence("accepted", channel, of=of)


def delivered(channel: str | None = None, *, of: str | None = None) -> Evidence:
    """A delivery of this run arrived."""
    return Evidence("delivered", channel, of=of)


def opened(channel: str | None = None, *, of: str | None = None) -> Evidence:
    """A delivery of this run was opened (read; a call answered)."""
    return Evidence("opened", channel, of=of)


def clicked(channel: str | None = None, *, of: str | None = None) -> Evidence:
    """A link in a delivery of this run was clicked."""
    return Evidence("clicked", channel, of=of)


def replied(channel: str | None = None, *, of: str | None = None) -> Evidence:
    """A delivery of this run was answered."""
    return Evidence("replied", channel, of=of)


def converted(channel: str | None = None, *, of: str | None = None) -> Evidence:
    """A delivery of this run led to a conversion."""
    return Evidence("converted", channel, of=of)


def engaged(channel: str | None = None, *, of: str | None = None) -> Evidence:
    """Engagement as the channel can show it: an open; on SMS and MMS a click or a reply."""
    return Evidence("engaged", channel, of=of)


def failed(channel: str | None = None, *, of: str | None = None) -> Evidence:
    """A delivery of this run failed for good."""
    return Evidence("failed", channel, of=of)


def silent(signal: Signal, *, for_: Span) -> Silent:
    """Nothing of this for so long: ``silent(opened, for_=weeks(3))``, ``silent("visit", for_=months(2))``."""
    return Silent(_signal(signal), for_=for_)


def unanswered(signal: Signal, *, by: Signal, within: Span) -> Unanswered:
    """The one happened and the other did not follow within a span."""
    return Unanswered(_signal(signal), by=_signal(by), within=within)


def _signal(value: Signal) -> On | Evidence:
    if isinstance(value, str):
        return On(value)
    made = value if isinstance(value, On | Evidence) else value()
    if not isinstance(made, On | Evidence):
        raise DefinitionError("a signal is an event or evidence of a delivery.", thing="signal", mend="Give one.")
    return made


def reached(moment: Moment) -> Reached:
    """A moment has come: ``reached(attribute_date("renews_at") - days(3))``."""
    return Reached(moment)


def local_hours(opens: str, closes: str, *, days: tuple[str, ...] | None = None) -> Hours:
    """The person's clock is between two times of day; it may run over midnight."""
    return Hours(Window(opens, closes, days=days) if days else Window(opens, closes))


def business_hours(whose: Literal["host", "profile"] = "host") -> BusinessTime:
    """Now is within the engine's business hours: in the host's zone, or in the person's."""
    return BusinessTime(whose)
