"""Purging: what nobody reads any more is deleted, in batches, as far as the time goes.

The rules of this file:

1. What is open stays: runs, their deliveries, what is in the inbox. So do consents, suppressions,
   profiles and definitions, which are no history.
2. What any stored definition still reads stays, whatever span the host gives: ``core.journey.reach``.
   Once one of them reads deliveries of other runs, all deliveries stay; else those that a cap or a
   matter may still count.
3. Each batch is a transaction of its own; where the time or the limit ends it, the next call goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from unichannel.core.calendar.span import Span, days
from unichannel.core.journey.reach import event_reach, run_reach
from unichannel.core.words.instant import DAY, SECOND
from unichannel.errors import InvalidInput
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.ports import Session
from unichannel.ports.purging import Purged

__all__ = ["Purge", "Retention", "purge"]

_BATCH = 500
_SETTLED = 4 * DAY
"""A run that is over still answers a hard failure for three days after its last send."""
_LONG, _SHORT, _YEAR = days(400), days(90), days(365)


@dataclass(frozen=True)
class Retention:
    """For how long each kind of data is kept; None is for ever.

    ``content``: what deliveries say (the values in their texts), counted from their reservation, before the
    deliveries themselves go; a span for all, or one for each category by its name, "*" for the others.
    ``audit``: who looked at whose data. The default is the longest that the French authority recommends for
    logs in general, six months to a year (CNIL, Délibération n° 2021-122 of 14 October 2021,
    https://www.legifrance.gouv.fr/jorf/id/JORFTEXT000044272396).
    ``events``: also for how long the id of an event is known, so that a second copy is dropped.
    ``deliveries``: with their traces, after the end of their run; ``notes``: why something was not sent.
    ``enrollments``: runs that ended. ``faults``: what was set aside and never taken up again.
    """

    events: Span | None = _LONG
    deliveries: Span | None = _LONG
    notes: Span | None = _SHORT
    enrollments: Span | None = _LONG
    faults: Span | None = None
    content: Span | Mapping[str, Span] | None = None
    audit: Span | None = _YEAR

    @property
    def contents(self) -> dict[str, Span]:
        """How long what is said is kept, by category, "*" for all others."""
        given = self.content
        return dict(given) if isinstance(given, Mapping) else {} if given is None else {"*": given}

    def __post_init__(self) -> None:
        for category, span in self.contents.items():
            if not isinstance(span, Span):
                raise InvalidInput(
                    f"content[{category!r}] is no span of time.", thing=category, mend='Give {"marketing": days(90)}.'
                )
        for name in ("events", "deliveries", "notes", "enrollments", "faults", "audit"):
            if not isinstance(getattr(self, name), Span | None):
                raise InvalidInput(f"{name} is no span of time.", thing=name, mend="Give days(400), or None for ever.")


@dataclass(slots=True)
class Purge:
    """How much of each kind one ``purge`` deleted; ``more`` says that the time or the limit ended it.

    ``content`` counts deliveries whose values were emptied. ``kept`` names kinds that stay whatever their
    age, because a stored definition reads them.
    """

    events: int = 0
    deliveries: int = 0
    notes: int = 0
    enrollments: int = 0
    faults: int = 0
    content: int = 0
    audit: int = 0
    kept: tuple[str, ...] = ()
    more: bool = False

    @property
    def total(self) -> int:
        counts = self.events, self.deliveries, self.notes, self.enrollments, self.faults, self.content, self.audit
        return sum(counts)


class _Step(Protocol):
    """Deletes one batch: of a session, after an id, so many at most."""

    def __call__(self, session: Session, after: int, *, limit: int) -> Purged: ...


def purge(kit: Kit, retention: Retention, *, limit: int | None, seconds: float) -> Flow[Purge]:
    """Delete what is older than it has to be; ``limit`` bounds the rows, ``seconds`` the time."""
    began = yield from ask(Now())
    yield from ask(Transact(partial(_learn_all, kit=kit)))
    report = Purge(kept=("deliveries",) if _reads_deliveries(kit) else ())
    for kind, step in _steps(kit, retention, began):
        after: int | None = 0
        while after is not None:
            room = _BATCH if limit is None else min(_BATCH, limit - report.total)
            if room < 1 or (yield from ask(Now())) >= began + round(seconds * SECOND):
                report.more = True
                return report
            count, after = yield from ask(Transact(partial(step, after=after, limit=room)))
            setattr(report, kind, getattr(report, kind) + count)
    return report


def _learn_all(session: Session, kit: Kit) -> None:
    """Compile every stored definition: its runs may still come."""
    kit.learn(session, [id for id, *_ in session.definitions()])


def _reads_deliveries(kit: Kit) -> bool:
    return any(program.needs.deliveries for program in list(kit.programs.values()))


def _counted(kit: Kit) -> int:
    """For how long what went out counts, for any cap or matter."""
    return max([kit.recent, *(program.needs.recent for program in list(kit.programs.values()))])


def _steps(kit: Kit, retention: Retention, now: int) -> Iterator[tuple[str, _Step]]:
    """What to delete, kind by kind: deliveries before the runs that they belong to."""
    if retention.events is not None:
        yield from (("events", step) for step in _event_steps(kit, now, retention.events.at_most))
    if retention.deliveries is not None and not _reads_deliveries(kit):
        before = now - max(retention.deliveries.at_most, _SETTLED + _counted(kit))
        yield "deliveries", partial(_deliveries, before=before)
    yield from (("content", step) for step in _content_steps(retention.contents, now))
    if retention.audit is not None:
        yield "audit", partial(_accesses, before=now - retention.audit.at_most)
    if retention.notes is not None:
        yield "notes", partial(_notes, before=now - retention.notes.at_most)
    if retention.enrollments is not None:
        yield from (
            ("enrollments", step) for step in _run_steps(kit, now, max(retention.enrollments.at_most, _SETTLED))
        )
    if retention.faults is not None:
        yield "faults", partial(_faults, before=now - retention.faults.at_most)


def _content_steps(kept: Mapping[str, Span], now: int) -> Iterator[_Step]:
    """Each category that is named by itself, then all the others."""
    named = frozenset(kept) - {"*"}
    for name in sorted(named):
        yield partial(_content, before=now - kept[name].at_most, categories=frozenset({name}), listed=True)
    if "*" in kept:
        yield partial(_content, before=now - kept["*"].at_most, categories=named, listed=False)


def _event_steps(kit: Kit, now: int, kept: int) -> Iterator[_Step]:
    reach = event_reach(list(kit.programs.values()))
    yield partial(_events, before=now - kept, names=frozenset(reach), listed=False)
    for span, names in _grouped(reach, kept):
        yield partial(_events, before=now - span, names=names, listed=True)


def _run_steps(kit: Kit, now: int, kept: int) -> Iterator[_Step]:
    for span, names in _grouped(run_reach(list(kit.programs.values())), kept):
        yield partial(_runs, before=now - span, journeys=names)


def _grouped(reach: dict[str, int | None], kept: int) -> list[tuple[int, frozenset[str]]]:
    """Names by how long they are kept: what is read for ever is in no group."""
    groups: dict[int, set[str]] = {}
    for name, span in reach.items():
        if span is not None:
            groups.setdefault(max(span, kept), set()).add(name)
    return [(span, frozenset(names)) for span, names in sorted(groups.items())]


def _events(session: Session, after: int, *, limit: int, before: int, names: frozenset[str], listed: bool) -> Purged:
    return session.purge_events(after, before, limit, names, listed=listed)


def _deliveries(session: Session, after: int, *, limit: int, before: int) -> Purged:
    return session.purge_deliveries(after, before, limit)


def _content(
    session: Session, after: int, *, limit: int, before: int, categories: frozenset[str], listed: bool
) -> Purged:
    return session.purge_content(after, before, limit, categories, listed=listed)


def _accesses(session: Session, after: int, *, limit: int, before: int) -> Purged:
    return session.purge_accesses(after, before, limit)


def _notes(session: Session, after: int, *, limit: int, before: int) -> Purged:
    return session.purge_notes(after, before, limit)


def _runs(session: Session, after: int, *, limit: int, before: int, journeys: frozenset[str]) -> Purged:
    return session.purge_runs(after, before, limit, journeys)


def _faults(session: Session, after: int, *, limit: int, before: int) -> Purged:
    old = [one.id for one in session.faults(limit) if one.at <= before]
    session.drop_faults(old)
    return len(old), (after if len(old) == limit else None)
