"""The journey under test: an e-mail, its open waited for, an SMS if not; a day later tips by the way that worked."""

from __future__ import annotations

from unichannel import Branch, Category, Email, Journey, Message, Send, Sms, Wait, days, hours, on, opened, start, when

__all__ = ["CATEGORIES", "CERTAIN", "journey"]

CATEGORIES = [
    Category("onboarding", purpose="transactional", guarantee="at_least_once"),
    Category("education", purpose="marketing", guarantee="at_most_once"),
]

CERTAIN = frozenset({("welcome", "sms"), ("tips", "email"), ("tips", "sms")})
"""What never comes twice: the SMS provider can be asked what it took, and tips go at most once."""


def _both(name: str, category: str) -> Message:
    email = Email(f"{name}, {{{{ profile.first_name }}}}", text=name, html=f"<p>{name}</p>")
    return Message(name, email, Sms(f"{name}, {{{{ profile.first_name }}}}"), category=category)


welcome, tips = _both("welcome", "onboarding"), _both("tips", "education")

journey = Journey(
    "trial",
    start=on("begun"),
    goal=on("bought"),
    re_entry="after_end",  # so that of two events that begin it one has to find the other's run
    steps=[
        Send(welcome, via=["email", "sms"], success="opened", fallback_after=hours(4)),
        Wait(until=start + days(1)),
        Branch(when(opened("email"), Send(tips, via="email")), otherwise=[Send(tips, via="sms")]),
    ],
)
