"""Profiles that are merged, deliveries that know their definition, passes over all profiles.

A revision is written once and never changed: it copies nothing from the code that reads the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_P = "unichannel_"


def upgrade() -> None:
    """Add columns and a table; what is there keeps its meaning."""
    op.add_column(_P + "profiles", sa.Column("merged_into", sa.BigInteger(), nullable=True))
    _index("profiles_merged", "profiles", "merged_into", where="merged_into IS NOT NULL")
    _index("inbox_merge", "inbox", "kind", where="kind = 'merge'")
    definition = sa.Column("definition", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    op.add_column(_P + "deliveries", definition)
    op.create_table(
        _P + "sweeps",
        sa.Column("journey", sa.Text(), primary_key=True),
        sa.Column("definition", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Profiles that were merged cannot be told apart again."""
    raise NotImplementedError("what was merged is not taken apart: go back to a backup if you mean it.")


def _index(name: str, table: str, column: str, where: str) -> None:
    op.create_index(
        f"ix_{_P}{name}", _P + table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
