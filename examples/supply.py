"""Sliding dates: day 15 and day 21 of a month's supply, later of a longer one (D3).

Aim: somebody keeps to a supply, and orders the next one before it runs out.

Figure to watch: the share of runs that end as converted, by the next order before the last day.

Decided: half-way and at seven tenths of the supply, in whole days: 15 and 21 of 30, 30 and 42 of
60. ``starts_at`` carries the local hour at which both are sent. An order whose length is not known
(yet) sends nothing. A supply that is stopped ends the run, as does one that is ordered again.

``python examples/supply.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Category, Email, Journey, Message, Send, Sms, Wait, days, on
from unichannel.conditions import data_date, data_days

CATEGORIES = [Category("supplies", purpose="marketing")]

half_way = Message(
    "half-way", Email("Half of it is used", text="You are half-way through {{ data.name }}."), category="supplies"
)
next_one = Message(
    "next-one",
    Sms("Example Shop: {{ data.name }} runs out soon: {{ 'https://shop.example.com/again' | link }} STOP to end"),
    category="supplies",
)

journey = Journey(
    "supply",
    start=on("supply.started", entity="order"),
    goal=on("supply.renewed"),
    exits=on("supply.stopped"),
    refresh=on("supply.changed"),
    steps=[
        Wait(until=data_date("starts_at") + data_days("supply_days", times=15 / 30)),
        Send(half_way, via="email"),
        Wait(until=data_date("starts_at") + data_days("supply_days", times=21 / 30)),
        Send(next_one, via="sms"),
    ],
)


def main() -> None:
    """A month's supply and one for two months."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(journey)
    lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="Europe/Paris")
    for order, length in (("o1", 30), ("o2", 60)):
        supply = {"order": order, "name": f"Supply {order}", "starts_at": "2030-01-09T10:00", "supply_days": length}
        lab.track("ada", "supply.started", supply)
    lab.advance(days(60))
    print(*lab.timeline("ada"), sep="\n")


if __name__ == "__main__":
    main()
