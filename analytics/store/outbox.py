"""Deliveries on their way out: claimed by one process, then marked sent, put off or given up.

More than a few messages to one person and channel within a minute go as one. Which ones is written
down with the first claim, so that a process which takes them up again sends the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, distinct, func, or_, select, update

from analytics.accounts.tokens import new_id
from analytics.alerts import plans
from analytics.alerts.digest import digest
from analytics.alerts.model import ChannelKind, DueDelivery
from analytics.store.account_tables import people
from analytics.store.database import Database, utc
from analytics.store.notices import notice_of
from analytics.store.plans import standings
from analytics.store.rule_standings import watched_symbols
from analytics.store.schema import channels, deliveries, notices

_FEW = 8
_MOST_FAILING = 100
_CLAIMING = 20250129
LONGEST_PAUSE = dt.timedelta(minutes=35)
"""No delivery waits longer for its next attempt: half an hour, and clocks that differ a little."""

LONGEST_QUIET = dt.timedelta(hours=25)
"""Quiet hours end within a day; a later end is of a clock that was ahead when it was written."""

MOST_A_MINUTE = 5
"""Messages to one person and channel; what is more goes as one."""

MINUTE = dt.timedelta(minutes=1)

MOST_GIVEN_UP = 5
"""So many in a row that did not arrive pause a channel."""

PAUSED = "the channel was paused"


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
        self,
        channel: ChannelKind,
        now: dt.datetime,
        lease: dt.timedelta,
        but: Collection[str] = (),
    ) -> DueDelivery | None:
        """One delivery that is due, or several as one, for this process alone; None: there is none.

        The claim is the row's own next time, moved in one statement on: of several processes
        that try, the one whose statement found the old time has it. A process that dies with
        it leaves it due again after ``lease``. A next time further ahead than any pause is of
        a clock that was ahead when it was written: it is due now.

        Args:
            but: subscribers whose deliveries wait: one is on its way to them.

        Raises:
            StoreUnavailable: nothing was claimed; as every method.
        """
        asked = _waiting(channel, now).where(deliveries.c.subscriber.not_in(but))
        asked = asked.order_by(deliveries.c.next_at, notices.c.number).limit(_FEW)
        with self._database.reading() as connection:
            rows = connection.execute(asked).mappings().all()
        for row in rows:
            with self._database.writing() as connection:
                if connection.dialect.name == "postgresql":  # of SQLite there is one writer anyway
                    connection.execute(select(func.pg_advisory_xact_lock(_CLAIMING)))
                due = self._claimed(connection, row, now, lease)
            if due is not None:
                return due
        return None

    def channels_due(self, now: dt.datetime) -> frozenset[ChannelKind]:
        """The kinds of channel that something is due for."""
        asked = select(deliveries.c.channel).where(*_is_due(now), *_open()).distinct()
        with self._database.reading() as connection:
            return frozenset(connection.execute(asked).scalars())

    def _claimed(
        self, connection: Connection, row: RowMapping, now: dt.datetime, lease: dt.timedelta
    ) -> DueDelivery | None:
        """A row for this process, alone or with those that go with it; None: it has to wait."""
        due = _due(row)
        if _drop_beyond_plan(connection, [row], now):
            return None
        together = [row]
        if row["batch"] is None and row["kind"] != "test":
            first_sent, sent = _sent_lately(connection, due, now)
            alike = connection.execute(
                _waiting(due.channel, now).where(
                    *_to_target(due), deliveries.c.batch.is_(None), notices.c.kind != "test"
                )
            )
            waiting = _within_plan(connection, list(alike.mappings()), now)
            if first_sent is not None and sent >= MOST_A_MINUTE:
                waits = update(deliveries).where(*_matches(due), *_open())
                connection.execute(waits.values(next_at=first_sent + MINUTE))
                return None
            if sent + len(waiting) > MOST_A_MINUTE and len(waiting) > 1:
                together, due = waiting, replace(due, batch=new_id())
        elif row["batch"] is not None:
            members = _waiting(due.channel, now).where(deliveries.c.batch == row["batch"])
            together = _within_plan(connection, list(connection.execute(members).mappings()), now)
        values = {"next_at": now + lease, "attempts": due.attempts, "batch": due.batch or None}
        taken = [
            connection.execute(
                update(deliveries)
                .where(*_to_target(due), deliveries.c.key == one["key"], *_open())
                .where(deliveries.c.next_at == one["next_at"])
                .values(**values)
            ).rowcount
            for one in together
        ]
        if not any(taken):
            return None
        return _summed_up(connection, due, now) if due.batch else due

    def sent(self, due: DueDelivery, at: dt.datetime) -> None:
        """It has arrived."""
        self._mark(due, sent_at=at, error=None)

    def put_off(self, due: DueDelivery, until: dt.datetime, error: str) -> None:
        """It has not; it is tried again."""
        self._mark(due, next_at=until, error=error)

    def give_up(self, due: DueDelivery, at: dt.datetime, error: str) -> None:
        """It has not and will not; the reason stays. Too many in a row pause the channel."""
        with self._database.writing() as connection:
            ended = update(deliveries).where(*_matches(due), *_open())
            connection.execute(ended.values(given_up_at=at, error=error))
            if _given_up_in_a_row(connection, due) >= MOST_GIVEN_UP:
                _pause(connection, due, at)

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
                deliveries.c.error != plans.ENDED,
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


def _waiting(channel: ChannelKind, now: dt.datetime) -> Any:
    """Deliveries that are due, with their notices."""
    return (
        select(
            deliveries.c.target,
            deliveries.c.attempts,
            deliveries.c.next_at,
            deliveries.c.batch,
            deliveries.c.channel,
            notices,
        )
        .join(
            notices,
            and_(
                notices.c.subscriber == deliveries.c.subscriber,
                notices.c.key == deliveries.c.key,
            ),
        )
        .where(deliveries.c.channel == channel, *_is_due(now), *_open())
    )


def _is_due(now: dt.datetime) -> list[Any]:
    quiet = deliveries.c.not_before
    return [
        or_(deliveries.c.next_at <= now, deliveries.c.next_at > now + LONGEST_PAUSE),
        or_(quiet.is_(None), quiet <= now, quiet > now + LONGEST_QUIET),
    ]


def _due(row: RowMapping) -> DueDelivery:
    """The delivery of a row."""
    attempts, batch = row["attempts"] + 1, row["batch"] or ""
    return DueDelivery(notice_of(row), row["channel"], row["target"], attempts, batch)


def _sent_lately(
    connection: Connection, due: DueDelivery, now: dt.datetime
) -> tuple[dt.datetime | None, int]:
    """When the first message of the last minute went to the same channel, and how many did."""
    name = func.coalesce(deliveries.c.batch, deliveries.c.key)
    asked = select(func.min(deliveries.c.sent_at), func.count(distinct(name))).where(
        *_to_target(due), deliveries.c.sent_at > now - MINUTE, deliveries.c.sent_at <= now
    )
    first, count = connection.execute(asked).one()
    return first, count


def _within_plan(
    connection: Connection, rows: list[RowMapping], now: dt.datetime
) -> list[RowMapping]:
    """Of one subscriber's deliveries those that their plan still includes; the others are dropped.

    What was found while they had a plan may have waited, for quiet hours or a receiver, beyond
    its end.
    """
    dropped = _drop_beyond_plan(connection, rows, now)
    return [row for row in rows if row["key"] not in dropped]


def _drop_beyond_plan(
    connection: Connection, rows: list[RowMapping], now: dt.datetime
) -> frozenset[str]:
    """Give up those deliveries of one subscriber that need another plan; their keys."""
    whose = {row["subscriber"] for row in rows}
    known = standings(whose, connection)
    needed = {row["key"]: (row["subscriber"], notice_of(row).message.plan) for row in rows}
    dropped = {key for key, (person, plan) in needed.items() if not known[person].period(plan, now)}
    for row in rows:
        if row["key"] in dropped:
            ended = update(deliveries).where(*_matches(replace(_due(row), batch="")), *_open())
            connection.execute(ended.values(given_up_at=now, error=plans.ENDED))
    return frozenset(dropped)


def _summed_up(connection: Connection, due: DueDelivery, now: dt.datetime) -> DueDelivery:
    """The delivery with the one message that its batch goes as."""
    asked = (
        select(notices)
        .join(
            deliveries,
            and_(
                notices.c.subscriber == deliveries.c.subscriber,
                notices.c.key == deliveries.c.key,
            ),
        )
        .where(*_matches(due), *_open())
        .order_by(notices.c.number)
    )
    found = [notice_of(row) for row in connection.execute(asked).mappings()]
    watched = watched_symbols(connection, due.notice.subscriber, now)
    message = digest(due.batch, [one.message for one in found], len(watched))
    return replace(due, notice=replace(found[-1], message=message))


def _given_up_in_a_row(connection: Connection, due: DueDelivery) -> int:
    """Messages that did not arrive since the last one that did, or since the channel was set."""
    since = connection.execute(select(channels.c.since).where(*_of_channel(due))).scalar()
    sent = select(func.max(deliveries.c.sent_at)).where(*_to_target(due))
    last = connection.execute(sent).scalar()
    after = max((moment for moment in (since, last) if moment is not None), default=None)
    asked = select(func.count()).where(
        *_to_target(due),
        deliveries.c.given_up_at.is_not(None),
        deliveries.c.error != plans.ENDED,
    )
    if after is not None:
        asked = asked.where(deliveries.c.given_up_at > after)
    return connection.execute(asked).scalar_one()


def _pause(connection: Connection, due: DueDelivery, at: dt.datetime) -> None:
    """Send nothing more there until its person resumes it."""
    standing = update(channels).where(*_of_channel(due), channels.c.paused_at.is_(None))
    connection.execute(standing.values(paused_at=at))
    waiting = update(deliveries).where(*_to_target(due), *_open())
    connection.execute(waiting.values(given_up_at=at, error=PAUSED))


def _open() -> list[Any]:
    return [deliveries.c.sent_at.is_(None), deliveries.c.given_up_at.is_(None)]


def _of_channel(due: DueDelivery) -> list[Any]:
    return [
        channels.c.subscriber == due.notice.subscriber,
        channels.c.kind == due.channel,
        channels.c.target == due.target,
    ]


def _to_target(due: DueDelivery) -> list[Any]:
    return [
        deliveries.c.subscriber == due.notice.subscriber,
        deliveries.c.channel == due.channel,
        deliveries.c.target == due.target,
    ]


def _matches(due: DueDelivery) -> list[Any]:
    if due.batch:
        return [*_to_target(due), deliveries.c.batch == due.batch]
    return [*_to_target(due), deliveries.c.key == due.notice.message.name]
