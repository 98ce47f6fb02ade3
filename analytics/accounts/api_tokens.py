"""API tokens: what a program shows to be let in as somebody, and what it may do then."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from analytics.accounts.people import Grant, Person, Role, plan_of
from analytics.model.access import Plan

PREFIX = "hl_"
"""So that a scanner of published code knows one when it sees it."""


class Scope(enum.StrEnum):
    """What a token lets a program do, within its person's plan."""

    READ = "read"
    EDIT = "edit"
    METRICS = "metrics"


@dataclass(frozen=True)
class ApiToken:
    """One token, without its secret.

    Attributes:
        most: the role that it acts as at most: what the session had that made it, whatever its
            person becomes later.
    """

    id: str
    person: str
    name: str
    scope: Scope
    most: Role
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

    @property
    def role(self) -> Role:
        """The role that it acts as: its person's now, and no more than what made it had."""
        return self.person.role.at_most(self.token.most)

    @property
    def reads_metrics(self) -> bool:
        """Whether it is a token for that, of somebody who is staff still."""
        return self.token.scope is Scope.METRICS and self.role is not Role.VIEWER

    def plan(self, now: dt.datetime) -> Plan:
        """What it shows at a moment: of staff, as PRO does unless it edits as staff do."""
        if self.token.scope is Scope.METRICS:
            return Plan.FREE
        if self.token.scope is Scope.EDIT and self.role is not Role.VIEWER:
            return Plan(self.role.value)
        plan = plan_of(self.person.role, self.grants, now)
        return Plan.PRO if plan.includes(Plan.STAFF) else plan
