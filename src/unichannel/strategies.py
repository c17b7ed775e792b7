"""Strategies: which channel first, and what they learn from."""

from unichannel.core.audience.engagement import Followed, Learning, Used
from unichannel.core.policy.adaptive import Adaptive
from unichannel.core.policy.best_value import BestValue
from unichannel.core.policy.strategy import ByCategory, Function, Mixed, Ordered, Preferred, Question, Ranking, Strategy

__all__ = [
    "Adaptive",
    "BestValue",
    "ByCategory",
    "Followed",
    "Function",
    "Learning",
    "Mixed",
    "Ordered",
    "Preferred",
    "Question",
    "Ranking",
    "Strategy",
    "Used",
]
