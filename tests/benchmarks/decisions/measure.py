"""Measuring: people live through a world under each policy, with the same luck; what they missed is regret.

Regret of a message: how likely the best channel was to be answered, less how likely the channel
that was chosen was, in points (hundredths). A horizon is messages a person; the regret at it is the
mean over all messages up to it. A ladder's second message is a message like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from math import sqrt
from random import Random
from statistics import fmean, stdev
from typing import Any

from tests.benchmarks.decisions.policies import Bandit, Fixed, Ladder, Learner, Policy, Seen, Ucb
from tests.benchmarks.decisions.targets import strictest
from tests.benchmarks.decisions.worlds import CHANNELS, Human, World
from unichannel.core.audience.profile import Person
from unichannel.core.policy.prior import Prior, pooled

__all__ = ["Sizes", "measure"]

_LADDERS = {f"ladder {'>'.join(order)}": order for order in permutations(CHANNELS)}
_OFTEN = 6
"""A snapshot of the base is taken after each of the first messages, then after every so-manieth: it takes long here."""

_MANY = 10
"""An interval is over bases from so many on."""

_FIXED = {f"only {channel}": channel for channel in CHANNELS}


@dataclass(frozen=True)
class Sizes:
    """How many bases, and people in each; ``before`` lived in a base before anybody is measured."""

    seeds: int = 2
    people: int = 150
    before: int = 120


@dataclass
class Lives:
    """The regret of each message, person by person, for each policy; how many were on the new best channel."""

    regret: dict[str, list[list[float]]] = field(default_factory=dict)
    moved: list[list[bool]] = field(default_factory=list)


def measure(world: World, sizes: Sizes) -> list[dict[str, Any]]:
    """One entry for each horizon."""
    lives = Lives()
    for seed in range(sizes.seeds):
        _live(world, sizes, seed, lives)
    return [_entry(world, lives, horizon, sizes.people) for horizon in world.horizons]


def _live(world: World, sizes: Sizes, seed: int, lives: Lives) -> None:
    chance = Random(f"{world.name} {seed}")
    humans = [world.born(chance) for _ in range(sizes.people)]
    before = _before(world, sizes, chance, seed) if world.warm else []
    lucks = [f"{world.name} {seed} {place}" for place in range(sizes.people)]
    for name, made in _policies(seed).items():
        found = [_one_by_one(world, human, made(place), lucks[place]) for place, human in enumerate(humans)]
        lives.regret.setdefault(name, []).extend([one for one, _ in found])
    learners = [Learner(_person(f"{seed}.{place}")) for place in range(sizes.people)]
    found = _together(world, humans, learners, lucks, before)
    lives.regret.setdefault("adaptive", []).extend([one for one, _ in found])
    lives.moved += [chosen for _, chosen in found]


def _person(key: str) -> Person:
    return Person(0, key)


def _policies(seed: int) -> dict[str, Callable[[int], Policy]]:
    made: dict[str, Callable[[int], Policy]] = {
        "ucb": lambda _: Ucb(),
        "epsilon_greedy": lambda place: Bandit(chance=Random(f"bandit {seed} {place}")),
    }
    made |= {name: (lambda _, order=order: Ladder(order)) for name, order in _LADDERS.items()}  # type: ignore[misc]
    made |= {name: (lambda _, channel=channel: Fixed(channel)) for name, channel in _FIXED.items()}  # type: ignore[misc]
    return made


def _before(world: World, sizes: Sizes, chance: Random, seed: int) -> list[Learner]:
    """A base that was written to by the library itself for as long, before these people came."""
    humans = [world.born(chance) for _ in range(sizes.before)]
    learners = [Learner(_person(f"before {seed}.{place}")) for place in range(sizes.before)]
    stable = replace(world, change=None)
    _together(stable, humans, learners, [f"before {world.name} {seed} {place}" for place in range(sizes.before)], [])
    return learners


Life = tuple[list[float], list[bool]]


def _one_by_one(world: World, human: Human, policy: Policy, luck: str) -> Life:
    regrets, best = [], []
    for number in range(max(world.horizons)):
        regret, is_best = _message(world, human, policy, number, luck)
        regrets.append(regret)
        best.append(is_best)
    return regrets, best


def _together(
    world: World, humans: Sequence[Human], learners: Sequence[Learner], lucks: Sequence[str], before: Sequence[Learner]
) -> list[Life]:
    """All people day by day, as what the base shows is pooled between two messages."""
    lives: list[Life] = [([], []) for _ in humans]
    prior = Prior()
    for number in range(max(world.horizons)):
        if number < _OFTEN or number % _OFTEN == 0:
            prior = Prior(number + 1, 0, pooled(one.person.engagement for one in (*before, *learners)))
        for human, learner, luck, (regrets, best) in zip(humans, learners, lucks, lives, strict=True):
            learner.prior = prior
            regret, is_best = _message(world, human, learner, number, luck)
            regrets.append(regret)
            best.append(is_best)
    return lives


def _message(world: World, human: Human, policy: Policy, number: int, luck: str) -> tuple[float, bool]:
    """One message: what was missed, in points, and whether the best channel was chosen."""
    day, category = number * world.every, world.categories[number % len(world.categories)]
    channel = policy.choose(category, day)
    likely = {one: human.likely(one, category, day, world.change) for one in CHANNELS}
    answered = Random(f"{luck} {number} {channel}").random() < likely[channel]
    policy.learn(channel, category, day, _seen(human, channel, answered))
    best = max(likely.values())
    return 100 * (best - likely[channel]), likely[channel] == best


def _seen(human: Human, channel: str, answered: bool) -> Seen:
    facts = {"opened" if channel == "email" else "clicked": 1} if answered else {}
    if channel == "email" and human.machine is not None:
        facts |= {"machine_opened" if human.machine == "known" else "opened": 1}
        return Seen(facts, hit=True)
    return Seen(facts, answered)


def _entry(world: World, lives: Lives, horizon: int, people: int) -> dict[str, Any]:
    means = {name: [fmean(one[:horizon]) for one in lived] for name, lived in lives.regret.items()}
    named = {name: means[name] for name in ("adaptive", "ucb", "epsilon_greedy")}
    named["best_ladder"] = min((means[name] for name in _LADDERS), key=fmean)
    named["best_fixed"] = min((means[name] for name in _FIXED), key=fmean)
    named["email_then_sms"] = means["ladder email>sms"]
    entry: dict[str, Any] = {"name": world.name, "horizon": horizon}
    entry["regret"] = {name: round(fmean(some), 3) for name, some in named.items()}
    entry["interval"] = {name: _interval(some) for name, some in named.items()}
    allowed = strictest(world.name, horizon, named)
    above = [ours - most for ours, most in zip(named["adaptive"], allowed, strict=True)]
    entry["above_target"] = {"mean": round(fmean(above), 3), "interval": _interval(_units(above, people))}
    if world.change is not None:
        entry["recovery_messages"] = _recovery(world, lives.moved)
    return entry


def _units(some: Sequence[float], people: int) -> Sequence[float]:
    """What is independent: bases, as their people share what is learned of them; people where bases are few."""
    bases = [fmean(some[first : first + people]) for first in range(0, len(some), people)]
    return bases if len(bases) >= _MANY else some


def _interval(some: Sequence[float]) -> list[float]:
    """Of the mean, 95 %."""
    half = 1.96 * stdev(some) / sqrt(len(some))
    return [round(fmean(some) - half, 3), round(fmean(some) + half, 3)]


def _recovery(world: World, moved: Sequence[Sequence[bool]]) -> int | None:
    """How many messages after the change until more than half are written to on their new best channel; None: never."""
    assert world.change is not None
    first = -(-world.change // world.every)
    for number in range(first, max(world.horizons)):
        if sum(one[number] for one in moved) > len(moved) / 2:
            return number - first
    return None
