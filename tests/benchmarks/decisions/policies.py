"""Policies: ways to choose the channel of the next message to a person, from what was seen of them so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from tests.benchmarks.decisions.worlds import CHANNELS
from unichannel.core.audience.engagement import WHOLE, Learning, add
from unichannel.core.audience.profile import Person
from unichannel.core.policy.adaptive import Adaptive
from unichannel.core.policy.prior import Prior
from unichannel.core.policy.strategy import Question
from unichannel.core.words.category import Category
from unichannel.core.words.channel import BUILT_IN
from unichannel.core.words.ids import fraction
from unichannel.core.words.instant import DAY

__all__ = ["Bandit", "Fixed", "Ladder", "Learner", "Policy", "Seen", "Ucb"]

BEGINS = 20_000
"""The day on which the first message goes out, since 1970."""


@dataclass
class Seen:
    """What is seen of a message: its facts as tracking tells them, and what a reader of raw hits would count."""

    facts: dict[str, int]
    hit: bool


class Policy(Protocol):
    """Chooses for one person."""

    def choose(self, category: str, day: int) -> str: ...

    def learn(self, channel: str, category: str, day: int, seen: Seen) -> None: ...


@dataclass
class Fixed:
    """Always the same channel."""

    channel: str

    def choose(self, category: str, day: int) -> str:
        return self.channel

    def learn(self, channel: str, category: str, day: int, seen: Seen) -> None:
        """It learns nothing."""


@dataclass
class Ladder:
    """A fixed order: the next channel where the one before was not answered, then from the first again."""

    order: tuple[str, ...]
    rung: int = 0

    def choose(self, category: str, day: int) -> str:
        return self.order[self.rung]

    def learn(self, channel: str, category: str, day: int, seen: Seen) -> None:
        self.rung = 0 if seen.hit or self.rung + 1 == len(self.order) else self.rung + 1


@dataclass
class Ucb:
    """UCB1 (Auer, Cesa-Bianchi, Fischer 2002), for each person on their own."""

    tries: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHANNELS, 0))
    hits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHANNELS, 0))

    def choose(self, category: str, day: int) -> str:
        new = [channel for channel in CHANNELS if not self.tries[channel]]
        return new[0] if new else max(CHANNELS, key=self._bound)

    def _bound(self, channel: str) -> float:
        tries, total = self.tries[channel], sum(self.tries.values())
        return self.hits[channel] / tries + math.sqrt(2 * math.log(total) / tries)

    def learn(self, channel: str, category: str, day: int, seen: Seen) -> None:
        self.tries[channel] += 1
        self.hits[channel] += seen.hit


@dataclass
class Bandit(Ucb):
    """Epsilon-greedy: one in ten by chance, for each person on their own."""

    chance: Random = field(default_factory=Random)

    def choose(self, category: str, day: int) -> str:
        if self.chance.random() < 0.1:
            return self.chance.choice(CHANNELS)
        return max(CHANNELS, key=lambda one: (self.hits[one] + 0.5) / (self.tries[one] + 1))


STRATEGY, LEARNING = Adaptive(), Learning()
KINDS = {name: Category(name, purpose="transactional") for name in ("education", "urgent")}


@dataclass
class Learner:
    """The library's own: its strategy, its counts, its prior."""

    person: Person
    prior: Prior = field(default_factory=Prior)

    def choose(self, category: str, day: int) -> str:
        now = (BEGINS + day) * DAY
        draw = fraction("strategy", self.person.key, day)
        asked = Question(CHANNELS, self.person, KINDS[category], now, draw, LEARNING, self.prior)
        return STRATEGY.rank(asked).channels[0]

    def learn(self, channel: str, category: str, day: int, seen: Seen) -> None:
        worth = LEARNING.worth(seen.facts, BUILT_IN[channel])
        add(self.person.engagement, (channel, category, (BEGINS + day) * DAY, WHOLE, worth))
