"""Inactivity: no visit for two months, then "we miss you" (D5).

Aim: people who stay away come back before they have forgotten us.

Figure to watch: the share who visit within two weeks of the message, against a group that gets none.

Decided: a visit begins a run, and every later one sets its clock back, so the message goes two
calendar months after the latest, to the minute. It goes once: only a new visit begins another run.
People who never visited are enrolled by hand; their clock starts when they became known. It goes
by e-mail, which wakes nobody.

``python examples/we_miss_you.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Category, Email, Journey, Message, Send, Wait, months, on, weeks
from unichannel.conditions import silent

CATEGORIES = [Category("relations", purpose="marketing")]

miss_you = Message(
    "we-miss-you",
    Email("It has been a while", text="See what is new: {{ 'https://example.com/new' | link }}"),
    category="relations",
)

journey = Journey(
    "we-miss-you",
    start=on("visit"),
    re_entry="after_end",
    steps=[Wait(until=silent("visit", for_=months(2))), Send(miss_you, via="email")],
)


def main() -> None:
    """Ada visits twice, stays away, comes back, and stays away again."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(journey)
    lab.profile("ada", email="ada@example.com", timezone="Europe/Paris")
    lab.track("ada", "visit")
    lab.advance(weeks(3))
    lab.track("ada", "visit")
    lab.advance(months(4))
    lab.track("ada", "visit")
    lab.advance(months(4))
    print(*lab.timeline("ada"), sep="\n")


if __name__ == "__main__":
    main()
