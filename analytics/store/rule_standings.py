"""The alert rules that are set, read back: each with the plan by which it stands."""

from __future__ import annotations

import datetime as dt
import functools
import json
import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection, RowMapping, select

from analytics.alerts import plans
from analytics.alerts.rule import Rule
from analytics.alerts.rules import (
    IdleRule,
    ListRule,
    StoredRule,
    parse_list_rule,
    parse_rule,
    rule_id,
)
from analytics.model.access import NotInPlan, Offer
from analytics.model.own_lists import WATCHLISTS
from analytics.model.vocabulary import BadInput
from analytics.store.own_documents import read
from analytics.store.plans import standings, who_has
from analytics.store.schema import alert_rules

_log = logging.getLogger(__name__)


@functools.lru_cache(1024)
def _warn(identity: str, why: str) -> None:
    """Once for each rule: it is read every few seconds."""
    _log.warning("The alert rule %s is left out: %s", identity, why)


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


def require_watchlist(connection: Connection, subscriber: str, rule: ListRule) -> None:
    """Let a rule be on a watchlist that the subscriber has.

    Raises:
        BadInput: there is no such list, or nothing in it.
    """
    if not _Watchlists(connection).symbols(subscriber, rule.watchlist):
        raise BadInput(f"There is no watchlist {rule.watchlist[:40]!r} of yours.")


def watched_symbols(connection: Connection, subscriber: str, now: dt.datetime) -> frozenset[str]:
    """The symbols that a subscriber's rules read."""
    stored = standing_rules(connection, subscriber, now)
    return frozenset(symbol for one in stored for symbol in one.rule.symbols if one.stands(now))


def standing_rules(
    connection: Connection, subscriber: str | None, now: dt.datetime
) -> tuple[StoredRule, ...]:
    """The rules of one subscriber, or of all, oldest first, in a transaction of the caller's.

    One of which nothing can be evaluated is left out: see `idle_rules`.
    """
    lists = _Watchlists(connection)
    rows = with_standing(connection, subscriber, now)
    return tuple(stored for row, standing in rows for stored in _stored_rules(row, lists, standing))


def idle_rules(connection: Connection, subscriber: str) -> tuple[IdleRule, ...]:
    """The subscriber's rules of which nothing can be evaluated, each with the reason."""
    lists, found = _Watchlists(connection), []
    for row in _set_rules(connection, subscriber):
        try:
            rule = _read(row)
            if isinstance(rule, ListRule):
                _require_symbols(rule, lists.symbols(subscriber, rule.watchlist))
        except BadInput as error:
            found.append(IdleRule(row["id"], str(error)))
    return tuple(found)


@dataclass(frozen=True)
class _Standing:
    """What a rule that was set stands by; see `StoredRule`.

    Attributes:
        since: its plan has been there since then.
    """

    rule: Rule | ListRule
    offer: Offer
    is_beyond_plan: bool
    since: dt.datetime | None
    ends: dt.datetime | None
    paused_at: dt.datetime | None

    def stored(self, identity: str, subscriber: str, rule: Rule, since: dt.datetime) -> StoredRule:
        """One of the rules that it is; what was while it was paused is no news."""
        begins = since if self.since is None else max(since, self.since)
        made = StoredRule(identity, subscriber, rule, begins)
        return replace(
            made,
            offer=self.offer,
            is_beyond_plan=self.is_beyond_plan,
            ends=self.ends,
            paused_at=self.paused_at,
        )


def with_standing(
    connection: Connection, subscriber: str | None, now: dt.datetime
) -> Iterator[tuple[RowMapping, _Standing]]:
    """The rules that are set, oldest first, each with the plan by which it stands."""
    own: defaultdict[str, list[tuple[RowMapping, Rule | ListRule]]] = defaultdict(list)
    order = []
    for row in _set_rules(connection, subscriber):
        try:
            own[row["subscriber"]].append((row, _read(row)))
        except BadInput as error:
            _warn(row["id"], str(error))
            continue
        order.append(row)
    persons = standings(own, connection)
    found = {}
    for person, theirs in own.items():
        offers = plans.offers_of(rule.offer for _, rule in theirs)
        for (row, rule), offer in zip(theirs, offers, strict=True):
            period = persons[person].period(offer.plan, now)
            since, ends = (None, None) if period is None else (period.since, period.until)
            found[row["id"]] = _Standing(rule, offer, period is None, since, ends, row["paused_at"])
    return ((row, found[row["id"]]) for row in order)


def require_plan(
    connection: Connection,
    subscriber: str,
    offer: Offer,
    now: dt.datetime,
    *,
    identity: str,
    instead: str = "",
) -> None:
    """Let a subscriber set a rule, which may be set already.

    Args:
        identity: the rule's id.
        instead: id of the rule in whose place it comes; "" for one at the end.

    Raises:
        NotInPlan: their plan does not include it.
    """
    known = list(with_standing(connection, subscriber, now))
    if instead:
        place = next((n for n, (row, _) in enumerate(known) if row["id"] == instead), len(known))
        known = known[:place]
    before = [standing.rule.offer for row, standing in known if row["id"] != identity]
    needed = plans.offers_of([*before, offer])[-1]
    if not who_has(needed.plan, [subscriber], now, connection):
        raise NotInPlan(needed)


def _set_rules(connection: Connection, subscriber: str | None) -> list[RowMapping]:
    """The rows of rules that are set, in the order in which they are listed."""
    asked = select(alert_rules).where(alert_rules.c.removed_at.is_(None))
    if subscriber is not None:
        asked = asked.where(alert_rules.c.subscriber == subscriber)
    asked = asked.order_by(alert_rules.c.placed_at, alert_rules.c.id)
    return list(connection.execute(asked).mappings())


def _read(row: RowMapping) -> Rule | ListRule:
    """The rule of a row.

    Raises:
        BadInput: this version cannot read it, such as one that a newer version has set.
    """
    try:
        raw = json.loads(row["rule"])
        return (isinstance(raw, dict) and parse_list_rule(raw)) or parse_rule(raw)
    except (BadInput, ValueError) as error:
        raise BadInput(f"This version cannot read the rule: {error}") from error


def _require_symbols(rule: ListRule, symbols: dict[str, str]) -> None:
    """Return when the rule can be on some symbol of its list.

    Raises:
        BadInput: on none, and why.
    """
    if not symbols:
        raise BadInput(f"The watchlist {rule.watchlist} is empty or gone.")
    refused = []
    for symbol in symbols:
        try:
            rule.on(symbol)
        except BadInput as error:
            refused.append(error)
    if len(refused) == len(symbols):
        raise refused[0]


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
            _warn(f"{row['id']} on {symbol}", str(error))
            continue
        begins = max(since, dt.datetime.fromisoformat(added))
        identity = rule_id(f"{subscriber} {row['id']}", rule)
        made = own.stored(identity, subscriber, rule, begins)
        yield replace(made, watchlist=name, set_as=row["id"])
