"""Digesting: events are collected until a digest closes; none is left out, and none is told twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from unichannel.core.calendar.zone import add
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.journey.language.repeat import Digest
from unichannel.core.journey.program import END, Node
from unichannel.core.journey.turn import Move, Turn
from unichannel.core.words.event import Event
from unichannel.core.words.instant import to_datetime

__all__ = ["carry_over", "collect", "digest_move", "leftover"]


def digest_move(turn: Turn, step: Digest) -> Move | None:
    """When the digest under the cursor closes, None while its moment is not known."""
    run, zone = turn.run, turn.view.zone
    if step.span is not None:
        return Move(add(run.arrived, step.span, zone), "digest")
    target = step.until.resolve(turn.view, run.arrived) if step.until is not None else None
    return None if target is None else Move(max(target, run.arrived), "digest", planned=target)


def collect(turn: Turn, node: Node, step: Digest, at: int) -> None:
    """Put what came until ``at`` into the run's data, and remember what was collected."""
    is_first = turn.run.visits.get(node.name) == 1
    found = [event for event in _fresh(turn, node.name, step, with_trigger=is_first) if event.occurred <= at]
    told = [_told(event) for event in found[-step.most :]]
    turn.run.data[step.into] = {"count": len(found), "events": told}
    since = turn.now - turn.program.journey.accept_late.at_most
    known = (event for event in _meant(turn, step) if event.occurred <= at and event.recorded > since)
    turn.run.collected[node.name] = [turn.now, *map(_mark, known)]


def carry_over(run: Enrollment, earlier: Iterable[Enrollment]) -> None:
    """Let a new run know what earlier ones of its matter collected, so that a late event tells nothing twice."""
    for one in sorted(earlier, key=lambda one: one.id):
        for name, seen in one.collected.items():
            run.collected[name], run.left[name] = seen, one.left.get(name, one.at)


def leftover(turn: Turn) -> int:
    """The digest to go back to at the end, because more came after it closed; END where nothing did."""
    for name in turn.run.collected:
        place = turn.program.index.get(name, END)
        step = turn.program.nodes[place].step if place != END and turn.run.visits.get(name) else None
        if isinstance(step, Digest) and any(one.occurred <= turn.run.at for one in _fresh(turn, name, step)):
            return place
    return END


def _fresh(turn: Turn, name: str, step: Digest, *, with_trigger: bool = False) -> Iterator[Event]:
    """Matching events that no earlier round or run collected, oldest first, those that were told late too."""
    run = turn.run
    closed, collected = run.left.get(name), run.collected.get(name)
    for event in _meant(turn, step):
        is_open = closed is None or collected is None
        is_new = is_open or event.occurred > (closed or 0) or _is_unknown(turn, event, collected or [0])
        is_new = is_new and event.occurred >= run.start
        if is_new or (with_trigger and event.id == run.trigger):
            yield event


def _meant(turn: Turn, step: Digest) -> Iterator[Event]:
    return (one for one in turn.facts.events if any(turn.view.is_meant(one, pattern) for pattern in step.patterns))


def _is_unknown(turn: Turn, event: Event, collected: list[Any]) -> bool:
    """Whether an event was not known when the digest closed.

    A host that commits late, or whose clock is behind, tells of it after that with an earlier
    ``recorded``: so who was collected is known by name, as far back as the journey accepts events.
    """
    seen, *marks = collected
    since = seen - turn.program.journey.accept_late.at_most
    return bool(event.recorded > seen) or (event.recorded > since and _mark(event) not in marks)


def _mark(event: Event) -> str:
    return event.id or f"{event.name}:{event.occurred}"


def _told(event: Event) -> dict[str, Any]:
    return {**event.properties, "event": event.name, "occurred": to_datetime(event.occurred).isoformat()}
