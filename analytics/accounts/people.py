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

    def at_most(self, most: Role) -> Role:
        """This role, or ``most`` where it is less."""
        ranks = tuple(Role)
        return min(self, most, key=ranks.index)


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

    @property
    def ends(self) -> dt.datetime | None:
        """The moment from which it counts no more; None for none."""
        known = [time for time in (self.until, self.revoked_at) if time is not None]
        return min(known, default=None)

    def holds(self, now: dt.datetime) -> bool:
        """Whether it counts at a moment."""
        return self.since <= now and (self.ends is None or now < self.ends)


@dataclass(frozen=True)
class Period:
    """An unbroken time with a plan.

    Attributes:
        since: None where that is not known: of a role.
        until: it ends at that very moment; None for no end.
    """

    since: dt.datetime | None = None
    until: dt.datetime | None = None


def period_of(role: Role, grants: Iterable[Grant], needed: Plan, now: dt.datetime) -> Period | None:
    """The time around a moment for which somebody's plan includes another; None: it does not."""
    by_role = Plan.FREE if role is Role.VIEWER else Plan(role.value)
    if by_role.includes(needed):
        return Period()
    able = [grant for grant in grants if grant.plan.includes(needed)]
    if not any(grant.holds(now) for grant in able):
        return None
    since, until, open_ended = now, now, False
    for _ in able:  # each round joins at least one more grant that touches what is known
        for grant in able:
            ends = grant.ends
            if grant.since <= until and (ends is None or ends >= since):
                since = min(since, grant.since)
                open_ended = open_ended or ends is None
                until = until if ends is None else max(until, ends)
    return Period(since, None if open_ended else until)


def plan_of(role: Role, grants: Iterable[Grant], now: dt.datetime) -> Plan:
    """The best plan somebody has at a moment: by their role, else by what was granted."""
    if role is not Role.VIEWER:
        return Plan(role.value)
    held = {grant.plan for grant in grants if grant.holds(now)}
    if Plan.PRO in held:
        return Plan.PRO
    return Plan.TRIAL if Plan.TRIAL in held else Plan.FREE
