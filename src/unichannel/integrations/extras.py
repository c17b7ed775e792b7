"""Libraries that are imported when an integration is used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from unichannel.errors import MissingExtra

__all__ = ["need"]


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
