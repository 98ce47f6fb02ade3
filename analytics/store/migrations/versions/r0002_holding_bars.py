"""Closes of what the model portfolio holds or held: the tables as 0.2.0 wrote them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "holding_bars",
        sa.Column("source", sa.String(80), primary_key=True),
        sa.Column("symbol", sa.String(20), primary_key=True),
        sa.Column("first_session", sa.Date, nullable=False),
        sa.Column("last_session", sa.Date, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
