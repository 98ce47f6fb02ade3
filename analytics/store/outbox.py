"""Deliveries on their way out: claimed by one process, then marked sent, put off or given up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from analytics.alerts.model import ChannelKind, DueDelivery
from analytics.store.account_tables import people
from analytics.store.database import Database, utc
from analytics.store.notices import notice_of
from analytics.store.schema import deliveries, notices

_FEW = 8
_MOST_FAILING = 100
LONGEST_PAUSE = dt.timedelta(minutes=35)
"""No delivery waits longer for its next attempt: half an hour, and clocks that differ a little."""


@dataclass(frozen=True)
class FailingChannel:
    """One kind of channel of one person's, that does not take what is sent."""

    called: str
    channel: str
    failed: int
    since: dt.datetime
    error: str


class Outbox:
    """The deliveries of all subscribers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(
        self, channel: ChannelKind, now: dt.datetime, lease: dt.timedelta
    ) -> DueDelivery | None:
        """One delivery that is due, for this process alone; None when there is none.

        The claim is the row's own next time, moved in one statement on: of several processes
        that try, the one whose statement found the old time has it. A process that dies with
        it leaves it due again after ``lease``. A next time further ahead than any pause is of
        a clock that was ahead when it was written: it is due now.

        Raises:
            StoreUnavailable: nothing was claimed; as every method.
        """
        asked = (
            select(deliveries.c.target, deliveries.c.attempts, deliveries.c.next_at, notices)
            .join(
                notices,
                and_(
                    notices.c.subscriber == deliveries.c.subscriber,
                    notices.c.key == deliveries.c.key,
                ),
            )
            .where(
                deliveries.c.channel == channel,
                or_(deliveries.c.next_at <= now, deliveries.c.next_at > now + LONGEST_PAUSE),
                *_open(),
            )
            .order_by(deliveries.c.next_at, notices.c.number)
            .limit(_FEW)
        )
        with self._database.reading() as connection:
            rows = connection.execute(asked).mappings().all()
        for row in rows:
            due = DueDelivery(notice_of(row), channel, row["target"], row["attempts"] + 1)
            taken = (
                update(deliveries)
                .where(*_matches(due), *_open(), deliveries.c.next_at == row["next_at"])
                .values(next_at=now + lease, attempts=due.attempts)
            )
            with self._database.writing() as connection:
                if connection.execute(taken).rowcount:
                    return due
        return None

    def sent(self, due: DueDelivery, at: dt.datetime) -> None:
        """It has arrived."""
        self._mark(due, sent_at=at, error=None)

    def put_off(self, due: DueDelivery, until: dt.datetime, error: str) -> None:
        """It has not; it is tried again."""
        self._mark(due, next_at=until, error=error)

    def give_up(self, due: DueDelivery, at: dt.datetime, error: str) -> None:
        """It has not and will not; the reason stays with it."""
        self._mark(due, given_up_at=at, error=error)

    def waiting(self) -> int:
        """Deliveries neither sent nor given up."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).where(*_open())).scalar_one()

    def failing(self, since: dt.datetime) -> tuple[FailingChannel, ...]:
        """The channels whose deliveries have failed since then and not arrived, worst first.

        Their addresses are their owners' business and are not told.
        """
        failed = func.count()
        asked = (
            select(
                deliveries.c.subscriber,
                people.c.name,
                people.c.email,
                deliveries.c.channel,
                failed.label("failed"),
                func.min(notices.c.recorded_at).label("since"),
                func.max(deliveries.c.error).label("error"),
            )
            .join(
                notices,
                and_(
                    notices.c.subscriber == deliveries.c.subscriber,
                    notices.c.key == deliveries.c.key,
                ),
            )
            .join(people, people.c.id == deliveries.c.subscriber, isouter=True)
            .where(
                deliveries.c.error.is_not(None),
                deliveries.c.sent_at.is_(None),
                notices.c.recorded_at >= since,
            )
            .group_by(deliveries.c.subscriber, people.c.name, people.c.email, deliveries.c.channel)
            .order_by(failed.desc())
            .limit(_MOST_FAILING)
        )
        with self._database.reading() as connection:
            rows = connection.execute(asked).all()
        return tuple(
            FailingChannel(
                row.name or row.email or row.subscriber,
                row.channel,
                row.failed,
                utc(row.since),
                row.error,
            )
            for row in rows
        )

    def _mark(self, due: DueDelivery, **values: Any) -> None:
        with self._database.writing() as connection:
            connection.execute(update(deliveries).where(*_matches(due), *_open()).values(**values))


def _open() -> list[Any]:
    return [deliveries.c.sent_at.is_(None), deliveries.c.given_up_at.is_(None)]


def _matches(due: DueDelivery) -> list[Any]:
    return [
        deliveries.c.subscriber == due.notice.subscriber,
        deliveries.c.key == due.notice.message.name,
        deliveries.c.channel == due.channel,
        deliveries.c.target == due.target,
    ]
