"""Names that are imported when they are used (PEP 562), so that importing the package stays cheap."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

__all__ = ["lazy"]


def lazy(module: str, where: Mapping[str, str], name: str) -> Any:
    """The object of that name, imported from where it lives and kept in the module."""
    if name not in where:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    value = getattr(import_module(where[name]), name)
    setattr(sys.modules[module], name, value)
    return value
