"""Trouble: how long a route is left in peace after its provider failed.

The rules of this file:

1. ``AFTER`` failures in a row (not accepted now, or no answer at all) pause a route; a provider that
   says for how long it wants to be left alone (429 with Retry-After) pauses it at the first.
2. When a pause is over one delivery goes, the *probe*; the others wait for what becomes of it. A
   probe that fails begins a longer pause, by ``PAUSES``; any definite answer ends the trouble.
3. What lands while a route is paused went out before the pause, and makes it no longer, unless the
   provider says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from unichannel.core.words.instant import HOUR, MINUTE, SECOND

__all__ = ["AFTER", "PAUSES", "Trouble", "after_failure", "probed"]

AFTER = 5
PAUSES = (30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE)
_LONGEST = HOUR
_FOR_PROBE = 5 * SECOND


@dataclass(frozen=True, slots=True)
class Trouble:
    """A route whose provider failed: ``failures`` in a row; nothing goes before ``until`` (0: it is not paused)."""

    route: str
    failures: int = 0
    until: int = 0
    probing: bool = False

    def is_paused(self, now: int) -> bool:
        return now < self.until


def after_failure(trouble: Trouble, now: int, retry_after: float | None = None) -> Trouble:
    """The trouble after one more failure; ``retry_after`` in seconds, as the provider said."""
    asked = now + min(round(retry_after * SECOND), _LONGEST) if retry_after is not None else 0
    if trouble.is_paused(now) and not trouble.probing:
        return replace(trouble, until=max(trouble.until, asked))
    failures = trouble.failures + 1
    grown = now + PAUSES[min(failures - AFTER, len(PAUSES) - 1)] if failures >= AFTER else 0
    return Trouble(trouble.route, failures, max(asked, grown))


def probed(trouble: Trouble, now: int) -> Trouble:
    """The trouble while a probe is out: the others look again a little later."""
    return replace(trouble, until=now + _FOR_PROBE, probing=True)
