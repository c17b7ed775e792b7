"""What can be asked of a profile, its events and this run's sends."""

from __future__ import annotations

from dataclasses import KW_ONLY
from itertools import islice
from typing import Annotated, Literal

from pydantic import BeforeValidator, PositiveInt

from unichannel.core.calendar.span import Span
from unichannel.core.calendar.window import Window
from unichannel.core.calendar.zone import add
from unichannel.core.condition.condition import Condition
from unichannel.core.condition.moment import Moment
from unichannel.core.condition.pattern import On
from unichannel.core.condition.truth import NEVER, Truth
from unichannel.core.condition.view import View
from unichannel.core.words.definition import Many, definition
from unichannel.core.words.facts import Needs
from unichannel.core.words.test import Test, as_test

__all__ = [
    "Attribute",
    "BusinessTime",
    "Data",
    "Evidence",
    "Happened",
    "Hours",
    "InOrder",
    "Listed",
    "Reached",
    "Tagged",
]

AsTest = Annotated[Test, BeforeValidator(as_test)]


@definition
class Attribute(Condition, kind="attribute"):
    """An attribute of the profile passes a test."""

    name: str
    test: AsTest

    def truth(self, view: View, at: int) -> Truth:
        return Truth(self.test.holds(view.attribute(self.name)))

    def needs(self) -> Needs:
        return Needs(attributes=True)

    def label(self) -> str:
        return self.name


@definition
class Tagged(Condition, kind="tagged"):
    """The profile has a tag."""

    name: str

    def truth(self, view: View, at: int) -> Truth:
        return Truth(self.name in view.facts.person.tags)

    def needs(self) -> Needs:
        return Needs(attributes=True)

    def label(self) -> str:
        return f"tagged-{self.name}"


@definition
class Listed(Condition, kind="listed"):
    """The profile is on a list."""

    name: str

    def truth(self, view: View, at: int) -> Truth:
        return Truth(self.name in view.facts.person.lists)

    def needs(self) -> Needs:
        return Needs(attributes=True)

    def label(self) -> str:
        return f"listed-{self.name}"


@definition
class Data(Condition, kind="data"):
    """A value of the run's data passes a test."""

    name: str
    test: AsTest

    def truth(self, view: View, at: int) -> Truth:
        return Truth(self.test.holds(view.data(self.name)))

    def label(self) -> str:
        return self.name


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


@definition
class Hours(Condition, kind="hours"):
    """The person's clock is within a window."""

    window: Window

    def truth(self, view: View, at: int) -> Truth:
        return Truth(*self.window.edges(at, view.zone))

    def needs(self) -> Needs:
        return Needs(attributes=True)


@definition
class BusinessTime(Condition, kind="business_hours"):
    """The host's business hours, in the host's zone or (``whose="profile"``) in the person's."""

    whose: Literal["host", "profile"] = "host"

    def truth(self, view: View, at: int) -> Truth:
        name = view.hours.timezone if self.whose == "host" else view.zone
        return Truth(*view.hours.window.edges(at, name))

    def needs(self) -> Needs:
        return Needs(attributes=self.whose == "profile")

    def label(self) -> str:
        return "business-hours"
