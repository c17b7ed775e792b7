"""Birthday, and anniversary of the subscription, every year (D4).

Aim: a word on the day itself, at an hour when people are up.

Figure to watch: replies and clicks in the three days after it, and opt-outs.

Decided: at nine on the person's own clock, on the channel they prefer. Who was born on 29 February
is congratulated on the 28th in other years (``leap="1 March"`` for the day after). The day of the
subscription itself is no anniversary. Congratulations count as marketing.

``python examples/birthdays.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Category, Email, Journey, Message, Send, Sms, days, years
from unichannel.conditions import attribute_date, reached
from unichannel.steps import on_date

CATEGORIES = [Category("special-dates", purpose="marketing")]

happy_birthday = Message(
    "happy-birthday",
    Email("Happy birthday, {{ profile.first_name }}", text="All of us wish you a good day."),
    Sms("Example: happy birthday, {{ profile.first_name }}! STOP to end"),
    category="special-dates",
)
another_year = Message(
    "another-year",
    Email("Another year together", text="You have been with us since {{ profile.subscribed_at | date: '%e %B %Y' }}."),
    category="special-dates",
)

BIRTHDAY = Journey(
    "birthday",
    start=on_date(attribute_date("birthday"), at="09:00", yearly=True),
    steps=[Send(happy_birthday)],
)
ANNIVERSARY = Journey(
    "anniversary",
    start=on_date(attribute_date("subscribed_at"), at="09:00", yearly=True),
    entry=reached(attribute_date("subscribed_at") + days(1)),
    steps=[Send(another_year, via="email")],
)

journeys = [BIRTHDAY, ANNIVERSARY]


def main() -> None:
    """Three years with Ada, who was born on a 29 February."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(*journeys)
    lab.profile(
        "ada",
        email="ada@example.com",
        timezone="Europe/Paris",
        first_name="Ada",
        birthday="1992-02-29",
        subscribed_at="2030-01-08",
    )
    lab.advance(years(3))
    print(*lab.timeline("ada"), sep="\n")


if __name__ == "__main__":
    main()
