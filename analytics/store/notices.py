"""Notices in the durable store: each is written once, together with all its deliveries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, text, union

from analytics.alerts.model import LOCAL, Delivery, Message, Notice, needed_by
from analytics.model.access import Plan
from analytics.store.database import Database
from analytics.store.own_documents import quiet_hours
from analytics.store.plans import who_has
from analytics.store.schema import alert_rules, channels, deliveries, notices

MAX_READ = 200

_NUMBERING = 20250128


def utc_now() -> dt.datetime:
    """The wall clock."""
    return dt.datetime.now(dt.UTC)


class Notices:
    """Notices to subscribers.

    Args:
        database: where it stands.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def publish(
        self,
        kind: str,
        key: str,
        title: str,
        text: str,
        link: str,
        happened_at: dt.datetime,
        *,
        simulated: bool = False,
        connection: Connection | None = None,
    ) -> int:
        """Tell every subscriber whose plan includes it, once: the number it is new to.

        Needs no running alerts engine: the notice and its deliveries (to each e-mail address
        and webhook the subscriber has now) are committed together; the senders of whichever
        process serves this store pick them up within seconds, and every open page shows a
        toast. Published again under the same ``kind`` and ``key`` - by a second click, a second
        process, after a crash - it does nothing and returns 0, also when the texts differ.

        Args:
            kind: a short word of letters: "preview", "trade".
            key: names the event within its kind, such as "2025-01-27 v3"; at most 160
                characters.
            title: one line of at most 200 characters, the toast and the e-mail's subject.
            text: plain text of at most 4 000 characters; "" when the title says it all.
            link: the view it is about, an address on this site ("/preview?as_of=2025-01-24").
            happened_at: with its zone; shown as the notice's time.
            simulated: it rests on simulated prices; every channel then says so.
            connection: a transaction of ``database.writing()`` to do it in, so that the notice
                stands exactly when what else it writes does; None makes one of its own.

        Raises:
            BadInput: one of the texts is not as described.
            StoreUnavailable: nothing was written.
        """
        message = Message(kind, key, title, text, link, happened_at, simulated)
        if connection is not None:
            return self._publish(connection, message)
        with self._database.writing() as own:
            return self._publish(own, message)

    def _publish(self, connection: Connection, message: Message) -> int:
        told = _subscribers(connection)
        needed = needed_by(message.kind)
        if needed is not Plan.FREE:
            told = who_has(needed, told, self._clock(), connection)
        return sum(self.record(who, message, connection) for who in told)

    def record(
        self, subscriber: str, message: Message, connection: Connection, *, only: str | None = None
    ) -> bool:
        """Tell one subscriber, in a transaction of the caller's; whether it was new.

        Args:
            only: the one target it goes to, for a test of it; None for all of the subscriber's.
        """
        now = self._clock()
        if connection.dialect.name == "postgresql":  # SQLite's writers stand in line anyway
            connection.execute(_lock, {"number": _NUMBERING})
        newest = select(func.coalesce(func.max(notices.c.number), 0)).where(
            notices.c.subscriber == subscriber
        )
        new = self._database.insert_if_absent(
            notices,
            {
                "subscriber": subscriber,
                "key": message.name,
                "number": int(connection.execute(newest).scalar_one()) + 1,
                "kind": message.kind,
                "happened_at": message.happened_at,
                "recorded_at": now,
                "body": _body(message),
            },
            connection,
        )
        if new:
            self._address(subscriber, message, now, only, connection)
        return new

    def _address(
        self,
        subscriber: str,
        message: Message,
        now: dt.datetime,
        only: str | None,
        connection: Connection,
    ) -> None:
        """Write down a delivery to each channel; in quiet hours they wait, but for a test."""
        wanted = select(channels.c.kind, channels.c.target).where(
            channels.c.subscriber == subscriber,
            channels.c.removed_at.is_(None),
            channels.c.awaits.is_(None),
            channels.c.paused_at.is_(None),
        )
        quiet = None if only else quiet_hours(connection, subscriber)
        not_before = None if quiet is None else quiet.end_after(now)
        for kind, target in connection.execute(wanted).all():
            if only in (None, target):
                delivery = {"channel": kind, "target": target, "next_at": now, "attempts": 0}
                delivery |= {"subscriber": subscriber, "key": message.name}
                delivery["not_before"] = not_before
                self._database.insert_if_absent(deliveries, delivery, connection)

    def since(self, subscriber: str, number: int, most: int = 20) -> tuple[Notice, ...]:
        """The newest ``most`` notices after ``number``, oldest first, without deliveries."""
        asked = (
            select(notices)
            .where(notices.c.subscriber == subscriber, notices.c.number > number)
            .order_by(notices.c.number.desc())
            .limit(min(most, MAX_READ))
        )
        with self._database.reading() as connection:
            rows = connection.execute(asked).mappings().all()
        return tuple(notice_of(row) for row in reversed(rows))

    def known(self, subscriber: str, names: Collection[str]) -> frozenset[str]:
        """Of these names of messages (`Message.name`) those the subscriber has already."""
        asked = select(notices.c.key).where(
            notices.c.subscriber == subscriber, notices.c.key.in_(list(names))
        )
        with self._database.reading() as connection:
            return frozenset(connection.execute(asked).scalars())

    def newest_number(self, subscriber: str) -> int:
        """Of the subscriber's notices; 0 before the first."""
        asked = select(func.max(notices.c.number)).where(notices.c.subscriber == subscriber)
        with self._database.reading() as connection:
            return connection.execute(asked).scalar() or 0

    def latest(self, subscriber: str, most: int = 50) -> tuple[Notice, ...]:
        """The newest notices with their deliveries, newest first."""
        asked = (
            select(notices)
            .where(notices.c.subscriber == subscriber)
            .order_by(notices.c.number.desc())
            .limit(min(most, MAX_READ))
        )
        with self._database.reading() as connection:
            rows = connection.execute(asked).mappings().all()
            sent = _deliveries(connection, subscriber, [row["key"] for row in rows])
        return tuple(notice_of(row, sent.get(row["key"], ())) for row in rows)


_lock = text("SELECT pg_advisory_xact_lock(:number)")


def _subscribers(connection: Connection) -> tuple[str, ...]:
    known = union(
        select(channels.c.subscriber).where(channels.c.removed_at.is_(None)),
        select(alert_rules.c.subscriber).where(alert_rules.c.removed_at.is_(None)),
    )
    return tuple(sorted({LOCAL, *connection.execute(known).scalars()}))


def _deliveries(
    connection: Connection, subscriber: str, keys: Iterable[str]
) -> dict[str, tuple[Delivery, ...]]:
    asked = (
        select(deliveries)
        .where(deliveries.c.subscriber == subscriber, deliveries.c.key.in_(list(keys)))
        .order_by(deliveries.c.channel, deliveries.c.target)
    )
    found: defaultdict[str, tuple[Delivery, ...]] = defaultdict(tuple)
    for row in connection.execute(asked).mappings():
        fields = {name: row[name] for name in Delivery.__dataclass_fields__}
        found[row["key"]] += (Delivery(**fields),)
    return found


def _body(message: Message) -> str:
    body = {
        "key": message.key,
        "title": message.title,
        "text": message.text,
        "link": message.link,
        "simulated": message.simulated,
        "needs": message.needs.value,
    }
    return msgspec.json.encode(body).decode()


def notice_of(row: Mapping[Any, Any], sent: tuple[Delivery, ...] = ()) -> Notice:
    """The notice of a row of the table."""
    body = msgspec.json.decode(row["body"], type=dict[str, Any])
    needs = Plan(body.pop("needs", Plan.FREE))  # notices of releases before this one have none
    message = Message(kind=row["kind"], happened_at=row["happened_at"], needs=needs, **body)
    return Notice(row["subscriber"], row["number"], message, row["recorded_at"], sent)
