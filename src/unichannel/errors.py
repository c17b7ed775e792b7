"""One tree of errors, split by what the caller does next.

    UnichannelError
    ├── DefinitionError      a journey, message or condition is wrong: mend the code
    │   └── DefinitionChanged    same name and version, other content: raise the version
    ├── ConfigurationError   the engine is put together wrongly: mend the settings
    │   ├── MissingExtra         an optional package is not installed
    │   └── SchemaError          the store's schema is behind or ahead: migrate, or deploy
    ├── InvalidInput         a value handed in is wrong: mend the value, nothing was written
    │   └── MissingVariable      a template needs a value that is missing
    ├── UnknownError         a profile, journey, delivery or provider that is not there
    ├── ConflictError        somebody else was first: read again, decide again
    ├── UnavailableError     the store or a provider cannot be reached: try again later
    ├── RejectedError        refused for good: do not try again
    ├── InDoubtError         may or may not have happened: look before trying again
    └── WebhookError         an incoming call that must not be believed
        ├── BadSignature         not signed, or by somebody else
        └── MalformedWebhook     signed, but not readable

Each names the thing (``thing``), says what is wrong and how to mend it (``mend``), and pickles. A
DefinitionError of what was read from JSON or a file has its ``place``.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "BadSignature",
    "ConfigurationError",
    "ConflictError",
    "DefinitionChanged",
    "DefinitionError",
    "InDoubtError",
    "InvalidInput",
    "MalformedWebhook",
    "MissingExtra",
    "MissingVariable",
    "RejectedError",
    "SchemaError",
    "UnavailableError",
    "UnichannelError",
    "UnknownError",
    "WebhookError",
]

Place = tuple[str | int, ...]
"""The way to a value inside others: ``("steps", 2, "message", "contents", 0, "subject")``."""


class UnichannelError(Exception):
    """The root of every error that unichannel raises on purpose.

    ``thing`` names what is wrong, ``mend`` says what to do; both are part of the text.
    """

    def __init__(self, message: str, *, thing: str = "", mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.thing = thing
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message} {self.mend}".rstrip()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.thing, self.mend)


def _rebuild(cls: type[UnichannelError], message: str, thing: str, mend: str) -> UnichannelError:
    return cls(message, thing=thing, mend=mend)


class DefinitionError(UnichannelError):
    """A journey, message, step or condition is wrong; ``place`` is where, in what was read."""

    def __init__(self, message: str, *, thing: str = "", mend: str = "", place: Place = ()) -> None:
        super().__init__(message, thing=thing, mend=mend)
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return *super().__reduce__(), {"place": self.place}


class DefinitionChanged(DefinitionError):
    """A stored definition has the same name and version but another content."""


class ConfigurationError(UnichannelError):
    """The engine was put together wrongly."""


class MissingExtra(ConfigurationError):
    """An optional package is not installed; the text names the extra."""


class SchemaError(ConfigurationError):
    """The store's schema is not the one that this version reads."""


class InvalidInput(UnichannelError):
    """A value handed in is wrong; nothing was written."""


class MissingVariable(InvalidInput):
    """A template reads a value that is missing, empty or None, and gives no default."""


class UnknownError(UnichannelError):
    """Something asked for by name is not there."""


class ConflictError(UnichannelError):
    """Somebody else changed it first."""


class UnavailableError(UnichannelError):
    """The store or a provider cannot be reached now."""


class RejectedError(UnichannelError):
    """Refused for good."""


class InDoubtError(UnichannelError):
    """It may or may not have happened."""


class WebhookError(UnichannelError):
    """An incoming call that is not to be believed."""


class BadSignature(WebhookError):
    """The signature is missing or wrong."""


class MalformedWebhook(WebhookError):
    """The body cannot be read as what its sender documents."""
