"""Preference per kind: the newsletter by e-mail, coupons by SMS, updates by push, as each person asked (E2, G2).

Aim: everybody gets each kind of message where they want it, and nobody has to opt out to be left alone there.

Figure to watch: the share of messages that went by the channel that was asked for, and opt-outs by channel.

Decided: each kind is a category, and a preference names the category. What was asked for comes before what the
engine learned. A closed hour does not change the channel: the coupon of a Sunday waits for Monday. The sender and
the way out are not in the texts: the engine adds them where the law asks, in the person's language.

``python examples/preferences.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Category, Email, Journey, Message, Profile, Push, Send, Sms, consent, days, on
from unichannel.policies import Sender

CATEGORIES = [Category("newsletter"), Category("coupons"), Category("updates")]
SENDER = Sender("Example Shop", address="12 rue des Fleurs, 75001 Paris, France", stop={"FR": "36180"})


def kind(category: str, event: str, title: str, text: str) -> Journey:
    """A message of one kind, on every channel, for each time that the application tells of one."""
    link = "{{ data.url | link }}"
    said = Message(
        category, Email(title, text=f"{text} {link}"), Sms(f"{text} {link}"), Push(title, text), category=category
    )
    return Journey(category, start=on(event, entity="url"), steps=[Send(said)])


journeys = [
    kind("newsletter", "newsletter.published", "News of the month", "What is new this month:"),
    kind("coupons", "coupon.issued", "A coupon for you", "10 % off until Sunday:"),
    kind("updates", "app.released", "New in the app", "The app can do more now:"),
]

WISHES = {
    "ada": {"newsletter": "email", "coupons": "sms", "updates": "push"},
    "bob": {"*": "push"},
    "cleo": {"coupons": "email", "*": "sms"},
}


def main() -> None:
    """Three people are told three things; then Cleo changes her mind, and a coupon comes on a Sunday."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES, sender=SENDER)
    lab.add(*journeys)
    for number, (name, wishes) in enumerate(WISHES.items()):
        known = {"email": f"{name}@example.com", "phone": f"+3361234567{number}", "push": f"device-{name}"}
        allowed = consent("email", "sms", "push", source="sign-up form", wording="Send me what I ticked.")
        lab.profile(name, **known, timezone="Europe/Paris", locale="fr", preferences=wishes, consents=allowed)

    def tell(issue: int) -> None:
        for name in WISHES:
            for event in ("newsletter.published", "coupon.issued", "app.released"):
                lab.track(name, event, {"url": f"https://example.com/{event}/{issue}"})

    tell(1)
    lab.advance(days(5))  # a Sunday
    lab.engine.identify(Profile("cleo", preferences={"newsletter": "push", "*": None}))
    tell(2)
    lab.advance(days(1))
    for name in WISHES:
        print(f"{name}:", *(f"{message} by {channel}" for message, channel in lab.messages_sent(name)), sep="\n  ")
    coupon = next(one for one in lab.sent("ada") if one.channel == "sms")
    print("a coupon as it went out:", *coupon.content.text.splitlines(), sep="\n  ")  # type: ignore[attr-defined]
    print(lab.why("ada", "coupons")[-1])
    print("what shows that Ada allowed it:")
    for entry in lab.engine.prove("ada", "sms", topic="coupons").as_json()["entries"]:
        print(" ", entry["occurred"], entry["status"], "·", entry["source"], "· seal", entry["seal"]["verdict"])


if __name__ == "__main__":
    main()
