"""Erasing: what stays of a person's runs once the person is forgotten: which journey, when, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable

from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import NOBODY

__all__ = ["erased_run"]


def erased_run(run: Enrollment, keys: Iterable[str], now: int) -> Enrollment:
    """The run without anything personal, nobody's; one that was going on has ended as erased.

    ``keys`` are the person's: an ``origin`` that holds one of them goes too.
    """
    kept = Enrollment(run.id, NOBODY, run.journey, run.version, run.definition, "", run.start, run.at)
    kept.status = "erased" if run.is_live else run.status
    kept.ended = max(now, run.at) if run.ended is None else run.ended
    kept.listen, kept.counted = None, run.counted
    kept.origin = "" if any(key in run.origin for key in keys) else run.origin
    return kept
