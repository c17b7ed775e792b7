"""Conditions: what they are, and how they combine."""

from __future__ import annotations

from unichannel.core.condition.truth import Truth
from unichannel.core.condition.view import View
from unichannel.core.words.definition import Family, Many, definition
from unichannel.core.words.facts import Needs, all_needs
from unichannel.core.words.saying import Said, bracketed
from unichannel.errors import DefinitionError

__all__ = ["All", "AnyOf", "Condition", "Not"]


class Condition(Said, Family):
    """Something that holds or not; combine with ``&``, ``|`` and ``~``.

    A condition is a definition, not a value: ``bool()`` of one raises DefinitionError, so that
    ``a and b`` cannot silently drop a half.
    """

    def truth(self, view: View, at: int) -> Truth:
        """Whether it holds at ``at`` on facts that occurred by then, and until when by itself."""
        raise NotImplementedError

    def needs(self) -> Needs:
        """The facts that it reads."""
        return Needs()

    def negated(self) -> str:
        """The words for its contrary."""
        return f"not ({self.words()})"

    def __and__(self, other: Condition) -> Condition:
        return All((self, other))

    def __or__(self, other: Condition) -> Condition:
        return AnyOf((self, other))

    def __invert__(self) -> Condition:
        return Not(self)

    def __bool__(self) -> bool:
        raise DefinitionError(
            "a condition is neither true nor false until it is asked about somebody.",
            thing=self.label(),
            mend="Combine conditions with &, | and ~ instead of and, or and not.",
        )


@definition
class All(Condition, kind="all"):
    """Holds while every one of them holds."""

    of: Many[Condition]

    def truth(self, view: View, at: int) -> Truth:
        total = Truth(True)
        for one in self.of:
            total = total & one.truth(view, at)
        return total

    def needs(self) -> Needs:
        return all_needs(one.needs() for one in self.of)

    def label(self) -> str:
        return "-and-".join(one.label() for one in self.of)

    def words(self) -> str:
        return " and ".join(_part(one, All) for one in self.of) or "always"


@definition
class AnyOf(Condition, kind="any"):
    """Holds while at least one of them holds."""

    of: Many[Condition]

    def truth(self, view: View, at: int) -> Truth:
        total = Truth(False)
        for one in self.of:
            total = total | one.truth(view, at)
        return total

    def needs(self) -> Needs:
        return all_needs(one.needs() for one in self.of)

    def label(self) -> str:
        return "-or-".join(one.label() for one in self.of)

    def words(self) -> str:
        return " or ".join(_part(one, AnyOf) for one in self.of) or "never"


@definition
class Not(Condition, kind="not"):
    """Holds while the other does not: "not so far". For absence over time see ``silent``."""

    of: Condition

    def truth(self, view: View, at: int) -> Truth:
        return ~self.of.truth(view, at)

    def needs(self) -> Needs:
        return self.of.needs()

    def label(self) -> str:
        return f"not-{self.of.label()}"

    def words(self) -> str:
        return self.of.negated()

    def negated(self) -> str:
        return self.of.words()


def _part(one: Condition, inside: type[Condition]) -> str:
    """The words of a part, in brackets where "and" and "or" would run together."""
    return one.words() if isinstance(one, inside) else bracketed(one.words())
