"""What an integration is given, and the libraries that are imported when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeVar

from unichannel.errors import ConfigurationError, MissingExtra

__all__ = ["need", "wanted"]

T = TypeVar("T")


def need(module: str, extra: str) -> Any:
    """The module; raises MissingExtra, which names the extra that brings it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f"this needs {module.partition('.')[0]}, which is not installed.",
            thing=module,
            mend=f'Install it: pip install "unichannel[{extra}]".',
        ) from error


def wanted(kind: type[T], engine: Any) -> T:
    """The engine, where it is of that kind; raises ConfigurationError for the other, and for what is none."""
    if not isinstance(engine, kind):
        found = type(engine).__qualname__
        raise ConfigurationError(f"this runs an {kind.__name__}, not {found}.", thing=found, mend="Give it that.")
    return engine
