"""Invitation codes: what staff give out, and what they are worth."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

PREFIX = "HL-"
MOST_DAYS = 3660
MOST_USES = 10_000
LONGEST_LIFE_DAYS = 366


@dataclass(frozen=True)
class Invitation:
    """A code, without its secret.

    Attributes:
        days: that PRO lasts, from the use on.
        uses: people that it is for; ``used`` of them have come.
    """

    id: str
    note: str
    days: int
    uses: int
    used: int
    made_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None = None
