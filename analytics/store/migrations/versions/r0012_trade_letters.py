"""Readers who asked for trades too, and the issues that are for them alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("newsletter_readers") as readers:
        readers.add_column(sa.Column("trades", sa.Boolean))
    with op.batch_alter_table("newsletter_issues") as issues:
        issues.add_column(sa.Column("only_trades", sa.Boolean))
