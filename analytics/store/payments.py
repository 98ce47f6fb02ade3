"""Payments in the durable store: a provider's events, and the plans that they pay for."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select, update

from analytics.accounts.payments import PaymentFact, Subscription, facts_of
from analytics.accounts.tokens import digest
from analytics.model.access import Plan
from analytics.store.account_tables import grants, people
from analytics.store.database import Database
from analytics.store.notices import utc_now
from analytics.store.payment_tables import payment_events, refunds, subscriptions_paid

SOURCE = "stripe"
_OF_PEOPLE = frozenset(
    [
        "email",
        "customer_email",
        "receipt_email",
        "customer_details",
        "billing_details",
        "collected_information",
        "name",
        "customer_name",
        "address",
        "customer_address",
        "phone",
        "customer_phone",
        "shipping",
        "customer_shipping",
        "shipping_details",
        "customer_tax_ids",
        "payment_method_details",
    ]
)
"""Fields of Stripe's objects that tell of a person; nothing here reads them."""


class Payments:
    """What was paid.

    Args:
        database: where it stands; each method raises `StoreUnavailable` when it fails.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def take(self, event: Mapping[str, Any]) -> bool:
        """Store an event and grant what it pays for, in one transaction; whether it was new."""
        happened = dt.datetime.fromtimestamp(event["created"], dt.UTC)
        row = {"id": event["id"], "kind": event["type"][:80], "happened_at": happened}
        body = json.dumps(_without_people(event), separators=(",", ":"))
        row |= {"received_at": self._clock(), "body": body}
        with self._database.writing() as connection:
            if not self._database.insert_if_absent(payment_events, row, connection):
                return False
            for fact in facts_of(event):
                self._learn(fact, connection)
        return True

    def of(self, person: str) -> tuple[Subscription, ...]:
        """Somebody's subscriptions, oldest first."""
        asked = select(subscriptions_paid).where(subscriptions_paid.c.person == person)
        with self._database.reading() as connection:
            rows = connection.execute(asked.order_by(subscriptions_paid.c.since)).all()
        return tuple(_subscription(row) for row in rows)

    def _learn(self, fact: PaymentFact, connection: Connection) -> None:
        if fact.refunded:
            self._note_refund(fact, connection)
        for known in self._meant(fact, connection):
            told = known.told(fact)
            ours = subscriptions_paid.c.id == told.id
            values = {name: value for name, value in asdict(told).items() if name != "id"}
            connection.execute(update(subscriptions_paid).where(ours).values(**values))
            self._grant(told, connection)

    def _note_refund(self, fact: PaymentFact, connection: Connection) -> None:
        row = {"customer": fact.customer, "refunded_at": fact.at}
        if not self._database.insert_if_absent(refunds, row, connection):
            earlier = (refunds.c.customer == fact.customer) & (refunds.c.refunded_at < fact.at)
            connection.execute(update(refunds).where(earlier).values(refunded_at=fact.at))

    def _meant(self, fact: PaymentFact, connection: Connection) -> Iterable[Subscription]:
        """The subscriptions that a fact is about, each row locked; a new one is begun."""
        theirs = subscriptions_paid.c.customer == fact.customer
        if fact.subscription:
            theirs = subscriptions_paid.c.id == fact.subscription
            given_back = select(refunds.c.refunded_at).where(refunds.c.customer == fact.customer)
            begun = {
                "id": fact.subscription,
                "customer": fact.customer,
                "since": fact.at,
                "status": "",
                "refunded_at": connection.execute(given_back).scalar(),
            }
            self._database.insert_if_absent(subscriptions_paid, begun, connection)
        rows = connection.execute(select(subscriptions_paid).where(theirs).with_for_update())
        return [_subscription(row) for row in rows.all()]

    def _grant(self, paid: Subscription, connection: Connection) -> None:
        """Make the plan last as long as the subscription is paid."""
        if paid.person is None or paid.until is None:
            return
        there = select(people.c.id).where(people.c.id == paid.person)
        if connection.execute(there).first() is None:  # deleted meanwhile
            return
        number = digest(paid.id)[:24]
        row: dict[str, Any] = {
            "id": number,
            "person": paid.person,
            "plan": Plan.PRO.value,
            "source": SOURCE,
        }
        row |= {"since": paid.since, "until": paid.until, "granted_by": None, "reason": "paid"}
        if not self._database.insert_if_absent(grants, row, connection):
            ours = update(grants).where(grants.c.id == number)
            connection.execute(ours.values(since=paid.since, until=paid.until))


def _without_people(value: Any) -> Any:
    """An event without who pays and where they live: that stays at the provider."""
    if isinstance(value, Mapping):
        return {k: _without_people(v) for k, v in value.items() if k not in _OF_PEOPLE}
    return [_without_people(one) for one in value] if isinstance(value, list) else value


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(**row._mapping)
