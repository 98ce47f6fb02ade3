"""The store's tables of payments and of invitation codes."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from analytics.store.account_tables import DIGEST, ID
from analytics.store.schema import Utc, metadata

EXTERNAL_ID = String(255)
"""As long as Stripe's may be."""

payment_events = Table(
    "payment_events",
    metadata,
    Column("id", EXTERNAL_ID, primary_key=True),
    Column("kind", String(80), nullable=False),
    Column("happened_at", Utc, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("body", Text, nullable=False),
)
"""The provider's events as they came, each once."""

subscriptions_paid = Table(
    "subscriptions_paid",
    metadata,
    Column("id", EXTERNAL_ID, primary_key=True),
    Column("customer", EXTERNAL_ID, nullable=False, index=True),
    Column("person", ID, index=True),
    Column("since", Utc, nullable=False),
    Column("paid_until", Utc),
    Column("paid_at", Utc),
    Column("status", String(40), nullable=False),
    Column("status_at", Utc),
    Column("refunded_at", Utc),
)
"""What all events together say of each subscription."""

refunds = Table(
    "refunds",
    metadata,
    Column("customer", EXTERNAL_ID, primary_key=True),
    Column("refunded_at", Utc, nullable=False),
)
"""When a customer's payment was last given back: it may be told before the subscription is."""

invitation_codes = Table(
    "invitation_codes",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("id", ID, nullable=False, unique=True),
    Column("note", String(200), nullable=False),
    Column("days", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("made_by", ID, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("revoked_at", Utc),
)
"""Codes that give PRO for some days, to so many people, by their digest."""

invitation_uses = Table(
    "invitation_uses",
    metadata,
    Column("code", ID, primary_key=True),
    Column("person", ID, primary_key=True),
    Column("used_at", Utc, nullable=False),
)
"""Who has used a code, each once."""
