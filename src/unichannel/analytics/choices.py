"""Choices judged by the log: what another strategy would have brought, from what was tried (off-policy evaluation).

A choice by a strategy is in its delivery's trace with the odds of every channel. A message whose
channel the other strategy would have chosen too counts by how rare that choice was (Horvitz and
Thompson 1952); the self-normalised estimate divides by what the weights add up to (Swaminathan and
Joachims 2015). A channel with odds of 0 was never tried, so nothing is known of it: the estimate
leaves out what another strategy would have sent there, and ``covered`` says how much is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean
from typing import Any, TypeAlias

from unichannel.core.audience.engagement import TRIED, WHOLE, Learning
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.channel import BUILT_IN, Channel
from unichannel.errors import InvalidInput

__all__ = ["Choice", "Estimate", "Policy", "choices", "ips", "snips"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A channel that a strategy put first: the odds of all, the numbers behind them, what it was worth (0 to 1)."""

    delivery: str
    category: str
    channel: str
    odds: Mapping[str, float]
    beliefs: Mapping[str, Mapping[str, float]]
    worth: float


Policy: TypeAlias = Callable[[Choice], Mapping[str, float]]
"""Another strategy: how likely it would have chosen each channel."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a message would have been worth on average, with an interval of 95 %.

    ``messages`` were read; ``covered`` is the mean share of the policy's choices that had odds.
    """

    worth: float
    low: float
    high: float
    messages: int
    covered: float


def choices(
    deliveries: Iterable[Delivery], learning: Learning | None = None, channels: Mapping[str, Channel] = BUILT_IN
) -> list[Choice]:
    """The choices that strategies made, from deliveries; only tries: what can show nothing cannot be judged.

    Written ladders, later rungs, and further devices of the same push are none.
    """
    weighed = learning or Learning()
    return [_choice(one, weighed, channels[one.channel]) for one in deliveries if _is_choice(one, channels)]


def _detail(delivery: Delivery) -> Mapping[str, Any]:
    found: Mapping[str, Any] = delivery.trace.get("detail", {})
    return found


def _is_choice(one: Delivery, channels: Mapping[str, Channel]) -> bool:
    detail = _detail(one)
    is_first = one.rung == 1 and one.channel in detail.get("odds", {})
    return bool(is_first and detail.get(TRIED) and one.channel in channels)


def _choice(one: Delivery, learning: Learning, channel: Channel) -> Choice:
    detail, worth = _detail(one), learning.worth(one.facts, channel) / WHOLE
    return Choice(one.id, one.category, one.channel, detail["odds"], detail.get("beliefs", {}), worth)


def ips(log: Sequence[Choice], policy: Policy) -> Estimate:
    """By inverse propensity: unbiased where every channel that the policy chooses had odds; wide where they were small.

    Raises InvalidInput for an empty log.
    """
    weights = _weights(log, policy)
    parts = [weight * one.worth for weight, one in zip(weights, log, strict=True)]
    mean = fmean(parts)
    error = sqrt(sum((part - mean) ** 2 for part in parts) / max(len(parts) - 1, 1) / len(parts))
    return _estimate(mean, error, log, policy)


def snips(log: Sequence[Choice], policy: Policy) -> Estimate:
    """Self-normalised: a little biased, much narrower, between 0 and 1. Raises InvalidInput for an empty log."""
    weights = _weights(log, policy)
    total = sum(weights)
    if not total:
        return Estimate(0.0, 0.0, 1.0, len(log), _covered(log, policy))
    mean = sum(weight * one.worth for weight, one in zip(weights, log, strict=True)) / total
    error = sqrt(sum((weight * (one.worth - mean)) ** 2 for weight, one in zip(weights, log, strict=True))) / total
    return _estimate(mean, error, log, policy)


def _weights(log: Sequence[Choice], policy: Policy) -> list[float]:
    if not log:
        raise InvalidInput("there is no choice to judge by.", thing="log", mend="Give choices(deliveries).")
    return [policy(one).get(one.channel, 0.0) / one.odds[one.channel] if one.odds[one.channel] else 0.0 for one in log]


def _covered(log: Sequence[Choice], policy: Policy) -> float:
    return fmean(sum(chance for channel, chance in policy(one).items() if one.odds.get(channel)) for one in log)


def _estimate(mean: float, error: float, log: Sequence[Choice], policy: Policy) -> Estimate:
    return Estimate(mean, mean - 1.96 * error, mean + 1.96 * error, len(log), _covered(log, policy))
