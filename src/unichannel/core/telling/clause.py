"""Clauses: what an explanation is made of. A code and the values it was decided with; words come later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from unichannel.core.words.trace import CODES

__all__ = ["CLAUSES", "FACTS", "TELLABLE", "Clause"]

CLAUSES: dict[str, str] = {
    "first_rung": "it is the first of the send's channels",
    "only_channel": "it is the step's channel",
    "none_before": "the channels before it could not be used",
    "only_before": "no other channel was tried before",
    "preferred": "the person asked for this channel for this kind of message",
    "best": "the strategy ranked it first for this person",
    "alike": "no other channel is known to do better",
    "only_possible": "no other channel was possible",
    "ranked": "the strategy puts it first, whoever the person is",
    "drawn": "the part of a mix that was drawn puts it first",
    "best_value": "what it is expected to bring, less its cost, is the most",
    "promising": "what its answer or silence tells is worth a try: answers expected over eight messages, by channel",
    "explored": "it was tried so that more is known of it",
    "strategy_failed": "the strategy raised an error, so the usual channel comes first",
    "affinity": "how likely the person answers, by channel: mean and standard deviation",
    "cost": "what it costs",
    "value": "what each channel is expected to bring, less its cost",
    "derived": "nobody wrote it for this channel: it uses another's words",
    "bounced": "the delivery before came back",
    "held": "it was held until then",
    "late": "it was decided later than planned",
    "next_rung": "the next channel is tried then, if nothing is heard",
    "later_rung": "it comes after the next channel",
    "followed": "the channel was tried then, later in the same send",
    "succeeded": "a send on the way had succeeded",
    "run_over": "the run ended before its turn",
    "moved_on": "an event moved the run on before its turn",
    "not_awaited": "the send was over before it failed",
    "if_it_fails": "the next channel is tried if it fails",
    "of_run": "the step, the run and what began it",
    "of_send": "the application's own send",
    "exit_step": "a step ended the run",
    "delivery_waits": "it is not sent before then",
    "at_step": "where the run is",
    "not_reached": "the run has not come to the step",
    "left_out": "the run went another way",
    "no_event": "the event that leads to the step did not happen",
    "not_enrolled": "the journey never began for the person",
    "set_aside": "the run's decision raised an error, and it waits for retry()",
    "event_occurred": "an event happened",
    "event_told_late": "an event happened, and was told later",
    "consent_given": "consent was given",
    "consent_withdrawn": "consent was withdrawn",
    "consent_pending": "consent was asked for and waits to be confirmed",
    "consent_soft_opt_in": "consent followed from a purchase or a question",
    "consent_denied": "consent was asked for and refused",
    "function_called": "a function of the application's was called",
}
"""Codes of clauses that no trace holds: they follow from several, or from what became of a delivery."""

FACTS = (
    "reserved",
    "sending",
    "retry",
    "in_doubt",
    "abandoned",
    "accepted",
    "sent",
    "delivered",
    "failed",
    "bounced",
    "cancelled",
    "expired",
    "opened",
    "clicked",
    "replied",
    "converted",
    "dismissed",
    "complained",
    "unsubscribed",
    "machine_opened",
    "machine_clicked",
    "doubted",
    "not_accepted",
    "held_back_by_rate",
    "held_back_by_pause",
)
"""What can be known of a delivery."""

TELLABLE = frozenset({*CODES, *CLAUSES})


@dataclass(frozen=True, slots=True)
class Clause:
    """One reason: a code of ``CODES`` or ``CLAUSES``, and its values as plain JSON (instants in microseconds UTC)."""

    code: str
    values: dict[str, Any] = field(default_factory=dict, hash=False)

    def as_json(self) -> list[Any]:
        return [self.code, self.values]
