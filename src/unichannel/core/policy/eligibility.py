"""Eligibility: whether one message may go to one person on one channel now, later, or not at all.

The rules of an engine are asked in turn; the first that refuses gives the verdict. A host adds its
own as functions of plain values (``Engine(rules={"name": f})``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from unichannel.core.condition.view import Facts
from unichannel.core.messaging.content import WhatsApp
from unichannel.core.messaging.message import Message
from unichannel.core.policy.budget import Account
from unichannel.core.policy.law import law_of
from unichannel.core.policy.mentions import lacks_address
from unichannel.core.policy.permission import Refusal, consent_refusal, suppression_refusal
from unichannel.core.policy.prices import Quote
from unichannel.core.policy.setting import Setting
from unichannel.core.policy.staleness import stale_since
from unichannel.core.policy.timing import Closed, closed
from unichannel.core.words.category import Category
from unichannel.core.words.event import RECEIVED
from unichannel.core.words.ids import fraction
from unichannel.core.words.instant import DAY, MINUTE
from unichannel.core.words.trace import Verdict

__all__ = ["REOPENING", "RULES", "Candidate", "Case", "Rule", "judge"]

REOPENING = 30 * MINUTE
"""Deferred marketing is spread over the first minutes of a window, so that it does not pile up."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be decided: one message to one person, ``now``, worth sending until ``expires`` (microseconds UTC)."""

    message: Message
    category: Category
    facts: Facts
    setting: Setting
    now: int
    expires: int


Rule: TypeAlias = Callable[[str, Case], Verdict | None]
"""Refuses a channel with a verdict, or has nothing against it."""


@dataclass(slots=True)
class Candidate:
    """A channel that was judged.

    ``addresses`` are the (address, hash) pairs it may go to; ``until`` is set where it has to
    to wait; both empty where it is refused. ``moves_on`` says that the next channel may be tried before
    it waits. ``verdict`` says which rule spoke. ``quotes`` are what each address costs, where prices are
    known, ``accounts`` the budgets that are charged.
    """

    verdict: Verdict
    addresses: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    until: int | None = None
    moves_on: bool = False
    quotes: tuple[Quote, ...] = ()
    accounts: tuple[Account, ...] = ()

    @property
    def is_ready(self) -> bool:
        return bool(self.addresses) and self.until is None

    @property
    def cost(self) -> int | None:
        """Millionths for all of its addresses, None where that is not known."""
        known = [quote.micros for quote in self.quotes if quote.micros is not None]
        return sum(known) if known and len(known) == len(self.quotes) else None


def able(channel: str, case: Case) -> Verdict | None:
    """There is something to say on the channel, somebody who carries it, and where to."""
    setting, content = case.setting, case.message.content(channel)
    if content is None:
        return Verdict(channel, "no_content")
    if channel not in setting.reports:
        return Verdict(channel, "no_route")
    if setting.lacks(channel, content):
        return Verdict(channel, "not_taken")
    if isinstance(content, WhatsApp) and content.is_free and not _is_talking(case.facts, case.now):
        return Verdict(channel, "no_conversation")
    kind = setting.channels[channel].address if channel in setting.channels else channel
    return None if case.facts.person.reached_at(kind) else Verdict(channel, "no_address")


def allowed(channel: str, case: Case) -> Verdict | None:
    """The person's consent."""
    facts, category = case.facts, case.category
    refused = consent_refusal(facts.consents, channel, category, facts.person, case.setting, case.now)
    if refused is None:
        return None
    asking = _asking(case) if refused.code == "no_consent" else {}
    return Verdict(channel, refused.code, {"purpose": category.purpose, **refused.detail(), **asking})


def agreed(channel: str, case: Case) -> Verdict | None:
    """The host's own rules: plain values in, whether it is refused out."""
    for name, rule in case.setting.rules.items():
        if rule(channel, _plain(case)):
            return Verdict(channel, "rule", {"rule": name})
    return None


def met(channel: str, case: Case) -> Verdict | None:
    """A prospect has been in touch before marketing comes to their phone."""
    first, person = case.setting.first_contact, case.facts.person
    if first is None or channel not in first.channels or not (case.category.is_marketing and person.is_prospect):
        return None
    return Verdict(channel, "prospect", {"rule": first.source.id})


def identified(channel: str, case: Case) -> Verdict | None:
    """Marketing says where it comes from, where the law asks for that."""
    asking = lacks_address(case.setting, channel, case.category, case.facts.person)
    return Verdict(channel, "no_sender_address", {"rule": asking.id}) if asking is not None else None


RULES: tuple[Rule, ...] = (able, allowed, met, identified, agreed)
"""What is asked before the addresses are looked at, in turn."""


def judge(channel: str, case: Case) -> Candidate:
    """Judge one channel: the rules, then its addresses, then the hour."""
    for rule in RULES:
        verdict = rule(channel, case)
        if verdict is not None:
            return Candidate(verdict)
    addresses, refused = _addresses(channel, case)
    if refused is not None:
        return Candidate(Verdict(channel, refused.code, refused.detail()))
    hours = closed(case.setting, channel, case.category, case.facts.person, case.now)
    if hours is None:
        return Candidate(Verdict(channel, "reserved"), addresses)
    return _deferred(channel, case, addresses, hours)


def _asking(case: Case) -> dict[str, str]:
    """The rule of the law that asks for consent where the person is, as far as there is one."""
    law = law_of(case.setting, case.facts.person)
    return {"rule": law.consent.id} if law is not None and law.consent is not None else {}


def _plain(case: Case) -> Mapping[str, Any]:
    """What a host's rule is told: no addresses."""
    person, category = case.facts.person, case.category
    return {
        "message": case.message.name,
        "category": category.name,
        "purpose": category.purpose,
        "urgency": category.urgency,
        "attributes": dict(person.attributes),
        "tags": list(person.tags),
        "lists": list(person.lists),
        "locale": person.locale,
        "timezone": person.timezone,
    }


def _is_talking(facts: Facts, now: int) -> bool:
    """Whether the person wrote to us by WhatsApp within the last day."""
    return any(
        event.name == RECEIVED and event.properties.get("channel") == "whatsapp" and now - DAY < event.occurred
        for event in facts.events
    )


def _addresses(channel: str, case: Case) -> tuple[tuple[tuple[str, str], ...], Refusal | None]:
    """The addresses to write to: the first that may be, or all on a channel of several devices.

    With none left, what refused the last.
    """
    known = case.setting.channels[channel]
    allowed = []
    refused: Refusal | None = Refusal("no_address")
    for address in case.facts.person.reached_at(known.address):
        hashed = case.setting.hash_at(channel, address)
        refused = _refused(channel, case, address, hashed)
        if refused is None:
            allowed.append((address, hashed))
            if not known.every_address:
                break
    return tuple(allowed), None if allowed else refused


def _refused(channel: str, case: Case, address: str, hashed: str) -> Refusal | None:
    """What is against an address: that it opted out, is dead, or went too long without a sign."""
    code = suppression_refusal(case.facts.suppressions, hashed, case.category)
    if code is not None:
        return Refusal(code)
    since = stale_since(case.setting, channel, address, case.category, case.facts.person, case.now)
    return Refusal("stale_address", since) if since else None


def _deferred(channel: str, case: Case, addresses: tuple[tuple[str, str], ...], hours: Closed) -> Candidate:
    opening = hours.until
    why: dict[str, Any] = {"rule": hours.rule, "zone": hours.zones_known, "country": hours.country_known}
    why |= {"holiday": True} if hours.holiday else {}
    if opening is None:
        return Candidate(Verdict(channel, "never_open", why))
    if case.category.when_closed == "drop":
        return Candidate(Verdict(channel, "closed", {"until": opening, **why}))
    if opening >= case.expires:
        return Candidate(Verdict(channel, "ttl_before_window", {"until": opening, "expires": case.expires, **why}))
    spread = round(fraction("reopening", case.facts.person.id) * REOPENING) if case.category.is_marketing else 0
    until = min(opening + spread, case.expires - 1)
    moves_on = case.category.when_closed == "next_channel"
    return Candidate(Verdict(channel, "window", {"until": until, **why}), addresses, until, moves_on)
