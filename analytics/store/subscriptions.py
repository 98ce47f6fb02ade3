"""Subscriptions: the rules and the channels that subscribers have set."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, delete, func, select, update

from analytics.alerts import plans
from analytics.alerts.model import Channel, ChannelKind
from analytics.alerts.rule import Rule
from analytics.alerts.rules import (
    ListRule,
    StoredRule,
    parse_list_rule,
    parse_rule,
    rule_id,
    to_json,
)
from analytics.model.access import NotInPlan, Offer
from analytics.model.own_lists import WATCHLISTS
from analytics.model.vocabulary import BadInput
from analytics.store.database import Database
from analytics.store.notices import utc_now
from analytics.store.own_documents import read
from analytics.store.plans import standings, who_has
from analytics.store.schema import alert_rules, channels, deliveries, push_subscriptions

_log = logging.getLogger(__name__)

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
        with self._database.reading() as connection:
            return standing_rules(connection, subscriber, self._clock())

    def add_rule(self, subscriber: str, rule: Rule) -> StoredRule:
        """Set a rule; one that stands already stays as it is.

        Raises:
            BadInput: there are too many.
            NotInPlan: the subscriber's plan does not include it, or no more.
            StoreUnavailable: nothing was written; as every method.
        """
        stored = StoredRule(rule_id(subscriber, rule), subscriber, rule, self._clock())
        self._set(stored.id, subscriber, rule.offer, to_json(rule), stored.since)
        return stored

    def add_list_rule(self, subscriber: str, rule: ListRule) -> str:
        """Set a rule on every symbol of a watchlist: its id.

        Raises:
            BadInput: there are too many rules, or there is no such list.
            NotInPlan: the subscriber's plan has no rules on lists.
        """
        with self._database.reading() as connection:
            if not _Watchlists(connection).symbols(subscriber, rule.watchlist):
                raise BadInput(f"There is no watchlist {rule.watchlist[:40]!r} of yours.")
        identity = rule_id(subscriber, rule)
        self._set(identity, subscriber, rule.offer, rule.to_json(), self._clock())
        return identity

    def _set(
        self, identity: str, subscriber: str, offer: Offer, rule: str, since: dt.datetime
    ) -> None:
        values = {"id": identity, "subscriber": subscriber, "rule": rule, "created_at": since}
        with self._database.writing() as connection:
            require_room(connection, alert_rules, subscriber, plans.MOST, "rules")
            _require_plan(connection, subscriber, identity, offer, self._clock())
            if not self._database.insert_if_absent(alert_rules, values, connection):
                again = update(alert_rules).where(
                    alert_rules.c.id == identity, alert_rules.c.removed_at.is_not(None)
                )
                connection.execute(again.values(removed_at=None, created_at=since))

    def mend_times(self, latest: dt.datetime) -> int:
        """Have rules count from now that a clock which was ahead has set later than ``latest``."""
        ahead = update(alert_rules).where(alert_rules.c.created_at > latest)
        with self._database.writing() as connection:
            return connection.execute(ahead.values(created_at=self._clock())).rowcount

    def remove_rule(self, subscriber: str, identity: str) -> bool:
        """End a rule of the subscriber's; whether there was one.

        One that was paused and now has room in their plan counts from now.
        """
        ended = update(alert_rules).where(
            alert_rules.c.id == identity,
            alert_rules.c.subscriber == subscriber,
            alert_rules.c.removed_at.is_(None),
        )
        now = self._clock()
        with self._database.writing() as connection:
            paused = [
                row["id"]
                for row, standing in _with_standing(connection, subscriber, now)
                if standing.is_paused
            ]
            if not connection.execute(ended.values(removed_at=now)).rowcount:
                return False
            for number, one in enumerate(paused):  # in the order in which they were set
                begins = now + number * dt.timedelta(microseconds=1)
                waits = update(alert_rules).where(alert_rules.c.id == one)
                connection.execute(waits.values(created_at=begins))
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


class _Watchlists:
    """The watchlists of whoever has rules on them, each person's read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, dict[str, dict[str, str]]] = {}

    def symbols(self, subscriber: str, name: str) -> dict[str, str]:
        """The symbols of a list, each with the time since which it is in it."""
        if subscriber not in self._known:
            lists = read(self._connection, subscriber, WATCHLISTS).body.get("lists", [])
            self._known[subscriber] = {one["name"]: one["since"] for one in lists}
        return self._known[subscriber].get(name, {})


def watched_symbols(connection: Connection, subscriber: str, now: dt.datetime) -> frozenset[str]:
    """The symbols that a subscriber's rules read."""
    stored = standing_rules(connection, subscriber, now)
    return frozenset(symbol for one in stored for symbol in one.rule.symbols if one.stands(now))


def standing_rules(
    connection: Connection, subscriber: str | None, now: dt.datetime
) -> tuple[StoredRule, ...]:
    """The rules of one subscriber, or of all, oldest first, in a transaction of the caller's."""
    lists = _Watchlists(connection)
    rows = _with_standing(connection, subscriber, now)
    return tuple(stored for row, standing in rows for stored in _stored_rules(row, lists, standing))


@dataclass(frozen=True)
class _Standing:
    """What a rule that was set stands by; see `StoredRule`.

    Attributes:
        since: its plan has been there since then.
    """

    rule: Rule | ListRule
    offer: Offer
    is_paused: bool
    since: dt.datetime | None
    ends: dt.datetime | None

    def stored(self, identity: str, subscriber: str, rule: Rule, since: dt.datetime) -> StoredRule:
        """One of the rules that it is; what was while it was paused is no news."""
        begins = since if self.since is None else max(since, self.since)
        made = StoredRule(identity, subscriber, rule, begins)
        return replace(made, offer=self.offer, is_paused=self.is_paused, ends=self.ends)


def _with_standing(
    connection: Connection, subscriber: str | None, now: dt.datetime
) -> Iterator[tuple[RowMapping, _Standing]]:
    """The rules that are set, oldest first, each with the plan by which it stands."""
    asked = select(alert_rules).where(alert_rules.c.removed_at.is_(None))
    if subscriber is not None:
        asked = asked.where(alert_rules.c.subscriber == subscriber)
    asked = asked.order_by(alert_rules.c.created_at, alert_rules.c.id)
    own: defaultdict[str, list[tuple[RowMapping, Rule | ListRule]]] = defaultdict(list)
    order = []
    for row in connection.execute(asked).mappings():
        try:
            raw = json.loads(row["rule"])
            own[row["subscriber"]].append((row, parse_list_rule(raw) or parse_rule(raw)))
        except (BadInput, ValueError) as error:
            _log.warning("The alert rule %s is left out: %s", row["id"], error)
            continue
        order.append(row)
    persons = standings(own, connection)
    found = {}
    for person, theirs in own.items():
        offers = plans.offers_of(rule.offer for _, rule in theirs)
        for (row, rule), offer in zip(theirs, offers, strict=True):
            period = persons[person].period(offer.plan, now)
            since, ends = (None, None) if period is None else (period.since, period.until)
            found[row["id"]] = _Standing(rule, offer, period is None, since, ends)
    return ((row, found[row["id"]]) for row in order)


def _require_plan(
    connection: Connection, subscriber: str, identity: str, offer: Offer, now: dt.datetime
) -> None:
    """Let a subscriber set one more rule, or one that is set already again.

    Raises:
        NotInPlan: their plan does not include it.
    """
    known = [row for row in _with_standing(connection, subscriber, now) if row[0]["id"] != identity]
    needed = plans.offers_of([*(standing.rule.offer for _, standing in known), offer])[-1]
    if not who_has(needed.plan, [subscriber], now, connection):
        raise NotInPlan(needed)


def _stored_rules(row: RowMapping, lists: _Watchlists, own: _Standing) -> Iterator[StoredRule]:
    """The rule of a row; one on a watchlist is a rule on each of its symbols."""
    subscriber, since = row["subscriber"], row["created_at"]
    if isinstance(own.rule, Rule):
        yield own.stored(row["id"], subscriber, own.rule, since)
        return
    name = own.rule.watchlist
    for symbol, added in lists.symbols(subscriber, name).items():
        try:
            rule = own.rule.on(symbol)
        except BadInput as error:
            _log.warning("The alert rule %s is left out on %s: %s", row["id"], symbol, error)
            continue
        begins = max(since, dt.datetime.fromisoformat(added))
        identity = rule_id(f"{subscriber} {row['id']}", rule)
        made = own.stored(identity, subscriber, rule, begins)
        yield replace(made, watchlist=name, set_as=row["id"])


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
