"""Conditions, the tests of values inside them, and the moments that waits know."""

from unichannel.core.condition.condition import Condition
from unichannel.core.condition.moment import attribute_date, data_date, data_days, local_time, start, weekday
from unichannel.core.condition.pattern import On, on
from unichannel.core.condition.truth import Truth
from unichannel.core.condition.words import (
    attribute,
    business_hours,
    clicked,
    converted,
    data,
    delivered,
    engaged,
    failed,
    happened,
    in_order,
    local_hours,
    opened,
    reached,
    replied,
    sent,
    silent,
    unanswered,
)
from unichannel.core.words.test import above, at_least, at_most, below, contains, equals, exists, one_of

__all__ = [
    "Condition",
    "On",
    "Truth",
    "above",
    "at_least",
    "at_most",
    "attribute",
    "attribute_date",
    "below",
    "business_hours",
    "clicked",
    "contains",
    "converted",
    "data",
    "data_date",
    "data_days",
    "delivered",
    "engaged",
    "equals",
    "exists",
    "failed",
    "happened",
    "in_order",
    "local_hours",
    "local_time",
    "on",
    "one_of",
    "opened",
    "reached",
    "replied",
    "sent",
    "silent",
    "start",
    "unanswered",
    "weekday",
]
