"""Deliveries that know what they cost.

A revision is written once and never changed: it copies nothing from the code that reads the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_P = "unichannel_"


def upgrade() -> None:
    """Add two columns; older code leaves them empty, which says that the cost is not known."""
    op.add_column(_P + "deliveries", sa.Column("cost", sa.BigInteger(), nullable=True))
    op.add_column(_P + "deliveries", sa.Column("currency", sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """What was spent is forgotten with the columns."""
    for name in ("currency", "cost"):
        op.drop_column(_P + "deliveries", name)
