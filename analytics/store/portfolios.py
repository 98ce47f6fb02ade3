"""The model portfolio's changes in the store: published ones only ever added, drafts apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec
from sqlalchemy import Connection, delete, func, select

from analytics.model.portfolio_changes import Change
from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.store.database import Database
from analytics.store.schema import portfolio_changes as table

MAX_DRAFTS = 200

_DRAFTS = "/drafts"


class Overtaken(HoldlineError):
    """Somebody else wrote meanwhile; the message says what to do."""


class Portfolios:
    """One model portfolio.

    Published changes and drafts are two series of rows: whatever reads the published ones
    cannot meet a draft, and their numbers tell nothing of drafts that were thrown away.

    Args:
        database: where they stand.
        name: of the portfolio.
        shipped: changes that stand before the written ones without being in the database:
            the demo's.
    """

    def __init__(self, database: Database, name: str, shipped: Sequence[Change] = ()) -> None:
        self._database = database
        self.name = name
        self._shipped = tuple(shipped)

    def published(self) -> tuple[Change, ...]:
        """Every published change, in the order of publication.

        Raises:
            StoreUnavailable: it cannot be read; as every method, when it failed.
        """
        with self._database.reading() as connection:
            return self._published(connection)

    def drafts(self) -> tuple[Change, ...]:
        """The changes that nobody but staff may see, oldest first."""
        with self._database.reading() as connection:
            return self._rows(connection, self.name + _DRAFTS)

    def save_drafts(self, drafts: Sequence[Change], recorded_at: dt.datetime) -> None:
        """Keep drafts, all or none; one whose id stands already is left as it is.

        Raises:
            BadInput: there are too many.
        """
        with self._database.writing() as connection:
            standing = self._rows(connection, self.name + _DRAFTS)
            known = {draft.id for draft in standing}
            new = [draft for draft in drafts if draft.id not in known]
            if len(standing) + len(new) > MAX_DRAFTS:
                raise BadInput(f"At most {MAX_DRAFTS} drafts can stand at once.")
            number = self._last(connection, self.name + _DRAFTS)
            for offset, draft in enumerate(new, start=1):
                row = self._row(draft, number + offset, recorded_at) | {
                    "portfolio": self.name + _DRAFTS,
                    "published_at": None,
                }
                if not self._database.insert_if_absent(table, row, connection):
                    raise Overtaken("Another draft was saved at the same moment: save again.")

    def discard(self, identity: str) -> bool:
        """Throw a draft away; whether it was there."""
        with self._database.writing() as connection:
            return self._remove_draft(connection, identity)

    def publish(
        self,
        identity: str,
        after: int,
        published_at: dt.datetime,
        recorded_at: dt.datetime,
        also: Callable[[Connection, Change], None] | None = None,
    ) -> Change:
        """Turn a draft into the next published change, or give the one it already became.

        Args:
            identity: the draft's.
            after: number of the newest published change that its author has seen.
            published_at: by the source's clock.
            recorded_at: wall time.
            also: what else is written in the same transaction, once.

        Raises:
            Overtaken: another change was published since.
            BadInput: there is no such draft.
        """
        with self._database.writing() as connection:
            standing = self._published(connection)
            for change in standing:
                if change.id == identity:
                    return change
            drafts = self._rows(connection, self.name + _DRAFTS)
            draft = next((d for d in drafts if d.id == identity), None)
            if draft is None:
                raise BadInput("This draft is gone: it was thrown away.")
            newest = standing[-1].number if standing else 0
            change = replace(draft, number=newest + 1, published_at=published_at)
            row = self._row(change, change.number, recorded_at)
            if newest != after or not self._database.insert_if_absent(table, row, connection):
                raise Overtaken(
                    f"Change {max(newest, after + 1)} was published meanwhile: look at it, "
                    "then publish again."
                )
            self._remove_draft(connection, identity)
            if also is not None:
                also(connection, change)
            return change

    def publish_first(
        self, identities: Sequence[str], published_at: dt.datetime, recorded_at: dt.datetime
    ) -> tuple[Change, ...]:
        """Turn drafts, in this order, into the first changes of a portfolio that has none.

        Raises:
            BadInput: something is published already, or a draft is gone.
        """
        with self._database.writing() as connection:
            if self._published(connection):
                raise BadInput("Something is published already: publish the drafts one by one.")
            drafts = {d.id: d for d in self._rows(connection, self.name + _DRAFTS)}
            made: list[Change] = []
            for number, identity in enumerate(identities, start=1):
                if identity not in drafts:
                    raise BadInput("A draft is gone: it was thrown away.")
                change = replace(drafts[identity], number=number, published_at=published_at)
                row = self._row(change, number, recorded_at)
                if not self._database.insert_if_absent(table, row, connection):
                    raise Overtaken("Somebody published meanwhile: look at it first.")
                self._remove_draft(connection, identity)
                made.append(change)
            return tuple(made)

    def _published(self, connection: Connection) -> tuple[Change, ...]:
        return (*self._shipped, *self._rows(connection, self.name))

    def _rows(self, connection: Connection, portfolio: str) -> tuple[Change, ...]:
        asked = select(table).where(table.c.portfolio == portfolio).order_by(table.c.number)
        return tuple(
            replace(
                msgspec.json.decode(row["body"], type=Change),
                number=0 if row["published_at"] is None else row["number"],
                published_at=row["published_at"],
            )
            for row in connection.execute(asked).mappings()
        )

    def _row(self, change: Change, number: int, recorded_at: dt.datetime) -> dict[str, object]:
        body = replace(change, number=0, published_at=None)
        return {
            "portfolio": self.name,
            "number": number,
            "effective": change.effective,
            "recorded_at": recorded_at,
            "published_at": change.published_at,
            "body": msgspec.json.encode(body).decode(),
        }

    def _last(self, connection: Connection, portfolio: str) -> int:
        asked = select(func.max(table.c.number)).where(table.c.portfolio == portfolio)
        return connection.execute(asked).scalar() or 0

    def _remove_draft(self, connection: Connection, identity: str) -> bool:
        portfolio = self.name + _DRAFTS
        asked = select(table.c.number, table.c.body).where(table.c.portfolio == portfolio)
        for number, body in connection.execute(asked).all():
            if msgspec.json.decode(body, type=Change).id == identity:
                where = (table.c.portfolio == portfolio) & (table.c.number == number)
                return bool(connection.execute(delete(table).where(where)).rowcount)
        return False
