"""People: who they are to this site, and what they may do."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass

from analytics.model.access import Plan

MAX_NAME = 80


class Role(enum.StrEnum):
    """What the site's owner made of somebody."""

    VIEWER = "viewer"
    STAFF = "staff"
    OWNER = "owner"


@dataclass(frozen=True)
class Person:
    """Somebody with an account.

    Attributes:
        id: opaque, never used again.
        email: confirmed by a link, or vouched for by the provider they sign in with; in lower
            case; None where there is none.
        disabled_at: since when they are shut out, or None.
    """

    id: str
    email: str | None
    name: str
    role: Role
    created_at: dt.datetime
    disabled_at: dt.datetime | None = None

    @property
    def called(self) -> str:
        """How a page or a log names them."""
        return self.name or self.email or self.id


@dataclass(frozen=True)
class Grant:
    """A plan given for a while.

    Attributes:
        source: "trial", "staff", "code" or "stripe".
        until: the plan ends at that very moment; None for no end.
    """

    plan: Plan
    source: str
    since: dt.datetime
    until: dt.datetime | None = None
    revoked_at: dt.datetime | None = None

    def holds(self, now: dt.datetime) -> bool:
        """Whether it counts at a moment."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return False
        return self.since <= now and (self.until is None or now < self.until)


def plan_of(role: Role, grants: Iterable[Grant], now: dt.datetime) -> Plan:
    """The best plan somebody has at a moment: by their role, else by what was granted."""
    if role is not Role.VIEWER:
        return Plan(role.value)
    held = {grant.plan for grant in grants if grant.holds(now)}
    if Plan.PRO in held:
        return Plan.PRO
    return Plan.TRIAL if Plan.TRIAL in held else Plan.FREE
