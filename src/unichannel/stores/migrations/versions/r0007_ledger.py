"""Entries of the consent ledger that are sealed: evidence beside them, and the day they were recorded.

A revision is written once and never changed: it copies nothing from the code that reads the tables.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_CONSENTS = "unichannel_consents"
_BATCH = 1000


def upgrade() -> None:
    """Add columns and an index; entries that are there stay as they were written, without a seal."""
    op.add_column(_CONSENTS, sa.Column("recorded", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.add_column(_CONSENTS, sa.Column("details", sa.Text(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column(_CONSENTS, sa.Column("evidence", sa.Text(), nullable=True))
    for name in ("evidence_hash", "subject", "seal_key", "seal"):
        op.add_column(_CONSENTS, sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_index(f"ix_{_CONSENTS}_recorded", _CONSENTS, ["recorded", "id"])
    _date()


def _date() -> None:
    """Say in the column when the entries that are there were recorded."""
    connection = op.get_bind()
    table = sa.table(_CONSENTS, sa.column("id", sa.BigInteger), sa.column("body"), sa.column("recorded"))
    after = -1
    while True:
        rows = connection.execute(
            sa.select(table.c.id, table.c.body).where(table.c.id > after).order_by(table.c.id).limit(_BATCH)
        ).all()
        if not rows:
            return
        after = rows[-1][0]
        dated = [{"key": id, "at": json.loads(body).get("recorded", 0)} for id, body in rows]
        change = sa.update(table).where(table.c.id == sa.bindparam("key")).values(recorded=sa.bindparam("at"))
        connection.execute(change, dated)


def downgrade() -> None:
    """Seals would be lost."""
    raise NotImplementedError("what proves consents is not forgotten: go back to a backup if you mean it.")
