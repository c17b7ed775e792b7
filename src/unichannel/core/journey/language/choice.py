"""Steps that choose a way: a branch by conditions, a split by chance that sticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY
from typing import ClassVar

from unichannel.core.condition.condition import Condition
from unichannel.core.journey.language.step import Step, Ways
from unichannel.core.words.definition import Many, definition
from unichannel.core.words.facts import Needs, all_needs
from unichannel.core.words.saying import line
from unichannel.errors import DefinitionError

__all__ = ["Arm", "Branch", "Split", "Variant", "variant", "when"]


@definition
class Arm:
    """What to do when a condition holds."""

    condition: Condition
    steps: Many[Step]


def when(condition: Condition, *steps: Step) -> Arm:
    """An arm of a branch: the condition, then what to do when it holds."""
    return Arm(condition, steps)


@definition
class _Branch(Step):
    arms: Many[Arm]
    _: KW_ONLY
    otherwise: Many[Step] = ()
    name: str | None = None
    chooses: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.arms:
            raise DefinitionError("a branch needs an arm.", thing="branch", mend="Give it when(condition, …).")


class Branch(_Branch, kind="branch"):
    """The first arm whose condition holds; ``otherwise`` where none does. Never both (P11).

    ``Branch(when(opened("email"), Send(…)), otherwise=[Send(…)])``.
    """

    def __init__(self, *arms: Arm, otherwise: Sequence[Step] = (), name: str | None = None) -> None:
        super().__init__(arms=arms, otherwise=otherwise, name=name)

    def label(self) -> str:
        return "branch-" + "-".join(arm.condition.label() for arm in self.arms)

    def words(self) -> str:
        return "choose the first that holds"

    def ways(self) -> Ways:
        held = [(f"if {arm.condition.words()}", arm.steps) for arm in self.arms]
        return [*held, ("otherwise", self.otherwise)]

    def needs(self) -> Needs:
        return all_needs(arm.condition.needs() for arm in self.arms)


@definition
class Variant:
    """One way of a split, with its share."""

    name: str
    weight: float
    steps: Many[Step]

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise DefinitionError(f"the weight of {self.name!r} is below 0.", thing=self.name, mend="Give 0 or more.")


def variant(name: str, weight: float, *steps: Step) -> Variant:
    """One way of a split: its name, its weight (any scale), what to do."""
    return Variant(name, weight, steps)


@definition
class _Split(Step):
    variants: Many[Variant]
    _: KW_ONLY
    name: str | None = None
    chooses: ClassVar[bool] = True

    def __post_init__(self) -> None:
        names = [one.name for one in self.variants]
        if len(names) < 2 or len(set(names)) < len(names):
            raise DefinitionError(
                "a split needs two variants with names of their own.", thing="split", mend="Name two."
            )
        if not any(one.weight > 0 for one in self.variants):
            raise DefinitionError("a split where no variant has a weight.", thing="split", mend="Give weights above 0.")


class Split(_Split, kind="split"):
    """A random but sticky way for each profile: the same at every visit and retry (P51).

    ``Split(variant("short", 50, Send(…)), variant("long", 50, Send(…)), name="wording")``. The
    choice hangs on the split's name and the profile; changing weights moves as few as possible.
    """

    def __init__(self, *variants: Variant, name: str | None = None) -> None:
        super().__init__(variants=variants, name=name)

    def label(self) -> str:
        return "split-" + "-".join(one.name for one in self.variants)

    def words(self) -> str:
        return "split by chance, the same way for a person each time"

    def ways(self) -> Ways:
        total = sum(one.weight for one in self.variants)
        return [(f"{line(one.name)}, {_share(one.weight, total)}", one.steps) for one in self.variants]


def _share(weight: float, total: float) -> str:
    """A weight as a percentage; what is small but not nothing does not look like nothing."""
    share = f"{100 * (weight / total):.1f}".removesuffix(".0")
    return "less than 0.1%" if share == "0" and weight else f"{share}%"
