"""Limited offer: an e-mail campaign, an SMS before the end to those who have not bought (B9).

Aim: people who want the offer buy it before it ends.

Figure to watch: the share of runs that end as converted, before and after the SMS.

Decided: the SMS goes six hours before the end, or half an hour before the night where the offer
ends before the next morning. Nothing goes out at or after the end, however late the engine is;
the end is part of what the list is enrolled with, and may differ from person to person. Without an
offset it is local time, so the offer ends at that hour wherever somebody lives. Channels: the offer
by e-mail and the last call, which is urgent, by SMS; who asked for offers on one of them gets both
there, and who cannot be reached by one is reached by the other.

``python examples/limited_offer.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Category, Email, Journey, Message, Send, Sms, Wait, days, hours, on
from unichannel.conditions import data_date
from unichannel.steps import manual

CATEGORIES = [
    Category("offers", purpose="marketing", topic="offers", channel="email", strategy="ordered"),
    Category("last-calls", purpose="marketing", topic="offers", channel="sms", strategy="ordered"),
]
OFFER = "https://shop.example.com/{{ data.offer }}"

offer = Message(
    "offer",
    Email(
        "Yours until {{ data.ends_at | date: '%e %B, %H:%M' }}",
        text=f"20 % off everything for the garden: {OFFER}",
        html=f'<p>20 % off everything for the garden: <a href="{OFFER}">to the offer</a></p>',
    ),
    Sms(f"Example Shop: 20 % off everything for the garden: {OFFER} STOP to end"),
    category="offers",
)
last_call = Message(
    "last-call",
    Sms(f"Example Shop: 20 % off until {{{{ data.ends_at | date: '%H:%M' }}}}: {OFFER} STOP to end"),
    Email("20 % off until {{ data.ends_at | date: '%H:%M' }}", text=f"It ends today: {OFFER}"),
    category="last-calls",
)

journey = Journey(
    "limited-offer",
    start=manual(entity="offer"),
    goal=on("order.paid"),
    steps=[
        Send(offer, before=data_date("ends_at")),
        Wait(until=data_date("ends_at") - hours(6), before=data_date("ends_at")),
        Send(last_call, before=data_date("ends_at")),
    ],
)


def main() -> None:
    """Ada buys, Bob does not."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    for name, phone in (("ada", "+33612345678"), ("bob", "+33612345679")):
        lab.profile(name, email=f"{name}@example.com", phone=phone, timezone="Europe/Paris")
        lab.enroll(journey, name, {"offer": "spring", "ends_at": "2030-01-11T20:00"}, key=f"spring-{name}")
    lab.advance(days(1))
    lab.track("ada", "order.paid", {"offer": "spring"})
    lab.advance(days(4))
    for name in ("ada", "bob"):
        print(f"{name}:", *lab.timeline(name), sep="\n  ")


if __name__ == "__main__":
    main()
