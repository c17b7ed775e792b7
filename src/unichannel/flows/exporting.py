"""Exporting: everything that is held about a person, as plain values for the person, and for another system to read.

GDPR Art. 15 (a copy of the data) and Art. 20 (structured, commonly used, machine-readable). The format is
described in docs/reference/export.md; ``VERSION`` is raised when a name in it changes its meaning or goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from unichannel.core.audience.consent import Consent
from unichannel.core.audience.engagement import WHOLE
from unichannel.core.audience.profile import Person
from unichannel.core.audience.seal import subject_of
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.address import address_hash
from unichannel.core.words.definition import dump
from unichannel.core.words.event import Event
from unichannel.core.words.instant import DAY, iso
from unichannel.core.words.trace import Trace
from unichannel.errors import UnichannelError, UnknownError
from unichannel.flows.auditing import Actor, access
from unichannel.flows.explaining import cost_of
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.flows.receipts import receipts_about
from unichannel.flows.rendering import rendered
from unichannel.ports import Access, History, Inbox, Note, Session

__all__ = ["FORMAT", "VERSION", "Export", "export"]

FORMAT = "unichannel.export"
VERSION = 1


@dataclass(frozen=True)
class Export:
    """Everything held about one person; ``body`` is plain JSON values, as docs/reference/export.md has them."""

    profile: str
    body: Mapping[str, Any] = field(repr=False)

    def to_json(self, *, indent: int | None = None) -> str:
        """The whole as a JSON text, in UTF-8's own letters."""
        return json.dumps(self.body, indent=indent, ensure_ascii=False)


def export(kit: Kit, profile: str, actor: Actor) -> Flow[Export]:
    """Read everything, and write down that it was read; raises UnknownError for an id nobody knows."""
    now = yield from ask(Now())
    entry = access(kit, now, "export", profile, actor)
    body = yield from ask(Transact(partial(_export, kit=kit, key=profile, now=now, entry=entry)))
    return Export(profile, body)


def _export(session: Session, kit: Kit, key: str, now: int, entry: Access) -> dict[str, Any]:
    history = session.history(key)
    waiting = session.waiting(history.person.keys if history is not None else [key])
    if history is None:
        if not waiting:
            raise UnknownError(f"no profile {key!r} is known.", thing=key, mend="Check the id.")
        history = History(Person(0, key), [], [], [], [], [])
    session.put_accesses([entry])
    kit.learn(session, {run.definition for run in history.runs})
    kit.learn(session, {one.definition for one in history.deliveries if one.definition})
    return {"format": FORMAT, "version": VERSION, "exported": iso(now), **_held(session, kit, history, waiting)}


def _held(session: Session, kit: Kit, history: History, waiting: Iterable[Inbox]) -> dict[str, Any]:
    person, journeys = history.person, {run.id: run for run in history.runs}
    return {
        "profile": _profile(person),
        "addresses": [
            {"kind": kind, "address": one, "signs": {sign: _at(at) for sign, at in person.signs.get(one, {}).items()}}
            for kind, some in person.addresses.items()
            for one in some
        ],
        "consents": [_consent(one.entry) for one in session.entries_of(person.key)],
        "suppressions": list(_suppressions(session, kit, person)),
        "engagement": list(_engagement(person)),
        "events": [_event(one) for one in history.events],
        "enrollments": [_run(one) for one in history.runs],
        "deliveries": [_delivery(kit, one, journeys.get(one.enrollment)) for one in history.deliveries],
        "not_sent": [_note(one) for one in history.notes],
        "waiting": [_waiting(one) for one in waiting],
        "receipts": list(_receipts(session, kit, history)),
        "set_aside": [
            {"at": iso(one.at), "error": one.error, "event": one.event}
            for one in session.faults(10_000)
            if one.profile == person.id and person.id
        ],
        "accesses": [_access(one) for one in _trail(session, kit, person)],
    }


# who it is


def _profile(person: Person) -> dict[str, Any]:
    return {
        "id": person.key,
        "aliases": list(person.aliases),
        "created": _at(person.created),
        "changed": _at(person.changed),
        "attributes": person.attributes,
        "timezone": person.timezone,
        "timezone_known": person.timezone_known,
        "locale": person.locale,
        "country": person.country,
        "preferences": person.preferences,
        "tags": list(person.tags),
        "lists": list(person.lists),
        "next_dates": {name: _at(timer[0]) for name, timer in person.timers.items() if timer},
    }


def _at(instant: int | None) -> str | None:
    return None if not instant else iso(instant)


def _consent(entry: Consent) -> dict[str, Any]:
    return {**asdict(entry), "occurred": _at(entry.occurred), "recorded": _at(entry.recorded)}


def _suppressions(session: Session, kit: Kit, person: Person) -> Iterable[dict[str, Any]]:
    """What is against each address: kept by hash, told by the address that the person has."""
    channels = {(one.address, one.family) for one in kit.setting.channels.values()}
    places = {
        address_hash(kit.setting.identity, kind, family, one): (kind, one)
        for kind, family in channels
        for one in person.addresses.get(kind, ())
    }
    for hashed, entry in sorted(session.suppressed(places).items()):
        kind, address = places[hashed]
        said = {"scope": entry.scope, "reason": entry.reason, "at": _at(entry.at), "detail": entry.detail}
        yield {"kind": kind, "address": address, **said}


def _engagement(person: Person) -> Iterable[dict[str, Any]]:
    for channel, by_category in person.engagement.items():
        for category, by_day in by_category.items():
            for day, (tries, worth) in by_day.items():
                counts = {"messages": tries / WHOLE, "answered": worth / WHOLE}
                yield {"channel": channel, "category": category, "day": iso(int(day) * DAY)[:10], **counts}


# what happened


def _event(event: Event) -> dict[str, Any]:
    instants = {"occurred": _at(event.occurred), "recorded": _at(event.recorded)}
    return {"name": event.name, "id": event.id, **instants, "properties": event.properties}


def _run(run: Enrollment) -> dict[str, Any]:
    return {
        "id": run.public_id,
        "journey": run.journey,
        "version": run.version,
        "entity": run.entity,
        "status": run.status,
        "reason": run.reason,
        "step": run.step,
        "start": _at(run.start),
        "next": _at(run.due),
        "ended": _at(run.ended),
        "data": run.data,
        "answers": run.answers,
    }


def _delivery(kit: Kit, one: Delivery, run: Enrollment | None) -> dict[str, Any]:
    cost = cost_of(one)
    return {
        "id": one.id,
        "journey": run.journey if run is not None else "",
        "step": one.step,
        "channel": one.channel,
        "message": one.message,
        "category": one.category,
        "address": one.address,
        "about": one.about,
        "status": one.status,
        "reason": one.reason,
        "provider": one.route,
        "provider_id": one.provider_id,
        "facts": {name: _at(at) for name, at in sorted(one.facts.items(), key=lambda fact: fact[1])},
        "cost": None if cost is None else str(cost),
        "content": _content(kit, one, run),
        "values": one.frozen,
        "why": one.trace,
    }


def _content(kit: Kit, one: Delivery, run: Enrollment | None) -> Any:
    """What it says, rendered again from what was frozen; None where that is not kept, or cannot be read here."""
    if one.is_call or run is None:
        return None
    try:
        content, _ = rendered(kit, one, run.definition)
    except UnichannelError:
        return None
    return dump(content)


def _note(note: Note) -> dict[str, Any]:
    return {"journey": note.journey, **_trace(note.trace)}


def _trace(trace: Trace) -> dict[str, Any]:
    verdicts = [{"channel": one.channel, "code": one.code, **one.detail} for one in trace.verdicts]
    return {"at": _at(trace.now), "code": trace.code, "step": trace.step, "verdicts": verdicts, "detail": trace.detail}


# what waits, and who looked


def _waiting(row: Inbox) -> dict[str, Any]:
    return {"kind": row.kind, "name": row.name, "recorded": _at(row.recorded), "body": row.body}


def _receipts(session: Session, kit: Kit, history: History) -> Iterable[dict[str, Any]]:
    """Receipts in the queue that come from one of the person's addresses, or are about their deliveries."""
    for parked in receipts_about(session, kit, history):
        one = parked.receipt
        said = {"kind": one.kind, "channel": one.channel, "address": one.address, "text": one.text, "url": one.url}
        yield {"provider": parked.provider, "recorded": _at(parked.recorded), **said}


def _trail(session: Session, kit: Kit, person: Person) -> list[Access]:
    return session.accesses([subject_of(kit.setting.identity, key) for key in person.keys])


def _access(entry: Access) -> dict[str, Any]:
    """Who looked is the host's to tell: a person is told when, and what for, not which employee it was."""
    return {"at": _at(entry.at), "what": entry.what, "detail": entry.detail}
