"""Deliveries that know their matter, and an index to find those of a profile that a cap counts.

A revision is written once and never changed: it copies nothing from the code that reads the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_P = "unichannel_"


def upgrade() -> None:
    """Add a column, and an instant to the index by profile; what is there keeps its meaning."""
    op.add_column(_P + "deliveries", sa.Column("about", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.drop_index(f"ix_{_P}deliveries_profile", _P + "deliveries")
    op.create_index(f"ix_{_P}deliveries_profile", _P + "deliveries", ["profile", "expires"])


def downgrade() -> None:
    """Whom a message was about would be forgotten."""
    raise NotImplementedError("what messages are about is not forgotten: go back to a backup if you mean it.")
