"""Subscriptions: the rules and the channels that subscribers have set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, delete, func, select, update

from analytics.alerts import plans
from analytics.alerts.model import Channel, ChannelKind
from analytics.alerts.rule import Rule
from analytics.alerts.rules import IdleRule, ListRule, SetRule, StoredRule, rule_id, to_json
from analytics.model.vocabulary import BadInput
from analytics.store.database import Database
from analytics.store.notices import utc_now
from analytics.store.rule_standings import (
    idle_rules,
    require_plan,
    require_watchlist,
    standing_rules,
    with_standing,
)
from analytics.store.schema import alert_rules, channels, deliveries, push_subscriptions

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
        """The rules of one subscriber, or of all, in the order in which they were first set."""
        with self._database.reading() as connection:
            return standing_rules(connection, subscriber, self._clock())

    def idle_rules(self, subscriber: str) -> tuple[IdleRule, ...]:
        """The subscriber's rules of which nothing can be evaluated, which `rules` leaves out."""
        with self._database.reading() as connection:
            return idle_rules(connection, subscriber)

    def add_rule(self, subscriber: str, rule: Rule | ListRule) -> SetRule:
        """Set a rule; one that stands already stays as it is.

        Raises:
            BadInput: there are too many, or there is no such watchlist.
            NotInPlan: the subscriber's plan does not include it, or no more.
            StoreUnavailable: nothing was written; as every method.
        """
        identity, now = rule_id(subscriber, rule), self._clock()
        with self._database.writing() as connection:
            if isinstance(rule, ListRule):
                require_watchlist(connection, subscriber, rule)
            known = _row_of(connection, subscriber, identity)
            if known is None:
                require_room(connection, alert_rules, subscriber, plans.MOST, "rules")
            require_plan(connection, subscriber, rule.offer, now, identity=identity)
            if known is None:
                self._write(connection, subscriber, rule, now, now)
        is_paused = known is not None and known["paused_at"] is not None
        return SetRule(identity, is_new=known is None, is_paused=is_paused)

    def edit_rule(self, subscriber: str, identity: str, rule: Rule | ListRule) -> SetRule:
        """Put a rule in another's place, where it counts from now; one that is paused stays so.

        Raises:
            BadInput: there is no such rule of the subscriber's, or the new one is set already.
            NotInPlan: the subscriber's plan does not include it.
        """
        new, now = rule_id(subscriber, rule), self._clock()
        with self._database.writing() as connection:
            if isinstance(rule, ListRule):
                require_watchlist(connection, subscriber, rule)
            old = _row_of(connection, subscriber, identity)
            if old is None:
                raise BadInput("There is no such rule any more: it was edited or removed.")
            if new != identity and _row_of(connection, subscriber, new) is not None:
                raise BadInput(f"That rule is set already: {rule.words()}.")
            offer = rule.offer
            require_plan(connection, subscriber, offer, now, identity=new, instead=identity)
            self._end(connection, identity, now)
            self._write(connection, subscriber, rule, now, old["placed_at"], old["paused_at"])
        return SetRule(new, is_new=new != identity, is_paused=old["paused_at"] is not None)

    def pause_rule(self, subscriber: str, identity: str) -> bool:
        """Evaluate nothing of a rule until it is resumed; whether it was not paused before."""
        return self._set_paused(subscriber, identity, True)

    def resume_rule(self, subscriber: str, identity: str) -> bool:
        """Evaluate a rule again, from now on; whether it was paused."""
        return self._set_paused(subscriber, identity, False)

    def _set_paused(self, subscriber: str, identity: str, pause: bool) -> bool:
        paused_at, now = alert_rules.c.paused_at, self._clock()
        change = update(alert_rules).where(
            *_is_set(subscriber, identity),
            paused_at.is_(None) if pause else paused_at.is_not(None),
        )
        values = {"paused_at": now} if pause else {"paused_at": None, "created_at": now}
        with self._database.writing() as connection:
            return bool(connection.execute(change.values(**values)).rowcount)

    def _write(
        self,
        connection: Connection,
        subscriber: str,
        rule: Rule | ListRule,
        since: dt.datetime,
        placed_at: dt.datetime,
        paused_at: dt.datetime | None = None,
    ) -> None:
        """Write a rule down, in place of an ended one that was the same."""
        values = {
            "id": rule_id(subscriber, rule),
            "subscriber": subscriber,
            "rule": rule.to_json() if isinstance(rule, ListRule) else to_json(rule),
            "created_at": since,
            "placed_at": placed_at,
            "paused_at": paused_at,
            "removed_at": None,
        }
        if not self._database.insert_if_absent(alert_rules, values, connection):
            again = update(alert_rules).where(
                alert_rules.c.id == values["id"], alert_rules.c.removed_at.is_not(None)
            )
            connection.execute(again.values(**values))

    @staticmethod
    def _end(connection: Connection, identity: str, now: dt.datetime) -> None:
        ended = update(alert_rules).where(alert_rules.c.id == identity)
        connection.execute(ended.values(removed_at=now))

    def mend_times(self, latest: dt.datetime) -> int:
        """Have rules count from now that a clock which was ahead has set later than ``latest``."""
        ahead = update(alert_rules).where(alert_rules.c.created_at > latest)
        with self._database.writing() as connection:
            return connection.execute(ahead.values(created_at=self._clock())).rowcount

    def remove_rule(self, subscriber: str, identity: str) -> bool:
        """End a rule of the subscriber's; whether there was one.

        One that was beyond their plan and now has room in it counts from now.
        """
        now = self._clock()
        with self._database.writing() as connection:
            waited = [
                row["id"]
                for row, standing in with_standing(connection, subscriber, now)
                if standing.is_beyond_plan
            ]
            if _row_of(connection, subscriber, identity) is None:
                return False
            self._end(connection, identity, now)
            again = update(alert_rules).where(alert_rules.c.id.in_(waited))
            connection.execute(again.values(created_at=now))
        return True

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

    def remove_channel(self, subscriber: str, kind: str, target: str, why: str = REMOVED) -> bool:
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
            connection.execute(waiting.values(given_up_at=now, error=why))
            if kind == "push":
                connection.execute(delete(push_subscriptions).where(*_is_push(subscriber, target)))
        return found

    def take_over(self, subscriber: str, target: str) -> None:
        """Let a browser, which is one person's at a time, be nobody else's channel."""
        asked = select(channels.c.subscriber).where(
            channels.c.kind == "push",
            channels.c.target == target,
            channels.c.removed_at.is_(None),
            channels.c.subscriber != subscriber,
        )
        with self._database.reading() as connection:
            others = list(connection.execute(asked).scalars())
        for other in others:
            self.remove_channel(other, "push", target, "another account uses this browser now")


def _channel(row: RowMapping) -> Channel:
    confirmed = row["awaits"] is None
    return Channel(row["kind"], row["target"], row["since"], confirmed, row["paused_at"])


def _is_set(subscriber: str, identity: str) -> list[Any]:
    """Of the table's rows that of a rule which is set."""
    return [
        alert_rules.c.id == identity,
        alert_rules.c.subscriber == subscriber,
        alert_rules.c.removed_at.is_(None),
    ]


def _row_of(connection: Connection, subscriber: str, identity: str) -> RowMapping | None:
    """The row of a rule of the subscriber's that is set."""
    asked = select(alert_rules).where(*_is_set(subscriber, identity))
    return connection.execute(asked).mappings().one_or_none()


def _is_push(subscriber: str, target: str) -> list[Any]:
    return [push_subscriptions.c.subscriber == subscriber, push_subscriptions.c.target == target]


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
