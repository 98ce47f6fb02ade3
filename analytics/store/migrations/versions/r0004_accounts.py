"""Accounts: people, what lets them in, their plans, and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.String(40)
_DIGEST = sa.String(64)
_UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "people",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("email", sa.String(254), unique=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.Column("disabled_at", _UTC),
    )
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(400), primary_key=True),
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column("person", _ID, nullable=False, index=True),
        sa.Column("added_at", _UTC, nullable=False),
    )
    op.create_table(
        "browser_sessions",
        sa.Column("digest", _DIGEST, primary_key=True),
        sa.Column("id", _ID, nullable=False, unique=True),
        sa.Column("person", _ID, nullable=False, index=True),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.Column("seen_at", _UTC, nullable=False),
        sa.Column("idle_until", _UTC, nullable=False),
        sa.Column("expires_at", _UTC, nullable=False),
        sa.Column("address", sa.String(60), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("revoked_at", _UTC),
    )
    op.create_table(
        "one_time_tokens",
        sa.Column("digest", _DIGEST, primary_key=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("email", sa.String(254), index=True),
        sa.Column("person", _ID),
        sa.Column("created_at", _UTC, nullable=False),
        sa.Column("expires_at", _UTC, nullable=False),
        sa.Column("used_at", _UTC),
    )
    op.create_table(
        "passkeys",
        sa.Column("credential", sa.String(400), primary_key=True),
        sa.Column("person", _ID, nullable=False, index=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.Integer, nullable=False),
        sa.Column("backed_up", sa.Boolean, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("added_at", _UTC, nullable=False),
        sa.Column("used_at", _UTC),
    )
    op.create_table(
        "api_tokens",
        sa.Column("digest", _DIGEST, primary_key=True),
        sa.Column("id", _ID, nullable=False, unique=True),
        sa.Column("person", _ID, nullable=False, index=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.Column("expires_at", _UTC),
        sa.Column("used_at", _UTC),
        sa.Column("revoked_at", _UTC),
    )
    op.create_table(
        "grants",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("person", _ID, nullable=False, index=True),
        sa.Column("plan", sa.String(16), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("since", _UTC, nullable=False),
        sa.Column("until", _UTC),
        sa.Column("granted_by", _ID),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("revoked_at", _UTC),
    )
    op.create_table(
        "audit_log",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", _UTC, nullable=False, index=True),
        sa.Column("actor", _ID),
        sa.Column("address", sa.String(60), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("target", sa.String(254), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
    )
