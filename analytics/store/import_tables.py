"""The store's tables of an imported past: chains, figures, and how far each file is read."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, String, Table, Text

from analytics.store.schema import Utc, metadata

imported_chains = Table(
    "imported_chains",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("symbol", String(20), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("origin", String(80), nullable=False),
    Column("contracts", Integer, nullable=False),
    Column("imported_at", Utc, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""One chain a source, symbol and session, of whom it was kept or bought from."""

imported_figures = Table(
    "imported_figures",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("question", String(40), primary_key=True),
    Column("symbol", String(20), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("origin", String(80), nullable=False),
    Column("definition", Integer, nullable=False),
    Column("imported_at", Utc, nullable=False),
    Column("figures", Text, nullable=False),
)
"""What an imported day's chain gives, or what was imported as figures; computed anew at will."""

import_progress = Table(
    "import_progress",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("file", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("contracts", Integer, nullable=False),
    Column("rejected", Text, nullable=False),
    Column("finished", Boolean, nullable=False),
    Column("updated_at", Utc, nullable=False),
)
"""How far a file was read, by the digest of its content and its mapping."""
