"""Payments: the provider's events, subscriptions, and invitation codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.String(40)
_EXTERNAL = sa.String(255)
_UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "payment_events",
        sa.Column("id", _EXTERNAL, primary_key=True),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("happened_at", _UTC, nullable=False),
        sa.Column("received_at", _UTC, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_table(
        "subscriptions_paid",
        sa.Column("id", _EXTERNAL, primary_key=True),
        sa.Column("customer", _EXTERNAL, nullable=False, index=True),
        sa.Column("person", _ID, index=True),
        sa.Column("since", _UTC, nullable=False),
        sa.Column("paid_until", _UTC),
        sa.Column("paid_at", _UTC),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("status_at", _UTC),
        sa.Column("refunded_at", _UTC),
    )
    op.create_table(
        "refunds",
        sa.Column("customer", _EXTERNAL, primary_key=True),
        sa.Column("refunded_at", _UTC, nullable=False),
    )
    op.create_table(
        "invitation_codes",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("id", _ID, nullable=False, unique=True),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("made_by", _ID, nullable=False),
        sa.Column("made_at", _UTC, nullable=False),
        sa.Column("expires_at", _UTC, nullable=False),
        sa.Column("revoked_at", _UTC),
    )
    op.create_table(
        "invitation_uses",
        sa.Column("code", _ID, primary_key=True),
        sa.Column("person", _ID, primary_key=True),
        sa.Column("used_at", _UTC, nullable=False),
    )
