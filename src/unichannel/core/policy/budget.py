"""Budgets: ceilings of what is spent, that no number of workers overruns.

The rules of this file:

1. A delivery is charged when it is reserved, with what it is expected to cost, to every budget that covers
   it, in the window in which it was reserved. It stays there, whenever it is sent.
2. What surely went nowhere gives its charge back: cancelled, expired, failed without having been accepted.
3. A provider's own price takes the place of the expected one. It may lie above it: then the budget ends
   that much earlier, as what is spent cannot be called back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal, TypeAlias, get_args

from unichannel.core.calendar.zone import at_local, local
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.category import Category, Purpose
from unichannel.core.words.money import Money
from unichannel.core.words.saying import joined
from unichannel.errors import ConfigurationError

__all__ = ["Account", "Budget", "charge_of", "window"]

Account: TypeAlias = tuple[str, int]
"""One window of one budget: the budget's name and where the window begins, 0 for one without windows."""

Period = Literal["day", "month"]


@dataclass(frozen=True, slots=True)
class Budget:
    """A ceiling: ``Budget("texts", Money("500.00", "EUR"), per="month")``.

    ``per`` "day" or "month" (of the engine's time zone) makes it begin anew with each; without, it is for good.
    It covers every message, unless it is narrowed: to a ``journey`` (its name; a single send's is
    "send:" and the message's), a ``campaign`` (runs whose data has it as ``campaign``), a ``channel``, or a
    ``purpose``. Raises ConfigurationError for a ceiling below 0, or no name.
    """

    name: str
    limit: Money
    _: KW_ONLY
    per: Period | None = None
    journey: str | None = None
    campaign: str | None = None
    channel: str | None = None
    purpose: Purpose | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ConfigurationError("a budget needs a name.", thing="budget", mend="Name it.")
        if not isinstance(self.limit, Money) or self.limit.micros < 0:
            raise ConfigurationError(
                f"the budget {self.name!r} has no amount of 0 or more.",
                thing=self.name,
                mend='Give Money("500.00", "EUR").',
            )
        for field, known in (("per", get_args(Period)), ("purpose", get_args(Purpose))):
            given = getattr(self, field)
            if given is not None and given not in known:
                raise ConfigurationError(
                    f"the budget {self.name!r} has {field}={given!r}.",
                    thing=self.name,
                    mend=f"Give {joined(map(repr, known), 'or')}, or leave it out.",
                )

    def covers(self, journey: str, data: Mapping[str, Any], channel: str, category: Category) -> bool:
        """Whether a delivery of a run of that journey with that data is charged to it."""
        return (
            self.journey in (None, journey)
            and self.channel in (None, channel)
            and self.purpose in (None, category.purpose)
            and (self.campaign is None or data.get("campaign") == self.campaign)
        )

    def account(self, now: int, zone: str) -> Account:
        """What is charged now."""
        return self.name, window(self.per, now, zone)[0]


def window(per: Period | None, now: int, zone: str) -> tuple[int, int | None]:
    """The day or month that the instant lies in: its first moment and the next one's, on that zone's calendar."""
    if per is None:
        return 0, None
    today = local(now, zone).date()
    first = today if per == "day" else today.replace(day=1)
    following = first + timedelta(days=1) if per == "day" else (first + timedelta(days=32)).replace(day=1)
    begin, end = (at_local(datetime.combine(day, time()), zone) for day in (first, following))
    return begin, end


_UNSPENT = frozenset({"cancelled", "expired"})


def charge_of(delivery: Delivery) -> int:
    """Millionths that a delivery weighs in each of its accounts: what it costs, or nothing where it went nowhere."""
    went_nowhere = delivery.status in _UNSPENT or (delivery.status == "failed" and delivery.first("accepted") is None)
    return 0 if went_nowhere or delivery.cost is None or not delivery.accounts else delivery.cost
