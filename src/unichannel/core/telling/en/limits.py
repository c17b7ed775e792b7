"""What held a channel back: hours, caps, gaps and money."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["LIMITS"]

LIMITS: dict[str, Phrases] = {
    "window": (
        "{channel} had to wait for the hours that the law allows, {until:at}, {holiday} being a holiday ({rule})",
        "{channel} had to wait for the hours that the law allows, {until:at} ({rule})",
        "{channel} had to wait for the end of quiet hours {until:at}",
        "{channel} was in quiet hours",
    ),
    "closed": (
        "{channel} was closed by law {until:until} ({rule}), and {category} is not sent later",
        "{channel} was in quiet hours {until:until}, and {category} is not sent later",
        "{channel} was closed, and what it says is not sent later",
    ),
    "never_open": (
        "{channel} was not possible: the law ({rule}) and the quiet hours leave no time",
        "{channel} was not possible: its hours leave no time",
    ),
    "ttl_before_window": (
        "{channel} was not possible: the law ({rule}) allows it {until:at}, it was worth sending only {expires:until}",
        "{channel} was not possible: quiet hours last {until:until}, and it was worth sending only {expires:until}",
        "{channel} was not possible: it could not have gone while it was worth sending",
    ),
    "cap": (
        "{channel} was held back by a cap, {count} of {limit} {capped} messages within {within}; room {until:at}",
        "{channel} was held back by a cap, {count} of {limit} messages within {within}; room {until:at}",
        "{channel} was held back by a frequency cap",
    ),
    "gap": (
        "{channel} was held back by a minimum gap of {within} between {capped} messages; room {until:at}",
        "{channel} was held back by a minimum gap of {within} between messages; room {until:at}",
        "{channel} was held back by a minimum gap",
    ),
    "spacing": (
        "it kept its distance {until:until} from the marketing message before",
        "it kept its distance from the marketing message before",
    ),
    "same_matter": (
        "{channel} was held back, as {first_delivery} speaks about the same thing, alone for {within}; room {until:at}",
        "{channel} was held back, as another run speaks about the same thing",
    ),
    "budget": (
        "{channel} was too dear: it costs {cost} and the budget {budget} has {left} left",
        "{channel} was too dear for the budget",
    ),
    "no_price": (
        "{channel} was not possible: no price is known for {country}, and the budget {budget} has to hold",
        "{channel} was not possible: no price is known for it",
    ),
}
