"""Building: from what the host hands to an engine to a kit and its answers, with the errors found on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from unichannel.core.calendar.span import Span, seconds
from unichannel.core.words.channel import BUILT_IN, EVIDENCE, Channel
from unichannel.core.words.saying import meant
from unichannel.errors import ConfigurationError
from unichannel.flows.kit import Limit
from unichannel.ports import Abilities, Provider, Receiver, Transport

__all__ = ["Rate", "Route", "Routes", "check_leases", "read_routes"]

_SECOND = seconds(1)


@dataclass(frozen=True)
class Rate:
    """At most ``count`` calls in each ``per``, which is elapsed time: ``Rate(10, per=seconds(1))``.

    Windows begin at whole multiples of ``per``; so at their border two windows' worth may follow each other
    closely. Raises ConfigurationError for what lets nothing through, or is no elapsed time.
    """

    count: int
    per: Span = _SECOND

    def __post_init__(self) -> None:
        if not isinstance(self.count, int) or self.count < 1:
            raise ConfigurationError(
                f"a rate of {self.count!r} sends nothing.", thing="rate", mend="Give 1 or more, or no route at all."
            )
        if not isinstance(self.per, Span) or not self.per.is_elapsed or self.per.elapsed < 1:
            raise ConfigurationError(
                f"a rate cannot be per {self.per}.", thing="rate", mend="Give elapsed time, such as seconds(1)."
            )


@dataclass(frozen=True)
class Route:
    """A provider or transport with evidence that the host itself tells of, and what it takes at most.

    ``Route(Fcm(…), reports={"opened"})``: the app tells of opens by ``track("opened", delivery=…)``.
    ``Route(twilio, rate=Rate(10, per=seconds(1)), concurrency=20)``: all workers of a store together
    make that many calls in each second, and have that many out at once. A route that serves several
    channels has one limit for all of them: give it once, or the same each time.
    Raises ConfigurationError for what is no evidence, and for a limit that lets nothing through.
    """

    via: Provider | Transport
    reports: AbstractSet[str] = frozenset()
    rate: Rate | None = None
    concurrency: int | None = None

    def __post_init__(self) -> None:
        unknown = sorted(set(self.reports).difference(EVIDENCE))
        if unknown or isinstance(self.reports, str):
            word = self.reports if isinstance(self.reports, str) else unknown[0]
            raise ConfigurationError(
                f"a route cannot report {word!r}.", thing=word, mend=f'{meant(word, EVIDENCE)} Write {{"opened"}}.'
            )
        if not isinstance(self.rate, Rate | None):
            raise ConfigurationError(
                f"a route cannot have the rate {self.rate!r}.", thing="rate", mend="Give Rate(10, per=seconds(1))."
            )
        if self.concurrency is not None and (not isinstance(self.concurrency, int) or self.concurrency < 1):
            raise ConfigurationError(
                f"a route with a concurrency of {self.concurrency!r} sends nothing.",
                thing=self.via.name,
                mend="Give 1 or more.",
            )

    @property
    def limit(self) -> Limit:
        rate = self.rate
        return Limit(rate.count if rate else 0, rate.per.elapsed if rate else 0, self.concurrency or 0)


OneRoute: TypeAlias = "Provider | Transport | Route"


@dataclass(frozen=True)
class Routes:
    """The routes of an engine: transports by name, names by channel, what each channel reports and takes."""

    transports: Mapping[str, Transport]
    by_channel: Mapping[str, tuple[str, ...]]
    reports: Mapping[str, frozenset[str]]
    takes: Mapping[str, frozenset[str]]
    abilities: Mapping[str, Abilities]
    limits: Mapping[str, Limit]


def read_routes(
    given: Mapping[str, OneRoute | Sequence[OneRoute]],
    tracked: frozenset[str],
    channels: Mapping[str, Channel] = BUILT_IN,
) -> Routes:
    """Read ``routes=``: one route or several (failover) for each channel.

    Raises ConfigurationError for an unknown channel, a route that does not serve it, two of one name,
    or two limits for one.
    """
    carriers = _Carriers()
    by_channel: dict[str, tuple[str, ...]] = {}
    reports: dict[str, frozenset[str]] = {}
    limits: dict[str, Limit] = {}
    takes: dict[str, frozenset[str]] = {}
    for channel, value in given.items():
        if channel not in channels:
            raise ConfigurationError(
                f"there is no channel {channel!r}.",
                thing=channel,
                mend=f"{meant(channel, channels)} Give your own to Engine(channels=[…]).",
            )
        routes = [_route(one) for one in (value if isinstance(value, list | tuple) else [value])]
        for route in routes:
            _limit(limits, route)
        carried = [carriers.of(route.via, channel) for route in routes]
        by_channel[channel] = tuple(one.name for one in carried)
        seen = [one.abilities.reports | route.reports for one, route in zip(carried, routes, strict=True)]
        told = frozenset.intersection(*seen) | _tracked(channel, tracked)
        reports[channel] = (told & channels[channel].evidence) | {"accepted"}
        taken = [one.abilities.takes for one in carried if one.abilities.takes is not None]
        if taken:  # any of them may have to take over from the first
            takes[channel] = frozenset.intersection(*taken)
    abilities = {name: one.abilities for name, one in carriers.made.items()}
    return Routes(carriers.made, by_channel, reports, takes, abilities, limits)


def check_leases(routes: Routes, lease: float) -> None:
    """A call with all its retries ends before its lease (in seconds), or two workers would make it."""
    for name, transport in routes.transports.items():
        longest = getattr(transport, "longest_call", 0.0)
        if longest >= lease:
            raise ConfigurationError(
                f"a call by {name!r} can take {longest:g} s, longer than its lease of {lease:g} s.",
                thing=name,
                mend=f"Give Engine(lease={longest * 2:g}), or that route shorter time-outs.",
            )


def _limit(limits: dict[str, Limit], route: Route) -> None:
    """Note a route's limit, which is one for all of its channels."""
    name, limit = route.via.name, route.limit
    if limit != Limit() and limits.setdefault(name, limit) != limit:
        raise ConfigurationError(
            f"the route {name!r} has two limits.", thing=name, mend="Give it the same rate= and concurrency= each time."
        )


def _route(value: Any) -> Route:
    return value if isinstance(value, Route) else Route(value)


def _tracked(channel: str, tracked: frozenset[str]) -> frozenset[str]:
    """What our own tracking sees on a channel: opens by a picture in an e-mail, clicks anywhere."""
    return tracked & (frozenset({"opened", "clicked", "bounced"}) if channel == "email" else frozenset({"clicked"}))


class _Carriers:
    """The transport of each provider, made once however many channels it serves."""

    def __init__(self) -> None:
        self.made: dict[str, Transport] = {}
        self._of: dict[str, object] = {}

    def of(self, via: Provider | Transport, channel: str) -> Transport:
        """The transport that carries it: itself, or HTTP around a codec."""
        if channel not in via.channels:
            raise ConfigurationError(
                f"{via.name!r} does not serve the channel {channel!r} (it serves {', '.join(sorted(via.channels))}).",
                thing=via.name,
                mend="Route the channel to one that does.",
            )
        if self._of.setdefault(via.name, via) is not via:
            raise ConfigurationError(
                f"two routes are named {via.name!r}.", thing=via.name, mend="Give one of them another name=."
            )
        if via.name not in self.made:
            self.made[via.name] = via if isinstance(via, Transport) else carry_codec(via)
        return self.made[via.name]


def carry_codec(codec: Provider | Receiver) -> Transport:
    """HTTP around a codec; imported only where one needs carrying."""
    from unichannel.transports.http import HttpTransport

    return cast("Transport", HttpTransport(cast("Provider", codec)))


def one_of_each(names: Iterable[str], what: str) -> None:
    """Raise ConfigurationError where a name is there twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigurationError(f"there are two {what} named {name!r}.", thing=name, mend="Keep one.")
        seen.add(name)
