"""The store's tables of market data and of what people wrote; accounts have `account_tables`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

metadata = MetaData()


class Utc(TypeDecorator[dt.datetime]):
    """A moment with its zone, stored UTC; SQLite alone would give it back without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        """To the database."""
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))
"""Read by releases from before Alembic alone."""

alembic_version = Table(
    "alembic_version", metadata, Column("version_num", String(32), primary_key=True)
)
"""The revision of the tables, one row; Alembic's own."""

chain_snapshots = Table(
    "chain_snapshots",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("symbol", String(20), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("final", Boolean, nullable=False),
    Column("chain_time", DateTime(timezone=True), nullable=False),
    Column("fetched_at", DateTime(timezone=True), nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""One chain a source, symbol and session: the last while it trades, the final one after."""

kept_figures = Table(
    "kept_figures",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("question", String(40), primary_key=True),
    Column("symbol", String(20), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("final", Boolean, nullable=False),
    Column("shown_at", DateTime(timezone=True), nullable=False),
    Column("definition", Integer, nullable=False),
    Column("figures", Text, nullable=False),
)
"""What a question answered on that day, by name; never recomputed with hindsight."""

level_calls = Table(
    "level_calls",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("symbol", String(20), primary_key=True),
    Column("level", String(40), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("price", Float, nullable=False),
    Column("previous_close", Float, nullable=False),
    Column("called_at", Utc, nullable=False),
    Column("watched_until", Utc),
    Column("status", String(16)),
    Column("gap_down", Boolean),
    Column("open", Float),
    Column("low", Float),
    Column("close", Float),
    Column("scored_at", Utc),
)
"""A level as it was known before the session's close, and, scored, what the close made of it."""

level_events = Table(
    "level_events",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("symbol", String(20), primary_key=True),
    Column("level", String(40), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("at", Utc, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("price", Float, nullable=False),
    Column("level_price", Float, nullable=False),
)
"""The day's log: when a level was touched, lost or regained, and at what price."""

channels = Table(
    "channels",
    metadata,
    Column("subscriber", String(40), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("target", String(400), primary_key=True),
    Column("since", Utc, nullable=False),
    Column("removed_at", Utc),
    Column("awaits", String(64)),
    Column("awaits_until", Utc),
    Column("tries", Integer),
    Column("paused_at", Utc),
)
"""Where a subscriber is notified; ``awaits`` the digest of a code until it is confirmed."""

alert_rules = Table(
    "alert_rules",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subscriber", String(40), nullable=False, index=True),
    Column("rule", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("removed_at", Utc),
    Column("placed_at", Utc, nullable=False),
    Column("paused_at", Utc),
)
"""Rules that subscribers have set; ``rule`` is JSON.

One counts from ``created_at``, when it was set, edited or resumed last. They are listed by
``placed_at``: when a rule was first set in its place."""

notices = Table(
    "notices",
    metadata,
    Column("subscriber", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("happened_at", Utc, nullable=False),
    Column("recorded_at", Utc, nullable=False),
    Column("body", Text, nullable=False),
)
"""What a subscriber is notified of, once a key, numbered without a gap; ``body`` is JSON."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("subscriber", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("target", String(400), primary_key=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Utc, nullable=False, index=True),
    Column("sent_at", Utc),
    Column("given_up_at", Utc),
    Column("error", Text),
    Column("not_before", Utc),
    Column("batch", String(40)),
)
"""One notice on one channel: to be sent until it is sent, or given up with its reason."""

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("subscriber", String(40), primary_key=True),
    Column("target", String(400), primary_key=True),
    Column("endpoint", Text, nullable=False),
    Column("p256dh", String(100), nullable=False),
    Column("auth", String(40), nullable=False),
    Column("name", String(80), nullable=False),
    Column("added_at", Utc, nullable=False),
)
"""What a channel of kind push needs to write to its browser."""

own_documents = Table(
    "own_documents",
    metadata,
    Column("subscriber", String(40), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("saved_at", Utc, nullable=False),
    Column("body", Text, nullable=False),
)
"""What else is somebody's own: watchlists, levels, preferences, each one JSON text."""

previews = Table(
    "previews",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("saved_at", Utc, nullable=False),
    Column("published_at", Utc),
    Column("body", Text, nullable=False),
)
"""Weekly previews: the computed text and the staff's own apart, in JSON; an edit is a new row."""

portfolio_changes = Table(
    "portfolio_changes",
    metadata,
    Column("portfolio", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("effective", Date, nullable=False),
    Column("recorded_at", Utc, nullable=False),
    Column("published_at", Utc),
    Column("body", Text, nullable=False),
)
"""A model portfolio's changes with their reasons, in JSON; never altered but to be published."""

holding_bars = Table(
    "holding_bars",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("symbol", String(20), primary_key=True),
    Column("first_session", Date, nullable=False),
    Column("last_session", Date, nullable=False),
    Column("recorded_at", Utc, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""Closes of what the model portfolio holds or held, should the provider forget the listing."""

scenes = Table(
    "scenes",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("saved_at", Utc, nullable=False),
    Column("body", Text, nullable=False),
)
"""A presenter's named lists of scenes, in JSON; an edit is a new row."""
