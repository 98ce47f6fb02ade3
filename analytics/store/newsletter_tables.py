"""The store's tables of the newsletter."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, Table, Text

from analytics.store.schema import Utc, metadata

newsletter_readers = Table(
    "newsletter_readers",
    metadata,
    Column("email", String(254), primary_key=True),
    Column("state", String(16), nullable=False, index=True),
    Column("asked_at", Utc, nullable=False),
    Column("confirmed_at", Utc),
    Column("ended_at", Utc),
    Column("reason", String(200), nullable=False),
    Column("trades", Boolean),
)
"""Addresses that asked for the newsletter, and how each stands."""

newsletter_issues = Table(
    "newsletter_issues",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("state", String(16), nullable=False, index=True),
    Column("made_at", Utc, nullable=False),
    Column("send_at", Utc, nullable=False),
    Column("leased_until", Utc),
    Column("finished_at", Utc),
    Column("free", LargeBinary, nullable=False),
    Column("pro", LargeBinary, nullable=False),
    Column("only_trades", Boolean),
)
"""What goes out, frozen when it was made."""

newsletter_letters = Table(
    "newsletter_letters",
    metadata,
    Column("issue", String(40), primary_key=True),
    Column("email", String(254), primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("begun_at", Utc),
    Column("sent_at", Utc),
    Column("failed_at", Utc),
    Column("next_at", Utc, nullable=False),
    Column("error", Text),
)
"""One issue to one reader."""
