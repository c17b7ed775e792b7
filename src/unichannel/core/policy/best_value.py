"""Best value: the channel whose expected worth, less what it costs there, is highest.

A wager like ``Adaptive``'s, in money: what is believed of a channel is multiplied by what an answer is
worth, and what this message costs there, to this person, is taken off.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, replace
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator

from unichannel.core.policy.adaptive import Adaptive
from unichannel.core.policy.belief import Belief
from unichannel.core.policy.strategy import Question, Ranking, usual
from unichannel.core.words.definition import definition
from unichannel.core.words.money import Money
from unichannel.errors import DefinitionError, InvalidInput

__all__ = ["BestValue"]


def _amount(value: Any) -> Money:
    """Money, or its text."""
    try:
        return value if isinstance(value, Money) else Money.parse(value)
    except (InvalidInput, AttributeError) as error:
        raise ValueError(f'{value!r} is no money: write it as "0.50 EUR"') from error


_Amount = Annotated[Money, PlainValidator(_amount), PlainSerializer(str)]


@definition
class BestValue(Adaptive, kind="best_value"):
    """Ranks channels by how likely the person answers × ``worth`` − cost: ``BestValue("0.50 EUR")``.

    ``worth`` is what one answer is worth to the host, in the currency of the prices (``Money``, or its text). The
    rest is what ``Adaptive`` takes, and chance is bounded alike: another channel is tried where it may bring more
    money than it costs. Ties go to the cheaper. A cost that is not known comes after all that are, and is not tried
    by chance: it may be anything. ``least`` is the value below which a channel is left out; none by default, as
    whether to send at all was decided before. Raises DefinitionError for a worth below 0, and for two currencies.
    """

    worth: _Amount
    _: KW_ONLY
    least: _Amount | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.worth.micros < 0:
            raise DefinitionError("an answer is worth less than nothing.", thing="worth", mend="Give 0 or more.")
        if self.least is not None and self.least.currency != self.worth.currency:
            raise DefinitionError(
                f"worth is in {self.worth.currency}, least in {self.least.currency}.",
                thing="least",
                mend="Give both in the currency of the prices.",
            )

    @property
    def currency(self) -> str:
        return self.worth.currency

    def rank(self, question: Question) -> Ranking:
        known = self.believe(question)
        costs = {one: question.costs[one].micros for one in question.offered if one in question.costs}
        values = {one: self._value(known[one], cost) for one, cost in costs.items()}
        kept = {
            one: value
            for one, value in values.items()
            if self.least is None or value.mean * self._worth >= self.least.micros
        }
        unpriced = self.choose({one: known[one] for one in question.offered if one not in costs}, question)
        last = usual(question, self.order)
        best = self.choose(kept, question, lambda one: (costs[one], *last(one))) if kept else unpriced
        ranked = list(dict.fromkeys([*best.channels, *unpriced.channels]))
        told = {
            one: [round(known[one].mean * self.worth.micros - costs[one]), costs[one]]
            for one in [*ranked, *values]
            if one in values
        }
        worth = {"values": told, "worth": [self.worth.micros, self.currency]}
        return Ranking(ranked, best.odds, {**best.detail, **self.told(known, ranked, question), **worth})

    @property
    def _worth(self) -> int:
        """Millionths, at least one: where an answer is worth nothing the cheapest is best."""
        return max(self.worth.micros, 1)

    def _value(self, belief: Belief, cost: int) -> Belief:
        """What is believed of a channel after its cost, which is reckoned in answers."""
        less = cost / self._worth
        return replace(belief, mean=belief.mean - less, less=less)
