"""Welcome: an e-mail at once, a discount by SMS an hour later (B1).

Aim: somebody who has just signed up comes back the same day.

Figure to watch: the share of runs that end as converted, by a first order, and how many of those
came after the SMS.

Decided: the e-mail is a service message; the SMS sells, so it needs a marketing consent and waits
for the morning where its hour falls in the night. The code is one for all. Who has ordered by then
gets no code. Channels: each kind of message has its usual one, e-mail for the account and SMS for
coupons; who asked for coupons by e-mail, or cannot get an SMS, gets the code by e-mail.

``python examples/welcome.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Category, Email, Journey, Message, Send, Sms, Wait, hours, on, start

CATEGORIES = [
    Category("account", purpose="transactional", channel="email"),
    Category("coupons", purpose="marketing", channel="sms", strategy="ordered"),
]

welcome = Message(
    "welcome",
    Email(
        "Welcome, {{ profile.first_name | default: 'and good to meet you' }}",
        text="Your account is ready: {{ 'https://shop.example.com' | link }}",
        html='<p>Your account is ready: <a href="https://shop.example.com">to the shop</a></p>',
    ),
    category="account",
)
first_order = Message(
    "first-order",
    Sms("Example Shop: 10 % off your first order with HELLO10. {{ 'https://shop.example.com' | link }} STOP to end"),
    Email("10 % off your first order", text="Your code is HELLO10: {{ 'https://shop.example.com' | link }}"),
    category="coupons",
)

journey = Journey(
    "welcome",
    start=on("signed_up"),
    goal=on("order.paid"),
    steps=[Send(welcome, via="email"), Wait(until=start + hours(1)), Send(first_order)],
)


def main() -> None:
    """Ada only signs up; Bob orders within the hour."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(journey)
    for name, phone in (("ada", "+33612345678"), ("bob", "+33612345679")):
        lab.profile(name, email=f"{name}@example.com", phone=phone, timezone="Europe/Paris", first_name=name.title())
        lab.track(name, "signed_up")
    lab.track("bob", "order.paid")
    lab.advance(hours(2))
    for name in ("ada", "bob"):
        print(f"{name}:", *lab.timeline(name), sep="\n  ")


if __name__ == "__main__":
    main()
