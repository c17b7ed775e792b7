"""Building: from what the host hands to an engine to a kit and its answers, with the errors found on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

from unichannel.core.words.channel import BUILT_IN, Channel
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Conversation, Provider, Received, Request, Transport

__all__ = ["Route", "Routes", "read_routes"]


class Receiver(Protocol):
    """What hears back but sends nothing: tracking."""

    @property
    def name(self) -> str: ...

    @property
    def abilities(self) -> Abilities: ...

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]: ...


@dataclass(frozen=True)
class Route:
    """A provider or transport with evidence that the host itself tells of.

    ``Route(Fcm(…), reports={"opened"})``: the app tells of opens by ``track("opened", delivery=…)``.
    """

    via: Provider | Transport
    reports: AbstractSet[str] = frozenset()


OneRoute: TypeAlias = "Provider | Transport | Route"


@dataclass(frozen=True)
class Routes:
    """The routes of an engine: transports by name, names by channel, what each channel reports and takes."""

    transports: Mapping[str, Transport]
    by_channel: Mapping[str, tuple[str, ...]]
    reports: Mapping[str, frozenset[str]]
    takes: Mapping[str, frozenset[str]]
    abilities: Mapping[str, Abilities]


def read_routes(
    given: Mapping[str, OneRoute | Sequence[OneRoute]],
    tracked: frozenset[str],
    channels: Mapping[str, Channel] = BUILT_IN,
) -> Routes:
    """Read ``routes=``: one route or several (failover) for each channel.

    Raises ConfigurationError for an unknown channel, a route that does not serve it, or two of one name.
    """
    carriers = _Carriers()
    by_channel: dict[str, tuple[str, ...]] = {}
    reports: dict[str, frozenset[str]] = {}
    takes: dict[str, frozenset[str]] = {}
    for channel, value in given.items():
        if channel not in channels:
            raise ConfigurationError(
                f"there is no channel {channel!r}.", thing=channel, mend="Give your own to Engine(channels=[…])."
            )
        routes = [_route(one) for one in (value if isinstance(value, list | tuple) else [value])]
        carried = [carriers.of(route.via, channel) for route in routes]
        by_channel[channel] = tuple(one.name for one in carried)
        seen = [one.abilities.reports | route.reports for one, route in zip(carried, routes, strict=True)]
        told = frozenset.intersection(*seen) | _tracked(channel, tracked)
        reports[channel] = (told & channels[channel].evidence) | {"accepted"}
        limits = [one.abilities.takes for one in carried if one.abilities.takes is not None]
        if limits:  # any of them may have to take over from the first
            takes[channel] = frozenset.intersection(*limits)
    return Routes(
        carriers.made, by_channel, reports, takes, {name: one.abilities for name, one in carriers.made.items()}
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
