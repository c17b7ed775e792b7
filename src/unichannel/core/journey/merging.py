"""Merging: of two live runs of one journey and entity the older goes on, the newer ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unichannel.core.journey.enrollment import Decision, Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.trace import Trace

__all__ = ["end_newer"]


def end_newer(runs: Iterable[Enrollment], deliveries: Sequence[Delivery], now: int) -> list[Decision]:
    """The ends of live runs that have an older one of the same journey and entity beside them."""
    oldest: dict[tuple[str, str], Enrollment] = {}
    ended = []
    for run in sorted(runs, key=lambda one: (one.start, one.id)):
        kept = oldest.setdefault((run.journey, run.entity), run) if run.is_live else run
        if kept is not run:
            ended.append(_end(run, kept, deliveries, now))
    return ended


def _end(run: Enrollment, kept: Enrollment, deliveries: Sequence[Delivery], now: int) -> Decision:
    """End a run as merged; what it reserved is taken back, what is already going cannot be."""
    over = run.copy()
    over.status, over.reason, over.ended = "merged", kept.public_id, max(now, run.at)
    over.step, over.due, over.listen, over.hold, over.ladders = "", None, None, None, []
    over.rounds, over.answers, over.call = {}, {}, 0
    mine = [one.n for one in deliveries if one.enrollment == run.id and one.status in ("reserved", "retry")]
    trace = Trace("merged", "", run.at, now, (), {"into": kept.public_id})
    return Decision(over, cancel=[(n, "merged") for n in mine], traces=[trace])
