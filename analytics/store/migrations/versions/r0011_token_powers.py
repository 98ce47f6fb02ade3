"""What a token acts as at most, by which token something was done, and who was here before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_AS_A_VIEWER = "viewer"
"""A token of before acts so: whether a passkey made it is not known."""


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("api_tokens") as tokens:
        most = sa.Column("most", sa.String(16), nullable=False, server_default=_AS_A_VIEWER)
        tokens.add_column(most)
    with op.batch_alter_table("api_tokens") as tokens:
        tokens.alter_column("most", server_default=None, existing_type=sa.String(16))
    with op.batch_alter_table("audit_log") as lines:
        lines.add_column(sa.Column("token", sa.String(40)))
    op.create_table(
        "former_people",
        sa.Column("mark", sa.String(64), primary_key=True),
        sa.Column("had", sa.String(60), primary_key=True),
    )
