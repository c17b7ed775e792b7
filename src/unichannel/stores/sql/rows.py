"""Values to rows and back. Texts that hold JSON are compact and ASCII: half a surrogate pair is no error."""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from operator import attrgetter
from typing import Any

from pydantic_core import from_json

from unichannel.core.audience.consent import Consent, Suppression
from unichannel.core.audience.profile import Person
from unichannel.core.audience.seal import Sealed
from unichannel.core.journey.enrollment import COLUMNS, Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.event import Event
from unichannel.core.words.plain import unplain
from unichannel.core.words.trace import Trace
from unichannel.ports.receiving import Receipt
from unichannel.ports.storing import Fault, Inbox, Note, Parked
from unichannel.stores.sql.statement import Row

__all__ = [
    "DELIVERY",
    "ENROLLMENT",
    "EVENT",
    "FAULT",
    "INBOX",
    "NOTE",
    "RECEIPT",
    "SAVED",
    "SEALED",
    "SUPPRESSION",
    "listed",
    "loads",
    "of_closed",
    "of_delivery",
    "of_enrollment",
    "of_event",
    "of_fault",
    "of_inbox",
    "of_moved",
    "of_note",
    "of_parked",
    "of_person",
    "of_released",
    "of_released_run",
    "of_saved",
    "of_sealed",
    "of_suppression",
    "to_consent",
    "to_delivery",
    "to_enrollment",
    "to_event",
    "to_fault",
    "to_inbox",
    "to_note",
    "to_parked",
    "to_person",
    "to_sealed",
    "to_suppression",
    "without_evidence",
]

_encoder = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_make: Any = getattr(json.encoder, "c_make_encoder", None)
# ``encode`` makes this again for each value, which takes a third of its time.
_parts: Any = _make and _make(
    None, _encoder.default, json.encoder.encode_basestring_ascii, None, ":", ",", False, False, True
)
_scan: Any = json.JSONDecoder().scan_once  # type: ignore[attr-defined]

DELIVERY = tuple(Delivery.__slots__)
ENROLLMENT = (*COLUMNS, "live", "open", "state")
EVENT = ("profile", "name", "occurred", "recorded", "event_id", "depth", "properties")
FAULT = ("profile", "enrollment", "error", "at", "event")
INBOX = ("profile", "kind", "name", "occurred", "recorded", "event_id", "depth", "body")
NOTE = ("profile", "journey", "enrollment", "origin", "trace")
RECEIPT = ("provider", "recorded", "receipt", "due", "hash")
SAVED = (
    "status",
    "due",
    "attempts",
    "route",
    "provider_id",
    "lease",
    "cost",
    "currency",
    "facts",
    "reason",
    "enrollment",
    "n",
)
SEALED = (
    *("profile", "body", "recorded", "details", "evidence"),
    *("evidence_hash", "subject", "seal_key", "seal"),
)
SUPPRESSION = ("hash", "scope", "reason", "at", "detail")

_columns = attrgetter(*COLUMNS)
_delivery = attrgetter(*DELIVERY)
_CONSENT = ("channel", "purpose", "topic", "status", "occurred", "recorded", "source", "basis")
_DETAILS = ("wording", "version", "language", "form", "by")
_consent, _details = attrgetter(*_CONSENT), attrgetter(*_DETAILS)
_RECEIPT = {one.name: None if one.default is MISSING else one.default for one in fields(Receipt)}


def loads(text: str) -> Any:
    """What ``_json`` wrote: one value, with no space around it.

    pydantic's parser takes half of json's time. It refuses half a surrogate pair and what is nested more
    than 200 deep, which json reads.
    """
    if text == "{}":
        return {}
    try:
        return from_json(text, cache_strings="keys")
    except ValueError:
        return _scan(text, 0)[0]


def _encode(value: Any) -> str:
    return "".join(_parts(value, 0)) if _parts else _encoder.encode(value)


def _json(value: Any) -> str:
    if value == {}:
        return "{}"
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise unplain(error) from None


def listed(values: Iterable[Any]) -> str:
    """A list as the one parameter of ``among``."""
    return _encode(list(values))


def of_person(person: Person) -> Row:
    return _json(person.as_json()), person.id


def to_person(id: int, key: str, body: str) -> Person:
    return Person.from_json(id, key, loads(body))


def of_inbox(row: Inbox) -> Row:
    return (
        row.profile,
        row.kind,
        row.name,
        row.occurred,
        row.recorded,
        row.event_id,
        row.depth,
        _json(row.body),
    )


def to_inbox(row: Row) -> Inbox:
    id, profile, kind, name, occurred, recorded, event_id, depth, body = row
    return Inbox(profile, kind, name, occurred, recorded, event_id, depth, loads(body), id)


def of_event(profile: int, event: Event) -> Row:
    return (
        profile,
        event.name,
        event.occurred,
        event.recorded,
        event.id,
        event.depth,
        _json(event.properties),
    )


def to_event(row: Row) -> Event:
    """The event of a row; its profile comes first."""
    _, name, occurred, recorded, id, depth, properties = row
    return Event(name, occurred, recorded, loads(properties), id, depth)


def of_sealed(one: Sealed) -> Row:
    entry = one.entry
    body = {name: value for name, value in zip(_CONSENT, _consent(entry), strict=True) if value}
    details = {name: value for name, value in zip(_DETAILS, _details(entry), strict=True) if value}
    evidence = _json([one.salt, entry.evidence]) if entry.evidence else None
    seal = one.evidence_hash, one.subject, one.key, one.seal
    return one.profile, _json(body), entry.recorded, _json(details), evidence, *seal


def to_sealed(row: Row) -> Sealed:
    id, profile, body, recorded, details, evidence, hashed, subject, key, seal = row
    salt, known = loads(evidence) if evidence is not None else ("", {})
    # An entry from before there were seals has everything in its body.
    entry = Consent(**{"evidence": known, "recorded": recorded, **loads(details), **loads(body)})
    return Sealed(profile, entry, subject, hashed, salt, key, seal, id)


def to_consent(body: str) -> Consent:
    return Consent(**loads(body))


def without_evidence(body: str) -> str:
    """The entry but for its evidence, which one from before there were seals has here."""
    return _json({name: value for name, value in loads(body).items() if name != "evidence"})


def of_suppression(entry: Suppression) -> Row:
    return entry.hash, entry.scope, entry.reason, entry.at, entry.detail


def to_suppression(row: Row) -> Suppression:
    return Suppression(*row)


def of_enrollment(run: Enrollment) -> Row:
    return (*_columns(run), *_marks(run), _json(run.state()))


def _marks(run: Enrollment) -> tuple[int | None, int | None]:
    """The columns ``live``, which makes a live run unique, and ``open``, which an index is made of."""
    return (1 if run.is_live else None), (1 if run.is_live or run.is_open else None)


def of_moved(run: Enrollment) -> Row:
    """What changes while a run goes on, then its id."""
    state = _json(run.state())
    return run.version, run.definition, run.at, run.status, run.due, run.listen, run.ended, state, run.id


def of_closed(run: Enrollment) -> Row:
    """What changes with a run that is over, then its id."""
    *moved, id = of_moved(run)
    return (*moved, *_marks(run), id)


def of_released_run(run: Enrollment) -> Row:
    """What changes with a run that is nobody's any more, then its id."""
    ended = run.status, run.due, run.listen, run.ended, run.origin
    return (run.profile, run.entity, *ended, *_marks(run), _json(run.state()), run.id)


def to_enrollment(row: Row) -> Enrollment:
    return Enrollment.from_row(dict(zip(COLUMNS, row, strict=False)), loads(row[-1]))


def of_delivery(one: Delivery) -> Row:
    row = list(_delivery(one))
    row[-4:-1] = _json(one.facts), _json(one.frozen), _trace(one)
    return tuple(row)


def _trace(one: Delivery) -> str:
    """Its trace, but for what its row says too: each of the millions that wait keeps one."""
    said = {"step": one.step, "at": one.at, "now": one.reserved}
    is_said = said.items() <= one.trace.items()
    return _json({name: value for name, value in one.trace.items() if name not in said} if is_said else one.trace)


def to_delivery(row: Row) -> Delivery:
    values: list[Any] = list(row)
    values[-4:-1] = map(loads, row[-4:-1])
    one = Delivery(*values)
    if "code" in one.trace and "step" not in one.trace:
        one.trace |= {"step": one.step, "at": one.at, "now": one.reserved}
    return one


def of_saved(one: Delivery) -> Row:
    return (
        one.status,
        one.due,
        one.attempts,
        one.route,
        one.provider_id,
        one.lease,
        one.cost,
        one.currency,
        _json(one.facts),
        one.reason,
        one.enrollment,
        one.n,
    )


def of_released(one: Delivery) -> Row:
    """What changes with a delivery that is nobody's any more, then its key."""
    said = one.about, _json(one.facts), _json(one.frozen), _trace(one), one.reason
    return (one.profile, one.address, one.status, one.due, *said, one.enrollment, one.n)


def of_parked(row: Parked) -> Row:
    one = row.receipt
    # Null stands for none; of the hash for "nobody looked", which older code leaves.
    named = row.hash, _name(one.key), _name(one.provider_id)
    return row.provider, row.recorded, _json(_receipt_body(one)), row.due, *named


def _name(text: str) -> str | None:
    """A name that a column can hold: half a surrogate pair or a control character is in none of ours."""
    return text if text and text.isprintable() else None


def _receipt_body(receipt: Receipt) -> Mapping[str, Any]:
    given = {name: getattr(receipt, name) for name in _RECEIPT}
    body = {name: value for name, value in given.items() if value != _RECEIPT[name]}
    return {**body, "raw": dict(receipt.raw)}


def to_parked(row: Row) -> Parked:
    id, provider, recorded, receipt, due, hash = row
    return Parked(provider, recorded, Receipt(**loads(receipt)), due, id, hash)


def of_note(note: Note) -> Row:
    return note.profile, note.journey, note.enrollment, note.origin, _json(note.trace.as_json())


def to_note(row: Row) -> Note:
    profile, journey, enrollment, origin, trace = row
    return Note(profile, journey, enrollment, origin, Trace.from_json(loads(trace)))


def of_fault(fault: Fault) -> Row:
    event = None if fault.event is None else _json(fault.event)
    return fault.profile, fault.enrollment, fault.error, fault.at, event


def to_fault(row: Row) -> Fault:
    id, profile, enrollment, error, at, event = row
    return Fault(profile, enrollment, error, at, None if event is None else loads(event), id)
