"""Driven by API: alerts, restock, cart, told by the application itself (D6).

Aim: what the application knows reaches the person at once, without a campaign around it.

Figure to watch: seconds from the call to the acceptance of an alert; orders within a day of a
restock message.

Decided: an alert is urgent, decided and sent in the call itself, at night too, and dropped after
half an hour. A restock message goes to those who asked for that product, each product once, and to
nobody whose wish is older than three months; for a profile of your choice, ``send`` it. A ``key=``
makes a ``send`` once, however often the application repeats it.

``python examples/by_api.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import (
    Category,
    Email,
    Engine,
    Exit,
    Journey,
    Message,
    Push,
    Send,
    Sms,
    Wait,
    days,
    months,
    on,
)

CATEGORIES = [
    Category("security", purpose="transactional", urgency="urgent"),
    Category("restock", purpose="transactional", quiet_hours=True),  # asked for, product by product
    Category("carts", purpose="marketing"),
]

alert = Message(
    "alert",
    Push("New sign-in", "From {{ data.place }}. Was it you?"),
    Sms("Example: new sign-in from {{ data.place }}. Not you? {{ 'https://example.com/lock' | link }}"),
    category="security",
)
restocked = Message(
    "restocked", Sms("Example Shop: {{ data.name }} is back: {{ data.url | link }}"), category="restock"
)
cart = Message("cart", Email("Your cart is still there", text="{{ data.url | link }}"), category="carts")

journey = Journey(
    "restock",
    start=on("restock.wanted", entity="product"),
    goal=on("order.paid"),
    re_entry="after_end",
    steps=[
        Wait(until=on("product.restocked"), timeout=months(3), on_timeout=[Exit("not restocked in time")]),
        Send(restocked, via="sms"),
    ],
)


def warn(engine: Engine, profile: str, place: str) -> str:
    """Warn somebody now, by push, and by SMS where that cannot go or is not opened; what became of it so far."""
    handle = engine.send(profile, alert, via=["push", "sms"], data={"place": place}, at_once=True)
    return ", ".join(f"{channel} {status}" for _, channel, status in handle.status().deliveries) or "nothing went out"


def remind(engine: Engine, profile: str, cart_id: str) -> None:
    """Remind somebody of a cart, once, with the next ``run_due``."""
    url = f"https://shop.example.com/cart/{cart_id}"
    engine.send(profile, cart, data={"url": url}, key=f"cart-{cart_id}")


def main() -> None:
    """An alert, a cart told twice, and a product that comes back."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(journey)
    lab.profile("ada", email="ada@example.com", phone="+33612345678", push="device-1", timezone="Europe/Paris")
    print("alert:", warn(lab.engine, "ada", "Lisbon"))
    remind(lab.engine, "ada", "c1")
    remind(lab.engine, "ada", "c1")
    lamp = {"product": "lamp", "name": "The lamp", "url": "https://shop.example.com/lamp"}
    lab.track("ada", "restock.wanted", lamp)
    lab.advance(days(10))
    lab.track("ada", "product.restocked", {"product": "lamp"})
    print(*lab.timeline("ada"), sep="\n")


if __name__ == "__main__":
    main()
