"""An imported past: chains, their figures, and how far each file was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_SOURCE = sa.String(80)
_UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "imported_chains",
        sa.Column("source", _SOURCE, primary_key=True),
        sa.Column("symbol", sa.String(20), primary_key=True),
        sa.Column("session", sa.Date(), primary_key=True),
        sa.Column("origin", sa.String(80), nullable=False),
        sa.Column("contracts", sa.Integer(), nullable=False),
        sa.Column("imported_at", _UTC, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "imported_figures",
        sa.Column("source", _SOURCE, primary_key=True),
        sa.Column("question", sa.String(40), primary_key=True),
        sa.Column("symbol", sa.String(20), primary_key=True),
        sa.Column("session", sa.Date(), primary_key=True),
        sa.Column("origin", sa.String(80), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("imported_at", _UTC, nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
    )
    op.create_table(
        "import_progress",
        sa.Column("source", _SOURCE, primary_key=True),
        sa.Column("file", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("contracts", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Text(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("updated_at", _UTC, nullable=False),
    )
