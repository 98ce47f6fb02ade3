"""The newsletter: its readers, issues and letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "newsletter_readers",
        sa.Column("email", sa.String(254), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("asked_at", _UTC, nullable=False),
        sa.Column("confirmed_at", _UTC),
        sa.Column("ended_at", _UTC),
        sa.Column("reason", sa.String(200), nullable=False),
    )
    op.create_table(
        "newsletter_issues",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("made_at", _UTC, nullable=False),
        sa.Column("send_at", _UTC, nullable=False),
        sa.Column("leased_until", _UTC),
        sa.Column("finished_at", _UTC),
        sa.Column("free", sa.LargeBinary, nullable=False),
        sa.Column("pro", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "newsletter_letters",
        sa.Column("issue", sa.String(40), primary_key=True),
        sa.Column("email", sa.String(254), primary_key=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("begun_at", _UTC),
        sa.Column("sent_at", _UTC),
        sa.Column("failed_at", _UTC),
        sa.Column("next_at", _UTC, nullable=False),
        sa.Column("error", sa.Text),
    )
