"""Console: prints what would be sent, for a first run and for development."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from typing import TextIO

from unichannel.core.messaging.content import said
from unichannel.core.words.channel import BUILT_IN
from unichannel.ports import Abilities, Context, Outbound, Outcome

__all__ = ["Console"]


class Console:
    """Prints each delivery, address and text included, and accepts it.

    ``stream``: where to; None is ``sys.stdout`` as it is at each call.
    """

    blocking = False
    abilities = Abilities()

    def __init__(
        self,
        stream: TextIO | None = None,
        name: str = "console",
        channels: Iterable[str] = tuple(BUILT_IN),
    ) -> None:
        self._stream = stream
        self._name = name
        self._channels = frozenset(channels)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Console({self._name!r})"

    @property
    def name(self) -> str:
        """The transport's name."""
        return self._name

    @property
    def channels(self) -> frozenset[str]:
        """The channels that it may serve."""
        return self._channels

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        """Print it; a stream that cannot be written to is a retry."""
        stream = self._stream or sys.stdout
        try:
            with self._lock:  # two deliveries never mix their lines
                stream.write(_for(stream, _page(outbound)))
                stream.flush()
        except (OSError, ValueError) as error:
            return Outcome.retry("stream", f"the stream cannot be written to: {type(error).__name__}")
        return Outcome.accepted(f"console-{outbound.key}", at=ctx.now)

    async def carry_async(self, outbound: Outbound, ctx: Context) -> Outcome:
        """Print it; a stream that cannot be written to is a retry."""
        return self.carry(outbound, ctx)

    def look_up(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """Nothing that was printed can be looked up: in doubt."""
        return Outcome.in_doubt("no_look_up", "the console cannot look up what it printed")

    async def look_up_async(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """Nothing that was printed can be looked up: in doubt."""
        return self.look_up(outbound, ctx)

    def close(self) -> None:
        """Nothing to let go of: the stream is the caller's."""

    async def close_async(self) -> None:
        """Nothing to let go of: the stream is the caller's."""


def _page(outbound: Outbound) -> str:
    head = (
        f"── {outbound.channel} to {outbound.address} ── {outbound.message} ({outbound.category}, {outbound.purpose})"
    )
    again = f", attempt {outbound.attempt}" if outbound.attempt > 1 else ""
    parts = [head, f"   key {outbound.key}{again}"]
    parts += [f"   {name}: {value}" for name, value in outbound.headers]
    parts += [_part(name, _short(text)) for name, text in said(outbound.content)]
    return "\n".join(parts) + "\n\n"


def _short(text: str) -> str:
    """A file's bytes by how many they are: nobody reads base64."""
    is_data = len(text) > 1_000 and not any(char.isspace() for char in text)
    return f"({len(text):,} characters)" if is_data else text


def _part(name: str, text: str) -> str:
    lines = text.splitlines() or [""]
    if len(lines) == 1:
        return f"   {name}: {text}"
    return "\n".join([f"   {name}:", *(f"      {line}".rstrip() for line in lines)])


def _for(stream: TextIO, text: str) -> str:
    """The text as far as the stream can show it: a console without emoji is no failed delivery."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
