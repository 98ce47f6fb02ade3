"""Passkeys: the public half of each, as it is stored."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Passkey:
    """The public half of one.

    Attributes:
        credential: its id, in unpadded base64url.
        sign_count: as its authenticator last counted; 0 where it does not count.
        backed_up: it is synchronised to other devices of its person's.
    """

    credential: str
    person: str
    public_key: bytes
    sign_count: int
    backed_up: bool
    name: str
    added_at: dt.datetime
    used_at: dt.datetime | None = None
