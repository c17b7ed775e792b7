"""Hypothesis strategies: random conditions, people's histories to ask them of, journeys, lives to lead through them."""

from unichannel.testing.strategies.asking import CHANGES, ZONES, conditions, histories, leaves, spans, views
from unichannel.testing.strategies.living import COMPANION, FUNCTION, Deed, answer, deeds, journeys

__all__ = [
    "CHANGES",
    "COMPANION",
    "FUNCTION",
    "ZONES",
    "Deed",
    "answer",
    "conditions",
    "deeds",
    "histories",
    "journeys",
    "leaves",
    "spans",
    "views",
]
