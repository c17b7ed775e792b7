"""What workers share: windows of allowances, and the blocks that workers hold.

A revision is written once and never changed: it copies nothing from the code that reads the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_P = "unichannel_"


def upgrade() -> None:
    """Add two tables; older code neither reads nor writes them."""
    op.create_table(
        _P + "allowances",
        sa.Column("name", sa.Text(), nullable=False),
        _whole("start"),
        sa.Column("ends", sa.BigInteger(), nullable=True),
        *(_whole(name) for name in ("spent", "made")),
        sa.PrimaryKeyConstraint("name", "start"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        _P + "blocks",
        sa.Column("name", sa.Text(), nullable=False),
        *(_whole(name) for name in ("start", "n", "amount", "used", "until")),
        sa.PrimaryKeyConstraint("name", "start", "n"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """What is held is forgotten with the tables."""
    op.drop_table(_P + "blocks")
    op.drop_table(_P + "allowances")


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
