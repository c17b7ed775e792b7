"""Best value: the channel whose expected worth, less its cost, is highest."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from unichannel.core.words.money import Money
from unichannel.errors import DefinitionError, InvalidInput

__all__ = ["BestValue", "Option"]


@dataclass(frozen=True, slots=True)
class Option:
    """A channel that may be taken: how probable success is there (0 to 1), and what trying costs.

    ``cost`` is None where it is not known.
    """

    channel: str
    probability: float
    cost: Money | None

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise InvalidInput(
                f"{self.probability!r} is no probability for {self.channel}.",
                thing=self.channel,
                mend="Give 0 to 1.",
            )
        if self.cost is not None and self.cost.micros < 0:
            raise InvalidInput(f"{self.channel} costs less than 0.", thing=self.channel, mend="Give 0 or more.")


@dataclass(frozen=True, slots=True)
class BestValue:
    """Ranks channels by probability × ``worth`` − cost: ``BestValue(Money("0.50", "EUR"))``.

    ``worth`` is what one success is worth to the host, in the currency of the prices. Ties go to the cheaper, then
    to the order given. A cost that is not known comes after all that are, the more probable first: it may be
    anything. ``least`` is the expected value below which a channel is left out; none by default, as whether to send
    at all was decided before. Raises DefinitionError for a worth below 0, InvalidInput for another currency.
    """

    worth: Money
    least: Money | None = None

    def __post_init__(self) -> None:
        if self.worth.micros < 0:
            raise DefinitionError("a success that is worth less than nothing.", thing="worth", mend="Give 0 or more.")
        if self.least is not None and self.least.currency != self.worth.currency:
            raise DefinitionError(
                f"worth is in {self.worth.currency}, least in {self.least.currency}.",
                thing="least",
                mend="Give both in the currency of the prices.",
            )

    def value(self, option: Option) -> float | None:
        """Expected millionths that trying it brings, less what it costs; None where the cost is not known."""
        if option.cost is None:
            return None
        if option.cost.currency != self.worth.currency:
            raise InvalidInput(
                f"{option.channel} is priced in {option.cost.currency}, a success in {self.worth.currency}.",
                thing=option.channel,
                mend="Give worth= in the currency of the prices.",
            )
        return option.probability * self.worth.micros - option.cost.micros

    def rank(self, options: Iterable[Option]) -> list[str]:
        """The channels, best first; what is below ``least`` left out."""
        valued = [(option, self.value(option)) for option in options]
        least = -math.inf if self.least is None else self.least.micros
        kept = [(option, value) for option, value in valued if value is None or value >= least]
        return [option.channel for option, _ in sorted(kept, key=_order)]


def _order(valued: tuple[Option, float | None]) -> tuple[bool, float, int]:
    option, value = valued
    if value is None or option.cost is None:
        return True, -option.probability, 0
    return False, -value, option.cost.micros
