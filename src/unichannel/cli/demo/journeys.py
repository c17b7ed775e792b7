"""The reference journey, A1 to A10 of the scenarios, with real texts: a trial of Lumen, an invented product."""

from __future__ import annotations

from typing import Literal

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
from unichannel.conditions import attribute, business_hours, equals

__all__ = ["OPENINGS", "SUBJECTS", "TRIAL", "categories", "journeys"]

TRIAL = "trial-to-paid"
"""The main journey's name; the other one only congratulates."""

_NAME = "{{ profile.first_name | default: 'there' }}"
_APP = "https://app.example.com"
_PAGE = """<!doctype html>
<html lang="en"><body style="font-family:sans-serif;max-width:34em;margin:auto">
<h1 style="font-size:1.3em">{title}</h1>
<p>Hello {name},</p>
<p>{text}</p>
<p><a href="{url}" style="display:inline-block;padding:.7em 1em;background:#234;color:#fff">{action}</a></p>
<p style="color:#555">Lumen, 1 Example Street. Questions? Answer this e-mail.</p>
</body></html>
"""


def categories(guarantee: Literal["at_least_once", "at_most_once"]) -> list[Category]:
    """Service messages wait for the end of the night too: a trial is nothing to wake anybody for."""
    return [
        Category("onboarding", purpose="transactional", quiet_hours=True, guarantee=guarantee),
        Category("education", channel="email", guarantee=guarantee),
        Category("follow-up", guarantee=guarantee),
        Category("renewal", guarantee=guarantee),
    ]


def _email(subject: str, text: str, action: str, path: str) -> Email:
    url = f"{_APP}/{path}"
    html = _PAGE.format(title=subject, name=_NAME, text=text, url=url, action=action)
    return Email(subject, text=f"Hello {_NAME},\n\n{text}\n\n{action}: {url}\n", html=html)


def _sms(opening: str, text: str, path: str) -> Sms:
    return Sms(f"{opening} {text} {{{{ '{_APP}/{path}' | link }}}}")


SUBJECTS = {
    "welcome": "Welcome to Lumen",
    "tips": "Three things to try in Lumen",
    "follow-up": "How is Lumen doing for you?",
    "reminder": "Your Lumen trial ends in two days",
    "congratulation": "Lumen is set up",
}
"""Each message's subject, by which people know what came."""

OPENINGS = {
    "welcome": "Lumen: welcome!",
    "tips": "Lumen tip:",
    "follow-up": "Lumen: how is it going?",
    "reminder": "Lumen: 2 days left.",
    "next-steps": "Lumen: well set up!",
    "tutorial-done": "Lumen: tutorial done.",
}
"""How each SMS begins."""

welcome = Message(
    "welcome",
    _email(SUBJECTS["welcome"], "Your trial runs for 14 days. Set-up takes ten minutes.", "Set up", "start"),
    _sms(
        OPENINGS["welcome"],
        "{% if sends.welcome.email %}There is an e-mail too, if you look for it later. {% endif %}"
        "Tap to begin, or reply with a question.",
        "start",
    ),
    category="onboarding",
)
tips = Message(
    "tips",
    _email(SUBJECTS["tips"], "Import a list, share a board, and let a rule do the rest.", "Show me", "tips"),
    _sms(OPENINGS["tips"], "import a list first. Reply STOP to stop.", "tips"),
    category="education",
)
follow_up = Message(
    "follow-up",
    _email(SUBJECTS["follow-up"], "You are half way. Is anything missing? We read every answer.", "Tell us", "ask"),
    _sms(OPENINGS["follow-up"], "Reply, or tell us here. Reply STOP to stop.", "ask"),
    category="follow-up",
)
reminder = Message(
    "reminder",
    _email(SUBJECTS["reminder"], "Keep your boards: choose a plan before the trial ends.", "Choose a plan", "plans"),
    _sms(OPENINGS["reminder"], "Choose a plan to keep your boards. Reply STOP to stop.", "plans"),
    category="renewal",
)
congratulation = Message(
    "congratulation",
    _email(SUBJECTS["congratulation"], "All is in place. Here is what others do next.", "Next steps", "next"),
    category="onboarding",
)
next_steps = Message(
    "next-steps", _sms(OPENINGS["next-steps"], "Here is what others do next.", "next"), category="onboarding"
)
tutorial_done = Message(
    "tutorial-done", _sms(OPENINGS["tutorial-done"], "Your certificate is here.", "certificate"), category="onboarding"
)


def journeys() -> list[Journey]:
    """Both journeys; they end together when the person subscribes (A6)."""
    goal = on("subscription.created")
    trial = Journey(
        TRIAL,
        start=on("trial.started"),
        goal=goal,
        steps=[
            Branch(  # A10: SMS people are asked to tap or reply, and get the e-mail where they do not
                when(
                    attribute("first_channel", equals("sms")),
                    _ladder(welcome, "sms", "email", wait=4, success="clicked", name="welcome-by-sms"),
                ),
                otherwise=[_ladder(welcome, "email", "sms", wait=4, success="opened", name="welcome")],  # A1, A2, A8
                name="first-channel",
            ),
            Wait(until=start + days(3), name="day-3"),
            Branch(  # A3
                when(opened("email"), Send(tips, via="email", name="tips-by-email")),
                when(engaged("sms"), Send(tips, via="sms", name="tips-by-sms")),
                otherwise=[Send(tips, name="tips")],
                name="tips-for",
            ),
            Wait(until=start + days(7), name="day-7"),
            Send(follow_up, name="follow-up"),  # A4
            Wait(until=start + days(12), name="day-12"),
            _ladder(reminder, "email", "sms", wait=6, success="opened", name="reminder"),  # A5
            Wait(until=start + days(14), name="end-of-trial"),
        ],
        handlers=[  # A9
            Handler(on("tutorial.completed"), to="day-7", steps=[Send(tutorial_done, via="sms", name="tutorial-done")]),
        ],
    )
    set_up = Journey(  # A7
        "set-up-completed",
        start=on("setup.completed"),
        goal=goal,
        steps=[
            Send(congratulation, via="email", name="congratulation"),
            Branch(when(~business_hours(), Send(next_steps, via="sms", name="next-steps")), name="after-hours"),
        ],
    )
    return [trial, set_up]


def _ladder(
    message: Message, first: str, then: str, *, wait: int, success: Literal["opened", "clicked"], name: str
) -> Send:
    return Send(message, via=[first, then], fallback_after=hours(wait), success=success, name=name)
