"""Lookahead: what each channel promises over the next messages, with what their answers will tell.

A try costs where another channel is better for this message, and pays where its answer or silence makes the
messages after it go to a better channel: it may show what a person is like on all channels. Two tries are
followed to each of their ends, then the best channel of that end is taken for the messages left. One try is
the knowledge gradient of Frazier, Powell and Dayanik 2008, https://doi.org/10.1137/070693424; it is blind
where only two silences together change the choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul

from unichannel.core.policy.belief import Belief, Part

__all__ = ["MESSAGES", "promises"]

MESSAGES = 6
"""How many messages a promise is for, this one included: the first two are tries."""

_SMALL = 1e-2
"""Parts of a belief that weigh less are left out."""

_Row = Sequence[float]


@dataclass(frozen=True, slots=True)
class _State:
    """What is believed after some tries: for each channel the parts' means and sizes, weighed together.

    ``weights`` add up to how likely the state is. ``less`` is what a message costs on each channel, in answers.
    """

    weights: _Row
    means: Sequence[_Row]
    sizes: Sequence[_Row]
    less: _Row

    def worth(self) -> list[float]:
        """What one message brings on each channel, times how likely the state is."""
        total = sum(self.weights)
        return [
            sum(map(mul, self.weights, mean)) - total * one for mean, one in zip(self.means, self.less, strict=True)
        ]

    def after(self, tried: int, is_hit: bool) -> _State:
        mean, size = self.means[tried], self.sizes[tried]
        odds = mean if is_hit else [1 - one for one in mean]
        learnt = [(one * so_far + is_hit) / (so_far + 1) for one, so_far in zip(mean, size, strict=True)]
        means = [learnt if place == tried else one for place, one in enumerate(self.means)]
        sizes = [[s + 1 for s in one] if place == tried else one for place, one in enumerate(self.sizes)]
        return _State(list(map(mul, self.weights, odds)), means, sizes, self.less)


def promises(known: Mapping[str, Belief]) -> dict[str, float]:
    """How many answers each channel promises over the next ``MESSAGES``, if the best is chosen after it each time."""
    if not known:
        return {}
    beliefs = list(known.values())
    kept = [place for place, (weight, _, _) in enumerate(beliefs[0].parts) if weight >= _SMALL]
    parts = tuple(tuple(belief.parts[place] for place in kept) for belief in beliefs)
    return dict(zip(known, _promised(parts, tuple(belief.less for belief in beliefs)), strict=True))


@lru_cache(maxsize=1_024)
def _promised(beliefs: tuple[tuple[Part, ...], ...], less: tuple[float, ...]) -> list[float]:
    """The same of all who showed nothing yet: reckoned once for a snapshot."""
    state = _begun(beliefs, less)
    ends = [[max(_once(state.after(tried, hit))) for hit in (True, False)] for tried in range(len(beliefs))]
    return [now + sum(end) for now, end in zip(state.worth(), ends, strict=True)]


def _begun(beliefs: Sequence[Sequence[Part]], less: _Row) -> _State:
    weights, means, sizes = ([[part[which] for part in belief] for belief in beliefs] for which in (0, 1, 2))
    total = sum(weights[0])
    return _State([weight / total for weight in weights[0]], means, sizes, less)


def _once(state: _State) -> list[float]:
    """What each channel promises if it is tried once, and the best of its end taken for the messages left.

    What a silence leaves of each channel is what there was less what an answer takes: it need not be reckoned.
    """
    now = state.worth()
    found = []
    for tried, worth in enumerate(now):
        hit = list(map(mul, state.weights, state.means[tried]))
        answered = [_answered(state, hit, place, tried) - sum(hit) * less for place, less in enumerate(state.less)]
        silent = max(before - one for before, one in zip(now, answered, strict=True))
        found.append(worth + (MESSAGES - 2) * (max(answered) + silent))
    return found


def _answered(state: _State, hit: _Row, place: int, tried: int) -> float:
    """What a channel brings after an answer on the one tried."""
    if place != tried:
        return float(sum(map(mul, hit, state.means[place])))
    rows = zip(hit, state.means[tried], state.sizes[tried], strict=True)
    return sum(weight * (mean * size + 1) / (size + 1) for weight, mean, size in rows)
