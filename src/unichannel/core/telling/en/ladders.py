"""How a send went from one channel to the next."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["LADDERS"]

LADDERS: dict[str, Phrases] = {
    "first_rung": "it comes first of {rungs}",
    "none_before": "the channels before it could not be used",
    "only_before": "{channel} was the only rung before",
    "tried": ("{channel} was tried {since:at}", "{channel} was tried before"),
    "followed": "{channel} followed {since:at}",
    "success": (
        "{channel} was not needed, as the {message} {seen_channel} {sent:of} was {evidence} {since:at}",
        "{channel} was not needed",
    ),
    "silence": (
        "the {message} {channel} {sent:of} was not {evidence} within {delay}",
        "nothing was heard of the {message} {channel} {sent:of} within {delay}",
        "nothing was heard of what was sent before",
    ),
    "hard_failure": (
        "the {message} {channel} {sent:of} failed ({reason})",
        "the {message} {channel} {sent:of} failed",
        "what was sent before failed for good",
    ),
    "bounced": (
        "the {message} {channel} {sent:of} bounced ({reason})",
        "the {message} {channel} {sent:of} bounced",
        "what was sent before bounced",
    ),
    "retries_ended": (
        "the {message} {channel} {sent:of} could not be handed over in {tries}",
        "its provider could not be reached in time",
    ),
    "abandoned": (
        "nobody can say whether the {message} {channel} {sent:of} was accepted, and nothing was heard of it",
        "nobody can say whether it was accepted, so it was not sent again",
    ),
    "late_fact": (
        "that the {message} {channel} was {evidence} {since:at} became known only {told:at}",
        "a fact became known only after the decision",
    ),
    "next_rung": (
        "{channel} follows {until:at} if it is not {evidence} by then",
        "{channel} follows {until:at} if nothing is heard by then",
    ),
    "later_rung": "{channel} would come after that",
    "if_it_fails": "{channel} was to follow only if it failed",
    "run_over": (
        "{channel} was not tried any more, as {event} ended the journey {since:at}",
        "{channel} was not tried any more, as the journey ended {since:at}",
        "{channel} was not tried any more, as the journey ended",
    ),
    "moved_on": (
        "{channel} was not tried any more, as {event} moved the run on {since:at}",
        "{channel} was not tried any more, as the run was moved on",
    ),
    "not_awaited": "{channel} was not tried any more, as it failed after the send was over",
}
