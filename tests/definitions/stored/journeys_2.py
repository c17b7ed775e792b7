"""What schema 2 added, as it is written in Python."""

from __future__ import annotations

from tests.definitions.stored import journeys_1
from unichannel import (
    Call,
    Digest,
    Emit,
    Exit,
    Journey,
    Message,
    Push,
    Repeat,
    Send,
    StartJourney,
    Update,
    days,
    hours,
    on,
    opened,
)
from unichannel.conditions import attribute_date, listed, local_time, tagged
from unichannel.steps import manual, on_date, recurring

nudge = Message("nudge", Push("You have news", "{{ data.news.count }} of them"))

STEPS = Journey(
    "steps",
    start=[manual(), on("begun"), on("began")],
    steps=[
        Digest([on("comment.created"), on("liked", where={"n": 1})], hours(1), into="news", most=5),
        Digest(on("late"), until=local_time("18:00"), name="evening"),
        Update({"seen": "{{ data.news.count }}", "plan": None}, tags=["vip"], lists={"news": False}, data={"a": [1]}),
        Emit("lead.found", {"n": 1}),
        Call("crm.ask", {"id": "{{ profile.id }}"}, into="crm", timeout=hours(2), on_failure=[Exit("no crm")]),
        Repeat([Send(nudge)], times=3, every=days(7), until=on("paid")),
        Repeat([Send(nudge, name="again")], times=2, every=days(1), until=opened("push"), name="twice"),
        StartJourney("other", {"n": 1}, wait=True, into="other"),
    ],
)

DATES = Journey(
    "dates",
    start=[
        on_date(attribute_date("birthday") - days(1), at="09:00", yearly=True, leap="1 March"),
        recurring("FREQ=WEEKLY;BYDAY=MO", at="10:30"),
    ],
    steps=[Exit()],
)

KNOWN = Journey("known", start=manual(entity="id"), entry=tagged("vip") & ~listed("news"), steps=[Exit()])

STOCK = Message(
    "stock", Push("It is back", "{{ data.product }}"), about="product:{{ data.product }}", about_for=hours(12)
)
MATTER = Journey("matter", start=on("product.back"), steps=[Send(STOCK)])

JOURNEYS = (*journeys_1.JOURNEYS, STEPS, DATES, KNOWN, MATTER)
