"""Sessions of browsers: how long one lasts, unused and at all."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from analytics.accounts.people import Grant, Person, Role, plan_of
from analytics.model.access import Plan


class Method(enum.StrEnum):
    """How somebody signed in."""

    LINK = "link"
    PRINTED = "printed link"
    OPENID = "openid"
    PASSKEY = "passkey"
    MACHINE = "this machine"


STRONG_METHODS = frozenset({Method.PASSKEY, Method.MACHINE})
"""Of these alone staff and owners have their powers: no mailbox that was read gives them away."""

IDLE = {
    Role.VIEWER: dt.timedelta(days=14),
    Role.STAFF: dt.timedelta(hours=12),
    Role.OWNER: dt.timedelta(hours=12),
}
"""After so long without a request it is over: OWASP ASVS 5.0, 7.3.1."""

LONGEST = {
    Role.VIEWER: dt.timedelta(days=90),
    Role.STAFF: dt.timedelta(days=7),
    Role.OWNER: dt.timedelta(days=7),
}
"""After so long it is over however much it is used: OWASP ASVS 5.0, 7.3.2."""

OWN_MACHINE = dt.timedelta(days=365)
"""The browser of a laptop's owner, on the laptop itself, stays the owner's."""

RECENT = dt.timedelta(minutes=10)
"""How recently one must have signed in to add or remove a way of signing in."""


@dataclass(frozen=True)
class BrowserSession:
    """A browser that somebody signed in with.

    Attributes:
        id: names it in lists; not the secret in its cookie.
        seen_at: of its last request, to a minute.
        address, agent: of the sign-in, for the list of one's sessions.
    """

    id: str
    person: str
    method: Method
    created_at: dt.datetime
    seen_at: dt.datetime
    idle_until: dt.datetime
    expires_at: dt.datetime
    address: str
    agent: str
    revoked_at: dt.datetime | None = None

    def is_alive(self, now: dt.datetime) -> bool:
        """Whether its cookie still signs in; a clock set back does not end it."""
        return self.revoked_at is None and now < min(self.idle_until, self.expires_at)

    def is_recent(self, now: dt.datetime) -> bool:
        """Whether the sign-in itself was a moment ago; a laptop's owner signs in but once."""
        return self.method is Method.MACHINE or abs(now - self.created_at) <= RECENT


@dataclass(frozen=True)
class SignedIn:
    """A session with whose it is, as the store knew them at one moment."""

    session: BrowserSession
    person: Person
    grants: tuple[Grant, ...]

    @property
    def role(self) -> Role:
        """The role that it acts as: staff's and owners' by a strong method alone."""
        return self.person.role if self.session.method in STRONG_METHODS else Role.VIEWER

    def plan(self, now: dt.datetime) -> Plan:
        """What the person may see at a moment: free at most, once the session is over.

        Staff and owners have their powers by a passkey, or on the machine itself; signed in
        otherwise they look as PRO does.
        """
        if not self.session.is_alive(now) or self.person.disabled_at is not None:
            return Plan.FREE
        plan = plan_of(self.person.role, self.grants, now)
        if plan.includes(Plan.STAFF) and self.role is Role.VIEWER:
            return Plan.PRO
        return plan


def lifetime(role: Role, *, own_machine: bool) -> tuple[dt.timedelta, dt.timedelta]:
    """How long a session lasts unused, and at all."""
    if own_machine:
        return OWN_MACHINE, OWN_MACHINE
    return IDLE[role], LONGEST[role]
