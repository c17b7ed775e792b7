"""What a run did at its steps, and what happened on the way."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["STEPS"]

STEPS: dict[str, Phrases] = {
    "branch": ("{step} took the way {arm}", "{step} chose a way"),
    "split": ("{step} drew {arm}", "{step} drew a way"),
    "round": "{step} went round",
    "rounds_over": "the rounds of {step} were over",
    "until": "what {step} was for had come",
    "digest": "{step} closed",
    "updated": "{step} changed the profile or the run's data",
    "emitted": ("{step} emitted {arm}", "{step} emitted an event"),
    "started": ("{step} began {arm}", "{step} began another journey"),
    "ended": "the journey that {step} began had ended",
    "called": ("{step} called {function}", "{step} called a function"),
    "answered": "the function that {step} called had answered",
    "call_failed": (
        "the step {step} went on without an answer of {function} ({reason})",
        "the step {step} went on without an answer of {function}",
        "the step {step} went on without an answer",
    ),
    "function_called": "the function {function} was called by {step}",
    "wait": ("{step} waits {until:until}", "{step} was over"),
    "event": "what {step} waited for had come",
    "timeout": "the time of {step} was up",
    "handler": ("{event} moved the run on", "an event moved the run on"),
    "passed": "the run had been there before",
    "event_occurred": "{event} happened",
    "event_told_late": "{event} happened, and was told {told:at}",
}
