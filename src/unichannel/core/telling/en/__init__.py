"""English, as data. Dates and times as CLDR has them: 7 Jan, 10:02; in the United States Jan 7, 10:02 AM."""

from __future__ import annotations

from dataclasses import replace

from unichannel.core.telling.en.choosing import CHOOSING
from unichannel.core.telling.en.consents import CONSENTS
from unichannel.core.telling.en.facts import FACTS, REASONS
from unichannel.core.telling.en.ladders import LADDERS
from unichannel.core.telling.en.limits import LIMITS
from unichannel.core.telling.en.runs import RUNS
from unichannel.core.telling.en.sends import SENDS
from unichannel.core.telling.en.steps import STEPS
from unichannel.core.telling.language import Language

__all__ = ["AMERICAN", "ENGLISH"]

ENGLISH = Language(
    tag="en",
    codes={**SENDS, **CONSENTS, **LIMITS, **CHOOSING, **LADDERS, **RUNS, **STEPS},
    facts=FACTS,
    reasons=REASONS,
    channels={
        "email": "email",
        "sms": "SMS",
        "mms": "MMS",
        "rcs": "RCS",
        "whatsapp": "WhatsApp",
        "push": "push",
        "web_push": "web push",
        "voice": "voice call",
        "chat": "chat",
        "in_app": "in-app message",
        "*": "any channel",
    },
    terms={
        "accepted": "accepted",
        "delivered": "delivered",
        "opened": "opened",
        "clicked": "clicked",
        "replied": "answered",
        "converted": "followed by a conversion",
        "complained": "complained about",
        "unsubscribed": "unsubscribed from",
        "email": "email address",
        "phone": "phone number",
        "push": "device",
        "web_push": "browser",
        "chat": "chat account",
        "in_app": "app",
        "profile": "profile",
        "marketing": "marketing",
        "transactional": "service messages",
        "of_marketing": "marketing",
        "of_transactional": "service",
        "*": "everything",
        "otherwise": "otherwise",
    },
    frames={
        "because": "{head}, because {causes}",
        "more": "; ",
        "by": "{message} by {channel}",
        "fate": "It {facts}.",
        "path": "On the way: {path}.",
        "why": "{head}: {rest}",
        "and": " and ",
        "then": ", then ",
    },
    moments={
        "at": ("at {time}", "on {day} at {time}"),
        "of": ("of {time}", "of {day}, {time},"),
        "until": ("until {time}", "until {day}, {time}"),
        "since": ("since {time}", "since {day}, {time}"),
    },
    units={
        "month": ("month", "months"),
        "week": ("week", "weeks"),
        "day": ("day", "days"),
        "hour": ("h", "h"),
        "minute": ("min", "min"),
        "second": ("s", "s"),
        "message": ("message", "messages"),
        "try": ("try", "tries"),
    },
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"),
    money={"EUR": "{amount} €", "GBP": "£{amount}", "USD": "${amount}", "": "{amount} {currency}"},
)

AMERICAN = replace(ENGLISH, tag="en-US", day="{month} {day}", year="{month} {day}, {year}", is_clock_of_12=True)
