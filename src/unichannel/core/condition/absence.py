"""Absence: that something did not happen, with a clock that starts where it could have.

"Not so far" is ``~``; these leaves become true by time alone, and only where there was an
opportunity (PITFALLS P13).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from unichannel.core.calendar.span import Span
from unichannel.core.calendar.zone import add
from unichannel.core.condition.condition import Condition
from unichannel.core.condition.leaves import Evidence
from unichannel.core.condition.pattern import On
from unichannel.core.condition.truth import NEVER, Truth
from unichannel.core.condition.view import View
from unichannel.core.words.definition import definition
from unichannel.core.words.facts import Needs

__all__ = ["Silent", "Unanswered"]


def _which(signal: Any) -> str:
    is_evidence = isinstance(signal, Evidence) or (isinstance(signal, Mapping) and "evidence" in signal)
    return "Evidence" if is_evidence else "On"


Signal = Annotated[Annotated[On, Tag("On")] | Annotated[Evidence, Tag("Evidence")], Discriminator(_which)]
"""An event, or evidence of a delivery."""


def _occurred(view: View, signal: Signal, at: int) -> list[int]:
    """Instants of the signal by ``at``, over the whole profile, in order."""
    if isinstance(signal, On):
        return sorted(event.occurred for event in view.happened(signal, at))
    return [instant for instant in signal.first(view, anywhere=True) if instant <= at]


def _signal_needs(signal: Signal) -> Needs:
    if isinstance(signal, On):
        return Needs(frozenset({signal.event}), attributes=True)
    return Needs(deliveries=True, attributes=True)


def _signal_label(signal: Signal) -> str:
    return signal.event if isinstance(signal, On) else signal.label()


def _none_of(signal: Signal) -> str:
    return f"no event {signal.words('')}" if isinstance(signal, On) else signal.none()


@definition
class Silent(Condition, kind="silent"):
    """Nothing of this for so long, counted from the first opportunity.

    For evidence of a delivery the clock starts at the first delivery, after the latest such
    evidence, that could have given it; for an event at the latest one, or the profile's creation.
    """

    signal: Signal
    _: KW_ONLY
    for_: Span

    def truth(self, view: View, at: int) -> Truth:
        clock = self._clock(view, at)
        if clock is None:
            return NEVER
        end = add(clock, self.for_, view.zone)
        return Truth(True) if at >= end else Truth(False, end)

    def _clock(self, view: View, at: int) -> int | None:
        seen = _occurred(view, self.signal, at)
        if isinstance(self.signal, On):
            return seen[-1] if seen else view.facts.person.created
        last = seen[-1] if seen else -1
        return min((sent for sent in _sent(view, self.signal, at) if sent > last), default=None)

    def needs(self) -> Needs:
        return _signal_needs(self.signal)

    def label(self) -> str:
        return f"silent-{_signal_label(self.signal)}-{self.for_}"

    def words(self) -> str:
        return f"{_none_of(self.signal)} for {self.for_.words()}"


def _sent(view: View, signal: Evidence, at: int) -> list[int]:
    """When deliveries that could give the evidence went out."""
    found = []
    for delivery in view.deliveries(signal.channel, signal.of, anywhere=True):
        sent = delivery.first("accepted")
        if sent is not None and sent <= at and view.can_give(delivery, signal.evidence):
            found.append(sent)
    return found


@definition
class Unanswered(Condition, kind="unanswered"):
    """The one happened, and the other did not within a span of it."""

    signal: Signal
    _: KW_ONLY
    by: Signal
    within: Span

    def truth(self, view: View, at: int) -> Truth:
        asked = _occurred(view, self.signal, at)
        if not asked:
            return NEVER
        end = add(asked[-1], self.within, view.zone)
        answers = _occurred(view, self.by, at)
        if any(asked[-1] < instant < end for instant in answers):
            return NEVER
        return Truth(True) if at >= end else Truth(False, end)

    def needs(self) -> Needs:
        return _signal_needs(self.signal) | _signal_needs(self.by)

    def label(self) -> str:
        return f"{_signal_label(self.signal)}-unanswered-by-{_signal_label(self.by)}"

    def words(self) -> str:
        asked = self.signal.words("happened") if isinstance(self.signal, On) else self.signal.words()
        return f"{asked} and {_none_of(self.by)} within {self.within.words()}"
