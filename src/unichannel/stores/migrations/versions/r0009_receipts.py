"""Receipts that wait, and what was set aside, are found by whom they are about.

A revision is written once and never changed: it copies nothing from the code that reads the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_P = "unichannel_"
_NAMES = ("key", "provider_id", "hash")


def upgrade() -> None:
    """Add columns and indices; of a receipt that is there already, or that older code puts in, all of them are null."""
    for name in _NAMES:
        op.add_column(_P + "receipts", sa.Column(name, sa.Text(), nullable=True))
        op.create_index(f"ix_{_P}receipts_{name}", _P + "receipts", [name])
    op.create_index(f"ix_{_P}faults_profile", _P + "faults", ["profile"])


def downgrade() -> None:
    """What waits is kept: older code looks through all of it."""
    op.drop_index(f"ix_{_P}faults_profile", _P + "faults")
    for name in _NAMES:
        op.drop_index(f"ix_{_P}receipts_{name}", _P + "receipts")
        op.drop_column(_P + "receipts", name)
