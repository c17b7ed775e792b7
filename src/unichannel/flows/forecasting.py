"""Forecasting: what a journey or message would send and cost over the people who are there now; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from unichannel.core.condition.condition import Condition
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.journey.estimating import Bounds, estimate
from unichannel.core.journey.program import Program
from unichannel.core.journey.turn import begin_turn
from unichannel.core.words.facts import all_needs
from unichannel.core.words.money import Money
from unichannel.flows.explaining.told import table
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.ports import Loaded, Session, Want

__all__ = ["ChannelForecast", "Forecast", "forecast"]


@dataclass(frozen=True, slots=True)
class ChannelForecast:
    """What one channel would carry: messages and their cost, at the least and at the most.

    ``unpriced`` are messages, at the most, whose price is not known; the costs have nothing of them. Costs are None
    where the engine has no prices.
    """

    least: int
    most: int
    lowest: Money | None
    highest: Money | None
    unpriced: int = 0


@dataclass(slots=True)
class Forecast:
    """What a journey or message would send and cost.

    ``profiles`` were looked at, ``meant`` are those of them that it is for, ``unreached`` those of these that at
    least one send finds no channel for. ``lowest``: each send succeeds on its first channel; ``highest``: each goes
    through its whole ladder.
    """

    name: str
    profiles: int = 0
    meant: int = 0
    unreached: int = 0
    channels: dict[str, ChannelForecast] = field(default_factory=dict)
    lowest: Money | None = None
    highest: Money | None = None

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.meant:,} of {self.profiles:,} profiles, {self.unreached:,} of them not reached"]
        for channel, one in self.channels.items():
            unpriced = f", {one.unpriced:,} of unknown price" if one.unpriced else ""
            count = f"{one.least:,} to {one.most:,} messages"
            lines.append(f"  {channel}: {count}, {_span(one)}{unpriced}")
        return "\n".join([*lines, f"  in all {_span(self)}"])

    def _repr_html_(self) -> str:
        rows = [
            (channel, f"{one.least:,} to {one.most:,}", _span(one), f"{one.unpriced:,}")
            for channel, one in self.channels.items()
        ]
        total = ("in all", "", _span(self), "")
        return table((self.name, "messages", "cost", "of unknown price"), [*rows, total])


def _span(of: ChannelForecast | Forecast) -> str:
    return "no price known" if of.lowest is None else f"{of.lowest} to {of.highest}"


def forecast(
    kit: Kit, program: Program, among: Condition | None, people: frozenset[str] | None, data: Mapping[str, Any]
) -> Flow[Forecast]:
    """Look at every profile, in batches, as each is now; ``people`` names those that are meant, None all."""
    result, total, after = Forecast(program.journey.name), Bounds(), 0
    now = yield from ask(Now())
    needs = all_needs([program.needs, *([among.needs()] if among is not None else [])])
    want = Want(needs.events, needs.deliveries)
    while True:
        last, loaded = yield from ask(Transact(partial(_read, after=after, limit=kit.batch, want=want, people=people)))
        if last == after:
            return _told(result, total, kit)
        result.profiles += len(loaded)
        total = total + _batch(result, kit, program, among, loaded, data, now)
        after = last


def _read(
    session: Session, after: int, limit: int, want: Want, people: frozenset[str] | None
) -> tuple[int, list[Loaded]]:
    rows = session.profiles_after(after, limit)
    ids = [id for id, key in rows if people is None or key in people]
    return (rows[-1][0] if rows else after), (session.load(ids, want) if ids else [])


def _batch(
    result: Forecast,
    kit: Kit,
    program: Program,
    among: Condition | None,
    loaded: Sequence[Loaded],
    data: Mapping[str, Any],
    now: int,
) -> Bounds:
    total = Bounds()
    for one in loaded:
        run = Enrollment(0, one.facts.person.id, program.journey.name, program.journey.version, 0, "", now, now)
        run.data = dict(data)
        turn = begin_turn(program, run, one.facts, kit.setting, now)
        if among is not None and not among.truth(turn.view, now).value:
            continue
        bounds = estimate(turn, program.journey)
        result.meant += 1
        result.unreached += bool(bounds.unreached)
        total = total + bounds
    return total


def _told(result: Forecast, total: Bounds, kit: Kit) -> Forecast:
    currency = kit.setting.currency

    def money(micros: int) -> Money | None:
        return Money.of_micros(micros, currency) if currency else None

    result.channels = {
        name: ChannelForecast(one.least, one.most, money(one.lowest), money(one.highest), one.unpriced)
        for name, one in sorted(total.channels.items())
    }
    result.lowest, result.highest = money(total.lowest), money(total.highest)
    return result
