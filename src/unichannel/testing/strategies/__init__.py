"""Hypothesis strategies: random contents, conditions and histories, journeys and lives to lead through them."""

from unichannel.testing.strategies.asking import CHANGES, ZONES, conditions, histories, leaves, spans, views
from unichannel.testing.strategies.living import COMPANION, FUNCTION, Deed, answer, deeds, journeys
from unichannel.testing.strategies.saying import CONTEXT, contents, contents_by_kind

__all__ = [
    "CHANGES",
    "COMPANION",
    "CONTEXT",
    "FUNCTION",
    "ZONES",
    "Deed",
    "answer",
    "conditions",
    "contents",
    "contents_by_kind",
    "deeds",
    "histories",
    "journeys",
    "leaves",
    "spans",
    "views",
]
