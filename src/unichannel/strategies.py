"""Strategies: which channel first."""

from unichannel.core.policy.setting import Strategy
from unichannel.core.policy.strategy import Preferred

__all__ = ["Preferred", "Strategy"]
