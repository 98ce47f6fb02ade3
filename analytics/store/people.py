"""People in the durable store: accounts, the providers that vouch for them, and their plans."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from analytics.accounts.people import MAX_NAME, Grant, Person, Role, plan_of
from analytics.accounts.tokens import new_id
from analytics.alerts.model import LOCAL
from analytics.model.access import Plan
from analytics.model.vocabulary import BadInput
from analytics.store.access_ends import Ended, end_access, remove_passkeys
from analytics.store.account_rows import grant_of, person_of
from analytics.store.account_tables import (
    api_tokens,
    browser_sessions,
    grants,
    identities,
    one_time_tokens,
    passkeys,
    people,
)
from analytics.store.database import Database
from analytics.store.former_people import TRIAL, FormerPeople
from analytics.store.notices import utc_now

MOST_LISTED = 200


class People:
    """Everybody with an account.

    Args:
        database: where they stand; each method raises `StoreUnavailable` when it fails.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def by_id(self, person: str) -> Person | None:
        """Somebody by their id."""
        with self._database.reading() as connection:
            return _person(connection.execute(select(people).where(people.c.id == person)).first())

    def by_email(self, email: str) -> Person | None:
        """Somebody by their confirmed address."""
        asked = select(people).where(people.c.email == email.lower())
        with self._database.reading() as connection:
            return _person(connection.execute(asked).first())

    def with_email(self, email: str) -> Person:
        """Whose address was just confirmed; an account is made for who has none."""
        known = self.by_email(email)
        return known or self._add(email.lower(), "", None)

    def with_identity(
        self, issuer: str, subject: str, name: str = "", verified_email: str | None = None
    ) -> Person:
        """Whom a provider vouches for; an account is made for who has none.

        An address that belongs to another account already is left to it: a provider's word is
        no sign-in to an account that it was never joined to.
        """
        asked = (
            select(people)
            .join(identities, identities.c.person == people.c.id)
            .where(identities.c.issuer == issuer, identities.c.subject == subject)
        )
        with self._database.reading() as connection:
            known = _person(connection.execute(asked).first())
        if known is not None:
            return known
        email = verified_email.lower() if verified_email else None
        if email is not None and self.by_email(email) is not None:
            email = None
        return self._add(email, name, (issuer, subject))

    def owner_of_machine(self) -> Person:
        """The one owner of a Holdline without accounts, whose alert rules are `LOCAL`'s."""
        now = self._clock()
        row = {"id": LOCAL, "email": None, "name": "", "role": Role.OWNER.value, "created_at": now}
        self._database.insert_if_absent(people, row)
        return self.by_id(LOCAL) or Person(LOCAL, None, "", Role.OWNER, now)

    def begin_trial(
        self, person: str, days: int, former: FormerPeople | None = None
    ) -> dt.datetime:
        """Let somebody have PRO for some days, once for good; until when.

        Args:
            former: who had theirs in an account that they have deleted.

        Raises:
            BadInput: they had their trial.
        """
        now = self._clock()
        until = now + dt.timedelta(days=days)
        theirs = select(people.c.id).where(people.c.id == person).with_for_update()
        with self._database.writing() as connection:
            connection.execute(theirs)
            if _had_trial(person, former, connection):
                raise BadInput("A trial is there once, and you had yours.")
            trial = Grant(Plan.TRIAL, TRIAL, now, until)
            self.grant(person, trial, person, "begun by themselves", connection)
        return until

    def had_trial(self, person: str, former: FormerPeople | None = None) -> bool:
        """Whether somebody began a trial, in this account or one that they have deleted."""
        with self._database.reading() as connection:
            return _had_trial(person, former, connection)

    def join_identity(self, person: str, issuer: str, subject: str) -> bool:
        """Let a provider vouch for somebody who is signed in; False when it does for another."""
        row = {"issuer": issuer, "subject": subject, "person": person, "added_at": self._clock()}
        return self._database.insert_if_absent(identities, row)

    def _add(self, email: str | None, name: str, identity: tuple[str, str] | None) -> Person:
        """A new account; of two that come at once for one address both get the same."""
        now = self._clock()
        made = Person(new_id(), email, name.strip()[:MAX_NAME], Role.VIEWER, now)
        row = {name: getattr(made, name) for name in ("id", "email", "name", "created_at")}
        try:
            with self._database.writing() as connection:
                try:
                    connection.execute(insert(people).values(**row, role=made.role.value))
                    if identity is not None:
                        issuer, subject = identity
                        given = insert(identities).values(issuer=issuer, subject=subject)
                        connection.execute(given.values(person=made.id, added_at=now))
                except IntegrityError as error:
                    raise _Taken from error
        except _Taken:
            known = self.by_email(email) if email else None
            if identity is not None:
                return self.with_identity(*identity, name)
            if known is None:
                raise
            return known
        return made

    def rename(self, person: str, name: str) -> None:
        """Call somebody otherwise.

        Raises:
            BadInput: it is no name.
        """
        cleaned = " ".join(name.split())
        if len(cleaned) > MAX_NAME or not cleaned.isprintable():
            raise BadInput(f"A name has at most {MAX_NAME} characters on one line.")
        self._set(person, name=cleaned)

    def set_role(self, person: str, role: Role) -> Ended:
        """Make somebody staff, owner, or neither, signed out everywhere with their tokens ended.

        Raises:
            BadInput: it would leave the site without an owner, or there is nobody of this id.
        """
        with self._database.writing() as connection:
            self._require_owner_left(connection, person, role)
            if not connection.execute(
                update(people).where(people.c.id == person).values(role=role.value)
            ).rowcount:
                raise BadInput("There is no such account.")
            return end_access(connection, person, self._clock())

    def end_access(self, person: str) -> Ended:
        """Sign somebody out everywhere, and end their API tokens."""
        with self._database.writing() as connection:
            return end_access(connection, person, self._clock())

    def recover(self, person: str) -> tuple[int, Ended]:
        """Leave somebody no way in but their mail and provider, with the account open.

        Returns:
            How many passkeys were removed, and what ended.
        """
        with self._database.writing() as connection:
            removed = remove_passkeys(connection, person)
            ended = end_access(connection, person, self._clock())
            opened = update(people).where(people.c.id == person).values(disabled_at=None)
            connection.execute(opened)
        return removed, ended

    def disable(self, person: str) -> None:
        """Shut somebody out, at once and until `enable`.

        Raises:
            BadInput: it would leave the site without an owner.
        """
        now = self._clock()
        with self._database.writing() as connection:
            self._require_owner_left(connection, person, Role.VIEWER)
            connection.execute(update(people).where(people.c.id == person).values(disabled_at=now))
            end_access(connection, person, now)

    def enable(self, person: str) -> None:
        """Let somebody in again."""
        self._set(person, disabled_at=None)

    def forget(self, person: str, connection: Connection) -> None:
        """Delete an account and all that lets it in, in a transaction of the caller's.

        Raises:
            BadInput: it would leave the site without an owner.
        """
        self._require_owner_left(connection, person, Role.VIEWER)
        email = connection.execute(select(people.c.email).where(people.c.id == person)).scalar()
        if email:
            connection.execute(delete(one_time_tokens).where(one_time_tokens.c.email == email))
        for table in (browser_sessions, api_tokens, passkeys, identities, grants, one_time_tokens):
            connection.execute(delete(table).where(table.c.person == person))
        connection.execute(delete(people).where(people.c.id == person))

    def _require_owner_left(self, connection: Connection, person: str, becomes: Role) -> None:
        if becomes is Role.OWNER:
            return
        owners = select(people.c.id).where(
            people.c.role == Role.OWNER.value, people.c.disabled_at.is_(None)
        )
        if set(connection.execute(owners.with_for_update()).scalars()) == {person}:
            raise BadInput("This is the last owner: make another account owner first.")

    def listed(self, text: str = "", most: int = MOST_LISTED) -> tuple[Person, ...]:
        """The accounts whose address or name holds a text, newest first."""
        asked = select(people).order_by(people.c.created_at.desc()).limit(most)
        if text:
            found = (people.c.email, people.c.name)
            asked = asked.where(
                or_(*(func.lower(c).contains(text.lower(), autoescape=True) for c in found))
            )
        with self._database.reading() as connection:
            return tuple(person_of(row) for row in connection.execute(asked))

    def count(self) -> int:
        """How many there are."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(people)).scalar_one()

    def grants(self, person: str) -> tuple[tuple[str, Grant], ...]:
        """(id, grant) of somebody, oldest first."""
        asked = select(grants).where(grants.c.person == person).order_by(grants.c.since)
        with self._database.reading() as connection:
            rows = connection.execute(asked).all()
        return tuple((row.id, grant_of(row)) for row in rows)

    def grant(
        self, person: str, grant: Grant, by: str | None, reason: str, connection: Connection
    ) -> str:
        """Give somebody a plan, in a transaction of the caller's; the grant's id."""
        number = new_id()
        given = insert(grants).values(id=number, person=person, plan=grant.plan.value)
        given = given.values(source=grant.source, since=grant.since, until=grant.until)
        connection.execute(given.values(granted_by=by, reason=reason[:200]))
        return number

    def revoke_grant(self, grant: str, connection: Connection) -> bool:
        """End a plan now; whether it stood."""
        alive = (grants.c.id == grant) & grants.c.revoked_at.is_(None)
        ended = update(grants).where(alive).values(revoked_at=self._clock())
        return bool(connection.execute(ended).rowcount)

    def plan(self, person: Person, now: dt.datetime | None = None) -> Plan:
        """What somebody may see at a moment."""
        held: Sequence[Grant] = [grant for _, grant in self.grants(person.id)]
        return plan_of(person.role, held, now or self._clock())

    def _set(self, person: str, **values: object) -> None:
        with self._database.writing() as connection:
            connection.execute(update(people).where(people.c.id == person).values(**values))


class _Taken(Exception):
    """Another process made the account meanwhile."""


def _had_trial(person: str, former: FormerPeople | None, connection: Connection) -> bool:
    theirs = select(grants.c.id).where(grants.c.person == person, grants.c.source == TRIAL)
    if connection.execute(theirs).first() is not None:
        return True
    return former is not None and former.had(person, TRIAL, connection)


def _person(row: Row[tuple[object, ...]] | None) -> Person | None:
    return None if row is None else person_of(row)
