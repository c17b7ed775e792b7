"""Hand over: one journey begins another, waits for its end, and tells the sales team (E4).

Aim: whoever has learnt the first steps is led on, and a lead that does not buy is called by a person.

Figure to watch: the share of offers that end as converted, and ``lead.cold`` events for each hundred.

Decided: the stage is an attribute of the profile, so that other journeys can ask for it. The
number of offers made is counted on the profile. An offer stands for two weeks.

``python examples/hand_over.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import (
    Branch,
    Category,
    Email,
    Emit,
    Journey,
    Message,
    Send,
    StartJourney,
    Update,
    Wait,
    days,
    on,
    start,
    weeks,
    when,
)
from unichannel.conditions import data
from unichannel.steps import manual

CATEGORIES = [Category("learning", purpose="transactional"), Category("offers", purpose="marketing")]

well_done = Message("well-done", Email("Well done", text="You know the first steps."), category="learning")
plan = Message("plan", Email("A plan for you", text="The {{ data.plan }} plan fits what you do."), category="offers")

OFFER = Journey(
    "offer",
    start=manual(),
    goal=on("order.paid"),
    re_entry=weeks(8),
    steps=[Send(plan, via="email"), Wait(until=start + weeks(2))],
)
LEARNING = Journey(
    "learning",
    start=on("tutorial.completed"),
    steps=[
        Send(well_done, via="email"),
        Update({"stage": "experienced", "offers": "{{ profile.offers | default: 0 | plus: 1 }}"}),
        Wait(until=start + days(1)),
        StartJourney("offer", {"plan": "{{ data.plan }}"}, wait=True, into="offer"),
        Branch(
            when(data("offer.status", "converted"), Update({"stage": "paying"})),
            otherwise=[Emit("lead.cold", {"plan": "{{ data.plan }}"})],
        ),
    ],
)

journeys = [LEARNING, OFFER]


def main() -> None:
    """Ada buys, Bob does not."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(*journeys)
    for name in ("ada", "bob"):
        lab.profile(name, email=f"{name}@example.com", timezone="Europe/Paris")
        lab.track(name, "tutorial.completed", {"plan": "team"})
    lab.advance(days(3))
    lab.track("ada", "order.paid")
    lab.advance(weeks(3))
    for name in ("ada", "bob"):
        print(f"{name}:", *lab.timeline(name), sep="\n  ")


if __name__ == "__main__":
    main()
