"""Replenishment: an e-mail when it is due or back in stock, an SMS three days later (B3).

Aim: somebody whose supply runs out orders the next one with one click.

Figure to watch: the share of runs that end as converted, by an order of the same product.

Decided: the shop says when a supply is due and when a product that a person waits for is back;
either begins the same run, one for each product, and not again within two weeks of the last. An
action is an order, or a click; an open is none. Both forms sell, so both need the consent of their
channel. Channels: e-mail first and SMS three days later, unless the person asked for the other, or
has answered the other more: then that one is first. What cannot arrive is followed at once.

``python examples/replenishment.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Category, Email, Journey, Message, Send, Sms, days, on, weeks

CATEGORIES = [Category("reorder", purpose="marketing", channel="email")]

reorder = Message(
    "reorder",
    Email(
        "{{ data.name }}: order it again",
        text="{{ data.name }} is there for you: {{ data.url | link }}",
        html='<p>{{ data.name }} is there for you: <a href="{{ data.url }}">order it</a></p>',
    ),
    Sms("Example Shop: order {{ data.name }} here: {{ data.url | link }} STOP to end"),
    category="reorder",
)

journey = Journey(
    "replenishment",
    start=[on("supply.due", entity="product"), on("product.back_in_stock", entity="product")],
    goal=on("order.paid"),
    re_entry=weeks(2),
    steps=[Send(reorder, success="clicked", fallback_after=days(3))],
)


def main() -> None:
    """Ada's coffee is due and her filters are back; she orders the filters."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(journey)
    lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="Europe/Paris")
    shop = "https://shop.example.com"
    lab.track("ada", "supply.due", {"product": "coffee", "name": "Coffee", "url": f"{shop}/coffee"})
    lab.track("ada", "product.back_in_stock", {"product": "filters", "name": "Filters", "url": f"{shop}/filters"})
    lab.advance(days(1))
    lab.track("ada", "order.paid", {"product": "filters"})
    lab.advance(days(3))
    print(*lab.timeline("ada"), sep="\n")


if __name__ == "__main__":
    main()
