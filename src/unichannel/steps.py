"""Steps: what a journey does, and what begins it."""

from unichannel.core.journey.language.action import Call, Emit, StartJourney, Update
from unichannel.core.journey.language.choice import Arm, Branch, Split, Variant, variant, when
from unichannel.core.journey.language.journey import Handler
from unichannel.core.journey.language.repeat import Digest, Repeat
from unichannel.core.journey.language.step import Exit, Send, Step, Wait
from unichannel.core.journey.language.trigger import Trigger, manual, on_date, recurring

__all__ = [
    "Arm",
    "Branch",
    "Call",
    "Digest",
    "Emit",
    "Exit",
    "Handler",
    "Repeat",
    "Send",
    "Split",
    "StartJourney",
    "Step",
    "Trigger",
    "Update",
    "Variant",
    "Wait",
    "manual",
    "on_date",
    "recurring",
    "variant",
    "when",
]
