"""Words that the tests of steps have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.journeys.trial import message
from unichannel import Email, Journey, Message, Send, on
from unichannel.testing import Lab


def say(name: str, via: str = "email") -> Send:
    """A send whose step and message are known by one name."""
    return Send(message(name, "transactional"), via=via, name=name)


def tell(name: str, text: str) -> Send:
    """A mail whose subject shows what the run knows."""
    return Send(Message(name, Email(text, text="…"), category="transactional"), via="email", name=name)


def begin(lab: Lab, profile: str, *steps: Any, **more: Any) -> Journey:
    """Begin a run of these steps, by the event "begun"."""
    journey = Journey("steps", start=on("begun"), steps=steps, **more)
    lab.add(journey)
    lab.track(profile, "begun")
    return journey


def said(lab: Lab, profile: str) -> list[str]:
    """The messages that went out, in order."""
    return [name for name, _ in lab.messages_sent(profile)]


def subjects(lab: Lab, profile: str) -> list[str]:
    """The subjects of the mails that went out."""
    return [one.content.subject for one in lab.sent(profile)]  # type: ignore[attr-defined]


def clock(lab: Lab, profile: str, zone: str = "UTC") -> list[str]:
    """When each message went out, on the clock of a zone."""
    instants = [datetime.fromtimestamp(one.at / 1e6, UTC) for one in lab.sent(profile)]
    return [f"{instant.astimezone(ZoneInfo(zone)):%d %H:%M}" for instant in instants]


def states(lab: Lab, profile: str) -> list[tuple[str, str]]:
    """Each run's journey and status, in the order in which they began."""
    history = lab.history(profile)
    assert history is not None
    return [(run.journey, run.status) for run in sorted(history.runs, key=lambda run: run.id)]
