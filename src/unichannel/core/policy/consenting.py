"""What the host settles about consents: the keys of their seals, their age, how far a way out goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from unichannel.core.audience.seal import STORE_KEY
from unichannel.core.calendar.span import Span, days
from unichannel.errors import ConfigurationError

__all__ = ["ConsentRules", "Scope"]

Scope = Literal["topic", "channel", "everything"]
"""How far a withdrawal goes: this topic on this channel, all of this channel, everything."""

_SCOPES = ("topic", "channel", "everything")
_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class ConsentRules:
    """How an engine keeps consents.

    ``keys`` seal the entries of the ledger, by an id of the host's: the first seals, all are believed, beside
    the store's own secret, which seals where there are none. To rotate put the new one first. 16 bytes or more.
    ``renewed_after``: the age at which a consent allows no more, counted from the last contact *by* the person
    (the consent, a click, an answer); "law" is the rule of the person's country, None is never.
    ``confirmed_within``: for how long a pending consent can be confirmed. ``unsubscribe``: how far an
    unsubscribe link goes. Raises ConfigurationError for a short key or a span of nothing.
    """

    keys: Mapping[str, str | bytes] = field(default_factory=dict, repr=False)
    renewed_after: Span | Literal["law"] | None = "law"
    confirmed_within: Span = field(default_factory=lambda: days(7))
    unsubscribe: Scope = "topic"

    def __post_init__(self) -> None:
        for name, key in self.keys.items():
            if not name or name == STORE_KEY:
                raise ConfigurationError(
                    f"{name!r} is no id of the host's for a key.", thing="keys", mend='Name it by its year: "2030".'
                )
            if len(key) < _SHORTEST_KEY:
                raise ConfigurationError(
                    f"the key {name!r} is shorter than {_SHORTEST_KEY} bytes.",
                    thing=name,
                    mend="Make one with secrets.token_urlsafe(32), and keep it.",
                )
        for name, span in {"renewed_after": self.renewed_after, "confirmed_within": self.confirmed_within}.items():
            if isinstance(span, Span) and not span.nominal:
                raise ConfigurationError(f"{name} is no time at all.", thing=name, mend="Give it a length.")
        if self.unsubscribe not in _SCOPES:
            raise ConfigurationError(
                f"{self.unsubscribe!r} is no scope.", thing="unsubscribe", mend=f"Use one of: {', '.join(_SCOPES)}."
            )

    @property
    def secrets(self) -> dict[str, bytes]:
        """The keys as bytes."""
        return {name: key.encode() if isinstance(key, str) else key for name, key in self.keys.items()}
