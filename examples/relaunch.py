"""Relaunch of a campaign, after a look into the CRM (D2).

Aim: people who did not buy get another reason to, and those who bought are left alone.

Figure to watch: the share of runs that end as converted after the relaunch, by what people had done
before it; and ``crm.silent``, how often the CRM could not say.

Decided: five days later. The CRM is asked just before the relaunch; where it does not answer
within two hours nothing is sent, and an event tells the team: better no offer than one to a buyer.
A visit to the site without a click is a reaction, and gets the follow-up too. Nobody gets the same
message twice.

``python examples/relaunch.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import (
    Branch,
    Call,
    Category,
    Email,
    Emit,
    Exit,
    Journey,
    Message,
    Send,
    Update,
    Wait,
    clicked,
    days,
    hours,
    on,
    opened,
    start,
    when,
)
from unichannel.conditions import data, happened
from unichannel.ports import FunctionCall
from unichannel.steps import manual

CATEGORIES = [Category("campaigns", purpose="marketing", channel="email")]


def about(name: str, subject: str, text: str) -> Message:
    """A message with one link."""
    page = f"https://example.com/{name}"
    return Message(
        name, Email(subject, text=f"{text} {page}", html=f'<p><a href="{page}">{text}</a></p>'), category="campaigns"
    )


offer = about("offer", "A plan for your team", "See the plan.")
follow_up = about("follow-up", "What you looked at", "Here is more on it.")
better_offer = about("better-offer", "Two months more", "The same plan, two months more.")
other_angle = about("other-angle", "How others plan", "Three teams tell.")

journey = Journey(
    "relaunch",
    start=manual(),
    goal=on("order.paid"),
    steps=[
        Send(offer, via="email"),
        Wait(until=start + days(5)),
        Call(
            "crm.has_bought",
            {"email": "{{ profile.email }}"},
            into="bought",
            timeout=hours(2),
            on_failure=[Emit("crm.silent", {"journey": "relaunch"}), Exit("the CRM did not answer")],
        ),
        Branch(
            when(data("bought", True), Update({"stage": "customer"}, tags="customer"), Exit("bought elsewhere")),
            when(clicked(of="offer") | happened("site.visited", within=days(5)), Send(follow_up, via="email")),
            when(opened(of="offer"), Send(better_offer, via="email")),
            otherwise=[Send(other_angle, via="email")],
        ),
    ],
)


def has_bought(call: FunctionCall) -> bool:
    """What the host would ask its CRM; here Bob is a customer, and for Eve it is down."""
    email = str(call.arguments["email"])
    if email.startswith("eve"):
        raise ConnectionError("the CRM is down")
    return email.startswith("bob")


def main() -> None:
    """Ada opens, Bob bought by phone, Cleo does nothing, for Eve the CRM is down."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES, functions={"crm.has_bought": has_bought})
    people = ("ada", "bob", "cleo", "eve")
    for name in people:
        lab.profile(name, email=f"{name}@example.com", timezone="Europe/Paris")
        lab.enroll(journey, name)
    lab.opens("ada")
    lab.advance(days(6))
    for name in people:
        print(f"{name}:", *(f"{one.subject}: {one}" for one in lab.why(name, journey)), sep="\n  ")


if __name__ == "__main__":
    main()
