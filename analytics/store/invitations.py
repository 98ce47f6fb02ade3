"""Invitation codes in the durable store."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable

from sqlalchemy import func, select, update

from analytics.accounts.invitations import PREFIX, Invitation
from analytics.accounts.people import Grant
from analytics.accounts.tokens import digest, new_id
from analytics.model.access import Plan
from analytics.model.vocabulary import BadInput
from analytics.store.database import Database
from analytics.store.former_people import FormerPeople, code_of
from analytics.store.notices import utc_now
from analytics.store.payment_tables import invitation_codes, invitation_uses
from analytics.store.people import People

_REFUSED = "This code is not known, is used up or has ended."


class Invitations:
    """All codes.

    Args:
        database: where they stand; each method raises `StoreUnavailable` when it fails.
        people: are given what a code is worth.
        clock: wall time, UTC.
    """

    def __init__(
        self, database: Database, people: People, clock: Callable[[], dt.datetime] = utc_now
    ) -> None:
        self._database = database
        self._people = people
        self._clock = clock

    def make(self, by: str, note: str, days: int, uses: int, lifetime: dt.timedelta) -> str:
        """A new code, which is shown this once.

        Args:
            by: whoever makes it.
            days: that PRO lasts.
            uses: people that may use it, each once.
            lifetime: of the code.
        """
        code = PREFIX + secrets.token_hex(10).upper()
        now = self._clock()
        row = {"digest": digest(code), "id": new_id(), "note": note[:200], "days": days}
        row |= {"uses": uses, "made_by": by, "made_at": now, "expires_at": now + lifetime}
        self._database.insert_if_absent(invitation_codes, row)
        return code

    def use(self, code: str, person: str, former: FormerPeople | None = None) -> dt.datetime:
        """Give somebody what a code is worth; until when.

        Args:
            former: who has used it in an account that they have deleted.

        Raises:
            BadInput: it is not good, or not any more; they have used it already.
        """
        now = self._clock()
        asked = select(invitation_codes).where(
            invitation_codes.c.digest == digest(code.strip().upper()),
            invitation_codes.c.revoked_at.is_(None),
            invitation_codes.c.expires_at > now,
        )
        with self._database.writing() as connection:
            found = connection.execute(asked.with_for_update()).first()
            if found is None:
                raise BadInput(_REFUSED)
            row = {"code": found.id, "person": person, "used_at": now}
            before = former is not None and former.had(person, code_of(found.id), connection)
            if before or not self._database.insert_if_absent(invitation_uses, row, connection):
                raise BadInput("You have used this code already.")
            counted = select(func.count()).where(invitation_uses.c.code == found.id)
            if connection.execute(counted).scalar_one() > found.uses:
                raise BadInput(_REFUSED)
            until = now + dt.timedelta(days=found.days)
            given = Grant(Plan.PRO, "code", now, until)
            self._people.grant(person, given, person, found.note, connection)
        return until

    def listed(self) -> tuple[Invitation, ...]:
        """All of them, newest first."""
        used = select(func.count()).where(invitation_uses.c.code == invitation_codes.c.id)
        asked = select(invitation_codes, used.scalar_subquery().label("used"))
        with self._database.reading() as connection:
            rows = connection.execute(asked.order_by(invitation_codes.c.made_at.desc())).all()
        return tuple(
            Invitation(
                row.id,
                row.note,
                row.days,
                row.uses,
                row.used,
                row.made_at,
                row.expires_at,
                row.revoked_at,
            )
            for row in rows
        )

    def revoke(self, id: str) -> bool:
        """Let nobody use a code any more; whether it was good."""
        alive = (invitation_codes.c.id == id) & invitation_codes.c.revoked_at.is_(None)
        ended = update(invitation_codes).where(alive).values(revoked_at=self._clock())
        with self._database.writing() as connection:
            return bool(connection.execute(ended).rowcount)
