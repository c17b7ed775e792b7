"""Privacy: the audit trail, and an index of the inbox rows that are taken before anything is decided.

A revision is written once and never changed: it copies nothing from the code that reads the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_P = "unichannel_"
_APART = "kind IN ('merge', 'rectify', 'erase')"


def upgrade() -> None:
    """Add a table, and widen an index; older code reads neither."""
    op.create_table(
        _P + "accesses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("subject", "what", "actor", "source", "detail")),
    )
    op.create_index(f"ix_{_P}accesses_subject", _P + "accesses", ["subject"])
    op.drop_index(f"ix_{_P}inbox_merge", _P + "inbox")
    where = sa.text(_APART)
    op.create_index(f"ix_{_P}inbox_apart", _P + "inbox", ["id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """The trail goes with its table; ask for no erasure before."""
    where = sa.text("kind = 'merge'")
    op.drop_index(f"ix_{_P}inbox_apart", _P + "inbox")
    op.create_index(f"ix_{_P}inbox_merge", _P + "inbox", ["kind"], sqlite_where=where, postgresql_where=where)
    op.drop_index(f"ix_{_P}accesses_subject", _P + "accesses")
    op.drop_table(_P + "accesses")
