"""Web Push subscriptions in the durable store, beside the channels that use them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from sqlalchemy import select, update

from analytics.alerts.push import PushSubscription
from analytics.store.database import Database
from analytics.store.notices import utc_now
from analytics.store.schema import push_subscriptions as table


class PushSubscriptions:
    """The browsers of everybody.

    Args:
        database: where they stand; each method raises `StoreUnavailable` when it fails.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def add(self, subscriber: str, subscription: PushSubscription, name: str) -> None:
        """Keep a subscription, or its new keys.

        Args:
            name: of the browser, for its person.
        """
        own = {"subscriber": subscriber, "target": subscription.target}
        values = {"endpoint": subscription.endpoint, "name": name, "added_at": self._clock()}
        values |= {"p256dh": subscription.p256dh, "auth": subscription.auth}
        same = (table.c.subscriber == subscriber) & (table.c.target == subscription.target)
        with self._database.writing() as connection:
            if not self._database.insert_if_absent(table, own | values, connection):
                connection.execute(update(table).where(same).values(**values))

    def find(self, subscriber: str, target: str) -> PushSubscription | None:
        """A subscription of a subscriber's; None where there is none any more."""
        asked = select(table.c.endpoint, table.c.p256dh, table.c.auth).where(
            table.c.subscriber == subscriber, table.c.target == target
        )
        with self._database.reading() as connection:
            row = connection.execute(asked).first()
        return None if row is None else PushSubscription(row.endpoint, row.p256dh, row.auth)

    def names(self, subscriber: str) -> Mapping[str, str]:
        """Target -> name of each of a subscriber's browsers."""
        asked = select(table.c.target, table.c.name).where(table.c.subscriber == subscriber)
        with self._database.reading() as connection:
            return {row.target: row.name for row in connection.execute(asked)}
