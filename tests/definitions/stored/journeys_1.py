"""What is stored under schema 1, as it is written in Python. Never changed: the files beside it are its stored form."""

from __future__ import annotations

from unichannel import (
    Branch,
    Email,
    Exit,
    Handler,
    Journey,
    Message,
    Send,
    Sms,
    Split,
    Wait,
    days,
    engaged,
    hours,
    months,
    on,
    opened,
    replied,
    start,
    variant,
    weeks,
    when,
)
from unichannel.conditions import (
    above,
    at_least,
    at_most,
    attribute,
    attribute_date,
    below,
    business_hours,
    contains,
    data,
    data_date,
    exists,
    happened,
    in_order,
    local_hours,
    local_time,
    one_of,
    reached,
    silent,
    unanswered,
    weekday,
)


def message(name: str, subject: str, category: str) -> Message:
    link = f"{{{{ 'https://app.example.com/{name}' | link }}}}"
    email = Email(subject, text=f"{subject}\n{link}", html=f"<p>{subject}</p>", sender="Acme <a@example.com>")
    return Message(name, email, Sms(f"{subject} {link}", sender="Acme"), category=category)


welcome = message("welcome", "Welcome, {{ profile.first_name | default: 'you' }}", "onboarding")
tips = message("tips", "Three tips – to begin with", "education")
reminder = message("reminder", "Two days left", "renewal")

REFERENCE = Journey(
    "trial-to-paid",
    start=on("trial.started"),
    goal=on("subscription.created"),
    steps=[
        Send(welcome, via=["email", "sms"], fallback_after=hours(4), success="opened"),
        Wait(until=start + days(3)),
        Branch(
            when(opened("email"), Send(tips, via="email")),
            when(engaged("sms"), Send(tips, via="sms")),
            otherwise=[Send(tips)],
        ),
        Wait(until=start + days(12)),
        Send(reminder, via=["email", "sms"], fallback_after=hours(6), success="opened"),
    ],
    handlers=[Handler(on("tutorial.completed"), to="wait-start+12d", steps=[Send(tips, via="sms", name="well-done")])],
)

EVERYTHING = Journey(
    "everything",
    version=3,
    start=on("begun", where={"total": at_least(10), "country": "FR"}, entity="order"),
    goal=[on("paid"), on("bought", any_entity=True)],
    exits=on("left"),
    entry=attribute("plan", one_of("free", "trial")) & ~happened("paid", within=days(30)),
    refresh=on("order.changed"),
    re_entry=months(1),
    accept_late=hours(2),
    priority=5,
    steps=[
        Send(welcome, via=["email", "sms"], success="clicked", fallback_after=hours(2), ttl=days(1)),
        Wait(until=on("answered", since=days(1)), timeout=days(2), on_timeout=[Exit("no answer")]),
        Wait(until=data_date("slot") - hours(3), before=data_date("slot")),
        Wait(until=weekday("monday", "friday", at="10:30")),
        Split(variant("a", 1, Send(tips, name="a")), variant("b", 2.5, Send(tips, name="b", wait=False)), name="ab"),
        Branch(when(opened("email", of="welcome"), Wait(days(1))), otherwise=[Exit()], name="read it"),
    ],
    handlers=[Handler(on("done"), to="read it", steps=[Send(welcome, via="sms", name="thanks")], again=True)],
)

CONDITIONS = Journey(
    "conditions",
    start=on("x"),
    re_entry="after_end",
    entry=data("n", above(1))
    | in_order("a", "b", within=days(2))
    | reached(attribute_date("renews_at") + days(1))
    | local_hours("21:00", "08:00", days=("sunday",))
    | ~business_hours("profile")
    | silent(opened, for_=weeks(3))
    | silent("visit", for_=months(1))
    | unanswered("asked", by=replied("sms"), within=hours(3))
    | happened(
        on("x", where={"a": contains("b"), "c": exists(), "d": below(3), "e": at_most(3)}), times=3, within=days(7)
    ),
    steps=[Wait(until=local_time("18:00")), Wait(days(2) + hours(1)), Exit("done")],
)

JOURNEYS = (REFERENCE, EVERYTHING, CONDITIONS)
