"""An alert rule's place in the list, which an edit leaves, and since when it is paused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("alert_rules") as rules:
        rules.add_column(sa.Column("placed_at", _WHEN))
        rules.add_column(sa.Column("paused_at", _WHEN))
    op.execute("UPDATE alert_rules SET placed_at = created_at")
    with op.batch_alter_table("alert_rules") as rules:
        rules.alter_column("placed_at", nullable=False, existing_type=_WHEN)
