"""Strategies: which channel first."""

from unichannel.core.policy.best_value import BestValue, Option
from unichannel.core.policy.setting import Strategy
from unichannel.core.policy.strategy import Preferred

__all__ = ["BestValue", "Option", "Preferred", "Strategy"]
