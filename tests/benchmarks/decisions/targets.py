"""Targets: what a way to choose may miss at the most, by what others miss in the same world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

__all__ = ["missed", "strictest"]

_LATE = 10
"""From so many messages on more is wanted."""

_EVER = {"2 points above the best channel": ("best_fixed", 1.0, 2.0)}
_FROM_TEN = {"half of the best ladder": ("best_ladder", 0.5, 0.0), "the best channel": ("best_fixed", 1.0, 0.0)}
_ONE_TASTE = {"1 point": ("best_fixed", 0.0, 1.0)}


def missed(world: str, horizon: int, regret: Mapping[str, float]) -> list[str]:
    """The targets that Adaptive's regret is above."""
    return [
        title
        for title, (policy, times, more) in _wanted(world, horizon).items()
        if regret["adaptive"] > times * regret[policy] + more
    ]


def strictest(world: str, horizon: int, regrets: Mapping[str, Sequence[float]]) -> list[float]:
    """The strictest target, as the regret of each person that it allows."""
    allowed = [
        [times * one + more for one in regrets[policy]] for policy, times, more in _wanted(world, horizon).values()
    ]
    return min(allowed, key=fmean)


def _wanted(world: str, horizon: int) -> Mapping[str, tuple[str, float, float]]:
    """By title: a policy, how many times its regret, and so many points more."""
    if horizon < _LATE:
        return _EVER
    return _EVER | (_ONE_TASTE if world == "one_taste" else _FROM_TEN)
