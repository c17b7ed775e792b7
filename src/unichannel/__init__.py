"""unichannel: customer journeys across every channel as one adaptive conversation, inside your application.

Nothing is imported until it is used: ``import unichannel`` is cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unichannel._lazy import lazy

if TYPE_CHECKING:
    from unichannel.conditions import clicked, engaged, on, opened, replied, start
    from unichannel.core.audience.consent import consent, withdrawal
    from unichannel.core.audience.profile import Profile
    from unichannel.core.calendar.business import BusinessHours
    from unichannel.core.calendar.span import days, hours, minutes, months, seconds, weeks, years
    from unichannel.core.calendar.window import Window
    from unichannel.core.journey.form.published import json_schema
    from unichannel.core.journey.language.action import Call, Emit, StartJourney, Update
    from unichannel.core.journey.language.choice import Branch, Split, variant, when
    from unichannel.core.journey.language.journey import Handler, Journey
    from unichannel.core.journey.language.repeat import Digest, Repeat
    from unichannel.core.journey.language.step import Exit, Send, Wait
    from unichannel.core.journey.migration import Migration
    from unichannel.core.journey.picture.difference import diff
    from unichannel.core.messaging.content import Email, Push, Sms
    from unichannel.core.messaging.message import Message
    from unichannel.core.policy.budget import Budget
    from unichannel.core.policy.frequency import Cap, Gap
    from unichannel.core.policy.prices import Prices
    from unichannel.core.words.category import Category
    from unichannel.core.words.money import Money
    from unichannel.engine.acting import acting
    from unichannel.engine.async_ import AsyncEngine
    from unichannel.engine.building import Rate, Route
    from unichannel.engine.functions import Batch
    from unichannel.engine.sync import Engine
    from unichannel.files import load
    from unichannel.flows.purging import Retention
    from unichannel.ports import Answer, Request
    from unichannel.providers.tracking import Tracking
    from unichannel.providers.twilio import Twilio
    from unichannel.stores.memory import MemoryStore
    from unichannel.stores.sql import SqlStore
    from unichannel.transports.apprise import Apprise
    from unichannel.transports.console import Console
    from unichannel.transports.feed import Feed
    from unichannel.transports.smtp import Smtp

_WHERE = {
    "Answer": "unichannel.ports",
    "Apprise": "unichannel.transports.apprise",
    "AsyncEngine": "unichannel.engine.async_",
    "Batch": "unichannel.engine.functions",
    "Branch": "unichannel.core.journey.language.choice",
    "Budget": "unichannel.core.policy.budget",
    "BusinessHours": "unichannel.core.calendar.business",
    "Call": "unichannel.core.journey.language.action",
    "Cap": "unichannel.core.policy.frequency",
    "Category": "unichannel.core.words.category",
    "Console": "unichannel.transports.console",
    "Digest": "unichannel.core.journey.language.repeat",
    "Email": "unichannel.core.messaging.content",
    "Emit": "unichannel.core.journey.language.action",
    "Engine": "unichannel.engine.sync",
    "Exit": "unichannel.core.journey.language.step",
    "Gap": "unichannel.core.policy.frequency",
    "Feed": "unichannel.transports.feed",
    "Handler": "unichannel.core.journey.language.journey",
    "Journey": "unichannel.core.journey.language.journey",
    "Migration": "unichannel.core.journey.migration",
    "MemoryStore": "unichannel.stores.memory",
    "Message": "unichannel.core.messaging.message",
    "Money": "unichannel.core.words.money",
    "Prices": "unichannel.core.policy.prices",
    "Profile": "unichannel.core.audience.profile",
    "Push": "unichannel.core.messaging.content",
    "Rate": "unichannel.engine.building",
    "Repeat": "unichannel.core.journey.language.repeat",
    "Request": "unichannel.ports",
    "Retention": "unichannel.flows.purging",
    "Route": "unichannel.engine.building",
    "Send": "unichannel.core.journey.language.step",
    "Sms": "unichannel.core.messaging.content",
    "Smtp": "unichannel.transports.smtp",
    "Split": "unichannel.core.journey.language.choice",
    "SqlStore": "unichannel.stores.sql",
    "StartJourney": "unichannel.core.journey.language.action",
    "Tracking": "unichannel.providers.tracking",
    "Twilio": "unichannel.providers.twilio",
    "Update": "unichannel.core.journey.language.action",
    "Wait": "unichannel.core.journey.language.step",
    "Window": "unichannel.core.calendar.window",
    "acting": "unichannel.engine.acting",
    "clicked": "unichannel.conditions",
    "consent": "unichannel.core.audience.consent",
    "days": "unichannel.core.calendar.span",
    "diff": "unichannel.core.journey.picture.difference",
    "engaged": "unichannel.conditions",
    "hours": "unichannel.core.calendar.span",
    "json_schema": "unichannel.core.journey.form.published",
    "load": "unichannel.files",
    "minutes": "unichannel.core.calendar.span",
    "months": "unichannel.core.calendar.span",
    "on": "unichannel.conditions",
    "opened": "unichannel.conditions",
    "replied": "unichannel.conditions",
    "seconds": "unichannel.core.calendar.span",
    "start": "unichannel.conditions",
    "variant": "unichannel.core.journey.language.choice",
    "weeks": "unichannel.core.calendar.span",
    "when": "unichannel.core.journey.language.choice",
    "withdrawal": "unichannel.core.audience.consent",
    "years": "unichannel.core.calendar.span",
}

__version__ = "0.1.0.dev0"

__all__ = [
    "Answer",
    "Apprise",
    "AsyncEngine",
    "Batch",
    "Branch",
    "Budget",
    "BusinessHours",
    "Call",
    "Cap",
    "Category",
    "Console",
    "Digest",
    "Email",
    "Emit",
    "Engine",
    "Exit",
    "Feed",
    "Gap",
    "Handler",
    "Journey",
    "MemoryStore",
    "Message",
    "Migration",
    "Money",
    "Prices",
    "Profile",
    "Push",
    "Rate",
    "Repeat",
    "Request",
    "Retention",
    "Route",
    "Send",
    "Sms",
    "Smtp",
    "Split",
    "SqlStore",
    "StartJourney",
    "Tracking",
    "Twilio",
    "Update",
    "Wait",
    "Window",
    "acting",
    "clicked",
    "consent",
    "days",
    "diff",
    "engaged",
    "hours",
    "json_schema",
    "load",
    "minutes",
    "months",
    "on",
    "opened",
    "replied",
    "seconds",
    "start",
    "variant",
    "weeks",
    "when",
    "withdrawal",
    "years",
]


def __getattr__(name: str) -> Any:
    return lazy(__name__, _WHERE, name)


def __dir__() -> list[str]:
    return sorted(__all__)
