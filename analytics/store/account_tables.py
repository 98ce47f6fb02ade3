"""The store's tables of accounts: people, what lets them in, and what was done."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, Table, Text

from analytics.store.schema import Utc, metadata

ID = String(40)
DIGEST = String(64)

people = Table(
    "people",
    metadata,
    Column("id", ID, primary_key=True),
    Column("email", String(254), unique=True),
    Column("name", String(80), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("disabled_at", Utc),
)
"""Everybody with an account."""

identities = Table(
    "identities",
    metadata,
    Column("issuer", String(400), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("person", ID, nullable=False, index=True),
    Column("added_at", Utc, nullable=False),
)
"""Who somebody is at an OpenID provider."""

browser_sessions = Table(
    "browser_sessions",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("id", ID, nullable=False, unique=True),
    Column("person", ID, nullable=False, index=True),
    Column("method", String(16), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("idle_until", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("address", String(60), nullable=False),
    Column("agent", String(200), nullable=False),
    Column("revoked_at", Utc),
)
"""Browsers that are signed in, by the digest of the secret in their cookie."""

one_time_tokens = Table(
    "one_time_tokens",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("email", String(254), index=True),
    Column("person", ID),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc),
)
"""Secrets that are good once: of a sign-in link, a passkey's challenge, a provider's answer."""

passkeys = Table(
    "passkeys",
    metadata,
    Column("credential", String(400), primary_key=True),
    Column("person", ID, nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Column("name", String(80), nullable=False),
    Column("added_at", Utc, nullable=False),
    Column("used_at", Utc),
)
"""Passkeys: their public halves."""

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("id", ID, nullable=False, unique=True),
    Column("person", ID, nullable=False, index=True),
    Column("name", String(80), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc),
    Column("used_at", Utc),
    Column("revoked_at", Utc),
    Column("most", String(16), nullable=False),
)
"""Tokens that programs show, by their digest."""

grants = Table(
    "grants",
    metadata,
    Column("id", ID, primary_key=True),
    Column("person", ID, nullable=False, index=True),
    Column("plan", String(16), nullable=False),
    Column("source", String(16), nullable=False),
    Column("since", Utc, nullable=False),
    Column("until", Utc),
    Column("granted_by", ID),
    Column("reason", String(200), nullable=False),
    Column("revoked_at", Utc),
)
"""Plans given for a while."""

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Utc, nullable=False, index=True),
    Column("actor", ID),
    Column("address", String(60), nullable=False),
    Column("action", String(40), nullable=False),
    Column("target", String(254), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("details", Text, nullable=False),
    Column("token", ID),
)
"""Who did what, when and from where; rows are only ever added."""

former_people = Table(
    "former_people",
    metadata,
    Column("mark", DIGEST, primary_key=True),
    Column("had", String(60), primary_key=True),
)
"""What is given once, by a keyed digest of who had it and then deleted their account."""
