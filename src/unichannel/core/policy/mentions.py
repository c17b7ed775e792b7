"""Mentions: what the law where somebody is has a marketing message say, from what the host said of itself."""

from __future__ import annotations

from typing import Any

from unichannel.core.audience.country import country_of
from unichannel.core.audience.profile import Person
from unichannel.core.messaging.mention import MENTION
from unichannel.core.policy.compliance.rule import Asks, Country, Source
from unichannel.core.policy.compliance.wording import unsubscribe, way_out
from unichannel.core.policy.law import law_of
from unichannel.core.policy.setting import Setting
from unichannel.core.words.category import Category

__all__ = ["asked_of", "lacks_address", "mentions"]


def asked_of(law: Country, channel: str) -> dict[Asks, Source]:
    """What marketing on a channel has to say there, and which rule asks for it."""
    return {what: one.source for one in law.mentions if channel in one.channels for what in one.asks}


def mentions(setting: Setting, channel: str, category: Category, person: Person) -> dict[str, Any]:
    """The mentions of a message, as they are kept with its delivery; empty where none are due."""
    law = law_of(setting, person) if category.says_mentions else None
    asked = asked_of(law, channel) if law is not None else {}
    if law is None or not asked:
        return {}
    sender = setting.sender
    told: dict[str, Any] = {}
    if sender is not None and "sender" in asked:
        told["sender"] = sender.name
    if "way_out" in asked and channel == "email":
        told |= {"unsubscribe": unsubscribe(person.locale, law.language)} if category.is_marketing else {}
    elif "way_out" in asked:
        country = country_of(person, setting.default_country)[0].partition("-")[0]
        number = sender.stop.get(country, "") if sender is not None else ""
        told["way_out"] = way_out(person.locale, law.language, number)
    if sender is not None and "address" in asked:
        told["foot"] = [line for line in (sender.name, sender.address, sender.contact) if line]
    return {MENTION: told} if told else {}


def lacks_address(setting: Setting, channel: str, category: Category, person: Person) -> Source | None:
    """The rule that asks for the sender's postal address, where the host gave none."""
    if setting.sender is not None and setting.sender.address:
        return None
    law = law_of(setting, person) if category.says_mentions else None
    return asked_of(law, channel).get("address") if law is not None else None
