"""Reach at lower cost: a push, and an SMS only where the push did not engage (B7).

Aim: the same people are reached with fewer paid messages.

Figure to watch: SMS sent for each hundred people reached.

Decided: it is one message with two forms, so one ladder. The push engages when it is opened; where
it cannot go at all (no app, no consent), the SMS goes at once, because there is nothing to wait for.
Channels: by value, which is what an answer is worth times how likely the person answers there, less
what it costs; so the push, which is free, until somebody answers SMS so much more that it pays.

``python examples/cheaper_reach.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Category, Journey, Message, Prices, Push, Send, Sms, days, hours
from unichannel.steps import manual
from unichannel.strategies import BestValue

CATEGORIES = [Category("news", purpose="marketing")]
SETTINGS = {
    "prices": Prices({"push": "0 EUR", "sms": {"FR": "0.0745 EUR"}}),
    "strategy": BestValue("0.30 EUR", explore=0),
}

news = Message(
    "news",
    Push("New opening hours", "We are open on Saturdays from now on."),
    Sms("Example Shop: we are open on Saturdays from now on. {{ 'https://example.com/hours' | link }} STOP to end"),
    category="news",
)

journey = Journey(
    "news",
    start=manual(),
    steps=[Send(news, success="opened", fallback_after=hours(24))],
)


def main() -> None:
    """Ada opens the push, Bob does not, Cleo has no app."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES, **SETTINGS)
    people = {"ada": ("+33612345678", "device-1"), "bob": ("+33612345679", "device-2"), "cleo": ("+33612345670", None)}
    for name, (phone, device) in people.items():
        lab.profile(name, phone=phone, push=device, timezone="Europe/Paris")
        lab.enroll(journey, name)
    lab.opens("ada")
    lab.advance(days(2))
    for name in people:
        print(f"{name}:", *(f"{one.subject}: {one}" for one in lab.why(name, journey)), sep="\n  ")


if __name__ == "__main__":
    main()
