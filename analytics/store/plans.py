"""Whose plan includes something at a moment, for what is sent without a request of theirs."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, select

from analytics.accounts.people import Grant, Role, plan_of
from analytics.model.access import LOCAL, Plan
from analytics.store.account_tables import grants, people


def who_has(
    needed: Plan, persons: Collection[str], now: dt.datetime, connection: Connection
) -> tuple[str, ...]:
    """Those of some people whose plan includes another, in their order.

    The one owner of a Holdline without accounts always is among them.
    """
    asked = select(people.c.id, people.c.role).where(
        people.c.id.in_(persons), people.c.disabled_at.is_(None)
    )
    roles = {row.id: Role(row.role) for row in connection.execute(asked)}
    given: defaultdict[str, list[Grant]] = defaultdict(list)
    for row in connection.execute(select(grants).where(grants.c.person.in_(persons))):
        grant = Grant(Plan(row.plan), row.source, row.since, row.until, row.revoked_at)
        given[row.person].append(grant)

    def has(person: str) -> bool:
        if person == LOCAL:
            return True
        role = roles.get(person)
        return role is not None and plan_of(role, given[person], now).includes(needed)

    return tuple(person for person in persons if has(person))
