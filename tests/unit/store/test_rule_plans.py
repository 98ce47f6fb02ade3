"""Alert rules by plan: how many stand, which pause when a plan ends, and what is dropped then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from analytics.accounts.people import Grant, Period, Role, period_of
from analytics.alerts.model import LOCAL, Message
from analytics.alerts.rules import parse_list_rule, parse_rule
from analytics.model.access import NotInPlan, Plan
from analytics.store.database import Database
from analytics.store.records import Records
from tests.support.small_alerts import LOSES, NOW, Clock

SYMBOLS = ("SPY", "QQQ", "IWM", "DIA", "NVDA")
DAY = dt.timedelta(days=1)
SENTIMENT = {"kind": "sentiment", "under": 20}


class Desk:
    """A store on a clock moved by hand, with one person who has PRO for a while."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.records = Records(Database(None))
        for part in ("subscriptions", "notices", "people"):
            getattr(self.records, part)._clock = self.clock
        self.ann = self.records.people.with_email("ann@home.example").id

    def grant(self, until: dt.datetime | None, plan: Plan = Plan.PRO) -> str:
        with self.records.database.writing() as connection:
            grant = Grant(plan, "staff", self.clock.now, until)
            return self.records.people.grant(self.ann, grant, None, "in tests", connection)

    def add(self, raw: dict[str, object], person: str | None = None) -> None:
        self.records.subscriptions.add_rule(person or self.ann, parse_rule(raw))
        self.clock.pass_by(1)

    def add_all(self) -> None:
        for symbol in SYMBOLS:
            self.add(LOSES | {"symbol": symbol})

    def standing(self) -> list[str]:
        rules = self.records.subscriptions.rules(self.ann)
        return [one.rule.words().split()[0] for one in rules if one.stands(self.clock.now)]


@pytest.fixture
def desk() -> Iterator[Desk]:
    opened = Desk()
    yield opened
    opened.records.close()


class TestNumber:
    def test_the_fourth_of_a_free_viewer_is_refused_in_a_sentence(self, desk: Desk) -> None:
        for symbol in SYMBOLS[:3]:
            desk.add(LOSES | {"symbol": symbol})
        with pytest.raises(NotInPlan) as refused:
            desk.add(LOSES | {"symbol": "DIA"})
        said = "The PRO plan has up to 60 alert rules; the free plan has 3."
        assert str(refused.value) == said
        desk.add(LOSES)  # stands already
        assert desk.standing() == ["SPY", "QQQ", "IWM"]

    def test_a_plan_a_role_and_a_laptop_have_more(self, desk: Desk) -> None:
        staff = desk.records.people.with_email("staff@desk.example").id
        desk.records.people.set_role(staff, Role.STAFF)
        desk.grant(desk.clock.now + DAY, Plan.TRIAL)
        for person in (desk.ann, staff, LOCAL):
            for symbol in SYMBOLS:
                desk.add(LOSES | {"symbol": symbol}, person)
            desk.add(SENTIMENT, person)

    def test_kinds_and_lists_of_pro_are_refused(self, desk: Desk) -> None:
        with pytest.raises(NotInPlan, match="PRO plan has alerts when the sentiment"):
            desk.add(SENTIMENT)
        body = {"lists": [{"name": "Tech", "symbols": ["QQQ"], "since": {"QQQ": NOW.isoformat()}}]}
        desk.records.documents.write(desk.ann, "watchlists", body, 0)
        on_list = parse_list_rule({"kind": "crossing", "watchlist": "Tech"} | DOES)
        assert on_list is not None
        with pytest.raises(NotInPlan, match="each symbol of a watchlist"):
            desk.records.subscriptions.add_rule(desk.ann, on_list)
        desk.grant(desk.clock.now + DAY)
        desk.records.subscriptions.add_rule(desk.ann, on_list)
        assert desk.standing() == ["QQQ"]
        desk.clock.now += DAY
        assert desk.standing() == []


DOES = {"does": "loses", "sessions": 50}


class TestTheEndOfAPlan:
    def test_pauses_what_is_beyond_it_at_that_second(self, desk: Desk) -> None:
        ends = desk.clock.now + DAY
        desk.grant(ends, Plan.TRIAL)
        desk.add(SENTIMENT)
        desk.add_all()
        read_before = desk.records.subscriptions.rules(desk.ann)
        desk.clock.now = ends - dt.timedelta(seconds=1)
        assert len(desk.standing()) == 6
        desk.clock.now = ends
        assert [one.rule.symbols[0] for one in read_before if one.stands(ends)] == [*SYMBOLS[:3]]
        assert desk.standing() == ["SPY", "QQQ", "IWM"]
        paused = [one for one in desk.records.subscriptions.rules(desk.ann) if one.is_paused]
        assert len(paused) == 3

    def test_taken_back_by_staff_as_well(self, desk: Desk) -> None:
        grant = desk.grant(None)
        desk.add_all()
        with desk.records.database.writing() as connection:
            desk.records.people.revoke_grant(grant, connection)
        assert desk.standing() == ["SPY", "QQQ", "IWM"]

    def test_they_come_back_with_it_and_count_from_then(self, desk: Desk) -> None:
        begun = desk.clock.now
        desk.grant(begun + DAY)
        desk.add_all()
        set_at = {one.rule.symbols[0]: one.since for one in desk.records.subscriptions.rules()}
        desk.clock.now = begun + 5 * DAY
        desk.grant(None)
        desk.clock.now = begun + 9 * DAY
        since = {one.rule.symbols[0]: one.since for one in desk.records.subscriptions.rules()}
        assert desk.standing() == [*SYMBOLS]
        assert since["SPY"] == set_at["SPY"]
        assert since["DIA"] == since["NVDA"] == begun + 5 * DAY

    def test_room_that_is_made_lets_the_next_one_count_from_then(self, desk: Desk) -> None:
        begun = desk.clock.now
        desk.grant(begun + DAY)
        desk.add_all()
        desk.clock.now = begun + 3 * DAY
        first = desk.records.subscriptions.rules()[0]
        desk.records.subscriptions.remove_rule(desk.ann, first.id)
        assert desk.standing() == ["QQQ", "IWM", "DIA"]
        since = {one.rule.symbols[0]: one.since for one in desk.records.subscriptions.rules()}
        assert since["DIA"] == begun + 3 * DAY > since["IWM"]

    def test_a_closed_account_is_told_nothing(self, desk: Desk) -> None:
        desk.add(LOSES)
        desk.records.people.disable(desk.ann)
        assert desk.standing() == []


class TestDeliveries:
    def message(self, key: str, needs: Plan) -> Message:
        return Message("rule", key, f"Event {key}", "", "/", NOW, needs=needs)

    def record(self, desk: Desk, *messages: Message) -> None:
        with desk.records.database.writing() as connection:
            for one in messages:
                desk.records.notices.record(desk.ann, one, connection)

    def claim(self, desk: Desk) -> list[str]:
        """Titles of what is sent now."""
        sent = []
        for _ in range(20):
            due = desk.records.outbox.claim("webhook", desk.clock.now, DAY / 24)
            if due is not None:
                sent.append(due.notice.message.title)
                desk.records.outbox.sent(due, desk.clock.now)
        return sent

    def test_what_waits_for_a_plan_that_ended_is_dropped(self, desk: Desk) -> None:
        """Of a rule beyond the plan, a trade, and one for everybody."""
        desk.grant(desk.clock.now + DAY)
        desk.records.subscriptions.add_channel(desk.ann, "webhook", "https://example.org/")
        found = self.message("paid", Plan.PRO), self.message("free", Plan.FREE)
        trade = Message("trade", "t", "A trade", "", "/portfolio", NOW)
        self.record(desk, *found, trade)
        desk.clock.now += DAY
        assert self.claim(desk) == ["Event free"]
        told = {n.message.key: n.deliveries[0].error for n in desk.records.notices.latest(desk.ann)}
        ended = "the plan that it needs has ended"
        assert told == {"free": None, "paid": ended, "t": ended}

    def test_of_a_storm_the_rest_is_summed_up(self, desk: Desk) -> None:
        desk.grant(desk.clock.now + DAY)
        desk.records.subscriptions.add_channel(desk.ann, "webhook", "https://example.org/")
        some = [self.message(f"free{n}", Plan.FREE) for n in range(6)]
        self.record(desk, *[self.message(f"paid{n}", Plan.PRO) for n in range(9)], *some)
        desk.clock.now += DAY
        assert self.claim(desk) == ["6 alerts"]

    def test_dropping_pauses_no_channel(self, desk: Desk) -> None:
        desk.grant(desk.clock.now + DAY)
        desk.records.subscriptions.add_channel(desk.ann, "webhook", "https://example.org/")
        self.record(desk, *[self.message(f"paid{n}", Plan.PRO) for n in range(9)])
        desk.clock.now += DAY
        self.claim(desk)
        self.record(desk, self.message("next", Plan.FREE))
        due = desk.records.outbox.claim("webhook", desk.clock.now, DAY / 24)
        assert due is not None
        desk.records.outbox.give_up(due, desk.clock.now, "refused")
        (channel,) = desk.records.subscriptions.channels(desk.ann)
        assert channel.paused_at is None
        assert desk.records.outbox.failing(NOW - 99 * DAY)[0].failed == 1


class TestPeriods:
    def test_grants_that_touch_are_one_period(self) -> None:
        def grant(since: int, until: int | None, plan: Plan = Plan.PRO) -> Grant:
            ends = None if until is None else NOW + until * DAY
            return Grant(plan, "staff", NOW + since * DAY, ends)

        given = [grant(-9, -7), grant(-5, -2, Plan.TRIAL), grant(-2, 1), grant(1, 4), grant(6, 9)]
        found = period_of(Role.VIEWER, given, Plan.PRO, NOW)
        assert found == Period(NOW - 5 * DAY, NOW + 4 * DAY)
        assert period_of(Role.VIEWER, given, Plan.PRO, NOW + 5 * DAY) is None
        assert period_of(Role.VIEWER, given, Plan.PRO, NOW + 4 * DAY) is None
        assert period_of(Role.VIEWER, given, Plan.STAFF, NOW) is None
        endless = [*given, grant(3, None)]
        assert period_of(Role.VIEWER, endless, Plan.PRO, NOW) == Period(NOW - 5 * DAY, None)
        assert period_of(Role.OWNER, [], Plan.PRO, NOW) == Period()
