"""How runs of journeys begin, where they are, and how they end."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["RUNS"]

RUNS: dict[str, Phrases] = {
    "start": ("the journey {journey} began with {event}", "the journey {journey} began"),
    "refused": "the journey {journey} did not begin",
    "not_enrolled": (
        "the journey {journey} never began: {triggers} did not happen",
        "the journey {journey} never began",
    ),
    "no_event": "{event} did not happen",
    "no_entity": ("the event has no {property}, which keys runs", "the event lacks what keys runs"),
    "entry_condition": "its entry condition did not hold",
    "re_entry": ("it may begin again only {until:at}", "it may not begin again"),
    "already_running": "a run of it was still going",
    "too_late": (
        "{event} happened {occurred:at} and was told only {recorded:at}",
        "the event was told later than the journey accepts",
    ),
    "unknown_journey": "no journey of that name is known",
    "at_step": ("the journey {journey} is at {step} {until:until}", "the journey {journey} is at {step}"),
    "not_reached": "the step {step} was not reached",
    "left_out": "the journey {journey} went another way than by {step}",
    "set_aside": "the journey {journey} was set aside at {step}, as its decision raised an error",
    "goal": ("the journey {journey} ended, as its goal {event} was reached", "the goal was reached"),
    "exit": ("the journey {journey} ended, as {event} came", "the run had ended"),
    "exit_step": (
        "the journey {journey} ended at its step {step} ({event})",
        "the journey {journey} ended at its step {step}",
    ),
    "completed": "the journey {journey} came to its end",
    "merged": (
        "the journey {journey} ended, as two profiles became one and {into} goes on",
        "two profiles became one, and the older run goes on",
    ),
    "erased": "the person asked to be forgotten",
}
