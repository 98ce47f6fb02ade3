"""Rows of the tables of accounts as values, and whom a secret lets in, found by its digest."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Table, select

from analytics.accounts.people import Grant, Person, Role
from analytics.model.access import Plan
from analytics.store.account_tables import grants, people

_PREFIX = "person_"


def grant_of(row: Row[Any]) -> Grant:
    """The grant of a row of the table."""
    return Grant(Plan(row.plan), row.source, row.since, row.until, row.revoked_at)


def person_of(row: Row[Any], prefix: str = "") -> Person:
    """The person of a row with the columns of the table, each after ``prefix``."""
    values = {name: getattr(row, prefix + name) for name in Person.__dataclass_fields__}
    return Person(**values | {"role": Role(values["role"])})


def find_by_digest(
    connection: Connection, table: Table, digest: str
) -> tuple[Row[Any], Person, tuple[Grant, ...]] | None:
    """The row of a secret's digest, the person it is of, and their grants; None: there is none.

    Args:
        table: of secrets, with ``digest`` and ``person``.
    """
    columns = (column.label(f"{_PREFIX}{column.name}") for column in people.c)
    asked = (
        select(table, *columns)
        .join(people, people.c.id == table.c.person)
        .where(table.c.digest == digest)
    )
    row = connection.execute(asked).first()
    if row is None:
        return None
    given = connection.execute(select(grants).where(grants.c.person == row.person)).all()
    return row, person_of(row, _PREFIX), tuple(grant_of(one) for one in given)
