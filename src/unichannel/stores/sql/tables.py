"""The tables, once, for every backend.

Instants are integers, microseconds UTC. Texts that hold JSON are compact and never searched.
A schema is given when a statement is compiled, so that the tables need none here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    text,
)

from unichannel.stores.sql.naming import PREFIX

__all__ = [
    "APART_ROWS",
    "accesses",
    "addresses",
    "allowances",
    "blocks",
    "consents",
    "definitions",
    "deliveries",
    "enrollment_ids",
    "enrollments",
    "events",
    "faults",
    "ids",
    "inbox",
    "meta",
    "metadata",
    "notes",
    "priors",
    "profiles",
    "receipts",
    "suppressions",
    "sweeps",
    "troubles",
    "wakes",
]

metadata = MetaData()

# SQLite numbers rows by itself only where the key is spelled INTEGER.
_Key = BigInteger().with_variant(Integer(), "sqlite")


def _table(name: str, *parts: Column[Any] | PrimaryKeyConstraint | UniqueConstraint, **more: Any) -> Table:
    return Table(PREFIX + name, metadata, *parts, **more)


def _key(name: str = "id") -> Column[int]:
    return Column(name, _Key, primary_key=True)


def _whole(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _maybe(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _partial(name: str, where: ColumnElement[bool] | TextClause, *columns: Column[Any]) -> Index:
    """An index over the rows that matter; over all of them where the backend has no such thing."""
    return Index(f"ix_{PREFIX}{name}", *columns, sqlite_where=where, postgresql_where=where)


def _index(name: str, *columns: Column[Any], unique: bool = False) -> Index:
    return Index(f"{'ux' if unique else 'ix'}_{PREFIX}{name}", *columns, unique=unique)


profiles = _table("profiles", _key(), _text("key"), _text("body"), _maybe("merged_into"), sqlite_autoincrement=True)
_index("profiles_key", profiles.c.key, unique=True)
_partial("profiles_merged", profiles.c.merged_into.is_not(None), profiles.c.merged_into)

wakes = _table("wakes", Column("profile", _Key, primary_key=True, autoincrement=False), _maybe("due"))
_partial("wakes_due", wakes.c.due.is_not(None), wakes.c.due)

inbox = _table(
    "inbox",
    _key(),
    _text("profile"),
    _text("kind"),
    _text("name"),
    _whole("occurred"),
    _whole("recorded"),
    _text("event_id"),
    _whole("depth"),
    _text("body"),
    sqlite_autoincrement=True,
)
_index("inbox_profile", inbox.c.profile)
_partial("inbox_event_id", inbox.c.event_id != "", inbox.c.event_id)
APART_ROWS = text("kind IN ('merge', 'rectify', 'erase')")
"""The inbox rows that no pass decides, spelled as the index that finds them is."""
_partial("inbox_apart", APART_ROWS, inbox.c.id)

events = _table(
    "events",
    _key(),
    _whole("profile"),
    _text("name"),
    _whole("occurred"),
    _whole("recorded"),
    _text("event_id"),
    _whole("depth"),
    _text("properties"),
)
_index("events_profile", events.c.profile, events.c.name, events.c.occurred)
_partial("events_event_id", events.c.event_id != "", events.c.event_id)

enrollments = _table(
    "enrollments",
    Column("id", _Key, primary_key=True, autoincrement=False),
    _whole("profile"),
    _text("journey"),
    _whole("version"),
    _whole("definition"),
    _text("entity"),
    _whole("start"),
    _whole("at"),
    _text("status"),
    _maybe("due"),
    _maybe("listen"),
    _maybe("ended"),
    _text("origin"),
    _maybe("live"),
    _maybe("open"),
    _text("state"),
    UniqueConstraint("profile", "journey", "entity", "live", name=f"uq_{PREFIX}enrollments_live"),
)
_partial("enrollments_open", enrollments.c.open.is_not(None), enrollments.c.profile)
_partial("enrollments_origin", enrollments.c.origin != "", enrollments.c.origin)

deliveries = _table(
    "deliveries",
    _whole("enrollment"),
    _whole("n"),
    _whole("profile"),
    _text("key"),
    _text("step"),
    _whole("visit"),
    _whole("rung"),
    _text("channel"),
    _text("message"),
    _text("category"),
    _text("address"),
    _text("hash"),
    _whole("at"),
    _whole("reserved"),
    _maybe("due"),
    _whole("expires"),
    _text("status"),
    _whole("attempts"),
    _text("route"),
    _text("provider_id"),
    _text("lease"),
    _text("facts"),
    _text("frozen"),
    _text("trace"),
    _text("reason"),
    Column("definition", BigInteger, nullable=False, server_default=text("0")),
    Column("about", Text, nullable=False, server_default=text("''")),
    _maybe("cost"),
    Column("currency", Text, nullable=False, server_default=text("''")),
    PrimaryKeyConstraint("enrollment", "n"),
)
_index("deliveries_key", deliveries.c.key, unique=True)
_index("deliveries_profile", deliveries.c.profile, deliveries.c.expires)
_index("deliveries_hash", deliveries.c.hash)
_partial("deliveries_due", deliveries.c.due.is_not(None), deliveries.c.due)
_partial("deliveries_provider", deliveries.c.provider_id != "", deliveries.c.route, deliveries.c.provider_id)

addresses = _table(
    "addresses", _whole("profile"), _text("hash"), PrimaryKeyConstraint("profile", "hash"), sqlite_with_rowid=False
)
_index("addresses_hash", addresses.c.hash)

_empty = text("''")
consents = _table(
    "consents",
    _key(),
    _text("profile"),
    _text("body"),
    Column("recorded", BigInteger, nullable=False, server_default=text("0")),
    Column("details", Text, nullable=False, server_default=text("'{}'")),
    Column("evidence", Text, nullable=True),
    *(
        Column(name, Text, nullable=False, server_default=_empty)
        for name in ("evidence_hash", "subject", "seal_key", "seal")
    ),
)
_index("consents_profile", consents.c.profile)
_index("consents_recorded", consents.c.recorded, consents.c.id)

suppressions = _table(
    "suppressions", _key(), _text("hash"), _text("scope"), _text("reason"), _whole("at"), _text("detail")
)
_index("suppressions_hash", suppressions.c.hash)

receipts = _table(
    "receipts",
    _key(),
    _text("provider"),
    _whole("recorded"),
    _text("receipt"),
    _whole("due"),
    *(Column(name, Text, nullable=True) for name in ("key", "provider_id", "hash")),
    sqlite_autoincrement=True,
)
_index("receipts_due", receipts.c.due)
_index("receipts_key", receipts.c.key)
_index("receipts_provider_id", receipts.c.provider_id)
_index("receipts_hash", receipts.c.hash)

notes = _table(
    "notes", _key(), _whole("profile"), _text("journey"), _whole("enrollment"), _text("origin"), _text("trace")
)
_index("notes_profile", notes.c.profile)
_partial("notes_origin", notes.c.origin != "", notes.c.origin)

faults = _table(
    "faults",
    _key(),
    _whole("profile"),
    _whole("enrollment"),
    _text("error"),
    _whole("at"),
    Column("event", Text, nullable=True),
    sqlite_autoincrement=True,
)
_index("faults_profile", faults.c.profile)

definitions = _table(
    "definitions", _key(), _text("name"), _whole("version"), _text("digest"), _text("body"), _whole("at")
)
_index("definitions_digest", definitions.c.name, definitions.c.version, definitions.c.digest, unique=True)

sweeps = _table(
    "sweeps", Column("journey", Text, primary_key=True), _whole("definition"), _whole("after"), sqlite_with_rowid=False
)

allowances = _table(
    "allowances",
    _text("name"),
    _whole("start"),
    _maybe("ends"),
    _whole("spent"),
    _whole("made"),
    PrimaryKeyConstraint("name", "start"),
    sqlite_with_rowid=False,
)

blocks = _table(
    "blocks",
    _text("name"),
    *(_whole(name) for name in ("start", "n", "amount", "used", "until")),
    PrimaryKeyConstraint("name", "start", "n"),
    sqlite_with_rowid=False,
)

troubles = _table(
    "troubles",
    Column("route", Text, primary_key=True),
    *(_whole(name) for name in ("failures", "until", "probing")),
    sqlite_with_rowid=False,
)
priors = _table("priors", Column("id", _Key, primary_key=True, autoincrement=False), _whole("at"), _text("body"))

accesses = _table(
    "accesses", _key(), _whole("at"), *(_text(name) for name in ("subject", "what", "actor", "source", "detail"))
)
_index("accesses_subject", accesses.c.subject)

ids = _table("ids", Column("name", Text, primary_key=True), _whole("next"), sqlite_with_rowid=False)

enrollment_ids = Sequence(f"{PREFIX}enrollment_ids", metadata=metadata)
"""Where a backend has sequences, they number runs instead of the table ``ids``, whose row writers would wait for."""

meta = _table("meta", Column("name", Text, primary_key=True), _text("value"), sqlite_with_rowid=False)
