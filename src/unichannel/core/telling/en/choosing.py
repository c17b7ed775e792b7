"""Why this channel, and not another that was possible or was not."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["CHOOSING"]

CHOOSING: dict[str, Phrases] = {
    "no_content": "{channel} was not possible: the message has no content for it",
    "no_route": "{channel} was not possible: no provider serves it",
    "not_taken": "{channel} was not possible: its provider does not take such a message",
    "no_conversation": "{channel} was not possible: the person has not written within a day",
    "rule": ("{channel} was refused by the rule {rule}", "{channel} was refused by a rule of the application's"),
    "not_offered": "{channel} was named by the strategy, but was not possible",
    "not_ranked": "{channel} ranked lower",
    "not_named": "{channel} was left out by the strategy",
    "only_channel": "it is the step's channel",
    "only_possible": "no other channel was possible",
    "preferred": ("the person asked for {channel} for {topic}", "the person asked for {channel}"),
    "best": "it ranked first for this person",
    "alike": "no other channel is known to do better for this person",
    "ranked": (
        "the strategy {strategy} puts it first for {topic}",
        "the strategy {strategy} puts it first",
        "the strategy puts it first",
    ),
    "drawn": ("a part of the mix was drawn that puts it first, with odds of {odds}", "it was drawn"),
    "best_value": "it is expected to bring the most after its cost",
    "promising": (
        "a try of it pays (answers expected over the next messages: {promised})",
        "a try of it pays over the next messages",
    ),
    "explored": ("it was tried with odds of {odds} so that more is known of it", "it was tried to know more of it"),
    "strategy_failed": (
        "the strategy raised {error}, so the usual channel comes first",
        "the strategy raised an error",
    ),
    "affinity": (
        "affinity {beliefs} from {messages} and what others answer (prior {prior})",
        "affinity {beliefs} from {messages}",
    ),
    "cost": "{channel} costs {cost}",
    "value": ("expected value {values}, an answer being worth {worth}", "expected value {values}"),
    "derived": "it uses the words of the {seen_channel}",
}
