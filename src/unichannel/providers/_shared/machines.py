"""Machines: what shows that nobody is looking yet, and what a host adds to it (P34).

Sources: MDN "Sec-Purpose" and Chromium's ``preloading_headers.cc`` (prefetches), matomo#3285 (X-Purpose,
X-Moz), ua-parser/uap-core#509 (all that Apple's privacy proxy says is "Mozilla/5.0"), pentacent/keila#164
(Gmail's prefetch on delivery), https://api.slack.com/robots (previews of links in Slack),
https://developers.facebook.com/docs/sharing/webmasters/web-crawlers (Meta's previews; those of others
say they are it), https://wordtothewise.com/2013/07/barracuda-filters-clicking-all-links/ (Barracuda's filter
follows links; its agent: https://www.tryrankly.com/agent-directory/barracuda-sentinel). All read 2026-11-22.

Gmail's image proxy does not count: it fetches when the person opens (wordtothewise.com 2013-12-06;
scientiamobile.com classes it as a mail client, not a robot).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias

from unichannel.core.words.instant import to_datetime
from unichannel.errors import ConfigurationError
from unichannel.ports import Request
from unichannel.providers._shared.reading import is_proxy

__all__ = ["AGENTS", "Machines", "Rule"]

AGENTS = ("Barracuda Sentinel", "Slackbot-LinkExpanding", "facebookexternalhit")
"""What those that say who they are have in their user agent."""

_PREFETCH = {"sec-purpose": "prefetch", "purpose": "prefetch", "x-purpose": "preview", "x-moz": "prefetch"}

Rule: TypeAlias = Callable[[Mapping[str, Any]], bool]
"""A host's own signal: whether a hit is a machine's, by plain values."""


@dataclass(frozen=True)
class Machines:
    """What a host knows of machines that fetch its links, beyond what is known anyway.

    ``Machines(agents=["AcmeScanner"], networks=["198.51.100.0/24"], rule=is_scanner)``. ``agents``: a hit
    whose user agent has one of these in it, in any case. ``networks``: one from there (CIDR), where the host
    gives ``Request(client=…)``. ``rule`` is asked where those say nothing, with ``kind`` ("opened",
    "clicked"), ``agent``, ``client``, ``headers`` (names in small letters), ``link`` (which one, from 0; None
    for an open), ``key`` of the delivery and ``now``; what it raises counts as no. Raises ConfigurationError for
    an empty agent, a network that is none, a rule that cannot be called.
    """

    agents: Sequence[str] = ()
    networks: Sequence[str] = ()
    rule: Rule | None = field(default=None, repr=False)
    _named: tuple[str, ...] = field(default=(), init=False, repr=False)
    _within: tuple[IPv4Network | IPv6Network, ...] = field(default=(), init=False, repr=False)

    def __post_init__(self) -> None:
        given, networks = _several(self.agents), _several(self.networks)
        if not all(isinstance(one, str) and one.strip() for one in given):
            raise ConfigurationError("an empty user agent is in every one.", thing="agents", mend="Leave it out.")
        if self.rule is not None and not callable(self.rule):
            raise ConfigurationError(
                f"{self.rule!r} is no function.", thing="rule", mend="Give a function f(about) that gives a bool."
            )
        object.__setattr__(self, "agents", given)
        object.__setattr__(self, "networks", networks)
        object.__setattr__(self, "_within", tuple(_network(one) for one in networks))
        object.__setattr__(self, "_named", tuple(one.lower() for one in (*AGENTS, *given)))

    def made(self, request: Request, kind: str, link: int | None, key: str, now: int) -> bool:
        """Whether a machine made this hit; ``now`` in microseconds UTC."""
        agent = request.header("User-Agent")
        return (
            any(request.header(name).lower().startswith(value) for name, value in _PREFETCH.items())
            or is_proxy(agent)
            or any(one in agent.lower() for one in self._named)
            or self._is_within(request.client)
            or self._is_ruled(request, kind, link, key, now)
        )

    def _is_within(self, remote: str) -> bool:
        try:
            address = ip_address(remote)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self._within)

    def _is_ruled(self, request: Request, kind: str, link: int | None, key: str, now: int) -> bool:
        if self.rule is None:
            return False
        about = {
            "kind": kind,
            "agent": request.header("User-Agent"),
            "client": request.client,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "link": link,
            "key": key,
            "now": to_datetime(now),
        }
        try:
            return bool(self.rule(about))
        except Exception:  # a host's function; the person still gets where the link leads
            return False


def _several(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ConfigurationError(
            f"{text!r} is no network: {error}.", thing=str(text), mend='Write it as "198.51.100.0/24".'
        ) from error
