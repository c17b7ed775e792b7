"""Auditing: who looked at a person's data or changed it, when, and from where.

An entry names its person by a keyed hash, and holds none of the data. Exports, corrections and erasures are
always written down; other reads where somebody is acting, so that an app that shows people their own
messages writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias, TypeVar

from unichannel.core.audience.seal import subject_of
from unichannel.core.words.instant import to_datetime
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.ports import Access, Fault, Session

__all__ = ["Actor", "AuditEntry", "Subjects", "audit", "looked", "of_delivery", "of_faults", "of_profile", "of_run"]

T = TypeVar("T")

Actor: TypeAlias = tuple[str, str]
"""Who is acting, and from where; two empty texts where nobody said."""

Subjects: TypeAlias = Callable[[Session, Any], Iterable[str]]
"""The ids of the profiles that an answer is about."""


@dataclass(frozen=True)
class AuditEntry:
    """One thing that somebody did with a person's data.

    ``what``: why, timeline, status, in_app, failed, consent_at, preferences, prove, audit, export, rectify,
    erase; erased, once that is done. ``actor`` is "" where nobody said who was acting. ``detail`` names fields,
    never their values.
    """

    at: datetime
    what: str
    actor: str = ""
    source: str = field(default="", repr=False)
    detail: str = ""


def access(kit: Kit, now: int, what: str, profile: str, actor: Actor, detail: str = "") -> Access:
    """An entry about a profile."""
    return Access(now, subject_of(kit.setting.identity, profile), what, *actor, detail)


def looked(kit: Kit, what: str, subjects: Subjects, actor: Actor, flow: Flow[T]) -> Flow[T]:
    """The flow's answer, handed out once it is written down who asked; where nobody is acting, as it is."""
    answer = yield from flow
    if actor[0]:
        now = yield from ask(Now())
        yield from ask(Transact(partial(_note, kit=kit, now=now, what=what, subjects=subjects, actor=actor, of=answer)))
    return answer


def _note(session: Session, kit: Kit, now: int, what: str, subjects: Subjects, actor: Actor, of: T) -> None:
    session.put_accesses([access(kit, now, what, key, actor) for key in dict.fromkeys(subjects(session, of))])


def of_profile(key: str) -> Subjects:
    """The profile that was asked for."""
    return lambda *_: (key,)


def of_delivery(id: str) -> Subjects:
    """The profile that a delivery went to, by its public id."""
    enrollment, _, n = id.removeprefix("d").partition("-")

    def find(session: Session, *_: object) -> Iterable[str]:
        one = session.delivery(int(enrollment), int(n))
        return session.profile_keys([one.profile]).values() if one is not None else ()

    return find


def of_run(origin: str) -> Subjects:
    """The profile that an intention is about, once its run is there."""

    def find(session: Session, *_: object) -> Iterable[str]:
        run, note, _waits = session.origin(origin)
        found = [one.profile for one in (run, note) if one is not None]
        return session.profile_keys(found).values()

    return find


def of_faults(session: Session, faults: list[Fault]) -> Iterable[str]:
    """The profiles whose runs were set aside."""
    return session.profile_keys({one.profile for one in faults}).values()


def audit(kit: Kit, profile: str) -> Flow[list[AuditEntry]]:
    """What was done with a person's data, under any of the ids that lead to them."""
    rows = yield from ask(Transact(partial(_read, kit=kit, profile=profile)))
    return [AuditEntry(to_datetime(one.at), one.what, one.actor, one.source, one.detail) for one in rows]


def _read(session: Session, kit: Kit, profile: str) -> list[Access]:
    person, _ = session.deliveries_on(profile, "")
    keys = {profile, *(person.keys if person is not None else ())}
    return session.accesses([subject_of(kit.setting.identity, key) for key in keys])
