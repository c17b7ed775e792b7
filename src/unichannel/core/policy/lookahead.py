"""Lookahead: what each channel promises over the next messages, with what their answers will tell.

A try costs where another channel is better for this message, and pays where its answer or silence makes the
messages after it go to a better channel: it may show what a person is like on all channels. Two tries are
followed to each of their ends, then the best channel of that end is taken for the messages left. One try is
the knowledge gradient of Frazier, Powell and Dayanik 2008, https://doi.org/10.1137/070693424; it is blind
where only two silences together change the choice.

How much three messages bring if the first two are answered is all that this needs: what a silence leaves is what
there was less what an answer takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations_with_replacement
from operator import mul, sub
from typing import TypeAlias

from unichannel.core.policy.belief import Belief, Part

__all__ = ["MESSAGES", "promises"]

MESSAGES = 8
"""How many messages a promise is for, this one included: the first two are tries."""

_LEFT = MESSAGES - 2

_SMALL = 1e-2
"""Parts of a belief that weigh less are left out."""

_Row: TypeAlias = list[float]
"""A figure for each channel, or for each part of a belief."""

_Less: TypeAlias = tuple[float, ...]


def promises(known: Mapping[str, Belief]) -> dict[str, float]:
    """How many answers each channel promises over the next ``MESSAGES``, if the best is chosen after it each time."""
    if not known:
        return {}
    beliefs = list(known.values())
    kept = [place for place, (weight, _, _) in enumerate(beliefs[0].parts) if weight >= _SMALL]
    parts = tuple(tuple(belief.parts[place] for place in kept) for belief in beliefs)
    return dict(zip(known, _promised(parts, tuple(belief.less for belief in beliefs)), strict=True))


@lru_cache(maxsize=1_024)
def _promised(beliefs: tuple[tuple[Part, ...], ...], less: _Less) -> _Row:
    """The same of all who showed nothing yet: reckoned once for a snapshot."""
    one, two, three = _brought(beliefs, less)
    hits: list[_Row] = [[] for _ in less]
    silences: list[_Row] = [[] for _ in less]
    for (a, b), both in three.items():
        # The answer of one of the two tried, and the other's silence; the silence of both.
        only = {a: list(map(sub, two[a], both)), b: list(map(sub, two[b], both))}
        neither = map(sub, map(sub, one, two[a]), only[b])
        answered, silent = max(both), max(neither)
        for tried, then in {(a, b), (b, a)}:
            hits[tried].append(two[tried][then] + _LEFT * (answered + max(only[tried])))
            silences[tried].append(one[then] - two[tried][then] + _LEFT * (max(only[then]) + silent))
    return [now + max(hit) + max(silence) for now, hit, silence in zip(one, hits, silences, strict=True)]


def _brought(beliefs: Sequence[Sequence[Part]], less: _Less) -> tuple[_Row, list[_Row], dict[tuple[int, int], _Row]]:
    """What one message brings on each channel; if one channel answered before it; and if two did.

    Each times how likely it comes to this, and less what the message costs.
    """
    every = range(len(less))
    total = sum(part[0] for part in beliefs[0])
    weights = [part[0] / total for part in beliefs[0]]
    # The means of the parts of each channel after no, one and two answers.
    means = [[[(mean * size + n) / (size + n) for _, mean, size in parts] for n in range(3)] for parts in beliefs]
    hit = [list(map(mul, weights, means[a][0])) for a in every]
    pairs = {(a, b): list(map(mul, hit[a], means[b][a == b])) for a, b in combinations_with_replacement(every, 2)}
    three = {(a, b): _worth(row, [means[c][(c == a) + (c == b)] for c in every], less) for (a, b), row in pairs.items()}
    two = [_worth(hit[a], [means[c][c == a] for c in every], less) for a in every]
    return _worth(weights, [means[c][0] for c in every], less), two, three


def _worth(weights: _Row, means: Sequence[_Row], less: _Less) -> _Row:
    likely = sum(weights)
    return [sum(map(mul, weights, mean)) - likely * cost for mean, cost in zip(means, less, strict=True)]
