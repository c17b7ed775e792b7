"""The demo's people and what they do, from the files of the package."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from unichannel.core.words.instant import MINUTE, from_datetime

__all__ = ["START", "Acts", "Human", "read_people"]

START = from_datetime(datetime(2030, 1, 6, 22, 0, tzinfo=UTC))
"""When the demo's clock begins: Monday morning in Sydney, Sunday night in Paris."""

Acts = list[tuple[str, int]]
"""What somebody does with a message: what, and how long after it came (microseconds)."""


@dataclass(slots=True)
class Human:
    """One person of the demo.

    ``profile`` is what the host tells of them; ``events`` what it tells and when; ``acts`` what
    they do with a message on a channel; ``mailbox`` and ``phone_dead`` what is wrong there.
    """

    id: str
    email: str
    phone: str
    profile: dict[str, Any] = field(repr=False)
    events: list[tuple[int, str]] = field(default_factory=list)
    acts: dict[tuple[str, str], Acts] = field(default_factory=dict)
    mailbox: str = ""
    phone_dead: bool = False


def read_people(count: int) -> list[Human]:
    """The first people of the file, with their behaviour."""
    people = {row["id"]: _human(row) for row, _ in zip(_rows("people.csv"), range(count), strict=False)}
    for row in _rows("behaviour.csv"):
        human = people.get(row["profile"])
        if human is not None:
            _behave(human, row)
    return list(people.values())


def _rows(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader((files(__package__) / name).read_text(encoding="utf-8").splitlines())


def _human(row: dict[str, str]) -> Human:
    profile = {
        "id": row["id"],
        "email": row["email"],
        "phone": row["phone"] or None,
        "timezone": row["timezone"],
        "consents": [one for one in row["consents"].split("+") if one],
        "attributes": {name: row[name] for name in ("first_name", "country", "first_channel")},
    }
    if row["first_channel"] == "sms":
        profile["preferences"] = {"follow-up": "sms"}
    return Human(row["id"], row["email"], row["phone"], profile)


def _behave(human: Human, row: dict[str, str]) -> None:
    what, channel = row["what"], row["channel"]
    if what.startswith("mailbox."):
        human.mailbox = what.removeprefix("mailbox.")
    elif what == "phone.dead":
        human.phone_dead = True
    elif channel:
        human.acts.setdefault((row["message"], channel), []).append((what, int(row["minutes"]) * MINUTE))
    else:
        human.events.append((START + int(row["minutes"]) * MINUTE, what))
