"""From trial to paid: welcome, tips, follow-up, reminder, on the channel each person answers (A1 to A10).

Aim: people who try the product come to pay for it.

Figure to watch: the share of runs that end as converted, and of those, how many got a fallback on
the way.

Decided: welcome and congratulation are service messages, the rest is marketing. Nothing goes out on
a channel that a person did not allow; a channel that fails is followed by the next at once.

``python examples/trial_to_paid.py`` lives through fourteen days with two people, in virtual time.
"""

from __future__ import annotations

from unichannel import (
    Branch,
    BusinessHours,
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
    # Service messages; the host's quiet hours hold for them all the same.
    Category("onboarding", purpose="transactional", quiet_hours=True),
    # Tips, follow-up and reminder are marketing: each rung needs that channel's consent.
    Category("education", purpose="marketing", channel="email", topic="education"),
    Category("renewal", purpose="marketing"),
]
OPENING_HOURS = BusinessHours("Europe/Paris", opens="09:00", closes="18:00")


def message(name: str, subject: str, text: str, category: str) -> Message:
    """The same on both channels: an e-mail with a tracked link, and a text message with one."""
    link = f"{{{{ 'https://app.example.com/{name}' | link }}}}"
    return Message(
        name,
        Email(
            subject, text=f"{text}\n{link}", html=f'<p>{text}</p><p><a href="https://app.example.com/{name}">Go</a></p>'
        ),
        Sms(f"{text} {link}"),
        category=category,
    )


welcome = message("welcome", "Welcome, {{ profile.first_name }}", "Your trial has begun.", "onboarding")
tips = message("tips", "Three tips to begin with", "Three tips to begin with.", "education")
follow_up = message("follow-up", "How is it going?", "How is it going?", "education")
reminder = message("reminder", "Two days left", "Your trial ends in two days.", "renewal")
congratulation = message("congratulation", "All set", "Your set-up is complete.", "onboarding")
next_steps = message("next-steps", "What comes next", "What comes next.", "onboarding")
well_done = message("well-done", "Well done", "You finished the tutorial.", "onboarding")

TRIAL = Journey(
    "trial-to-paid",
    start=on("trial.started"),
    goal=on("subscription.created"),  # A6
    steps=[
        Send(welcome, via=["email", "sms"], fallback_after=hours(4), success="opened"),  # A1, A2, A8
        Wait(until=start + days(3)),
        Branch(  # A3
            when(opened("email"), Send(tips, via="email")),
            when(engaged("sms"), Send(tips, via="sms")),
            otherwise=[Send(tips)],
        ),
        Wait(until=start + days(7)),
        Send(follow_up),  # A4, A10: the channel this person has shown to prefer, the other where it fails
        Wait(until=start + days(12)),
        Send(reminder, via=["email", "sms"], fallback_after=hours(6), success="opened"),  # A5
        Wait(until=start + days(14)),
    ],
    handlers=[Handler(on("tutorial.completed"), to="wait-start+7d", steps=[Send(well_done, via="sms")])],  # A9
)

SET_UP = Journey(  # A7
    "set-up-completed",
    start=on("setup.completed"),
    goal=on("subscription.created"),
    steps=[Send(congratulation, via="email"), Branch(when(~business_hours(), Send(next_steps, via="sms")))],
)
journeys = [TRIAL, SET_UP]


def main() -> None:
    """Two people: one reads e-mail and subscribes, the other answers text messages only."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES, business_hours=OPENING_HOURS)
    lab.add(TRIAL, SET_UP)
    for name, phone in (("ada", "+33612345678"), ("bob", "+33612345679")):
        lab.profile(name, email=f"{name}@example.com", phone=phone, timezone="Europe/Paris", first_name=name.title())
        lab.track(name, "trial.started")
    lab.opens("ada")
    lab.advance(hours(5))
    lab.clicks("bob", channel="sms")
    lab.advance(days(8))
    lab.track("ada", "subscription.created")
    lab.advance(days(8))
    for name in ("ada", "bob"):
        print(f"{name}: " + ", ".join(f"{what} by {channel}" for what, channel in lab.messages_sent(name)))
        for reason in lab.why(name, TRIAL):
            print(f"  {reason}")


if __name__ == "__main__":
    main()
