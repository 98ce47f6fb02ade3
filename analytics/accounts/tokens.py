"""Tokens: made from the system's randomness, given out once, stored as digests alone."""

from __future__ import annotations

import hashlib
import hmac
import secrets

TOKEN_BYTES = 32


def new_token(prefix: str = "") -> str:
    """A token of 256 random bits, as text for a cookie, a header or an address."""
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def new_id() -> str:
    """An identifier that tells nothing and is no secret."""
    return secrets.token_hex(12)


def digest(token: str) -> str:
    """What is stored of a token. It needs no salt: 256 random bits cannot be looked up in a table.

    See OWASP ASVS 5.0, 11.4.2 (which asks for slow hashes of what people choose, not of these).
    """
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def keyed_digest(key: str, text: str) -> str:
    """What is stored of a text that others could guess, such as an address."""
    return hmac.new(key.encode(), f"holdline {text}".encode(), hashlib.sha256).hexdigest()
