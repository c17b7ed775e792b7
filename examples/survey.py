"""Survey: an e-mail the day after, an SMS on day 3 to those who did not answer (B6).

Aim: to hear from most people while they remember.

Figure to watch: the share of runs that end as converted, by an answer, on each channel.

Decided: both days count from the purchase or the service, not from the e-mail. One question for
each of them. A survey counts as marketing (our cautious reading), so it needs consent and keeps
quiet at night. Channels: e-mail first, unless the person asked for SMS or has answered SMS more; on day
3 the one that was not used.

``python examples/survey.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Branch, Category, Email, Journey, Message, Send, Sms, Wait, days, on, start, when
from unichannel.conditions import sent

CATEGORIES = [Category("surveys", purpose="marketing", channel="email")]
FORM = "{{ 'https://example.com/survey/' | append: data.reference | link }}"

survey = Message(
    "survey",
    Email("How was it?", text=f"Two questions: {FORM}", html=f'<p><a href="{FORM}">Two questions</a></p>'),
    Sms(f"Example: how was it? Two questions: {FORM} STOP to end"),
    category="surveys",
)

journey = Journey(
    "survey",
    start=[on("order.delivered", entity="reference"), on("service.done", entity="reference")],
    goal=on("survey.answered"),
    steps=[
        Wait(until=start + days(1)),
        Send(survey),
        Wait(until=start + days(3)),
        Branch(when(~sent("sms"), Send(survey, via="sms")), when(~sent("email"), Send(survey, via="email"))),
    ],
)


def main() -> None:
    """Ada answers the e-mail about her order, and is asked by SMS about the repair."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(journey)
    lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="Europe/Paris")
    lab.track("ada", "order.delivered", {"reference": "order-1"})
    lab.track("ada", "service.done", {"reference": "repair-7"})
    lab.advance(days(2))
    lab.track("ada", "survey.answered", {"reference": "order-1"})
    lab.advance(days(2))
    print(*lab.timeline("ada"), sep="\n")


if __name__ == "__main__":
    main()
