"""The tables as 0.1.0 wrote them: no older store was ever released, so nothing leads to them."""

from __future__ import annotations

revision = "0001"
down_revision = None


def upgrade() -> None:
    """To this revision: `analytics.store.revisions.migrate` makes a new store without Alembic."""
