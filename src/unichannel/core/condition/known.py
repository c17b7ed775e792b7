"""What can be asked of what is known of a profile: its attributes, tags, lists; and of the run's data."""

from __future__ import annotations

from dataclasses import KW_ONLY

from unichannel.core.audience.ageing import stale_from
from unichannel.core.audience.consent import held
from unichannel.core.calendar.span import Span
from unichannel.core.calendar.zone import add, subtract
from unichannel.core.condition.condition import Condition
from unichannel.core.condition.truth import Truth
from unichannel.core.condition.view import View
from unichannel.core.words.definition import definition
from unichannel.core.words.facts import Needs
from unichannel.core.words.saying import line
from unichannel.core.words.test import AsTest

__all__ = ["AddressStale", "Attribute", "ConsentOlder", "Data", "Listed", "Tagged"]


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

    def words(self) -> str:
        return f"{line(self.name)} {self.test.words()}"

    def negated(self) -> str:
        return f"{line(self.name)} {self.test.words(negated=True)}"


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

    def words(self) -> str:
        return f"has the tag {line(self.name)}"

    def negated(self) -> str:
        return f"does not have the tag {line(self.name)}"


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

    def words(self) -> str:
        return f"is on the list {line(self.name)}"

    def negated(self) -> str:
        return f"is not on the list {line(self.name)}"


@definition
class ConsentOlder(Condition, kind="consent_older"):
    """A consent that is given is older than a span, counted from the person's last click or answer."""

    channel: str
    than: Span
    _: KW_ONLY
    purpose: str = "marketing"
    topic: str = "*"

    def truth(self, view: View, at: int) -> Truth:
        known = [entry for entry in view.facts.consents if entry.occurred <= at]
        given = held(known, self.channel, self.purpose, self.topic).get("given")
        if given is None:
            return Truth(False)
        contact = view.facts.person.contact
        since = max(given.occurred, contact) if contact <= at else given.occurred
        ends = add(since, self.than, view.zone)
        return Truth(True) if at >= ends else Truth(False, ends)

    def needs(self) -> Needs:
        return Needs(attributes=True)

    def label(self) -> str:
        return f"{self.channel}-consent-older"

    def words(self) -> str:
        return f"consent by {line(self.channel)} is older than {self.than.words()}"

    def negated(self) -> str:
        return f"consent by {line(self.channel)} is not older than {self.than.words()}"


@definition
class AddressStale(Condition, kind="address_stale"):
    """Each address that the person has on a channel is stale by the host's rule, or will be within a span."""

    channel: str
    within: Span = Span()

    def truth(self, view: View, at: int) -> Truth:
        rule, channel = view.ageing.get(self.channel), view.channels.get(self.channel)
        addresses = view.facts.person.reached_at(channel.address) if channel is not None else ()
        if rule is None or not addresses:
            return Truth(False)
        ends = max(stale_from(rule, view.facts.person, one, view.zone, at) for one in addresses)
        begins = subtract(ends, self.within, view.zone)
        return Truth(True) if at >= begins else Truth(False, begins)

    def needs(self) -> Needs:
        return Needs(attributes=True)

    def label(self) -> str:
        return f"{self.channel}-address-stale"

    def words(self) -> str:
        soon = f", or within {self.within.words()}" if self.within.nominal else ""
        return f"the address for {line(self.channel)} is stale{soon}"

    def negated(self) -> str:
        soon = f", nor within {self.within.words()}" if self.within.nominal else ""
        return f"the address for {line(self.channel)} is not stale{soon}"


@definition
class Data(Condition, kind="data"):
    """A value of the run's data passes a test."""

    name: str
    test: AsTest

    def truth(self, view: View, at: int) -> Truth:
        return Truth(self.test.holds(view.data(self.name)))

    def label(self) -> str:
        return self.name

    def words(self) -> str:
        return f"the run's {line(self.name)} {self.test.words()}"

    def negated(self) -> str:
        return f"the run's {line(self.name)} {self.test.words(negated=True)}"
