"""Abandoned cart: a push or an e-mail after 2 hours, an SMS with a small discount after 24 (B5).

Aim: somebody who left a cart comes back for it.

Figure to watch: the share of runs that end as converted, with the push alone and after the SMS,
and what the discount cost.

Decided: a cart is abandoned when it was changed last, so both times count from there and a change
starts the clock anew. A reaction is a purchase, which ends the run, or engagement with the first
message. Each cart is reminded of once. The code is one for all. Channels: the reminder is a push for
who has the app, else an e-mail, unless the person asked for the other or has answered it more; nobody
gets both. The discount is by SMS, as coupons are.

``python examples/abandoned_cart.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Branch, Category, Email, Journey, Message, Push, Send, Sms, Wait, days, engaged, hours, on, when
from unichannel.conditions import silent

CATEGORIES = [Category("carts", purpose="marketing", channel="push"), Category("coupons", purpose="marketing")]
CART = "https://shop.example.com/cart/{{ data.cart }}"

cart_left = Message(
    "cart-left",
    Push("Your cart is still there", "Go on where you left off."),
    Email(
        "Your cart is still there",
        text=f"Go on where you left off: {CART}",
        html=f'<p><a href="{CART}">Go on where you left off</a></p>',
    ),
    category="carts",
)
cart_discount = Message(
    "cart-discount", Sms(f"Example Shop: 5 % off your cart with BACK5: {CART} STOP to end"), category="coupons"
)


journey = Journey(
    "abandoned-cart",
    start=on("cart.updated", entity="cart"),
    goal=on("order.paid"),
    steps=[
        Wait(until=silent("cart.updated", for_=hours(2))),
        Send(cart_left),
        Wait(until=silent("cart.updated", for_=hours(24))),
        Branch(when(~engaged(of="cart-left"), Send(cart_discount, via="sms"))),
    ],
)


def main() -> None:
    """Ada uses the app and buys one of two carts; Bob does not use it."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(journey)
    lab.profile("ada", phone="+33612345678", push="device-1", timezone="Europe/Paris")
    lab.profile("bob", email="bob@example.com", phone="+33612345679", timezone="Europe/Paris")
    for name, cart in (("ada", "c1"), ("ada", "c2"), ("bob", "c3")):
        lab.track(name, "cart.updated", {"cart": cart})
    lab.advance(hours(5))
    lab.track("ada", "order.paid", {"cart": "c1"})
    lab.advance(days(2))
    for name in ("ada", "bob"):
        print(f"{name}:", *lab.timeline(name), sep="\n  ")


if __name__ == "__main__":
    main()
