"""Payments: what events in any order, twice and late, make of a plan."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest

from analytics.accounts.people import Person
from analytics.model.access import Plan
from analytics.model.vocabulary import BadInput
from analytics.store.database import Database
from analytics.store.records import Records
from tests.support import stripe_events as stripe
from tests.support.stripe_events import FEBRUARY, JANUARY, MARCH

DAY = 86_400


def at(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def reader() -> tuple[Records, Person]:
    """A store, and somebody in it."""
    records = Records(Database(None))
    return records, records.people.with_email("reader@home.example")


def plan_after(events: list[dict[str, Any]], person_of: str, moment: int) -> Plan:
    """The reader's plan at a moment, once the events came in this order."""
    records, person = reader()
    for one in events:
        named = dict(one)
        records.payments.take(_renamed(named, person_of, person.id))
    return records.people.plan(person, at(moment))


def _renamed(one: Any, old: str, new: str) -> Any:
    """The event for another account."""
    if isinstance(one, dict):
        return {key: _renamed(value, old, new) for key, value in one.items()}
    if isinstance(one, list):
        return [_renamed(value, old, new) for value in one]
    return new if one == old else one


BEGUN = [
    stripe.completed(1, "READER"),
    stripe.subscription(2, "created", "active", JANUARY, "READER"),
    stripe.paid(3, JANUARY, FEBRUARY, "READER"),
]
LAPSED = [*BEGUN, stripe.subscription(4, "updated", "past_due", FEBRUARY + 3600)]
ENDED = [*BEGUN, stripe.subscription(4, "deleted", "canceled", JANUARY + 5 * DAY)]
REFUNDED = [*BEGUN, stripe.refunded(4, JANUARY + 3 * DAY)]
RENEWED = [*BEGUN, stripe.paid(4, FEBRUARY, MARCH, "READER")]


class TestEveryOrder:
    """The end of the plan is the same however the events come, each of them twice."""

    @pytest.mark.parametrize(
        ("events", "last", "over"),
        [
            # while it goes on, two days to collect the next bill
            (BEGUN, FEBRUARY + 2 * DAY - 1, FEBRUARY + 2 * DAY),
            (LAPSED, FEBRUARY - 1, FEBRUARY),
            (ENDED, FEBRUARY - 1, FEBRUARY),
            (REFUNDED, FEBRUARY - 1, FEBRUARY),
            (RENEWED, MARCH + 2 * DAY - 1, MARCH + 2 * DAY),
        ],
        ids=["begun", "lapsed", "ended", "refunded", "renewed"],
    )
    def test_same_end(self, events: list[dict[str, Any]], last: int, over: int) -> None:
        """PRO until its last second, free from the next on."""
        for order in itertools.permutations(events):
            twice = [*order, *order]
            assert plan_after(twice, "READER", last) is Plan.PRO
            assert plan_after(twice, "READER", over) is Plan.FREE

    def test_an_event_is_taken_once(self) -> None:
        """By its id; a replay changes nothing and is answered so."""
        records, _ = reader()
        assert records.payments.take(BEGUN[0])
        assert not records.payments.take(BEGUN[0])

    def test_nothing_is_given_before_a_period_is_paid(self) -> None:
        """A subscription alone pays for nothing."""
        begun = [BEGUN[0], stripe.subscription(2, "created", "incomplete", JANUARY, "READER")]
        assert plan_after(begun, "READER", JANUARY + DAY) is Plan.FREE

    def test_a_stranger_s_payment_gives_nobody_a_plan(self) -> None:
        """Of an account that is gone."""
        records, person = reader()
        for one in BEGUN:
            records.payments.take(one)
        assert records.people.plan(person, at(JANUARY + DAY)) is Plan.FREE
        assert records.people.grants("READER") == ()


class TestInvitations:
    """Codes are good for so many people, each once, until they end."""

    def test_used_up(self) -> None:
        """A code for two people."""
        records, first = reader()
        code = records.invitations.make(first.id, "the fair", 30, 2, dt.timedelta(days=1))
        records.invitations.use(f" {code.lower()} ", first.id)
        assert records.people.plan(first) is Plan.PRO
        with pytest.raises(BadInput, match="already"):
            records.invitations.use(code, first.id)
        second = records.people.with_email("second@home.example")
        third = records.people.with_email("third@home.example")
        records.invitations.use(code, second.id)
        with pytest.raises(BadInput, match="used up"):
            records.invitations.use(code, third.id)
        assert records.people.plan(third) is Plan.FREE
        assert [one.used for one in records.invitations.listed()] == [2]

    def test_ended_and_revoked(self) -> None:
        """Neither gives anything; the plan given before goes on."""
        records, person = reader()
        invitations = records.invitations
        old = invitations.make(person.id, "old", 30, 9, dt.timedelta(seconds=-1))
        revoked = invitations.make(person.id, "revoked", 30, 9, dt.timedelta(days=1))
        assert invitations.revoke(invitations.listed()[0].id)
        for code in (old, revoked, "HL-NOTHING", ""):
            with pytest.raises(BadInput, match="not known"):
                invitations.use(code, person.id)

    def test_the_code_itself_is_not_stored(self) -> None:
        """Who reads the table can use none."""
        records, person = reader()
        code = records.invitations.make(person.id, "x", 30, 1, dt.timedelta(days=1))
        assert code not in repr(records.invitations.listed())
