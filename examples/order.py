"""Order: a receipt by e-mail and a confirmation by SMS, two messages by design (B8).

Aim: the buyer knows at once that the order stands, and has the receipt.

Figure to watch: the share of orders with a delivered receipt, and questions to support about orders.

Decided: these are two things, so neither is the other's fallback, and both go out at once. Both are
service messages, also at night: the buyer has just ordered. Each order has its own. Channels: fixed,
as a receipt is kept and a confirmation is glanced at; no preference takes one of them away.

``python examples/order.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Category, Email, Journey, Message, Send, Sms, minutes, on

CATEGORIES = [Category("orders", purpose="transactional")]

receipt = Message(
    "receipt",
    Email("Receipt for order {{ data.order }}", text="Order {{ data.order }}: {{ data.total }} EUR. Thank you."),
    category="orders",
)
confirmation = Message(
    "confirmation", Sms("Example Shop: order {{ data.order }} is confirmed. Thank you."), category="orders"
)

journey = Journey(
    "order",
    start=on("order.paid", entity="order"),
    steps=[Send(receipt, via="email"), Send(confirmation, via="sms")],
)


def main() -> None:
    """Two orders of one person."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(journey)
    lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="Europe/Paris")
    lab.track("ada", "order.paid", {"order": "o1", "total": "42.00"})
    lab.advance(minutes(10))
    lab.track("ada", "order.paid", {"order": "o2", "total": "7.50"})
    print(*lab.timeline("ada"), sep="\n")


if __name__ == "__main__":
    main()
