"""Subscriptions: the rules and the channels that subscribers have set."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select, update

from analytics.alerts.model import Channel, ChannelKind
from analytics.alerts.rule import Rule
from analytics.alerts.rules import StoredRule, parse_rule, rule_id, to_json
from analytics.model.vocabulary import BadInput
from analytics.store.database import Database
from analytics.store.notices import utc_now
from analytics.store.schema import alert_rules, channels, deliveries

_log = logging.getLogger(__name__)

MAX_RULES = 60
MAX_CHANNELS = 10
REMOVED = "the channel was removed"


class Subscriptions:
    """Rules and channels, by subscriber.

    Args:
        database: where they stand.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def rules(self, subscriber: str | None = None) -> tuple[StoredRule, ...]:
        """The rules of one subscriber, or of all, oldest first.

        One that this version cannot read, such as of a kind that is gone, is left out.
        """
        asked = select(alert_rules).where(alert_rules.c.removed_at.is_(None))
        if subscriber is not None:
            asked = asked.where(alert_rules.c.subscriber == subscriber)
        asked = asked.order_by(alert_rules.c.created_at, alert_rules.c.id)
        with self._database.reading() as connection:
            rows = connection.execute(asked).mappings().all()
        return tuple(stored for row in rows if (stored := _stored_rule(row)) is not None)

    def add_rule(self, subscriber: str, rule: Rule) -> StoredRule:
        """Set a rule; one that stands already stays as it is.

        Raises:
            BadInput: there are too many.
            StoreUnavailable: nothing was written; as every method.
        """
        stored = StoredRule(rule_id(subscriber, rule), subscriber, rule, self._clock())
        values = {"subscriber": subscriber, "rule": to_json(rule), "created_at": stored.since}
        with self._database.writing() as connection:
            require_room(connection, alert_rules, subscriber, MAX_RULES, "rules")
            if not self._database.insert_if_absent(
                alert_rules, {"id": stored.id} | values, connection
            ):
                again = update(alert_rules).where(
                    alert_rules.c.id == stored.id, alert_rules.c.removed_at.is_not(None)
                )
                connection.execute(again.values(removed_at=None, created_at=stored.since))
        return stored

    def mend_times(self, latest: dt.datetime) -> int:
        """Have rules count from now that a clock which was ahead has set later than ``latest``."""
        ahead = update(alert_rules).where(alert_rules.c.created_at > latest)
        with self._database.writing() as connection:
            return connection.execute(ahead.values(created_at=self._clock())).rowcount

    def remove_rule(self, subscriber: str, identity: str) -> bool:
        """End a rule of the subscriber's; whether there was one."""
        ended = update(alert_rules).where(
            alert_rules.c.id == identity,
            alert_rules.c.subscriber == subscriber,
            alert_rules.c.removed_at.is_(None),
        )
        with self._database.writing() as connection:
            return bool(connection.execute(ended.values(removed_at=self._clock())).rowcount)

    def channels(self, subscriber: str) -> tuple[Channel, ...]:
        """Where the subscriber is notified besides the page."""
        asked = (
            select(channels)
            .where(channels.c.subscriber == subscriber, channels.c.removed_at.is_(None))
            .order_by(channels.c.since, channels.c.target)
        )
        with self._database.reading() as connection:
            rows = connection.execute(asked).mappings().all()
        return tuple(_channel(row) for row in rows)

    def add_channel(self, subscriber: str, kind: ChannelKind, target: str) -> None:
        """Have every later notice sent there too, unconfirmed: it is known to be theirs.

        Raises:
            BadInput: there are too many.
        """
        values = {"subscriber": subscriber, "kind": kind, "target": target, "since": self._clock()}
        with self._database.writing() as connection:
            require_room(connection, channels, subscriber, MAX_CHANNELS, "channels")
            if not self._database.insert_if_absent(channels, values, connection):
                again = update(channels).where(
                    *_is(channels, subscriber, "kind", kind, target),
                    channels.c.removed_at.is_not(None),
                )
                confirmed = {"awaits": None, "paused_at": None, "removed_at": None}
                connection.execute(again.values(since=values["since"], **confirmed))

    def remove_channel(self, subscriber: str, kind: str, target: str) -> bool:
        """Send nothing there any more, not even what is under way; whether there was one."""
        now = self._clock()
        ended = update(channels).where(
            *_is(channels, subscriber, "kind", kind, target), channels.c.removed_at.is_(None)
        )
        waiting = update(deliveries).where(
            *_is(deliveries, subscriber, "channel", kind, target),
            deliveries.c.sent_at.is_(None),
            deliveries.c.given_up_at.is_(None),
        )
        with self._database.writing() as connection:
            found = bool(connection.execute(ended.values(removed_at=now)).rowcount)
            connection.execute(waiting.values(given_up_at=now, error=REMOVED))
        return found


def _channel(row: RowMapping) -> Channel:
    confirmed = row["awaits"] is None
    return Channel(row["kind"], row["target"], row["since"], confirmed, row["paused_at"])


def _stored_rule(row: RowMapping) -> StoredRule | None:
    try:
        rule = parse_rule(json.loads(row["rule"]))
    except (BadInput, ValueError) as error:
        _log.warning("The alert rule %s is left out: %s", row["id"], error)
        return None
    return StoredRule(row["id"], row["subscriber"], rule, row["created_at"])


def _is(table: Table, subscriber: str, kind_name: str, kind: str, target: str) -> list[Any]:
    return [
        table.c.subscriber == subscriber,
        table.c[kind_name] == kind,
        table.c.target == target,
    ]


def require_room(
    connection: Connection, table: Table, subscriber: str, most: int, what: str
) -> None:
    """Let a subscriber have one more.

    Raises:
        BadInput: there are too many.
    """
    counted = select(func.count()).where(
        table.c.subscriber == subscriber, table.c.removed_at.is_(None)
    )
    if connection.execute(counted).scalar_one() >= most:
        raise BadInput(f"There are {most} {what} already: remove one first.")
