"""Whether a person may be written to on a channel: consent and suppression.

Asked twice, of the same functions: when a send is decided, and again when it is marked `sending`.

The rules of consent:

1. Marketing needs one that carries it: given and not too old, or implied by a relation for as long as the law of
   the person's country says. Everything else needs that none was withdrawn.
2. A pending consent carries nothing. A category that ``confirms`` goes to who has one on the channel, and to
   nobody else.
3. What is about to be too old or over is so at its instant, whether or not anybody looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unichannel.core.audience.consent import BASES, Consent, Suppression, held, pending_on
from unichannel.core.audience.profile import Person
from unichannel.core.calendar.span import Span
from unichannel.core.calendar.zone import add
from unichannel.core.policy.compliance.rule import Implied
from unichannel.core.policy.setting import Setting
from unichannel.core.policy.timing import law_of
from unichannel.core.words.category import Category

__all__ = ["CONSENT_CODES", "Refusal", "consent_ends", "consent_refusal", "suppression_refusal"]

CONSENT_CODES = (
    *("opted_out", "denied", "pending_consent", "consent_too_old"),
    *("consent_ended", "not_implied", "no_consent", "nothing_to_confirm"),
)
"""What consent says against a send; of several reasons the first is told."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why consent does not carry a send: a code of ``CONSENT_CODES``, since when, and by which rule."""

    code: str
    since: int | None = None
    rule: str = ""

    def detail(self) -> dict[str, Any]:
        """What a trace keeps of it, beside the code."""
        told = {"rule": self.rule, "since": self.since}
        return {name: value for name, value in told.items() if value}


def consent_refusal(
    consents: Sequence[Consent], channel: str, category: Category, person: Person, setting: Setting, now: int
) -> Refusal | None:
    """What refuses the channel for this category now, None where consent stands."""
    if category.confirms:
        return None if pending_on(consents, channel) else Refusal("nothing_to_confirm")
    standing = held(consents, channel, category.purpose, category.topic or category.name)
    if not category.is_marketing:
        objection = standing.get("objection")
        return _objected(objection) if objection is not None else None
    refusals = []
    for entry in standing.values():
        refused = _refused(entry, channel, person, setting, now)
        if refused is None:
            return None
        refusals.append(refused)
    return min(refusals, key=lambda one: CONSENT_CODES.index(one.code), default=Refusal("no_consent"))


def _refused(entry: Consent, channel: str, person: Person, setting: Setting, now: int) -> Refusal | None:
    """Why one entry does not carry marketing now, None where it does."""
    if entry.status == "given" and now - entry.occurred < setting.fresh_for:
        return None
    if entry.is_objection:
        return _objected(entry)
    if entry.status == "pending":
        return Refusal("pending_consent", entry.occurred)
    if entry.status == "soft_opt_in" and _implied(entry, channel, person, setting) is None:
        return Refusal("not_implied")
    ends, rule = consent_ends(entry, channel, person, setting)
    if ends is None or now < ends:
        return None
    return Refusal("consent_too_old" if entry.status == "given" else "consent_ended", ends, rule)


def _objected(entry: Consent) -> Refusal:
    return Refusal("opted_out" if entry.status == "withdrawn" else "denied", entry.occurred)


def consent_ends(entry: Consent, channel: str, person: Person, setting: Setting) -> tuple[int | None, str]:
    """When an entry that is given or implied ends by itself (None: never), and the rule that says so."""
    if entry.basis in BASES:
        found = _implied(entry, channel, person, setting)
        if found is None or found.lasts is None:
            return None, found.source.id if found is not None else ""
        return _later(entry.occurred, found.lasts, person, setting), found.source.id
    span, rule = _age(person, setting)
    since = max(entry.occurred, person.contact)
    return (None, "") if span is None else (_later(since, span, person, setting), rule)


def _later(instant: int, span: Span, person: Person, setting: Setting) -> int:
    return add(instant, span, person.zone_name(setting.default_zone))


def _age(person: Person, setting: Setting) -> tuple[Span | None, str]:
    rules = setting.consent.renewed_after
    if rules != "law":
        return rules, "renewed_after"
    law = law_of(setting, person)
    if law is None or law.renewed_after is None:
        return None, ""
    return law.renewed_after, law.renewed_source.id if law.renewed_source is not None else law.code


def _implied(entry: Consent, channel: str, person: Person, setting: Setting) -> Implied | None:
    """The rule of the person's country that makes a relation a consent on the channel, None where it has none."""
    law = law_of(setting, person)
    rules = law.implied if law is not None else ()
    return next((one for one in rules if one.basis == entry.basis and channel in one.channels), None)


def suppression_refusal(suppressions: Mapping[str, Suppression], hash: str, category: Category) -> str | None:
    """The code that refuses an address for this category, None where nothing is against it."""
    entry = suppressions.get(hash)
    if entry is None or entry.scope == "none" or (entry.scope == "marketing" and not category.is_marketing):
        return None
    return "dead_address" if entry.reason == "dead" else "suppressed"
