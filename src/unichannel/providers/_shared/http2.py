"""HTTP/2, which some providers speak only: httpx has it by an extra of its own."""

from __future__ import annotations

from importlib.util import find_spec

from unichannel.errors import MissingExtra

__all__ = ["need_http2"]


def need_http2() -> None:
    """Raise MissingExtra where ``h2`` is not installed; asked when a codec is made, not when it is called."""
    if find_spec("h2") is None:
        raise MissingExtra(
            "this provider speaks HTTP/2 only, and h2 is not installed.",
            thing="h2",
            mend='Install it: pip install "unichannel[push]".',
        )
