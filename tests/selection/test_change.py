"""Change: how what was shown before fades, by messages and by silences (P31)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.selection.kit import TODAY, question
from unichannel import days, hours
from unichannel.core.audience.engagement import Learning
from unichannel.core.calendar.span import Span
from unichannel.core.policy.belief import Belief, beliefs
from unichannel.strategies import Adaptive

CELL = ("sms", "")
BASE = (0.3, 0.7)
HALF_LIFE = days(60).nominal


def after(silence: int) -> Belief:
    """What is believed of who answered five messages, the last one so many days ago."""
    shown = {CELL: [(TODAY + 1 - silence - ago, 1.0, 1.0) for ago in reversed(range(5))]}
    return beliefs([CELL], shown, [(1.0, {CELL: BASE})], HALF_LIFE, TODAY)[CELL]


def spaced(answers: list[bool], every: int) -> Belief:
    shown = [("sms", 1 + ago * every, answer) for ago, answer in enumerate(answers)]
    return Adaptive().believe(question(*shown))["sms"]


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_a_message_is_as_much_chance_of_a_change_every_day_as_every_third(answers: list[bool]) -> None:
    """Else who is written to every third day would be believed to change three times as often at each message."""
    assert spaced(answers, every=3).mean == pytest.approx(spaced(answers, every=1).mean)


def test_the_longer_the_silence_the_less_is_kept() -> None:
    kept = [after(silence).mean for silence in range(1, 400)]
    assert all(later <= earlier for earlier, later in pairwise(kept))
    assert kept[2] == kept[0] > kept[29] + 0.05
    assert kept[-1] == pytest.approx(BASE[0], abs=0.01)


@pytest.mark.parametrize(("silence", "odds"), [(1, 2 ** (1.5 / 60) - 1), (4, 2 ** (1.5 / 60) - 1), (60, 1)])
def test_a_message_is_a_chance_and_the_half_life_even_odds(silence: int, odds: float) -> None:
    shown = {CELL: [(TODAY + 1 - silence, 5.0, 5.0)]}
    found = beliefs([CELL], shown, [(1.0, {CELL: BASE})], HALF_LIFE, TODAY)[CELL]
    (kept, *_), (changed, *_) = found.parts
    assert changed / kept == pytest.approx(odds)


@pytest.mark.parametrize(("half_life", "mean"), [(hours(1), 0.3), (days(10_000_000), 5.3 / 6)])
def test_a_half_life_may_be_as_short_or_as_long_as_anybody_likes(half_life: Span, mean: float) -> None:
    asked = question(*[("sms", 1_000 + ago, True) for ago in range(5)], learning=Learning(half_life=half_life))
    assert Adaptive(begin={"sms": (0.3, 1.0)}).believe(asked)["sms"].mean == pytest.approx(mean, abs=1e-3)
