"""Lookahead: what each channel promises over the next messages, counting what its answer would tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unichannel.core.policy.belief import Belief

__all__ = ["promises"]

TRIES = 2
MESSAGES = 6
_LEAST = 1e-3


def promises(known: Mapping[str, Belief], tries: int = TRIES, messages: int = MESSAGES) -> dict[str, float]:
    channels = list(known)
    kept = [place for place, part in enumerate(known[channels[0]].parts) if part[0] >= _LEAST]
    weights = [known[channels[0]].parts[place][0] for place in kept]
    means = [[known[one].parts[place][1] for place in kept] for one in channels]
    sizes = [[known[one].parts[place][2] for place in kept] for one in channels]
    less = [known[one].less for one in channels]
    return dict(zip(channels, _ahead(weights, means, sizes, less, tries, messages), strict=True))


def _ahead(weights, means, sizes, less, tries, messages):
    total = sum(weights)
    now = [sum(map(float.__mul__, weights, mean)) - total * cost for mean, cost in zip(means, less)]
    if not tries:
        return [one * messages for one in now]
    found = []
    for place, worth in enumerate(now):
        mean, size = means[place], sizes[place]
        for hit in (1, 0):
            after = [w * m if hit else w * (1 - m) for w, m in zip(weights, mean)]
            changed = list(means)
            changed[place] = [(m * s + hit) / (s + 1) for m, s in zip(mean, size)]
            larger = list(sizes)
            larger[place] = [s + 1 for s in size]
            worth += max(_ahead(after, changed, larger, less, tries - 1, messages - 1))
        found.append(worth)
    return found
