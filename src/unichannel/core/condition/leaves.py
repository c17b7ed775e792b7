"""What can be asked of a profile's events, this run's sends and the clock."""

from __future__ import annotations

from dataclasses import KW_ONLY
from itertools import islice
from typing import Literal

from pydantic import PositiveInt

from unichannel.core.calendar.span import Span
from unichannel.core.calendar.window import Window
from unichannel.core.calendar.zone import add
from unichannel.core.condition.condition import Condition
from unichannel.core.condition.evidence import evidence_words, no_evidence
from unichannel.core.condition.moment import Moment
from unichannel.core.condition.pattern import On
from unichannel.core.condition.truth import NEVER, Truth
from unichannel.core.condition.view import View
from unichannel.core.words.definition import Many, definition
from unichannel.core.words.facts import Needs

__all__ = [
    "BusinessTime",
    "Evidence",
    "Happened",
    "Hours",
    "InOrder",
    "Reached",
]


@definition
class Happened(Condition, kind="happened"):
    """An event happened at least ``times`` times, in (now - within, now] where a window is given."""

    event: On
    _: KW_ONLY
    times: PositiveInt = 1
    within: Span | None = None

    def truth(self, view: View, at: int) -> Truth:
        latest = list(islice(view.happened(self.event, at), self.times))
        if len(latest) < self.times:
            return NEVER
        return _within(latest[-1].occurred, self.within, at, view.zone)

    def needs(self) -> Needs:
        return Needs(frozenset({self.event.event}), attributes=self.within is not None and not self.within.is_elapsed)

    def label(self) -> str:
        return self.event.event

    def words(self) -> str:
        return self.event.words("happened") + self._often()

    def negated(self) -> str:
        return self.event.words("did not happen") + self._often()

    def _often(self) -> str:
        often = f" at least {self.times} times" if self.times > 1 else ""
        return often + (f" within the last {self.within.words()}" if self.within is not None else "")


def _within(instant: int, window: Span | None, at: int, zone: str) -> Truth:
    """Whether an instant lies in (at - window, at], and until when it will."""
    if window is None:
        return Truth(True)
    leaves = leaves_window(instant, window, zone)
    return Truth(True, leaves) if at < leaves else NEVER


def leaves_window(instant: int, window: Span, zone: str) -> int:
    """The first instant at which ``instant`` is no longer in (now - window, now]."""
    return add(instant, window, zone)


@definition
class InOrder(Condition, kind="in_order"):
    """The events happened one after the other, the whole within a span where one is given."""

    events: Many[On]
    _: KW_ONLY
    within: Span | None = None

    def truth(self, view: View, at: int) -> Truth:
        ends = list(view.happened(self.events[-1], at))
        begun = [began for end in ends if (began := self._began(view, end.occurred)) is not None]
        if not begun:
            return NEVER
        if self.within is None:
            return Truth(True)
        ok = any(
            end.occurred <= leaves_window(began, self.within, view.zone)
            for end in ends
            if (began := self._began(view, end.occurred)) is not None
        )
        return Truth(ok)

    def _began(self, view: View, end: int) -> int | None:
        """The latest instant of the first event of a chain that ends at ``end``."""
        before = end
        for pattern in reversed(list(self.events)[:-1]):
            found = next((event for event in view.happened(pattern, before) if event.occurred < before), None)
            if found is None:
                return None
            before = found.occurred
        return before

    def needs(self) -> Needs:
        attributes = self.within is not None and not self.within.is_elapsed
        return Needs(frozenset(pattern.event for pattern in self.events), attributes=attributes)

    def label(self) -> str:
        return "-then-".join(pattern.event for pattern in self.events)

    def words(self) -> str:
        within = f", all within {self.within.words()}" if self.within is not None else ""
        return ", then ".join(pattern.words("happened") for pattern in self.events) + within


@definition
class Evidence(Condition, kind="evidence"):
    """A delivery of this run showed something: accepted, delivered, opened, clicked, replied, failed.

    ``of`` is a step's or a message's name. ``engaged`` is what counts as engagement on the channel:
    an open, but a click or a reply on SMS and MMS, which show no open.
    """

    evidence: Literal["accepted", "delivered", "opened", "clicked", "replied", "converted", "engaged", "failed"]
    channel: str | None = None
    _: KW_ONLY
    of: str | None = None

    def first(self, view: View, *, anywhere: bool = False) -> list[int]:
        """The first instants of the evidence, one per delivery that showed it, in order."""
        shown = (
            view.evidence(delivery, self.evidence)
            for delivery in view.deliveries(self.channel, self.of, anywhere=anywhere)
        )
        return sorted(instant for instant in shown if instant is not None)

    def truth(self, view: View, at: int) -> Truth:
        return Truth(any(instant <= at for instant in self.first(view)))

    def label(self) -> str:
        return "-".join(part for part in (self.evidence, self.channel, self.of) if part)

    def words(self) -> str:
        return evidence_words(self.evidence, self.channel, self.of)

    def negated(self) -> str:
        return f"not {self.words()}"

    def none(self) -> str:
        """The words for there being none: "no email opened"."""
        return no_evidence(self.evidence, self.channel, self.of)


@definition
class Reached(Condition, kind="reached"):
    """A moment has come; a local time or weekday is the first one since the run began."""

    moment: Moment

    def truth(self, view: View, at: int) -> Truth:
        instant = self.moment.resolve(view, view.scope.start)
        if instant is None:
            return NEVER
        return Truth(True) if at >= instant else Truth(False, instant)

    def needs(self) -> Needs:
        return self.moment.needs() | Needs(attributes=True)

    def label(self) -> str:
        return f"reached-{self.moment.label()}"

    def words(self) -> str:
        return f"{self.moment.words()} has come"

    def negated(self) -> str:
        return f"{self.moment.words()} has not come"


@definition
class Hours(Condition, kind="hours"):
    """The person's clock is within a window."""

    window: Window

    def truth(self, view: View, at: int) -> Truth:
        return Truth(*self.window.edges(at, view.zone))

    def needs(self) -> Needs:
        return Needs(attributes=True)

    def words(self) -> str:
        return f"the local time is {self.window.words()}"

    def negated(self) -> str:
        return f"the local time is not {self.window.words()}"


@definition
class BusinessTime(Condition, kind="business_hours"):
    """The host's business hours, in the host's zone or (``whose="profile"``) in the person's."""

    whose: Literal["host", "profile"] = "host"

    def truth(self, view: View, at: int) -> Truth:
        name = view.hours.timezone if self.whose == "host" else view.zone
        return Truth(*view.hours.edges(at, name, view.country))

    def needs(self) -> Needs:
        return Needs(attributes=True)

    def label(self) -> str:
        return "business-hours"

    def words(self) -> str:
        return "in business hours" if self.whose == "host" else "in business hours where the person is"

    def negated(self) -> str:
        return f"not {self.words()}"
