"""In-app messages: what the host's app shows a person now, and what the person did with it.

They are kept as deliveries are: a message is its delivery, rendered again from what was frozen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Literal, TypeAlias

from unichannel.core.audience.profile import Person
from unichannel.core.messaging.content import InApp
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.instant import to_datetime
from unichannel.errors import UnknownError
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.flows.receipts import merge_now
from unichannel.flows.rendering import rendered
from unichannel.ports import Receipt, Session

__all__ = ["InAppMessage", "Seen", "in_app", "mark_in_app"]

Seen: TypeAlias = Literal["read", "clicked", "dismissed"]

_FACTS: dict[Seen, Sequence[str]] = {
    "read": ("opened",),
    "clicked": ("clicked",),
    "dismissed": ("opened", "dismissed"),
}
"""What is known of a message by what the person did with it: who takes it away has seen it."""


@dataclass(frozen=True)
class InAppMessage:
    """A message to show inside the app.

    ``id`` names it for ``mark_in_app``. ``action`` is the label of what it offers and ``url`` where
    that leads, "" where it offers nothing. ``at`` is since when it is shown, ``until`` when it is
    over (None: it stays), both aware UTC.
    """

    id: str
    message: str
    category: str
    title: str = field(repr=False)
    text: str = field(repr=False)
    action: str = field(repr=False)
    url: str = field(repr=False)
    at: datetime
    until: datetime | None
    is_read: bool


def in_app(kit: Kit, profile: str) -> Flow[list[InAppMessage]]:
    """What is there for a person now, the latest first; raises UnknownError for a profile nobody knows."""
    now = yield from ask(Now())
    messages = yield from ask(Transact(partial(_shown, kit=kit, key=profile, now=now)))
    return messages


def _shown(session: Session, kit: Kit, key: str, now: int) -> list[InAppMessage]:
    person, deliveries = session.deliveries_on(key, "in_app")
    if person is None:
        _check_known(session, key)
        return []
    there = [one for one in deliveries if "accepted" in one.facts and "dismissed" not in one.facts]
    definitions = _definitions(session, there)
    kit.learn(session, set(definitions))
    shown = list(_messages(kit, person, zip(there, definitions, strict=True), now))
    return sorted(shown, key=lambda one: one.at, reverse=True)


def _check_known(session: Session, key: str) -> None:
    if not session.known([key]):
        raise UnknownError(f"no profile {key!r} is known.", thing=key, mend="identify() it first.")


def _definitions(session: Session, deliveries: Sequence[Delivery]) -> list[int]:
    """The definition of each: its own, or its run's."""
    found = []
    for one in deliveries:
        run = session.enrollment(one.enrollment) if not one.definition else None
        found.append(run.definition if run is not None else one.definition)
    return found


def _messages(kit: Kit, person: Person, deliveries: Iterator[tuple[Delivery, int]], now: int) -> Iterator[InAppMessage]:
    zone = person.zone_name(kit.setting.default_zone)
    for one, definition in deliveries:
        content, _ = rendered(kit, one, definition)
        if not isinstance(content, InApp):
            continue
        over = content.over(one.facts["accepted"], zone)
        if over is None or now < over:
            yield _message(one, content, over)


def _message(delivery: Delivery, content: InApp, over: int | None) -> InAppMessage:
    action = content.action
    return InAppMessage(
        delivery.id,
        delivery.message,
        delivery.category,
        content.title,
        content.text,
        action.label if action is not None else "",
        action.url if action is not None else "",
        to_datetime(delivery.facts["accepted"]),
        None if over is None else to_datetime(over),
        delivery.first("opened") is not None,
    )


def mark_in_app(kit: Kit, profile: str, id: str, what: Seen) -> Flow[None]:
    """Write down what the person did with a message; raises UnknownError where it is none of theirs."""
    now = yield from ask(Now())
    yield from ask(Transact(partial(_mark, kit=kit, key=profile, id=id, what=what, now=now)))


def _mark(session: Session, kit: Kit, key: str, id: str, what: Seen, now: int) -> None:
    _, deliveries = session.deliveries_on(key, "in_app")
    found = next((one for one in deliveries if one.id == id and "accepted" in one.facts), None)
    if found is None:
        raise UnknownError(f"{key!r} has no in-app message {id!r}.", thing=id, mend="Take the id from in_app().")
    # The same id each time: a fact that is told again is known.
    receipts = [Receipt(fact, now, found.key, id="in_app", channel="in_app") for fact in _FACTS[what]]
    merge_now(session, kit, now, receipts)
