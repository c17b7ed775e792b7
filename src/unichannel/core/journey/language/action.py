"""Steps that do something besides sending: change the profile, say what happened, ask the host, begin a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import Any

from unichannel.core.calendar.span import Span, hours
from unichannel.core.journey.language.step import Step, Ways
from unichannel.core.words.definition import Many, definition
from unichannel.core.words.saying import joined, line, said
from unichannel.core.words.values import NOTHING, Marks, Values
from unichannel.errors import DefinitionError

__all__ = ["Call", "Emit", "StartJourney", "Update"]


@definition
class Update(Step, kind="update"):
    """Change the profile, or the run's data.

    ``attributes`` and ``data`` map names to values; a text among them is a template, and one that
    is a single ``{{ … }}`` keeps its type: ``Update({"visits": "{{ profile.visits | plus: 1 }}"})``.
    None takes an attribute away. ``tags`` and ``lists`` are names to add, or names with False to
    remove them.
    """

    attributes: Values = NOTHING
    _: KW_ONLY
    tags: Marks = ()
    lists: Marks = ()
    data: Values = NOTHING
    name: str | None = None

    def __post_init__(self) -> None:
        if not (self.attributes or self.tags or self.lists or self.data):
            raise DefinitionError("an update changes nothing.", thing="update", mend="Say what it sets.")

    def label(self) -> str:
        names = [*self.attributes, *(name for name, _ in (*self.tags, *self.lists)), *self.data]
        return "-".join(["update", *names])

    def words(self) -> str:
        return "; ".join([*_settings(self.attributes, ""), *_settings(self.data, "the run's "), *self._marks()])

    def _marks(self) -> list[str]:
        kinds = (("tag", self.tags), ("list", self.lists))
        named = [(kind, line(name), there) for kind, marks in kinds for name, there in marks]
        return [f"{'add' if there else 'take off'} the {kind} {name}" for kind, name, there in named]


@definition
class Emit(Step, kind="emit"):
    """Say that something happened: an event of this profile, as ``track`` would tell it.

    Texts in ``properties`` are templates: ``Emit("lead.lost", {"plan": "{{ data.plan }}"})``. It is
    decided in the next round of the same pass; journeys that start each other in a circle end at a
    depth of 10.
    """

    event: str
    properties: Values = NOTHING
    _: KW_ONLY
    name: str | None = None

    def __post_init__(self) -> None:
        if not self.event.strip():
            raise DefinitionError("an event needs a name.", thing="emit", mend="Name it.")

    def label(self) -> str:
        return f"emit-{self.event}"

    def words(self) -> str:
        return f"say that {line(self.event)} happened{_given(self.properties)}"


@definition
class Call(Step, kind="call"):
    """Ask a function of the host's, registered by name: ``Call("crm.has_bought", into="bought")``.

    It is carried like a delivery: reserved with the decision, called outside any transaction, once
    more where nobody knows what became of it (so the function is given a ``key``). ``arguments`` are
    values, their texts templates. ``into`` names where in the run's data the answer goes. What
    raises is tried again, with pauses, until ``timeout`` after it was reserved; then the run goes
    through ``on_failure`` and on.
    """

    function: str
    arguments: Values = NOTHING
    _: KW_ONLY
    into: str = ""
    timeout: Span = hours(1)
    on_failure: Many[Step] = ()
    name: str | None = None

    def __post_init__(self) -> None:
        if not self.function.strip():
            raise DefinitionError("a call needs a function's name.", thing="call", mend="Name it.")
        if not self.timeout.nominal:
            raise DefinitionError(
                f"the call of {self.function!r} has no time.", thing=self.function, mend="Give timeout= above 0."
            )

    def label(self) -> str:
        return f"call-{self.function}"

    def words(self) -> str:
        into = f", the answer into the run's {line(self.into)}" if self.into else ""
        return f"call {line(self.function)}{_given(self.arguments)}{into}; {self.timeout.words()} at most"

    def ways(self) -> Ways:
        return (("if it failed", self.on_failure),)


@definition
class StartJourney(Step, kind="start_journey"):
    """Begin a run of another journey for the same profile.

    ``data`` is what its run begins with, its texts templates. With ``wait=True`` the run goes on
    when that one has ended, and ``into`` names where in the data its end goes:
    ``{"status": "converted", "reason": "order.paid"}``; where it was not begun, its status is
    "refused".
    """

    journey: str
    data: Values = NOTHING
    _: KW_ONLY
    wait: bool = False
    into: str = ""
    name: str | None = None

    def __post_init__(self) -> None:
        if self.into and not self.wait:
            raise DefinitionError(
                f"how {self.journey!r} ends is only known to a step that waits.",
                thing=self.journey,
                mend="Give wait=True, or leave into= out.",
            )

    def label(self) -> str:
        return f"start-{self.journey}"

    def words(self) -> str:
        into = f", its end into the run's {line(self.into)}" if self.into else ""
        waits = f" and wait until it has ended{into}" if self.wait else ""
        return f"start the journey {line(self.journey)}{_given(self.data)}{waits}"


def _settings(values: Mapping[str, Any], whose: str) -> list[str]:
    """What an update sets and takes away, value by value."""
    return [
        f"set {whose}{line(name)} to {said(value)}" if value is not None or whose else f"clear {line(name)}"
        for name, value in values.items()
    ]


def _given(values: Mapping[str, Any]) -> str:
    return f" with {joined(f'{line(name)} {said(value)}' for name, value in values.items())}" if values else ""
