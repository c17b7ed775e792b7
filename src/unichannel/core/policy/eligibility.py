"""Eligibility: whether one message may go to one person on one channel now, later, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from unichannel.core.condition.view import Facts
from unichannel.core.messaging.content import WhatsApp
from unichannel.core.messaging.message import Message
from unichannel.core.policy.budget import Account
from unichannel.core.policy.permission import consent_refusal, suppression_refusal
from unichannel.core.policy.prices import Quote
from unichannel.core.policy.setting import Setting
from unichannel.core.policy.timing import Closed, closed
from unichannel.core.words.category import Category
from unichannel.core.words.event import RECEIVED
from unichannel.core.words.ids import address_hash, fraction
from unichannel.core.words.instant import DAY, MINUTE
from unichannel.core.words.trace import Verdict

__all__ = ["REOPENING", "Candidate", "judge"]

REOPENING = 30 * MINUTE
"""Deferred marketing is spread over the first minutes of a window, so that it does not pile up."""


@dataclass(slots=True)
class Candidate:
    """A channel that was judged.

    ``addresses`` are the (address, hash) pairs it may go to; ``until`` is set where it has to
    to wait; both empty where it is refused. ``moves_on`` says that the next channel may be tried before
    it waits. ``verdict`` says which rule spoke. ``quotes`` are what each address costs, where prices are
    known, ``accounts`` the budgets that are charged.
    """

    verdict: Verdict
    addresses: tuple[tuple[str, str], ...] = ()
    until: int | None = None
    moves_on: bool = False
    quotes: tuple[Quote, ...] = ()
    accounts: tuple[Account, ...] = ()

    @property
    def is_ready(self) -> bool:
        return bool(self.addresses) and self.until is None


def judge(
    channel: str, message: Message, category: Category, facts: Facts, setting: Setting, *, now: int, expires: int
) -> Candidate:
    """Judge one channel; the first rule that refuses gives the verdict."""
    refused = _unable(channel, message, facts, setting, now)
    if refused:
        return Candidate(Verdict(channel, refused))
    refused = consent_refusal(facts.consents, channel, category)
    if refused:
        return Candidate(Verdict(channel, refused, {"purpose": category.purpose}))
    addresses, refused = _addresses(channel, category, facts, setting)
    if refused:
        return Candidate(Verdict(channel, refused))
    hours = closed(setting, channel, category, facts.person, now)
    if hours is None:
        return Candidate(Verdict(channel, "reserved"), addresses)
    return _deferred(channel, category, facts, addresses, hours, expires)


def _unable(channel: str, message: Message, facts: Facts, setting: Setting, now: int) -> str | None:
    content = message.content(channel)
    if content is None:
        return "no_content"
    if channel not in setting.reports:
        return "no_route"
    if setting.lacks(channel, content):
        return "not_taken"
    if isinstance(content, WhatsApp) and content.is_free and not _is_talking(facts, now):
        return "no_conversation"
    kind = setting.channels[channel].address if channel in setting.channels else channel
    return None if facts.person.reached_at(kind) else "no_address"


def _is_talking(facts: Facts, now: int) -> bool:
    """Whether the person wrote to us by WhatsApp within the last day."""
    return any(
        event.name == RECEIVED and event.properties.get("channel") == "whatsapp" and now - DAY < event.occurred
        for event in facts.events
    )


def _addresses(
    channel: str, category: Category, facts: Facts, setting: Setting
) -> tuple[tuple[tuple[str, str], ...], str | None]:
    """The addresses to write to: the first that may be, or all on a channel of several devices.

    With none left, the code that refused the last.
    """
    known = setting.channels[channel]
    allowed = []
    refused: str | None = "no_address"
    for address in facts.person.reached_at(known.address):
        hashed = address_hash(setting.identity, known.family, address)
        refused = suppression_refusal(facts.suppressions, hashed, category)
        if refused is None:
            allowed.append((address, hashed))
            if not known.every_address:
                break
    return tuple(allowed), None if allowed else refused


def _deferred(
    channel: str,
    category: Category,
    facts: Facts,
    addresses: tuple[tuple[str, str], ...],
    hours: Closed,
    expires: int,
) -> Candidate:
    opening, why = hours.until, {"rule": hours.rule, "zone": hours.zones_known, "country": hours.country_known}
    if opening is None:
        return Candidate(Verdict(channel, "never_open", why))
    if opening >= expires:
        return Candidate(Verdict(channel, "ttl_before_window", {"until": opening, "expires": expires, **why}))
    spread = round(fraction("reopening", facts.person.id) * REOPENING) if category.is_marketing else 0
    until = min(opening + spread, expires - 1)
    return Candidate(Verdict(channel, "window", {"until": until, **why}), addresses, until)
