"""Writes ``people.csv`` and ``behaviour.csv``, the same files for the same seed.

Run it with ``python -m unichannel.cli.demo.make_data``. Nobody in them exists: phones lie in ranges
that regulators keep for fiction (ARCEP 06 39 98, Ofcom 07700 900, NANPA 555-01xx, BNetzA 0171 39200,
PTS 070-17406, ACMA's list), mailboxes at example.com and example.org.

``CLAIMS`` are figures that the field repeats without base, date or method: defaults of a
behaviour model, never promises. The rules of time:

1. Everybody signs up on one day, at an hour from which no fallback (4 h, 6 h) comes near the
   edges of the night (21:00 and 08:00, the person's), on a half-hour: so the engine wakes at most 48
   times a day of virtual time.
2. What is opened or answered is so within 3 h (the reminder: 4.5 h) or after 16 h.
3. What the host tells happens by day on days without a planned send, and the ends of set-up
   also stay an hour from the edges of the night and of the host's business hours.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

CLAIMS = {
    "welcome email seen, where it was delivered": 0.70,
    "of those who saw it, never open another": 0.40,
    "people who take email best": 0.68,
    "emails opened by people who take email best": 0.28,
    "emails opened by people who take SMS best": 0.09,
    "SMS answered by people who take email best": 0.24,
    "SMS answered by people who take SMS best": 0.45,
    "opted in to SMS": 0.71,
    "trial to paid": 0.19,
}
START = datetime(2030, 1, 6, 22, 0, tzinfo=UTC)
SIGN_UP = date(2030, 1, 7)
SEED = 13
PEOPLE = 500
HERE = Path(__file__).parent

_AU = (
    "491570006",
    "491570156",
    "491570157",
    "491570158",
    "491570159",
    "491570110",
    "491570313",
    "491570737",
    "491571266",
    "491571491",
    "491571804",
    "491572549",
    "491572665",
    "491572983",
    "491573770",
    "491573087",
    "491574118",
    "491574632",
    "491575254",
    "491575789",
)
_AREAS = {
    "America/New_York": "212",
    "America/Chicago": "312",
    "America/Denver": "303",
    "America/Los_Angeles": "213",
    "America/Toronto": "416",
    "America/Vancouver": "604",
}
_ZONES = (
    ("FR", "Europe/Paris", 170),
    ("GB", "Europe/London", 95),
    ("DE", "Europe/Berlin", 60),
    ("SE", "Europe/Stockholm", 25),
    ("US", "America/New_York", 45),
    ("US", "America/Chicago", 25),
    ("US", "America/Denver", 15),
    ("US", "America/Los_Angeles", 20),
    ("CA", "America/Toronto", 15),
    ("CA", "America/Vancouver", 10),
    ("AU", "Australia/Sydney", 20),
)
_NAMES = (  # noqa: SIM905
    "Ada Amir Anna Aya Ben Béla Carla Chen Chloé Dana Diego Elif Emma Émile Farid Freya Grace Hana Hugo Ines Ivan Jana "
    "Jonas Julia Kofi Lars Léa Lena Liam Lucía Malik Maria Mia Milo Nadia Nils Noé Nora Olga Omar Paula Pierre Ravi "
    "Rosa Sami Sara Sofia Sven Tara Theo Tom Uma Vera Viktor Wanda Yara Yusuf Zoë"
).split()
_QUIET_DAYS = (1, 2, 4, 5, 6, 8, 9, 10, 11)
"""Days after sign-up on which nothing is planned."""


@dataclass
class Human:
    """One of them, with what nobody is told of."""

    id: str
    first_name: str
    email: str
    phone: str
    country: str
    timezone: str
    consents: str
    first_channel: str
    signs_up: datetime
    takes_sms: bool


Row = tuple[str, str, str, str, str]


def _phone(country: str, zone: str, n: int) -> str:
    if country in ("US", "CA"):
        return f"+1{_AREAS[zone]}55501{n:02}"
    forms = {"FR": "+3363998{:04}", "GB": "+447700900{:03}", "DE": "+4917139200{:02}", "SE": "+46701740{:03}"}
    return f"+61{_AU[n]}" if country == "AU" else forms[country].format(n + 605 if country == "SE" else n)


def _sign_up(chance: random.Random, zone: str) -> datetime:
    """A half-hour between 09:30 and 13:30, or 18:30 and 19:30, on the person's clock."""
    minutes = chance.choice([*range(570, 811, 30)] * 2 + [*range(1110, 1171, 30)])
    return datetime.combine(SIGN_UP, time(minutes // 60, minutes % 60), ZoneInfo(zone))


def _humans(chance: random.Random) -> list[Human]:
    places = [(country, zone, n) for country, zone, count in _ZONES for n in range(count)]
    chance.shuffle(places)
    humans = []
    for number, (country, zone, n) in enumerate(places, 1):
        takes_sms = chance.random() > CLAIMS["people who take email best"]
        has_phone = takes_sms or chance.random() < 0.92
        agreed = [name for name, share in (("email", 0.93), ("sms", CLAIMS["opted in to SMS"])) if _is(chance, share)]
        name, id = chance.choice(_NAMES), f"p{number:03}"
        phone = _phone(country, zone, n) if has_phone else ""
        first = "sms" if takes_sms and _is(chance, 0.4) else "email"
        domain = chance.choice(("example.com", "example.org"))
        signs_up = _sign_up(chance, zone)
        email = f"{id}@{domain}"
        humans.append(Human(id, name, email, phone, country, zone, "+".join(agreed), first, signs_up, takes_sms))
    return humans


def _is(chance: random.Random, share: float) -> bool:
    return chance.random() < share


def _minutes(chance: random.Random, first: float, last: float) -> str:
    """A half-hour between two hours, in minutes."""
    return str(chance.randrange(round(first * 2), round(last * 2) + 1) * 30)


def _rows(chance: random.Random, human: Human) -> Iterator[Row]:
    """Everything that one person and their mailbox do: profile, what, message, channel, minutes after."""
    yield human.id, "trial.started", "", "", str(round((human.signs_up - START).total_seconds() / 60))
    mailbox = chance.choices(("", "dead", "filtered", "greylisted", "down"), (90, 4, 3, 2, 1))[0]
    if mailbox:
        yield human.id, f"mailbox.{mailbox}", "", "", ""
    if human.phone and _is(chance, 0.02):
        yield human.id, "phone.dead", "", "", ""
    yield from _reads(chance, human)
    yield from _answers(chance, human)
    yield from _does(chance, human)


def _reads(chance: random.Random, human: Human) -> Iterator[Row]:
    sees_welcome = _is(chance, CLAIMS["welcome email seen, where it was delivered"])
    never_again = _is(chance, CLAIMS["of those who saw it, never open another"])
    kind = "SMS" if human.takes_sms else "email"
    share = CLAIMS[f"emails opened by people who take {kind} best"] / (1 - 0.4 * 0.7)
    for message in ("welcome", "congratulation", "tips", "follow-up", "reminder"):
        opens = sees_welcome if message == "welcome" else not never_again and _is(chance, share)
        if not opens:
            continue
        soon = 4.0 if message == "reminder" else 2.5
        after = _minutes(chance, 0.5, soon) if _is(chance, 0.8) else _minutes(chance, 16, 36)
        yield human.id, "opens", message, "email", after
        if _is(chance, 0.35):
            yield human.id, "clicks", message, "email", str(int(after) + 30)


def _answers(chance: random.Random, human: Human) -> Iterator[Row]:
    kind = "SMS" if human.takes_sms else "email"
    share = CLAIMS[f"SMS answered by people who take {kind} best"]
    for message in ("welcome", "tips", "follow-up", "reminder", "next-steps", "tutorial-done"):
        if not _is(chance, share):
            continue
        # A reply counts for the latest SMS to the number, so only where none other comes near.
        replies = message in ("welcome", "tips", "follow-up") and _is(chance, 0.3)
        stops = message == "tips" and replies and _is(chance, 0.25)
        what = "stops" if stops else "replies" if replies else "clicks"
        late = message == "welcome" and what == "clicks" and _is(chance, 0.15)
        yield human.id, what, message, "sms", _minutes(chance, 16, 36) if late else _minutes(chance, 0.5, 2)


def _does(chance: random.Random, human: Human) -> Iterator[Row]:
    """What the host tells of: the ends of set-up and tutorial, the subscription."""
    days = chance.sample(_QUIET_DAYS, 3)
    set_up = next((day for day in days if day <= 6), 5)
    tutorial = next((day for day in days if day <= 5 and day != set_up), 4 if set_up != 4 else 2)
    if _is(chance, 0.45):
        yield human.id, "setup.completed", "", "", _after(human, set_up, _end_of_set_up(chance, human, set_up))
    if _is(chance, 0.25):
        yield human.id, "tutorial.completed", "", "", _after(human, tutorial, _by_day(chance))
    if _is(chance, CLAIMS["trial to paid"]):
        free = [day for day in (*_QUIET_DAYS, 13) if day > max(set_up, tutorial)]
        yield human.id, "subscription.created", "", "", _after(human, chance.choice(free), _by_day(chance))


def _by_day(chance: random.Random) -> time:
    """Between 12:00 and 17:00: far from what waited for the end of the night, and was answered."""
    minutes = chance.randrange(720, 1021, 30)
    return time(minutes // 60, minutes % 60)


def _end_of_set_up(chance: random.Random, human: Human, day: int) -> time:
    """Some time of the day that is an hour or more from every edge; often in the evening."""
    while True:
        minutes = chance.choice((chance.randrange(720, 1021, 30), chance.randrange(1140, 1411, 30)))
        at = time(minutes // 60, minutes % 60)
        if not any(_is_near(at, edge) for edge in (time(21), time(8))) and not _is_near_paris(human, day, at):
            return at


def _is_near_paris(human: Human, day: int, at: time) -> bool:
    there = datetime.combine(SIGN_UP + timedelta(days=day), at, ZoneInfo(human.timezone))
    clock = there.astimezone(ZoneInfo("Europe/Paris")).time()
    return any(_is_near(clock, edge) for edge in (time(9), time(18)))


def _is_near(at: time, edge: time) -> bool:
    apart = abs((at.hour - edge.hour) * 60 + at.minute - edge.minute)
    return min(apart, 1440 - apart) < 61


def _after(human: Human, day: int, at: time) -> str:
    """Minutes from the demo's start to that local time of that day after sign-up."""
    there = datetime.combine(SIGN_UP + timedelta(days=day), at, ZoneInfo(human.timezone))
    return str(round((there - START).total_seconds() / 60))


def _write(name: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def main() -> None:
    """Write both files."""
    chance = random.Random(SEED)  # noqa: S311 -- repeatable, not secret
    humans = _humans(chance)
    head = ("id", "first_name", "email", "phone", "country", "timezone", "consents", "first_channel")
    _write("people.csv", head, [tuple(getattr(one, name) for name in head) for one in humans])
    rows: list[tuple[str, ...]] = [row for human in humans for row in _rows(chance, human)]
    _write("behaviour.csv", ("profile", "what", "message", "channel", "minutes"), rows)


if __name__ == "__main__":
    main()
