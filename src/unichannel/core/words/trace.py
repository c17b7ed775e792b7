"""The trace of a decision: codes and numbers, never sentences. Sentences are made by ``why``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["CODES", "Trace", "Verdict"]

CODES: dict[str, str] = {
    # what became of a send
    "reserved": "a delivery was reserved",
    "deferred": "it has to wait until the instant given",
    "skipped": "it was not made, and the journey went on",
    "unreachable": "no channel was left",
    "expired": "its time-to-live had passed",
    # why a channel was refused
    "no_entity": "the event lacks the property that keys runs",
    "no_address": "the profile has no address for the channel",
    "dead_address": "the address was found dead",
    "stale_address": "nothing has shown the address to work for too long",
    "no_content": "the message has no content for the channel",
    "no_route": "no route of this engine serves the channel",
    "not_taken": "no route of the channel takes such a content",
    "no_conversation": "free form goes out only within 24 hours of the person's last message there",
    "no_consent": "there is no consent for this purpose on the channel",
    "opted_out": "the person withdrew from this purpose on the channel",
    "denied": "the person was asked and said no",
    "pending_consent": "the consent waits to be confirmed by the person",
    "consent_too_old": "the consent is too old, and has to be asked anew",
    "consent_ended": "the consent that followed from a relation is over",
    "not_implied": "the law of the person's country knows no such implied consent on the channel",
    "nothing_to_confirm": "no consent waits to be confirmed on the channel",
    "prospect": "somebody who has not been in touch yet gets no marketing on the channel",
    "no_sender_address": "the law asks for the sender's postal address, and the engine was given none",
    "suppressed": "the address opted out, complained or is refused by its provider",
    "window": "quiet hours, or the hours of the law",
    "closed": "quiet hours, or the hours of the law, for what its category does not send later",
    "never_open": "hours that have to hold together never do",
    "ttl_before_window": "the next opening lies beyond the time-to-live",
    "cap": "a frequency cap",
    "gap": "a minimum gap",
    "same_matter": "another run speaks about the same matter",
    "ttl": "the time-to-live had passed",
    "not_ranked": "other channels came first",
    "not_named": "the strategy did not name it",
    "budget": "a budget does not hold what it costs any more",
    "no_price": "a budget covers it, and its price is not known",
    "not_offered": "the strategy named it, but it was not possible",
    "rule": "a rule of the host's refused it",
    "tried": "this channel was already tried for this send",
    # what moved a run or a ladder
    "start": "the run began",
    "refused": "the run was not begun",
    "goal": "the goal was reached",
    "exit": "an exit event came",
    "completed": "the last step was reached",
    "merged": "two profiles became one, and the older run of the journey goes on",
    "erased": "the person was erased",
    "success": "the channel showed success",
    "silence": "nothing was heard within the delay",
    "hard_failure": "the delivery failed for good",
    "retries_ended": "the provider could not be reached in time",
    "abandoned": "nobody can say whether it was accepted, so it was not sent again",
    "late_fact": "a fact became known only after the decision",
    "branch": "the first arm that holds",
    "split": "the arm that the hash gives",
    "round": "another round of a repetition",
    "rounds_over": "its last round was gone through",
    "until": "what the repetition was for has come",
    "digest": "the digest closed",
    "updated": "the profile or the run's data was changed",
    "emitted": "an event was emitted",
    "started": "another journey was begun",
    "ended": "the journey that was begun has ended",
    "called": "a function of the host's was called",
    "answered": "the function answered",
    "call_failed": "the function did not answer",
    "wait": "the run waits",
    "event": "an event ended the wait",
    "timeout": "the wait's time was up",
    "handler": "an event moved the run",
    "passed": "the run had been there before",
    "spacing": "two marketing messages would have fallen together through lateness",
    "re_entry": "the journey may not be entered again yet",
    "already_running": "a run with the same entity is still going",
    "entry_condition": "the entry condition does not hold",
    "too_late": "the event is older than the journey accepts",
    "unknown_journey": "no journey of that name is known",
    "cancelled": "it was taken back before it was sent",
}


@dataclass(slots=True, frozen=True)
class Verdict:
    """What a rule said about one candidate channel, with the numbers that it used."""

    channel: str
    code: str
    detail: dict[str, Any] = field(default_factory=dict, repr=False)

    def as_json(self) -> list[Any]:
        return [self.channel, self.code, self.detail] if self.detail else [self.channel, self.code]


@dataclass(slots=True)
class Trace:
    """Why something was decided.

    ``at`` is the planned instant, ``now`` the real one. ``verdicts`` has one entry per candidate,
    in the order they were considered; ``detail`` holds the cause and its numbers.
    """

    code: str
    step: str
    at: int
    now: int
    verdicts: tuple[Verdict, ...] = ()
    detail: dict[str, Any] = field(default_factory=dict, repr=False)

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"code": self.code, "step": self.step, "at": self.at, "now": self.now}
        if self.verdicts:
            body["verdicts"] = [verdict.as_json() for verdict in self.verdicts]
        if self.detail:
            body["detail"] = self.detail
        return body

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Trace:
        verdicts = tuple(Verdict(v[0], v[1], v[2] if len(v) > 2 else {}) for v in body.get("verdicts", ()))
        return cls(body["code"], body["step"], body["at"], body["now"], verdicts, body.get("detail", {}))
