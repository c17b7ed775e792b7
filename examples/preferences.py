"""Preferences: the newsletter by e-mail, coupons by SMS, updates by push, each confirmed and proved (G1, G3).

Aim: Everybody hears what they asked for, where they asked for it, and nobody hears anything else.

Figure to watch: the share of pending consents that are confirmed within a week, and opt-outs of each topic.

Decided: a consent is for one topic on one channel. E-mail and SMS are confirmed by the person (double opt-in): by a
button behind a link, since scanners follow links, or by an answer. A push token is the person's own doing already.
Taking back one topic leaves the others.

``python examples/preferences.py`` plays it in virtual time.
"""

from __future__ import annotations

import re
from typing import Any

from unichannel import Category, Email, Journey, Message, Push, Send, Sms, Tracking, days, hours, on
from unichannel.consents import consent, pending, withdrawal

CATEGORIES = [Category(name, topic=name) for name in ("newsletter", "coupons", "updates")]
CONFIRM = "{{ 'unichannel:confirm' | link }}"

please_confirm = Message(
    "please-confirm",
    Email("Please confirm", text=f"You asked for our newsletter: {CONFIRM}", html=f'<a href="{CONFIRM}">Confirm</a>'),
    Sms("Example: you asked for our coupons. Answer YES to get them."),
    category="confirmation",
)


def double_opt_in(channel: str) -> Journey:
    """Asks on the channel itself: who answers there, has the address."""
    here = {"channel": channel}
    return Journey(
        f"double-opt-in-{channel}",
        start=on("consent.pending", where=here),
        goal=on("consent.confirmed", where=here),
        exits=on("consent.denied", where=here),
        re_entry="after_end",
        steps=[Send(please_confirm, via=channel)],
    )


def about(topic: str) -> Message:
    """The same offer on every channel: consent decides which one it is."""
    return Message(topic, Email(topic.title(), text="…"), Sms(f"Example: {topic}"), Push(topic, "…"), category=topic)


publish = [
    Journey(topic, start=on(f"{topic}.published"), re_entry="after_end", steps=[Send(about(topic))])
    for topic in ("newsletter", "coupons", "updates")
]
journeys = [double_opt_in("email"), double_opt_in("sms"), *publish]


def main() -> None:
    """Ada asks for three things, confirms two of them, and takes one back."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES, tracking=Tracking("https://example.com/u", keys=["k" * 32]))
    lab.add(*journeys)
    how = {"source": "sign-up form", "wording": "Send me what I ticked.", "version": "2030-01", "language": "en"}
    asked = (
        *pending("email", topic="newsletter", **how),
        *pending("sms", topic="coupons", **how),
        *consent("push", topic="updates", **how),
    )
    lab.profile("ada", email="ada@example.com", phone="+33612345678", push="device", consents=asked)
    lab.advance(hours(1))
    press(lab, "ada")
    answer(lab, "+33612345678", "OUI")
    for topic in ("newsletter", "coupons", "updates"):
        lab.track("ada", f"{topic}.published")
    lab.advance(days(1))
    lab.engine.record_consents("ada", *withdrawal("sms", topic="coupons", source="preference page"))
    for topic in ("newsletter", "coupons", "updates"):
        lab.track("ada", f"{topic}.published")
    lab.advance(days(3))
    print(*lab.messages_sent("ada"), sep="\n")
    for entry in lab.engine.prove("ada", "sms", topic="coupons").as_json()["entries"]:
        print(entry["occurred"], entry["status"], "·", entry["source"], "·", entry["seal"]["verdict"])


def press(lab: Any, person: str) -> None:
    """The person follows the link and presses the button."""
    from unichannel.ports import Request

    mail = next(one for one in lab.sent(person) if one.channel == "email")
    (url,) = set(re.findall(r"https://example\.com/u/y[\w-]+", mail.content.text))
    lab.engine.receive("tracking", Request("POST", url, {}, b"answer=yes"))


def answer(lab: Any, number: str, text: str) -> None:
    """The person answers by SMS."""
    import json

    from unichannel.ports import Request

    told = [{"kind": "inbound", "channel": "sms", "address": number, "text": text, "id": "in-1"}]
    lab.engine.receive(lab.transport.name, Request("POST", "https://example.com", {}, json.dumps(told).encode()))
    lab.run_due()


if __name__ == "__main__":
    main()
