"""What every strategy keeps: subclass ``StrategyConformance`` and give it yours.

class TestOurs(StrategyConformance):
    @pytest.fixture
    def strategy(self): return ours
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from unichannel.core.audience.engagement import WHOLE, add
from unichannel.core.audience.profile import Person
from unichannel.core.policy.strategy import Own, Question, Ranking, Strategy
from unichannel.core.words.category import Category
from unichannel.core.words.instant import DAY
from unichannel.core.words.money import Money

__all__ = ["StrategyConformance"]

_TODAY = 21_900
_OFFERS = ((), ("email",), ("sms", "email"), ("email", "sms", "push"))
_KINDS = (
    Category("education", channel="email", topic="education"),
    Category("alerts", purpose="transactional", urgency="urgent"),
)
_COSTS = {"email": Money("0.0009", "EUR"), "sms": Money("0.0745", "EUR")}  # that of push is not known
_DRAWS = [place / 200 for place in range(200)]


def _people() -> list[Person]:
    """Somebody who has shown nothing, and some who have."""
    people = [Person(1, "new"), Person(2, "mail", attributes={"plan": "pro"}), Person(3, "text", tags=["vip"])]
    for person, channel in zip(people[1:], ("email", "sms"), strict=True):
        for ago in range(5):
            add(person.engagement, (channel, "education", (_TODAY - ago) * DAY, WHOLE, WHOLE * (ago % 2)))
    return people


class StrategyConformance:
    """Checks for a strategy, or a host's function. Override ``strategy``."""

    @pytest.fixture
    def strategy(self) -> Any:
        """The strategy to check."""
        raise NotImplementedError("override the fixture `strategy`")

    @pytest.fixture(params=_OFFERS, ids=lambda offered: "-".join(offered) or "nothing")
    def questions(self, request: pytest.FixtureRequest) -> list[Question]:
        """What it is asked."""
        now = _TODAY * DAY
        return [
            Question(request.param, person, kind, now, draw, costs=_COSTS)
            for person in _people()
            for kind in _KINDS
            for draw in (0.0, 0.5, 0.999)
        ]

    def test_it_ranks_only_what_it_is_offered_and_nothing_twice(self, strategy: Any, questions: list[Question]) -> None:
        for question in questions:
            ranked = _rank(strategy, question).channels
            assert set(ranked) <= set(question.offered)
            assert len(set(ranked)) == len(ranked)

    def test_the_same_question_has_the_same_answer(self, strategy: Any, questions: list[Question]) -> None:
        for question in questions:
            assert _rank(strategy, question) == _rank(strategy, deepcopy(question))

    def test_it_changes_nothing_that_it_is_given(self, strategy: Any, questions: list[Question]) -> None:
        for question in questions:
            before = deepcopy(question)
            _rank(strategy, question)
            assert question == before

    def test_its_odds_add_up_and_are_kept(self, strategy: Any, questions: list[Question]) -> None:
        for question in questions[:: len(_KINDS)]:
            odds = _rank(strategy, question).odds
            assert sum(odds.values()) == pytest.approx(1.0 if odds else 0.0)
            drawn = [_rank(strategy, _with(question, draw)).channels[:1] for draw in _DRAWS] if odds else []
            for channel, chance in odds.items():
                assert drawn.count([channel]) / len(_DRAWS) == pytest.approx(chance, abs=0.02)


def _with(question: Question, draw: float) -> Question:
    return replace(question, draw=draw)


def _rank(strategy: Any, question: Question) -> Ranking:
    asked = strategy if isinstance(strategy, Strategy) else Own(strategy)
    return asked.rank(question)
