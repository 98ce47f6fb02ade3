"""Channels that are confirmed and paused, deliveries that wait, and each person's own lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"

_UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("channels") as channels:
        channels.add_column(sa.Column("awaits", sa.String(64)))
        channels.add_column(sa.Column("awaits_until", _UTC))
        channels.add_column(sa.Column("tries", sa.Integer))
        channels.add_column(sa.Column("paused_at", _UTC))
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.add_column(sa.Column("not_before", _UTC))
        deliveries.add_column(sa.Column("batch", sa.String(40)))
    op.create_table(
        "own_documents",
        sa.Column("subscriber", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("saved_at", _UTC, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
