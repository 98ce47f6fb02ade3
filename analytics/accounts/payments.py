"""Payments: what a provider's events say, and until when a subscription is paid.

Events come late, twice and in any order. So each is read as a fact that holds whenever it is
learnt, and a subscription's end is computed from all facts together: it is the same in every order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GRACE = dt.timedelta(days=2)
"""After a paid period while the subscription goes on: Stripe draws up the next bill at its end and
collects it an hour later."""

GOES_ON = ("active", "trialing")


@dataclass(frozen=True)
class PaymentFact:
    """What one event says of a subscription; None where it says nothing.

    Attributes:
        customer: the provider's id of whoever pays.
        subscription: the provider's id; "" for all of the customer's.
        at: when the provider says that it happened.
        person: whose account it is for.
        paid_until: the end of a period that was paid.
        status: of the subscription, in the provider's words; "canceled" once it is over.
        refunded: a payment was given back.
    """

    customer: str
    subscription: str
    at: dt.datetime
    person: str | None = None
    paid_until: dt.datetime | None = None
    status: str | None = None
    refunded: bool = False


@dataclass(frozen=True)
class Subscription:
    """What is known of a subscription.

    Attributes:
        person: whose account it is for, once an event has said so.
        since: the earliest that any event told of it.
        paid_until: the end of the last period that was paid.
        paid_at, refunded_at, status_at: when the newest of these happened.
    """

    id: str
    customer: str
    since: dt.datetime
    person: str | None = None
    paid_until: dt.datetime | None = None
    paid_at: dt.datetime | None = None
    status: str = ""
    status_at: dt.datetime | None = None
    refunded_at: dt.datetime | None = None

    @property
    def is_charged(self) -> bool:
        """Whether the provider goes on to charge for it."""
        return self.status in (*GOES_ON, "past_due")

    @property
    def until(self) -> dt.datetime | None:
        """When its plan ends; None where nothing was paid."""
        if self.paid_until is None or self.status not in GOES_ON:
            return self.paid_until
        given_back = self.refunded_at is not None and (
            self.paid_at is None or self.refunded_at >= self.paid_at
        )
        return self.paid_until if given_back else self.paid_until + GRACE

    def told(self, fact: PaymentFact) -> Subscription:
        """With one more fact; the same in whatever order they are told, and told twice."""
        status, status_at = self.status, self.status_at
        if fact.status is not None:
            new = (fact.at, fact.status == "canceled", fact.status)
            if status_at is None or new > (status_at, status == "canceled", status):
                status, status_at = fact.status, fact.at
        return Subscription(
            id=self.id,
            customer=self.customer,
            since=min(self.since, fact.at),
            person=self.person or fact.person,
            paid_until=_latest(self.paid_until, fact.paid_until),
            paid_at=_latest(self.paid_at, fact.at if fact.paid_until else None),
            status=status,
            status_at=status_at,
            refunded_at=_latest(self.refunded_at, fact.at if fact.refunded else None),
        )


def _latest(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    return max((time for time in (one, other) if time is not None), default=None)


def facts_of(event: Mapping[str, Any]) -> Iterator[PaymentFact]:
    """What a Stripe event says; nothing for kinds that do not matter here.

    See https://docs.stripe.com/api/events/types; of an invoice both the shape since 2025-03-31
    (``parent.subscription_details``) and the one before it.
    """
    thing = event["data"]["object"]
    kind, at = event["type"], _time(event["created"])
    customer = _id(thing.get("customer"))
    if not customer:
        return
    if kind == "checkout.session.completed" and thing.get("mode") == "subscription":
        person = thing.get("client_reference_id")
        yield PaymentFact(customer, _id(thing.get("subscription")), at, person=person)
    elif kind.startswith("customer.subscription."):
        person = (thing.get("metadata") or {}).get("person")
        status = "canceled" if kind.endswith(".deleted") else thing["status"]
        yield PaymentFact(customer, thing["id"], at, person=person, status=status)
    elif kind == "invoice.paid":
        yield from _paid(thing, customer, at)
    elif kind == "charge.refunded" and thing.get("refunded"):
        yield PaymentFact(customer, "", at, refunded=True)


def _paid(invoice: Mapping[str, Any], customer: str, at: dt.datetime) -> Iterator[PaymentFact]:
    parent = (invoice.get("parent") or {}).get("subscription_details") or {}
    subscription = _id(parent.get("subscription") or invoice.get("subscription"))
    ends = [line["period"]["end"] for line in invoice["lines"]["data"]]
    if subscription and ends:
        about = parent.get("metadata") or {}
        person, until = about.get("person"), _time(max(ends))
        yield PaymentFact(customer, subscription, at, person=person, paid_until=until)


def _id(given: object) -> str:
    """An id, or that of an object that was sent whole in its place."""
    if isinstance(given, Mapping):
        given = given.get("id")
    return given if isinstance(given, str) else ""


def _time(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
