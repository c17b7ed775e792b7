"""Building: from what the host hands to an engine to a kit and its answers, with the errors found on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Protocol, TypeAlias, cast

from unichannel.core.condition.condition import Not
from unichannel.core.condition.leaves import Evidence
from unichannel.core.journey.journey import Journey, walk
from unichannel.core.journey.step import Send, Wait, step_name
from unichannel.core.messaging.render import check
from unichannel.core.policy.setting import Setting
from unichannel.core.words.channel import BUILT_IN, Channel
from unichannel.errors import ConfigurationError, DefinitionError
from unichannel.ports import Abilities, Context, Conversation, Provider, Received, Request, Transport

__all__ = ["Route", "Routes", "check_definition", "check_journey", "read_routes"]


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
    """The routes of an engine: transports by name, names by channel, what each channel reports."""

    transports: Mapping[str, Transport]
    by_channel: Mapping[str, tuple[str, ...]]
    reports: Mapping[str, frozenset[str]]
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
    return Routes(carriers.made, by_channel, reports, {name: one.abilities for name, one in carriers.made.items()})


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


def check_journey(journey: Journey, setting: Setting) -> list[str]:
    """Check a journey against the engine's categories and routes.

    Raises DefinitionError for what cannot work; gives findings, which stop nothing.
    """
    findings = check_definition(journey)
    for step in walk(journey):
        if isinstance(step, Send):
            _check_send(journey, step, setting)
        findings += _check_evidence(journey, step, setting)
    return findings


def check_definition(journey: Journey) -> list[str]:
    """Check what can be checked of a journey by itself, without routes and categories.

    Raises DefinitionError for a template that cannot be read; gives findings.
    """
    findings = []
    for message in journey.messages():
        for content in message.contents:
            check(content)
    for step in walk(journey):
        if isinstance(step, Wait) and isinstance(step.until, Not):
            findings.append(
                f"{journey.name!r} waits until something is not so ({step_name(step)}), "
                "which mostly holds at once: for absence over time use silent() or unanswered()"
            )
    return findings


def _check_send(journey: Journey, step: Send, setting: Setting) -> None:
    setting.category(step.message.category)
    rungs = list(step.via or ())
    for channel in rungs:
        if channel not in setting.reports:
            raise DefinitionError(
                f"{journey.name!r} sends {step.message.name!r} by {channel}, which no route serves.",
                thing=channel,
                mend=f"Give Engine(routes={{{channel!r}: …}}), or leave the rung out.",
            )
    for channel in rungs[:-1]:
        _check_success(journey, step, channel, setting)


def _check_success(journey: Journey, step: Send, channel: str, setting: Setting) -> None:
    """A rung that is not the last must be able to show the success that is asked of it."""
    success, content = step.success, step.message.content(channel)
    if success in (None, "accepted") or success == "converted":
        return
    if success not in setting.reports[channel]:
        raise DefinitionError(
            f"{journey.name!r} waits for {step.message.name!r} to be {success} by {channel}, "
            "which no route of that channel reports.",
            thing=step.message.name,
            mend="Give the engine tracking=, a provider that reports it, or another success=.",
        )
    if content is not None and success is not None and not content.shows(success):
        raise DefinitionError(
            f"{journey.name!r} waits for {step.message.name!r} to be {success} by {channel}, "
            "which its content cannot show.",
            thing=step.message.name,
            mend="Give the e-mail an html body, or another success=.",
        )


def _check_evidence(journey: Journey, step: object, setting: Setting) -> list[str]:
    """Conditions on evidence that no route reports can never hold; without a channel that is a finding."""
    findings = []
    for leaf in _leaves(step):
        if leaf.evidence not in ("opened", "clicked"):
            continue
        channels = [leaf.channel] if leaf.channel is not None else list(setting.reports)
        if any(leaf.evidence in setting.reports.get(channel, ()) for channel in channels):
            continue
        text = f"{journey.name!r} asks whether something was {leaf.evidence}, which no route reports"
        if leaf.channel is not None:
            raise DefinitionError(
                f"{text} for {leaf.channel}.",
                thing=leaf.label(),
                mend="Give the engine tracking=, or a provider that reports it.",
            )
        findings.append(text)
    return findings


def _leaves(value: object) -> Iterator[Evidence]:
    """Every question about evidence inside a definition, but not in the steps inside it."""
    if isinstance(value, Evidence):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            inner = getattr(value, field.name)
            if field.name not in ("steps", "otherwise", "on_timeout", "message"):
                yield from _leaves(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _leaves(inner)


def one_of_each(names: Iterable[str], what: str) -> None:
    """Raise ConfigurationError where a name is there twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigurationError(f"there are two {what} named {name!r}.", thing=name, mend="Keep one.")
        seen.add(name)
