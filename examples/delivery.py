"""Delivery: a push when it is shipped, an SMS three hours before the slot (B2).

Aim: somebody is at home when the parcel comes.

Figure to watch: the share of parcels delivered at the first attempt.

Decided: the slot is a date on the order, in local time; it may move, before the SMS (which then
goes at the new time) and after it (then another SMS names the new slot). Nothing goes out at
night: three hours before an early slot is the moment when the night ends, or half an hour before
it begins, where the slot has begun by then. Nothing goes out once the slot has begun. Tell each
event with an ``id=``, so that one that is told twice counts once. Channels: that it is on its way is
an update, which is worth a push and no SMS; the slot is urgent, so an SMS names it, or a push where
somebody asked for that or cannot get an SMS.

``python examples/delivery.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Category, Journey, Message, Push, Send, Sms, Wait, days, hours, on
from unichannel.conditions import data_date

# A service message wakes nobody either.
CATEGORIES = [
    Category("updates", purpose="transactional", quiet_hours=True, channel="push"),
    Category("slots", purpose="transactional", quiet_hours=True, channel="sms", strategy="ordered"),
]

shipped = Message("shipped", Push("On its way", "Your order {{ data.order }} has left us."), category="updates")
slot_soon = Message(
    "slot-soon",
    Sms("Example Shop: your order {{ data.order }} comes on {{ data.slot | date: '%A from %H:%M' }}."),
    Push("Your parcel comes", "Order {{ data.order }}: {{ data.slot | date: '%A from %H:%M' }}."),
    category="slots",
)

SHIPPED = Journey("order-shipped", start=on("order.shipped", entity="order"), steps=[Send(shipped, via="push")])

SLOT = Journey(
    "delivery-slot",
    start=[on("order.shipped", entity="order"), on("slot.moved", entity="order")],
    goal=on("order.delivered"),
    refresh=on("slot.moved"),
    re_entry="after_end",  # a slot that moves after the SMS is told again
    steps=[
        Wait(until=data_date("slot") - hours(3), before=data_date("slot")),
        Send(slot_soon, before=data_date("slot")),
    ],
)

journeys = [SHIPPED, SLOT]


def main() -> None:
    """Two orders; the slot of the second moves."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(*journeys)
    lab.profile("ada", phone="+33612345678", push="device-1", timezone="Europe/Paris")
    lab.track("ada", "order.shipped", {"order": "o1", "slot": "2030-01-09T07:00"})
    lab.track("ada", "order.shipped", {"order": "o2", "slot": "2030-01-10T14:00"})
    lab.track("ada", "slot.moved", {"order": "o2", "slot": "2030-01-10T18:00"})
    lab.advance(days(3))
    print(*lab.timeline("ada"), sep="\n")


if __name__ == "__main__":
    main()
