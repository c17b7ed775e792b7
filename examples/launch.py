"""Product launch: a push to all, an SMS a day later to those who did not come (B4).

Aim: everybody on the list hears of the new product, and nobody who has seen it hears twice.

Figure to watch: how many of the list opened the app within two days, of those with a push and of
those with an SMS only.

Decided: active means that the app was opened since the launch; the app tells ``app.opened``. Who
has no app gets no push, and the SMS a day later. Both sell, so both need the consent of their channel.
Channels: fixed, as the play is about who came and not about who prefers what: a push costs nothing, so
it goes to all, and an SMS only to those whom it did not bring.

``python examples/launch.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Branch, Category, Journey, Message, Push, Send, Sms, Wait, days, hours, start, when
from unichannel.conditions import happened
from unichannel.steps import manual

CATEGORIES = [Category("launches", purpose="marketing")]

launch = Message("launch", Push("The new Example is here", "Have a look at it in the app."), category="launches")
launch_sms = Message(
    "launch-sms",
    Sms("Example: the new one is here: {{ 'https://app.example.com/new' | link }} STOP to end"),
    category="launches",
)

journey = Journey(
    "launch",
    start=manual(),
    steps=[
        Send(launch, via="push"),
        Wait(until=start + days(1)),
        Branch(when(~happened("app.opened", within=days(1)), Send(launch_sms, via="sms"))),
    ],
)


def main() -> None:
    """A list of three: Ada opens the app, Bob does not, Cleo has none."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    people = {"ada": ("+33612345678", "device-1"), "bob": ("+33612345679", "device-2"), "cleo": ("+33612345670", None)}
    for name, (phone, device) in people.items():
        lab.profile(name, phone=phone, push=device, timezone="Europe/Paris")
    for name in people:
        lab.enroll(journey, name, key=f"launch-{name}")  # the key makes it once, however often the list is read
    lab.advance(hours(3))
    lab.track("ada", "app.opened")
    lab.advance(days(1))
    for name in people:
        print(f"{name}:", *lab.timeline(name), sep="\n  ")


if __name__ == "__main__":
    main()
