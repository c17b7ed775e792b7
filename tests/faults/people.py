"""Who takes part, what they do with what comes, and what has to come to them."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["CHARACTERS", "Character", "address_of", "character_of", "expected", "number_at", "profile"]

Said = tuple[str, str]
"""A message and the provider that brought it."""

_E, _S = ("welcome", "email"), ("welcome", "sms")


@dataclass(frozen=True, slots=True)
class Character:
    """What somebody does. ``acts``: (what, minutes after it came) for a message on a channel.

    ``clicks``: how often what begins their run is told. ``buys``: minutes after that until the goal.
    ``rolls_back``: the host's transaction is rolled back, so nothing ever happened.
    """

    name: str
    share: int
    hears: frozenset[Said]
    acts: dict[Said, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    clicks: int = 1
    buys: int = 0
    rolls_back: bool = False


_OPENS = {_E: (("opened", 60),)}

CHARACTERS = (
    Character("opens", 7, frozenset({_E, ("tips", "email")}), _OPENS),
    Character("is silent", 5, frozenset({_E, _S, ("tips", "sms")})),
    Character("bounces", 2, frozenset({_E, _S, ("tips", "sms")}), {_E: (("bounced", 3),)}),
    Character("writes STOP", 2, frozenset({_E, _S}), {_S: (("stop", 30),)}),
    Character("buys", 2, frozenset({_E}), _OPENS, buys=600),
    Character("is told of twice", 1, frozenset({_E, ("tips", "email")}), _OPENS, clicks=2),
    Character("is rolled back", 1, frozenset(), rolls_back=True),
)
_TABLE = [one for one in CHARACTERS for _ in range(one.share)]


def character_of(number: int) -> Character:
    return _TABLE[number * 7 % len(_TABLE)]


def name_of(number: int) -> str:
    return f"p{number}"


def profile(number: int) -> dict[str, object]:
    """What the host tells of somebody, as a command to a worker."""
    return {
        "id": name_of(number),
        "email": address_of(number, "email"),
        "phone": address_of(number, "sms"),
        "timezone": "UTC",
        "consents": ["email", "sms"],
        "attributes": {"first_name": f"Person {number}"},
    }


def address_of(number: int, channel: str) -> str:
    return f"p{number}@example.com" if channel == "email" else f"+336{10_000_000 + number}"


def number_at(address: str) -> int:
    """Whose address it is."""
    return int(address[4:]) - 10_000_000 if address.startswith("+336") else int(address[1:].partition("@")[0])


def expected(people: int) -> dict[int, frozenset[Said]]:
    """What has to come to each, whatever happens to workers and server on the way."""
    return {number: character_of(number).hears for number in range(people)}
