"""The reference journey (SCENARIOS A), as the tests of A1 to A10 know it."""

from __future__ import annotations

from unichannel import (
    Branch,
    Category,
    Email,
    Handler,
    Journey,
    Message,
    Send,
    Sms,
    Wait,
    days,
    engaged,
    hours,
    on,
    opened,
    start,
    when,
)
from unichannel.conditions import business_hours

CATEGORIES = [
    Category("onboarding", purpose="transactional"),
    Category("education", purpose="marketing", channel="email"),
    Category("follow-up", purpose="marketing"),
    Category("renewal", purpose="marketing"),
]


def message(name: str, category: str) -> Message:
    return Message(
        name,
        Email(f"{name} for {{{{ profile.first_name | default: 'you' }}}}", text=f"{name}", html=f"<p>{name}</p>"),
        Sms(f"{name}: {{{{ 'https://app.example.com/' | link }}}}"),
        category=category,
    )


welcome = message("welcome", "onboarding")
tips = message("tips", "education")
follow_up = message("follow-up", "follow-up")
reminder = message("reminder", "renewal")
congratulation = message("congratulation", "onboarding")
next_steps = message("next-steps", "onboarding")
tutorial_done = message("tutorial-done", "onboarding")

trial = Journey(
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
        Wait(until=start + days(7)),
        Send(follow_up),
        Wait(until=start + days(12)),
        Send(reminder, via=["email", "sms"], fallback_after=hours(6), success="opened"),
    ],
    handlers=[Handler(on("tutorial.completed"), to="wait-start+7d", steps=[Send(tutorial_done, via="sms")])],
)

set_up = Journey(
    "set-up-completed",
    start=on("setup.completed"),
    goal=on("subscription.created"),
    steps=[
        Send(congratulation, via="email"),
        Branch(when(~business_hours(), Send(next_steps, via="sms"))),
    ],
)
