"""Steps: what a journey does."""

from unichannel.core.journey.journey import Handler
from unichannel.core.journey.step import Arm, Branch, Exit, Send, Split, Step, Variant, Wait, variant, when

__all__ = ["Arm", "Branch", "Exit", "Handler", "Send", "Split", "Step", "Variant", "Wait", "variant", "when"]
