"""Whether a person may be written to on a channel: consent and suppression.

Asked twice, of the same functions: when a send is decided, and again when it is marked `sending`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from unichannel.core.audience.consent import Consent, Suppression, standing
from unichannel.core.words.category import Category

__all__ = ["consent_refusal", "suppression_refusal"]


def consent_refusal(consents: Iterable[Consent], channel: str, category: Category) -> str | None:
    """The code that refuses the channel for this category, None where consent stands.

    Marketing needs a consent that is given; the rest needs that none was withdrawn.
    """
    entry = standing(consents, channel, category.purpose, category.topic or category.name)
    if entry is None:
        return "no_consent" if category.is_marketing else None
    return "opted_out" if entry.status == "withdrawn" else None


def suppression_refusal(suppressions: Mapping[str, Suppression], hash: str, category: Category) -> str | None:
    """The code that refuses an address for this category, None where nothing is against it."""
    entry = suppressions.get(hash)
    if entry is None or entry.scope == "none" or (entry.scope == "marketing" and not category.is_marketing):
        return None
    return "dead_address" if entry.reason == "dead" else "suppressed"
