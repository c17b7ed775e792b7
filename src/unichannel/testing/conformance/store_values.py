"""Values that the checks of stores are made of."""

from __future__ import annotations

from typing import Any

from unichannel.core.audience.consent import Consent
from unichannel.core.audience.seal import Sealed, Seals
from unichannel.core.journey.enrollment import Enrollment, Ladder
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.event import Event
from unichannel.core.words.trace import Trace, Verdict
from unichannel.ports import Changes, Inbox, Loaded, Note, Session, Want

__all__ = [
    "ALL",
    "AWKWARD",
    "HOUR",
    "NOW",
    "begin",
    "consent_of",
    "delivery_of",
    "event_of",
    "handed",
    "note_of",
    "read",
    "run_of",
    "sealed",
]

NOW = 1_894_179_600_000_000
"""Tuesday 2030-01-08 09:00 UTC."""

HOUR = 3_600_000_000

AWKWARD: dict[str, Any] = {
    "text": "Zoë 🎉 'quoted' \"twice\" %s ? :name {{ x }} \\ \n\t\x7f",
    "empty": "",
    "none": None,
    "deep": {"list": [1, [2, {"three": 3.5}], True, None], "": {}},
    "big": 2**53 + 1,
    "half": "\ud83d",
}
"""JSON values that a careless store changes."""

ALL = Want(frozenset({"order.placed", "order.paid"}), deliveries=True, journeys=frozenset({"welcome", "orders"}))


def handed(profile: str = "ada", event_id: str = "", **more: Any) -> Inbox:
    """Something handed in: an event, unless told otherwise."""
    row: dict[str, Any] = {"kind": "event", "name": "order.placed", "occurred": NOW, "recorded": NOW}
    return Inbox(profile, **{**row, **more}, event_id=event_id)


def event_of(name: str = "order.placed", occurred: int = NOW, id: str = "", **properties: Any) -> Event:
    """Something that happened."""
    return Event(name, occurred, max(occurred, NOW), properties, id)


def sealed(profile: str, entry: Consent, salt: str = "") -> Sealed:
    """An entry as it is handed in, sealed with the store's own secret."""
    return Seals(b"identity").seal(profile, entry, salt)


def consent_of(channel: str = "email", **more: Any) -> Consent:
    """An entry of the ledger."""
    return Consent(channel, **{"occurred": NOW, "recorded": NOW, "source": "form", **more})


def run_of(id: int, profile: int, **more: Any) -> Enrollment:
    """A live run with something in every part of its state."""
    parts: dict[str, Any] = {
        "journey": "welcome",
        "version": 1,
        "definition": 7,
        "entity": "",
        "start": NOW,
        "at": NOW,
        "step": "send-hello",
        "due": NOW + HOUR,
        "trigger": "t1",
        "visits": {"send-hello": 1},
        "left": {"wait": NOW},
        "ladders": [Ladder("send-hello", 1, ["email", "sms"], NOW, NOW, deliveries=[1], current=[1], delay=HOUR)],
        "data": {"order": 17},
        "spaced": [NOW, NOW],
        "path": [["branch", "b", "otherwise"]],
    }
    return Enrollment(id=id, profile=profile, **{**parts, **more})


def delivery_of(run: Enrollment, n: int = 1, **more: Any) -> Delivery:
    """A reserved delivery of a run."""
    parts: dict[str, Any] = {
        "key": f"key-{run.id}-{n}",
        "step": "send-hello",
        "visit": 1,
        "rung": 1,
        "channel": "email",
        "message": "hello",
        "category": "marketing",
        "address": "ada@example.com",
        "hash": "hash-ada",
        "at": NOW,
        "reserved": NOW,
        "due": NOW,
        "expires": NOW + 24 * HOUR,
        "about": "order:Zoë",
        "frozen": {"subject": "Hello, Zoë"},
        "trace": {"code": "reserved", "step": "send-hello", "at": NOW, "now": NOW},
    }
    return Delivery(enrollment=run.id, n=n, profile=run.profile, **{**parts, **more})


def note_of(profile: int, enrollment: int = 0, origin: str = "") -> Note:
    """Why a send was not made."""
    verdicts = (Verdict("email", "no_consent"), Verdict("sms", "window", {"until": NOW}))
    return Note(
        profile, "welcome", enrollment, origin, Trace("skipped", "send-hello", NOW, NOW, verdicts, {"cause": "x"})
    )


def begin(session: Session, key: str = "ada", deliveries: int = 1, **more: Any) -> Enrollment:
    """Lock a profile and commit a run with that many reserved deliveries."""
    profile = session.lock([key], NOW)[key]
    run = run_of(session.allocate(1), profile, **more)
    made = [delivery_of(run, n, hash=f"hash-{key}") for n in range(1, deliveries + 1)]
    session.commit(Changes(started=[run], reserved=made))
    return run


def read(session: Session, *keys: str, want: Want = ALL) -> list[Loaded]:
    """Lock these profiles and load what decisions about them read."""
    ids = session.lock(list(keys), NOW)
    return session.load([ids[key] for key in keys], want)
