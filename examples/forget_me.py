"""Forgotten on request: a copy, a correction, and an end in the middle of a journey (G6, G7, G8).

Aim: a person who asks what is known of them, or to be forgotten, has it at once, without anybody at a database.

Figure to watch: hours from a request to its end, and requests that somebody had to finish by hand.

Decided: whoever answers a request acts under their own name, so that the trail says who looked. The
erasure ends the journey where it is, and nothing is sent for it any more. An objection made before
stays: the same address, imported again, gets no marketing. What was said goes after 30 days, that it
was said after 400.

``python examples/forget_me.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import (
    Category,
    Email,
    Journey,
    Message,
    Profile,
    Retention,
    Send,
    Wait,
    acting,
    consent,
    days,
    on,
    withdrawal,
)

CATEGORIES = [Category("lessons", purpose="marketing", topic="lessons")]
RETENTION = Retention(content=days(30), deliveries=days(400), audit=days(365))

lesson = Message(
    "lesson",
    Email("Your first lesson, {{ profile.first_name }}", text="Here it is. Another one follows in a week."),
    category="lessons",
)

journey = Journey(
    "course",
    start=on("course.joined"),
    steps=[Send(lesson, via="email"), Wait(days(7)), Send(lesson, via="email", name="second")],
)


def main() -> None:
    """Ada asks for a copy, has her name corrected, leaves, and is imported again by mistake."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(journey)
    lab.profile("ada", email="ada@example.com", first_name="Adda", consents=consent("email", source="course form"))
    lab.track("ada", "course.joined")

    with acting("support:ben", source="10.0.0.7"):
        copy = lab.engine.export("ada")
        print("held:", ", ".join(f"{len(copy.body[part])} {part}" for part in ("addresses", "deliveries", "events")))
        lab.engine.rectify(Profile("ada", first_name="Ada"))
        lab.run_due()
        print("corrected:", lab.engine.export("ada").body["profile"]["attributes"])
        lab.engine.identify(Profile("ada", consents=withdrawal("email", source="by telephone")))
        lab.engine.erase("ada")

    lab.advance(days(10))
    print("messages sent:", len(lab.sent()))
    print("trail:", ", ".join(f"{entry.what} by {entry.actor}" for entry in lab.engine.audit("ada")))

    lab.profile("ada-2", email="ada@example.com", first_name="Ada", consents=consent("email", source="old list"))
    lab.track("ada-2", "course.joined")
    print("sent to the address since:", len(lab.sent("ada-2")))

    lab.profile("bob", email="bob@example.com", first_name="Bob", consents=consent("email"))
    lab.track("bob", "course.joined")
    lab.advance(days(40))
    print("texts of bob's that are kept no longer:", lab.engine.purge(RETENTION).content)


if __name__ == "__main__":
    main()
