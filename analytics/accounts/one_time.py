"""Secrets that are good once: what for, and whom they stand for."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Purpose(enum.StrEnum):
    """What a secret is good for, and for nothing else."""

    LINK = "link"
    PASSKEY = "passkey"
    OPENID = "openid"
    NEWSLETTER = "newsletter"
    CHANNEL = "channel"


@dataclass(frozen=True)
class Bearer:
    """Whom a secret stands for: who reads the mail of an address, a person, or anybody.

    Of a channel's secret both: the address that it was mailed to, and whose channel it is to be.
    """

    email: str | None = None
    person: str | None = None
