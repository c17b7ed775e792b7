"""``python -m tests.benchmarks.decisions.bound``: the least regret that any policy can have, in each world.

Of one that knows the world (the shares of its kinds of people and their tastes, not who is who), plans for
just that horizon, and sees what Adaptive sees: dynamic programming over all counts, exact. A world is here one
category that tells kinds apart, ``every`` so many messages; of the others there is nothing to miss.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

__all__ = ["BOUNDED", "Bounded", "least"]

Pair: TypeAlias = tuple[float, float]
"""For an e-mail and a text message."""

Count: TypeAlias = tuple[int, int, int, int]
"""Tries and answers by e-mail, tries and answers by text message."""


@dataclass(frozen=True)
class Bounded:
    """Kinds of people: share, how likely each channel is answered, and how likely that is seen."""

    name: str
    kinds: Sequence[tuple[float, Pair, Pair]]
    every: int = 1


_MAIL, _TEXT, _OPENS = (0.5, 0.1), (0.05, 0.45), 1.0
_SHARP = [(0.68, _MAIL, _MAIL), (0.32, _TEXT, _TEXT)]
_HIDDEN = [(share, taste, (_OPENS, taste[1])) for share, taste, _ in _SHARP]

BOUNDED = (
    Bounded("two_tastes", [(0.68, (0.28, 0.24), (0.28, 0.24)), (0.32, (0.09, 0.45), (0.09, 0.45))], every=2),
    Bounded("never_email", [(0.4, (0.0, 0.24), (0.0, 0.24)), (0.6, (0.45, 0.24), (0.45, 0.24))]),
    Bounded("cold_start", _SHARP),
    Bounded(
        "bots",
        [(w * k[0], *k[1:]) for w, kinds in ((0.95, _SHARP), (0.05, _HIDDEN)) for k in kinds],
    ),
)


def least(world: Bounded, horizon: int) -> float:
    """The least regret at a horizon, in points."""
    messages = horizon // world.every
    after: dict[Count, float] = {}
    for sent in reversed(range(messages)):
        after = {count: min(_from(world, count, after)) for count in _counts(sent)}
    return 100 * after[0, 0, 0, 0] / horizon


def _counts(sent: int) -> Iterator[Count]:
    for mails in range(sent + 1):
        for opened in range(mails + 1):
            for clicked in range(sent - mails + 1):
                yield mails, opened, sent - mails, clicked


def _from(world: Bounded, count: Count, after: dict[Count, float]) -> Iterator[float]:
    """What is missed from here on, by each channel; times how likely the counts are, of one order of them."""
    weights = [share * _seen(seen, count) for share, _, seen in world.kinds]
    for channel in (0, 1):
        missed = sum(w * (max(true) - true[channel]) for w, (_, true, _) in zip(weights, world.kinds, strict=True))
        yield missed + sum(after.get(_then(count, channel, hit), 0.0) for hit in (0, 1))


def _seen(seen: Pair, count: Count) -> float:
    return prod(seen[c] ** count[2 * c + 1] * (1 - seen[c]) ** (count[2 * c] - count[2 * c + 1]) for c in (0, 1))


def _then(count: Count, channel: int, hit: int) -> Count:
    mails, opened, texts, clicked = count
    return (mails + 1, opened + hit, texts, clicked) if channel == 0 else (mails, opened, texts + 1, clicked + hit)


if __name__ == "__main__":
    for one in BOUNDED:
        print(one.name, *(f"{horizon}: {least(one, horizon):.2f}" for horizon in (10, 20, 30)))
