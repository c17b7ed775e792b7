"""Traffic: which route a delivery takes, and whether that has room, in one pass of one worker.

A route holds its own places only: at most ``concurrency`` calls of this worker are out on each, so
that one that hangs keeps nobody else's. What all workers share, a route's rate and places, is taken
from the store in blocks, when a delivery was seen that needs it. What was taken of a rate is spent:
its window passes, and a worker that dies with it loses nothing that lasts. Whether a provider is in
trouble is in the store too, for a worker may live no longer than one call of cron's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TypeVar

from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.trouble import Trouble, probed
from unichannel.core.words.instant import MINUTE, SECOND
from unichannel.flows.kit import Kit, Limit
from unichannel.ports import Allowance, Block, Session

__all__ = ["Later", "Traffic"]

T = TypeVar("T")

_SHARES = 20
"""A worker takes at least the so-manieth part of a rate at once, not each message's own."""

_LATEST = 10 * MINUTE
"""How far one worker's clock may be behind another's without a window being used twice."""

_STATE = ("out", "rates", "places", "short", "troubles", "wanted")


@dataclass(frozen=True, slots=True)
class Later:
    """A delivery has to wait: until when, and what for: rate or pause."""

    until: int
    why: str


@dataclass(slots=True)
class _Rate:
    """What this worker has of a route's rate in the window that ends at ``end``."""

    end: int = 0
    left: int = 0
    is_gone: bool = False
    waiting: int = 0


@dataclass(slots=True)
class Traffic:
    """One worker's view of its routes during a pass."""

    kit: Kit
    out: Counter[str] = field(default_factory=Counter)
    rates: dict[str, _Rate] = field(default_factory=dict)
    places: dict[str, list[Block]] = field(default_factory=dict)
    short: dict[str, int] = field(default_factory=dict)
    troubles: dict[str, Trouble] = field(default_factory=dict)
    wanted: Counter[tuple[str, str]] = field(default_factory=Counter)

    # choosing

    def look(self, session: Session) -> None:
        """Read which routes are in trouble."""
        self.troubles = {one.route: one for one in session.troubles()}
        self.wanted.clear()

    def is_held_up(self, now: int) -> bool:
        """Whether some route sends nothing now, so that much may have to be put off."""
        is_gone = any(one.is_gone and now < one.end for one in self.rates.values())
        return is_gone or any(one.until for one in self.troubles.values())

    def full(self, now: int) -> frozenset[str]:
        """The queues whose routes have no place left for another call of this worker."""
        seen = self.out.keys() | self.short.keys()
        return self.kit.queues({route for route in seen if self.out[route] >= self._room(route, now)})

    def _room(self, route: str, now: int) -> int:
        """How many calls may be out: no more than this worker's places where others have the shared ones.

        What waits for a place is left where it is: the worker that has the places finds it as soon as one is free.
        """
        return self._held(route) if self._is_short(route, now) else self.kit.concurrency

    def _is_short(self, route: str, now: int) -> bool:
        """Whether others had all the places when this worker asked, less than a second ago."""
        return now < self.short.get(route, now)

    def choose(self, delivery: Delivery, now: int) -> str | Later | None:
        """The route that has room for it now; or when to look again; or None, to leave it where it is."""
        routes = self._in_turn(delivery)
        open_ones = [route for route in routes if not self._is_paused(route, now)]
        if not open_ones:
            return Later(min(self.troubles[route].until for route in routes), "pause")
        return self._admit(open_ones[0], now)

    def _in_turn(self, delivery: Delivery) -> Sequence[str]:
        """Its route, then the channel's others; a doubt is resolved only by the provider that it is about."""
        routes = self.kit.routes[delivery.channel]
        if delivery.route not in routes:
            return routes
        if delivery.status in ("sending", "in_doubt") or "in_doubt" in delivery.facts:
            return (delivery.route,)
        place = list(routes).index(delivery.route)
        return (*routes[place:], *routes[:place])

    def _is_paused(self, route: str, now: int) -> bool:
        trouble = self.troubles.get(route)
        return trouble is not None and trouble.is_paused(now)

    def _admit(self, route: str, now: int) -> str | Later | None:
        if self.out[route] >= self.kit.concurrency:
            return None
        limit = self.kit.limits.get(route)
        if limit is None:
            return route
        if limit.concurrency and self.out[route] >= self._held(route):
            self._ask_for_place(route, now)
            return None
        return self._within_rate(route, limit, now) if limit.rate else route

    def _ask_for_place(self, route: str, now: int) -> None:
        """Take places next; where others have them all, look again in a second, or when a call lands."""
        if not self._is_short(route, now):
            self.wanted[route, "places"] += 1

    def _within_rate(self, route: str, limit: Limit, now: int) -> str | Later | None:
        rate = self.rates.get(route)
        if rate is None or now >= rate.end:
            rate = self.rates[route] = _Rate(now - now % limit.per + limit.per)
        if rate.left:
            return route
        if not rate.is_gone:
            self.wanted[route, "rate"] += 1
            return None
        rate.waiting += 1
        return Later(rate.end + (rate.waiting - 1) // limit.rate * limit.per, "rate")

    def enter(self, session: Session, route: str, now: int) -> None:
        """A delivery is given a place on a route; where that was paused, it is the probe."""
        self.out[route] += 1
        if route in self.rates:
            self.rates[route].left -= 1
        trouble = self.troubles.get(route)
        if trouble is not None and trouble.until:
            self.troubles[route] = probed(trouble, now)
            session.put_trouble(self.troubles[route])

    def leave(self, route: str) -> None:
        """It did not need the place: nothing was called."""
        self.out[route] -= 1
        if route in self.rates:
            self.rates[route].left += 1

    @property
    def is_out(self) -> bool:
        """Whether any call is out."""
        return any(self.out.values())

    def land(self, routes: Iterable[str]) -> None:
        """Calls came back from these routes."""
        self.out.subtract(routes)

    # what is shared

    def take(self, session: Session, now: int) -> None:
        """Take blocks of what deliveries were seen to need."""
        for (route, what), wanted in sorted(self.wanted.items()):
            limit = self.kit.limits[route]
            if what == "rate":
                self._take_rate(session, route, limit, wanted)
            elif not self._take_places(session, route, limit, min(wanted, self.kit.concurrency), now):
                self.short[route] = self.kit.crowded[route] = now + SECOND
        self.wanted.clear()

    def _take_places(self, session: Session, route: str, limit: Limit, wanted: int, now: int) -> int:
        allowance = Allowance(f"places:{route}", limit.concurrency)
        block = session.take(allowance, wanted, now, now + self.kit.lease)
        if block.amount:
            self.places.setdefault(route, []).append(block)
        return block.amount

    def _take_rate(self, session: Session, route: str, limit: Limit, wanted: int) -> None:
        rate = self.rates[route]
        start = rate.end - limit.per
        wanted = max(wanted, limit.rate // _SHARES)
        block = session.take(Allowance(f"rate:{route}", limit.rate, start, rate.end), wanted, start, rate.end)
        session.spend(block, block.amount)
        session.give_back([block])
        rate.left += block.amount
        rate.is_gone = block.amount < wanted

    def _held(self, route: str) -> int:
        return sum(block.amount for block in self.places.get(route, ()))

    def lease_ends(self, now: int) -> bool:
        """Whether places are held by leases of which more than half has gone."""
        return any(block.until - now < self.kit.lease // 2 for held in self.places.values() for block in held)

    def renew(self, session: Session, now: int) -> None:
        """Hold the same places by a new lease; fewer, where somebody else took them in the meantime."""
        held = {route: self._held(route) for route in self.places}
        self._give_back(session)
        for route, amount in sorted(held.items()):
            self._take_places(session, route, self.kit.limits[route], amount, now)

    @property
    def has_taken(self) -> bool:
        """Whether anything was taken of what workers share."""
        return bool(self.places or self.rates)

    def end(self, session: Session, now: int) -> None:
        """Give back the places, for others to have; forget windows that not even a late clock takes from."""
        self._give_back(session)
        if self.rates:
            session.forget_windows([f"rate:{route}" for route in self.rates], now - _LATEST)

    def _give_back(self, session: Session) -> None:
        session.give_back([block for held in self.places.values() for block in held])
        self.places.clear()

    # transactions

    def work(self, work: Callable[[Session], T]) -> Callable[[Session], T]:
        """The work, each time from the state of now: a store does it again where another transaction was in the way."""
        before = {name: deepcopy(getattr(self, name)) for name in _STATE}

        def again(session: Session) -> T:
            for name in _STATE:
                setattr(self, name, deepcopy(before[name]))
            return work(session)

        return again
