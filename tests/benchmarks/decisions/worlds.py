"""Worlds: bases of people with known tastes. A taste is how likely each channel is answered, for each kind of message.

An e-mail is answered by an open, a text message by a click or a reply. Shares marked "claim" are
the field's own (28 % and 9 % of e-mails opened, 24 % and 45 % of text messages answered, 68 % who
want education by e-mail and urgent matters by text): no base, date or method is known of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

__all__ = ["CATEGORIES", "CHANNELS", "WORLDS", "Human", "World"]

CHANNELS = ("email", "sms")
CATEGORIES = ("education", "urgent")
Taste = dict[str, tuple[float, float]]
"""For each category how likely an e-mail and a text message are answered."""

_READS, _TEXTS = (0.28, 0.24), (0.09, 0.45)  # claim
MAIL = dict.fromkeys(CATEGORIES, _READS)
TEXT = dict.fromkeys(CATEGORIES, _TEXTS)
BOTH: Taste = {"education": _READS, "urgent": _TEXTS}


@dataclass(frozen=True)
class Human:
    """Somebody's tastes, before and from the day of a change on; ``machine``: how their e-mails are opened by one.

    None: by none. "known": with a sign that tracking recognises; "hidden": without.
    """

    taste: Taste
    later: Taste | None = None
    machine: str | None = None

    def likely(self, channel: str, category: str, day: int, change: int | None) -> float:
        changed = self.later is not None and change is not None and day >= change
        taste = self.later if changed and self.later is not None else self.taste
        return taste[category][CHANNELS.index(channel)]


@dataclass(frozen=True)
class World:
    """A base: who is born into it, on which day tastes change, and whether messages were sent before.

    ``every``: days between two messages to a person.
    """

    name: str
    born: Callable[[Random], Human]
    horizons: Sequence[int] = (1, 2, 3, 5, 10, 20, 30)
    every: int = 3
    change: int | None = None
    warm: bool = True
    categories: Sequence[str] = CATEGORIES


def _same(email: float, sms: float) -> Taste:
    return dict.fromkeys(CATEGORIES, (email, sms))


def _two(chance: Random) -> Human:
    return Human(BOTH if chance.random() < 0.68 else TEXT)  # claim


def _never(chance: Random) -> Human:
    return Human(_same(0.0, 0.24) if chance.random() < 0.4 else _same(0.45, 0.24))  # claim: 40 % open no more


def _changing(chance: Random) -> Human:
    mail, text = _same(0.65, 0.1), _same(0.05, 0.7)
    return Human(mail, text) if chance.random() < 0.68 else Human(text, mail)


def _sharp(chance: Random) -> Human:
    return Human(_same(0.5, 0.1) if chance.random() < 0.68 else _same(0.05, 0.45))


def _bots(chance: Random) -> Human:
    machine = None if chance.random() < 0.5 else "known" if chance.random() < 0.9 else "hidden"
    return Human(_sharp(chance).taste, machine=machine)


def _one(chance: Random) -> Human:
    return Human(_same(0.28, 0.1))


WORLDS = (
    World("two_tastes", _two),
    World("never_email", _never),
    World("change_day_60", _changing, (1, 2, 3, 5, 10, 20, 30, 60, 90), every=1, change=60),
    World("cold_start", _sharp, warm=False),
    World("bots", _bots),
    World("one_taste", _one),
)
