"""API tokens: what a program shows to be let in as somebody, and what it may do then."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from analytics.accounts.people import Grant, Person

PREFIX = "hl_"
"""So that a scanner of published code knows one when it sees it."""


class Scope(enum.StrEnum):
    """What a token lets a program do, within its person's plan."""

    READ = "read"
    EDIT = "edit"
    METRICS = "metrics"


@dataclass(frozen=True)
class ApiToken:
    """One token, without its secret."""

    id: str
    person: str
    name: str
    scope: Scope
    created_at: dt.datetime
    expires_at: dt.datetime | None
    used_at: dt.datetime | None
    revoked_at: dt.datetime | None

    def is_alive(self, now: dt.datetime) -> bool:
        """Whether it lets anybody in."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True)
class Shown:
    """A token that was shown, with whose it is."""

    token: ApiToken
    person: Person
    grants: tuple[Grant, ...]
