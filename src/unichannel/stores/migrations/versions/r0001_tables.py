"""The first tables.

A revision is written once and never changed: it copies nothing from the code that reads the tables.
"""

from __future__ import annotations

import os
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_P = "unichannel_"
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table, and the store's own secret."""
    _make_people()
    _make_inbox()
    _make_runs()
    _make_deliveries()
    _make_permissions()
    _make_records()
    _make_names()


def downgrade() -> None:
    """There is nothing before this."""
    raise NotImplementedError("the first tables are not dropped: drop them by hand if you mean it.")


def _make_people() -> None:
    _table("profiles", _key(), _text("key"), _text("body"), sqlite_autoincrement=True)
    _index("profiles_key", "profiles", "key", unique=True)
    _table("wakes", _key("profile", autoincrement=False), _maybe("due"))
    _index("wakes_due", "wakes", "due", where="due IS NOT NULL")
    _table("addresses", _whole("profile"), _text("hash"), _primary("profile", "hash"), sqlite_with_rowid=False)
    _index("addresses_hash", "addresses", "hash")


def _make_inbox() -> None:
    _table(
        "inbox",
        _key(),
        *(_text(name) for name in ("profile", "kind", "name")),
        *(_whole(name) for name in ("occurred", "recorded")),
        _text("event_id"),
        _whole("depth"),
        _text("body"),
        sqlite_autoincrement=True,
    )
    _index("inbox_profile", "inbox", "profile")
    _index("inbox_event_id", "inbox", "event_id", where="event_id != ''")
    _table(
        "events",
        _key(),
        _whole("profile"),
        _text("name"),
        *(_whole(name) for name in ("occurred", "recorded")),
        _text("event_id"),
        _whole("depth"),
        _text("properties"),
    )
    _index("events_profile", "events", "profile", "name", "occurred")
    _index("events_event_id", "events", "event_id", where="event_id != ''")


def _make_runs() -> None:
    _table(
        "enrollments",
        _key(autoincrement=False),
        _whole("profile"),
        _text("journey"),
        *(_whole(name) for name in ("version", "definition")),
        _text("entity"),
        *(_whole(name) for name in ("start", "at")),
        _text("status"),
        *(_maybe(name) for name in ("due", "listen", "ended")),
        _text("origin"),
        *(_maybe(name) for name in ("live", "open")),
        _text("state"),
        sa.UniqueConstraint("profile", "journey", "entity", "live", name=f"uq_{_P}enrollments_live"),
    )
    _index("enrollments_open", "enrollments", "profile", where="open IS NOT NULL")
    _index("enrollments_origin", "enrollments", "origin", where="origin != ''")


def _make_deliveries() -> None:
    _table(
        "deliveries",
        *(_whole(name) for name in ("enrollment", "n", "profile")),
        *(_text(name) for name in ("key", "step")),
        *(_whole(name) for name in ("visit", "rung")),
        *(_text(name) for name in ("channel", "message", "category", "address", "hash")),
        *(_whole(name) for name in ("at", "reserved")),
        _maybe("due"),
        _whole("expires"),
        _text("status"),
        _whole("attempts"),
        *(_text(name) for name in ("route", "provider_id", "lease", "facts", "frozen", "trace", "reason")),
        _primary("enrollment", "n"),
    )
    _index("deliveries_key", "deliveries", "key", unique=True)
    _index("deliveries_profile", "deliveries", "profile")
    _index("deliveries_hash", "deliveries", "hash")
    _index("deliveries_due", "deliveries", "due", where="due IS NOT NULL")
    _index("deliveries_provider", "deliveries", "route", "provider_id", where="provider_id != ''")


def _make_permissions() -> None:
    _table("consents", _key(), _text("profile"), _text("body"))
    _index("consents_profile", "consents", "profile")
    entry = (_text("hash"), _text("scope"), _text("reason"), _whole("at"), _text("detail"))
    _table("suppressions", _key(), *entry)
    _index("suppressions_hash", "suppressions", "hash")


def _make_records() -> None:
    receipt = (_text("provider"), _whole("recorded"), _text("receipt"), _whole("due"))
    _table("receipts", _key(), *receipt, sqlite_autoincrement=True)
    _index("receipts_due", "receipts", "due")
    note = (_whole("profile"), _text("journey"), _whole("enrollment"), _text("origin"), _text("trace"))
    _table("notes", _key(), *note)
    _index("notes_profile", "notes", "profile")
    _index("notes_origin", "notes", "origin", where="origin != ''")
    fault = (_whole("profile"), _whole("enrollment"), _text("error"), _whole("at"))
    _table("faults", _key(), *fault, sa.Column("event", sa.Text(), nullable=True), sqlite_autoincrement=True)
    _table("definitions", _key(), _text("name"), _whole("version"), _text("digest"), _text("body"), _whole("at"))
    _index("definitions_digest", "definitions", "name", "version", "digest", unique=True)


def _make_names() -> None:
    name = sa.Column("name", sa.Text(), primary_key=True)
    ids = _table("ids", name, _whole("next"), sqlite_with_rowid=False)
    op.bulk_insert(ids, [{"name": "enrollment", "next": 1}])
    if op.get_bind().dialect.supports_sequences:
        op.execute(sa.schema.CreateSequence(sa.Sequence(f"{_P}enrollment_ids")))
    name = sa.Column("name", sa.Text(), primary_key=True)
    meta = _table("meta", name, _text("value"), sqlite_with_rowid=False)
    op.bulk_insert(meta, [{"name": "identity", "value": os.urandom(32).hex()}])


def _table(name: str, *parts: Any, **more: Any) -> sa.Table:
    return op.create_table(_P + name, *parts, **more)


def _index(name: str, table: str, *columns: str, unique: bool = False, where: str = "") -> None:
    partial: dict[str, Any] = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)} if where else {}
    op.create_index(f"{'ux' if unique else 'ix'}_{_P}{name}", _P + table, list(columns), unique=unique, **partial)


def _primary(*names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names)


def _key(name: str = "id", *, autoincrement: bool = True) -> sa.Column[int]:
    return sa.Column(name, _KEY, primary_key=True, autoincrement=autoincrement)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _maybe(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)
