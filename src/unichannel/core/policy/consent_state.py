"""The state of a consent: what the ledger comes to for one channel, purpose and topic at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from unichannel.core.audience.consent import Consent, held
from unichannel.core.audience.profile import Person
from unichannel.core.policy.permission import consent_ends, consent_refusal
from unichannel.core.policy.setting import Setting
from unichannel.core.words.category import Category
from unichannel.core.words.instant import iso

__all__ = ["ConsentState", "state_at"]


@dataclass(frozen=True, slots=True)
class ConsentState:
    """Whether marketing may go at an instant, and why (not).

    ``code`` is "" where it may, else a trace code; ``since`` and ``until`` in microseconds UTC (None: not known, or
    no end); ``rule`` is the law's, as ``why`` names it. ``status`` is that of the entry that decides, "none" for none.
    """

    allowed: bool
    code: str
    status: Literal["given", "withdrawn", "pending", "soft_opt_in", "denied", "none"]
    since: int | None = None
    until: int | None = None
    rule: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "allowed": self.allowed,
            "code": self.code,
            "status": self.status,
            "since": _instant(self.since),
            "until": _instant(self.until),
            "rule": self.rule,
        }


def state_at(
    consents: Sequence[Consent], channel: str, category: Category, person: Person, setting: Setting, at: int
) -> ConsentState:
    """The state at an instant, as far as it was known then: of what was recorded by it."""
    known = [entry for entry in consents if entry.recorded <= at]
    person = replace(person, contact=min(person.contact, at))
    refused = consent_refusal(known, channel, category, person, setting, at)
    standing = held(known, channel, category.purpose, category.topic or category.name)
    if refused is not None:
        entry = next((one for name in _TOLD if (one := standing.get(name)) is not None), None)
        status = entry.status if entry is not None else "none"
        return ConsentState(False, refused.code, status, refused.since, None, refused.rule)
    return _allowed(standing, channel, category, person, setting, at)


_TOLD = ("objection", "pending", "given", "customer", "inquiry")


def _allowed(
    standing: dict[str, Consent], channel: str, category: Category, person: Person, setting: Setting, at: int
) -> ConsentState:
    """What carries it the longest; what is no marketing needs nothing."""
    carrying = []
    for entry in standing.values():
        one = replace(entry, topic="*", purpose="*", channel="*")
        if entry.status != "pending" and consent_refusal([one], channel, category, person, setting, at) is None:
            carrying.append((entry, *consent_ends(entry, channel, person, setting)))
    if not carrying:
        return ConsentState(True, "", "none")
    entry, until, rule = max(carrying, key=lambda one: (one[1] is None, one[1] or 0))
    return ConsentState(True, "", entry.status, entry.occurred, until, rule)


def _instant(value: int | None) -> str | None:
    return None if value is None else iso(value)
