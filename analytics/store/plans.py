"""What plans people have at a moment, for what is done without a request of theirs."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select

from analytics.accounts.people import Grant, Period, Role, period_of
from analytics.model.access import LOCAL, Plan
from analytics.store.account_rows import grant_of
from analytics.store.account_tables import grants, people

_AT_ONCE = 5_000
"""Ids in one statement; databases take some ten thousand."""


@dataclass(frozen=True)
class Standing:
    """What somebody's plans are made of.

    Attributes:
        role: None for who has no account.
        is_closed: the account is: they have nothing, not even what is for everybody.
    """

    role: Role | None = None
    grants: tuple[Grant, ...] = ()
    is_closed: bool = False

    def period(self, needed: Plan, now: dt.datetime) -> Period | None:
        """The time around a moment for which their plan includes another; None: it does not."""
        if self.is_closed:
            return None
        return period_of(self.role or Role.VIEWER, self.grants, needed, now)


_OWNER = Standing(Role.OWNER)


def standings(persons: Collection[str], connection: Connection) -> Mapping[str, Standing]:
    """How each of some people stands; the one owner of a Holdline without accounts as owner."""
    rows: dict[str, Any] = {}
    given: defaultdict[str, tuple[Grant, ...]] = defaultdict(tuple)
    for some in batched(persons):
        asked = select(people.c.id, people.c.role, people.c.disabled_at)
        for person in connection.execute(asked.where(people.c.id.in_(some))):
            rows[person.id] = person
        for grant in connection.execute(select(grants).where(grants.c.person.in_(some))):
            given[grant.person] += (grant_of(grant),)

    def standing(person: str) -> Standing:
        if person == LOCAL:
            return _OWNER
        if (row := rows.get(person)) is None:
            return Standing()
        return Standing(Role(row.role), given[person], row.disabled_at is not None)

    return {person: standing(person) for person in persons}


def batched(persons: Collection[str]) -> Iterator[list[str]]:
    """The persons, as many at a time as a statement takes."""
    rest = iter(persons)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def who_has(
    needed: Plan, persons: Collection[str], now: dt.datetime, connection: Connection
) -> tuple[str, ...]:
    """Those of some people whose plan includes another, in their order."""
    known = standings(persons, connection)
    return tuple(person for person in persons if known[person].period(needed, now) is not None)
