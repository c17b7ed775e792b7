"""Strategies: which channel first; and what is learned of people."""

from unichannel.core.audience.engagement import Followed, Learning, Used
from unichannel.core.policy.adaptive import Adaptive
from unichannel.core.policy.strategy import ByCategory, Function, Mixed, Ordered, Preferred, Question, Ranking, Strategy

__all__ = [
    "Adaptive",
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
