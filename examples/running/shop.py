"""What the examples in this folder run: a parcel is announced by e-mail, and by SMS where nobody reads that.

``SHOP_DB`` is the database's URL, ``sqlite:///shop.db`` where it is not set. Everything is printed, nothing is sent.
"""

from __future__ import annotations

import os

from unichannel import (
    AsyncEngine,
    Console,
    Email,
    Engine,
    Journey,
    Message,
    Profile,
    Send,
    Sms,
    SqlStore,
    Tracking,
    hours,
    on,
)

shipped = Message(
    "shipped",
    Email("Your parcel is on its way", text="Parcel {{ data.parcel }} comes tomorrow."),
    Sms("Parcel {{ data.parcel }} comes tomorrow."),
    category="transactional",
)
journey = Journey(
    "shipped",
    start=on("order.shipped", entity="parcel"),
    steps=[Send(shipped, via=["email", "sms"], fallback_after=hours(4))],
)


def settings():
    """What both engines are made with."""
    tracking = Tracking("https://shop.example/u", keys=[os.environ.get("SHOP_SECRET", "sixteen bytes or more")])
    routes = {"email": Console(name="mail"), "sms": Console(name="gateway")}
    return {"journeys": [journey], "routes": routes, "tracking": tracking, "quiet_hours": None}


def make_store():
    return SqlStore(os.environ.get("SHOP_DB", "sqlite:///shop.db"))


def make_engine():
    """An engine for code that waits."""
    return Engine(make_store(), **settings())


def make_async_engine():
    """The same, awaited."""
    return AsyncEngine(make_store(), **settings())


def ship(engine):
    """A first parcel, so that there is something to see."""
    engine.identify(Profile("ada", email="ada@example.com", phone="+33612345678"))
    engine.track("ada", "order.shipped", {"parcel": "P1"}, id="shipped-P1")


if __name__ == "__main__":  # what a deploy does, and a first parcel
    with make_engine() as engine:
        engine.migrate()
        engine.publish()
        ship(engine)
