"""Alerts of a machine that sleeps over the close, starts late, or whose clock is wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.alerts.model import LOCAL, DueDelivery, Message
from analytics.alerts.rule import Situation
from analytics.alerts.rules import parse_rule
from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.archive import Archive
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.feed import FeedState, Snapshot
from analytics.feed.snapshot import encode
from analytics.model import sessions
from analytics.runtime.alerts.delivery import Sender
from analytics.runtime.alerts.engine import Engine
from analytics.runtime.alerts.history import DeskHistory
from analytics.runtime.alerts.transport import LEASE, SendFailure
from analytics.runtime.watcher import Watcher
from analytics.sources.base import RawBars
from analytics.store.database import Database
from analytics.store.records import Records
from analytics.store.store import Store
from tests.support.builders import FakeSource, make_frame
from tests.support.small_alerts import NOW, Clock, publish
from tests.unit.alerts.test_rules import line
from tests.unit.runtime.test_watcher import CLOSES, MONDAY, Bench, new_york

FRIDAY, TUESDAY = dt.date(2025, 1, 24), dt.date(2025, 1, 28)
CROSSING: dict[str, Any] = {"kind": "crossing", "symbol": "SPY", "sessions": 50}
LOSES = CROSSING | {"does": "loses"}
EARLY = "08:00"


class CoinSource(FakeSource):
    """One that has a coin's bars of the weekend."""

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        if symbol != "BTC-USD":
            return super().bars(symbol, start, upto)
        now = self.clock()
        frame = self.frames[symbol].loc[str(start or dt.date.min) : str(now.date())]
        return RawBars(symbol, frame, now, last_complete=False)


@dataclass
class WatchAndAlerts:
    """What observes the feed."""

    watcher: Watcher
    engine: Engine

    def see(self, shot: Snapshot) -> None:
        self.watcher.see(shot)
        self.engine.step(shot)


@dataclass
class AlertBench(Bench):
    """The watch's bench with alerts on it: the real desk, ledger and engine, a clock by hand."""

    records: Records = field(default_factory=lambda: Records(Database(None)))

    def set(self, *rules: dict[str, Any], at: str = EARLY) -> None:
        self.records.subscriptions._clock = lambda: new_york(at, self.day)
        for rule in rules:
            self.records.subscriptions.add_rule(LOCAL, parse_rule(rule))

    def begin(self) -> None:
        """A process of its own."""
        watcher = self.start()
        engine = Engine(
            self.records,
            lambda: None,
            monotonic=lambda: self.clock.time.timestamp(),
            history=DeskHistory(self.desks[-1]),
            clock=self.clock,
        )
        self.watcher = WatchAndAlerts(watcher, engine)  # type: ignore[assignment]

    def wake(self, day: dt.date, clock: str) -> None:
        """The machine is there again, with no price yet."""
        self.clock.time = new_york(clock, day)
        phase = sessions.phase_at(self.clock.time)
        for _ in range(2):  # the first look has the ledger scored
            shot = encode(99, "e", self.clock.time, phase, FeedState(), {}, None)
            self.watcher.see(shot)
            self.clock.time += dt.timedelta(minutes=1)

    def told(self) -> list[str]:
        return [n.message.title for n in reversed(self.records.notices.latest(LOCAL))]

    def text(self) -> str:
        return self.records.notices.latest(LOCAL)[0].message.text


def lost_at_two(close: float, *rules: dict[str, Any]) -> AlertBench:
    """The level (100.02) is lost at 14:00, and nobody is awake from 15:50 on."""
    bench = AlertBench(close=close)
    bench.set(*(rules or (LOSES,)))
    bench.begin()
    for clock, price in (("09:31", 101.0), ("14:00", 99.5), ("15:50", 99.6)):
        bench.see(clock, price)
    return bench


class TestSleptOverTheClose:
    LOST = "SPY is under its 50-DMA at 14:00 (provisional)"

    def test_the_close_is_told_when_it_wakes_with_its_date_and_once(self) -> None:
        bench = lost_at_two(99.0)
        bench.wake(TUESDAY, "09:31")
        said = [self.LOST, "SPY closed under its 50-DMA on Monday 27 January (told late): 99.00"]
        assert bench.told() == said
        bench.begin()
        bench.wake(TUESDAY, "10:00")
        assert bench.told() == said

    def test_a_provisional_alert_is_taken_back_when_it_wakes(self) -> None:
        bench = lost_at_two(100.5)
        bench.wake(TUESDAY, "09:31")
        title = (
            "SPY held its 50-DMA by the close after all on Monday 27 January (told late): 100.50"
        )
        assert bench.told() == [self.LOST, title]

    def test_a_process_that_was_away_all_day_tells_its_close(self) -> None:
        """Nothing was called live: the calls are those reconstructed from the bars."""
        bench = AlertBench(close=99.0)
        bench.set(LOSES | {"by_close": True})
        bench.begin()
        bench.wake(TUESDAY, "09:31")
        assert bench.told() == [
            "SPY closed under its 50-DMA on Monday 27 January (told late): 99.00"
        ]

    def test_it_is_told_as_soon_as_the_ledger_has_it_where_nobody_slept(self) -> None:
        bench = lost_at_two(99.0)
        bench.see("16:00", 99.0, final=True)
        bench.see("16:19", 99.0, final=True)
        assert bench.told() == [self.LOST]
        bench.wake(MONDAY, "16:20")
        assert bench.told() == [self.LOST, "SPY closed under its 50-DMA: 99.00"]

    def test_a_half_day_closes_at_one(self) -> None:
        bench = AlertBench(day=dt.date(2025, 11, 28), close=99.0)
        bench.set(LOSES | {"by_close": True})
        bench.begin()
        bench.see("09:31", 101.0)
        bench.wake(bench.day, "13:20")
        assert bench.told() == ["SPY closed under its 50-DMA: 99.00"]

    def test_a_rule_set_after_the_close_has_no_part_in_it(self) -> None:
        bench = AlertBench(close=99.0)
        bench.set(LOSES, at="16:10")
        bench.begin()
        bench.wake(TUESDAY, "09:31")
        assert bench.told() == []

    def test_what_a_release_before_told_is_not_told_again(self) -> None:
        bench = lost_at_two(99.0)
        (rule,) = bench.records.subscriptions.rules(LOCAL)
        key = f"{rule.id} {MONDAY} broken"
        message = Message("rule", key, "SPY closed under its 50-DMA: 99.00", "", "/", NOW)
        with bench.records.database.writing() as connection:
            bench.records.notices.record(LOCAL, message, connection)
        bench.wake(TUESDAY, "09:31")
        assert bench.told() == [self.LOST, message.title]

    def test_a_price_passed_before_the_close_is_told_late(self) -> None:
        """The day's low of 98.00 came after 15:50."""
        near = {"kind": "near", "symbol": "SPY", "level": 98.4, "distance": 0.1, "unit": "pct"}
        bench = lost_at_two(100.5, near)
        bench.wake(TUESDAY, "09:31")
        (title,) = bench.told()
        assert title.startswith("SPY passed within 0.1% of 98.40 by 16:00")
        assert title.endswith("on Monday 27 January (told late)")


class TestOneMessageAClose:
    def test_whatever_rules_wait_for_it(self) -> None:
        by_close, holds = LOSES | {"by_close": True}, CROSSING | {"does": "holds"}
        for close, said in ((99.0, "closed under"), (100.5, "held its 50-DMA by the close after")):
            bench = lost_at_two(close, LOSES, by_close, holds)
            bench.wake(MONDAY, "16:21")
            assert len(bench.told()) == 2
            assert said in bench.told()[1]

    def test_a_level_crossed_again_and_again_is_told_once_and_summed_up(self) -> None:
        bench = AlertBench(close=99.0)
        bench.set(LOSES)
        bench.begin()
        for hour, price in enumerate((101.0, 99.5, 100.5, 99.5, 100.5, 99.0), start=10):
            bench.see(f"{hour}:00", price)
        assert bench.told() == ["SPY is under its 50-DMA at 11:00 (provisional)"]
        bench.wake(MONDAY, "16:21")
        assert bench.told()[1:] == ["SPY closed under its 50-DMA: 99.00"]
        assert bench.text().endswith("crossed 5 times in session, from 11:00 to 15:00.")


class TestSplit:
    def test_a_price_typed_before_it_is_adjusted_and_that_is_said(self) -> None:
        """Typed on Friday as 506.50; five for one on Monday makes it 101.30."""
        frame = make_frame([*CLOSES, 100.5], splits={-1: 5.0})
        bench = AlertBench()
        frame.index = bench.source.frames["SPY"].index
        bench.source.frames["SPY"] = frame
        rule = {"kind": "near", "symbol": "SPY", "level": 506.5, "distance": 0.1, "unit": "pct"}
        bench.records.subscriptions._clock = lambda: new_york("15:00", dt.date(2025, 1, 24))
        bench.records.subscriptions.add_rule(LOCAL, parse_rule(rule))
        bench.begin()
        bench.see("10:00", 101.3)
        assert bench.told() == [
            "SPY split 5:1: your alert is now \u201cSPY is within 0.1% of 101.30\u201d",
            "SPY is within 0.1% of 101.30 at 10:00: 101.30",
        ]

    def test_a_price_typed_on_its_day_stands(self) -> None:
        frame = make_frame([*CLOSES, 100.5], splits={-1: 5.0})
        bench = AlertBench()
        frame.index = bench.source.frames["SPY"].index
        bench.source.frames["SPY"] = frame
        bench.set({"kind": "near", "symbol": "SPY", "level": 101.0, "distance": 0.1, "unit": "pct"})
        bench.begin()
        bench.see("10:00", 101.0)
        assert bench.told() == ["SPY is within 0.1% of 101.00 at 10:00: 101.00"]


class TestMinutes:
    def test_what_passed_in_a_sleep_of_the_session_is_told_from_its_minutes(self) -> None:
        """Asleep from 10:00 to 12:00; at 11:00 it stood at 99 for a minute."""
        bench = AlertBench()
        bench.set(LOSES, at="09:45")
        bench.begin()
        bench.see("10:00", 101.0)
        bench.minutes("10:00", [101.0] * 60 + [99.0] + [101.0] * 59)
        bench.low = 99.0  # of the day, which the next look states
        bench.see("12:00", 101.0)
        assert bench.told() == ["SPY was under its 50-DMA by 12:00 (provisional)"]

    def test_and_where_the_day_s_low_says_nothing_of_it(self) -> None:
        bench = AlertBench()
        near = {"kind": "near", "symbol": "SPY", "level": 100.0, "distance": 0.1, "unit": "pct"}
        bench.set(near, at="09:45")
        bench.begin()
        bench.low = 98.0  # from before the rule was set
        bench.see("10:00", 101.0)
        bench.minutes("10:00", [101.0] * 60 + [100.0] + [101.0] * 59)
        bench.see("12:00", 101.0)
        assert bench.told() == ["SPY was within 0.1% of 100.00 at 11:00: 100.00"]


class TestClocks:
    """A clock set two days ahead, and back."""

    @pytest.fixture
    def records(self) -> Records:
        return Records(Database(None))

    def test_a_delivery_claimed_while_it_was_ahead_waits_no_two_days(
        self, records: Records
    ) -> None:
        clock = Clock()
        records.notices._clock = clock
        records.subscriptions.add_channel(LOCAL, "email", "you@example.org")
        publish(records)
        clock.pass_by(2 * 86_400)
        assert records.outbox.claim("email", clock(), LEASE) is not None  # and its process dies
        clock.pass_by(-2 * 86_400)
        assert records.outbox.claim("email", clock(), LEASE) is not None
        assert records.outbox.claim("email", clock(), LEASE) is None

    def test_one_written_while_it_was_two_days_behind_is_not_given_up_at_once(
        self, records: Records
    ) -> None:
        clock = Clock()
        records.notices._clock = clock
        records.subscriptions.add_channel(LOCAL, "email", "you@example.org")
        publish(records)
        clock.pass_by(2 * 86_400)

        class Refusing:
            def send(self, due: DueDelivery) -> None:
                raise SendFailure("busy")

        sender = Sender(records, {"email": Refusing()}, clock=clock)
        tries = 0
        while records.outbox.waiting():
            tries += sender.step("email")
            clock.pass_by(60)
        assert tries == 7

    def test_a_rule_set_while_it_was_ahead_counts_once_prices_bear_out_another(self) -> None:
        bench = AlertBench()
        bench.records.subscriptions._clock = lambda: new_york("08:00", dt.date(2025, 1, 29))
        bench.records.subscriptions.add_rule(LOCAL, parse_rule(LOSES))
        bench.begin()
        bench.records.subscriptions._clock = bench.clock
        bench.see("10:00", 101.0)
        bench.see("11:00", 99.5)
        assert bench.told() == ["SPY is under its 50-DMA at 11:00 (provisional)"]

    def test_a_session_is_that_of_the_listing_s_own_calendar(self) -> None:
        """A Monday of Tokyo is a Sunday evening of New York."""
        rule = parse_rule(LOSES | {"symbol": "7203.T"})
        for time in ("2025-01-27T01:00:00Z", "2025-01-27T06:00:00Z"):
            observed = rule.observed(Situation({"7203.T": line(600.0, time=time)}))
            assert observed is not None
            assert observed.session == MONDAY


class TestAClockAhead:
    """By a clock two days ahead the session is over, and its bar the final one; prices say no."""

    @pytest.fixture
    def bench(self) -> AlertBench:
        """Friday's bar so far is 99.00, under the level; its close will be 101.00."""
        bench = AlertBench(day=FRIDAY, close=99.0)
        bench.set(LOSES | {"by_close": True})
        bench.begin()
        bench.see("09:31", 101.0)
        return bench

    @pytest.mark.parametrize("called", [True, False], ids=["of the ledger", "from bars"])
    def test_nothing_is_scored_or_told_before_prices_are_past_the_close(
        self, bench: AlertBench, called: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if not called:
            bench.store = Store(Database(None))
            bench.begin()
        real, seen_at = bench.source.bars, new_york("10:00", FRIDAY)

        def stated(symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
            return replace(real(symbol, start, upto), last_time=seen_at)

        monkeypatch.setattr(bench.source, "bars", stated)
        bench.wake(FRIDAY + dt.timedelta(days=2), "10:00")
        assert bench.told() == []
        assert all(call.scored_at is None for call in bench.archive.calls(FRIDAY))
        bench.source.frames["SPY"].loc[str(FRIDAY), ["open", "high", "low", "close"]] = 101.0
        seen_at = new_york("16:00", FRIDAY)
        bench.begin()
        bench.wake(MONDAY, "10:00")
        assert bench.told() == []
        (scored,) = {call.close for call in bench.archive.calls(FRIDAY)} or {101.0}
        assert scored == 101.0


class TestCoins:
    """A coin's Saturday and Sunday have closes of their own, at midnight UTC."""

    RULE = LOSES | {"symbol": "BTC-USD", "by_close": True}

    def bench(self, saturday: float) -> tuple[Engine, Records, Clock]:
        """100 on every day; 101 on the Friday, ``saturday`` then, and 99 on the Sunday."""
        clock = Clock(dt.datetime(2025, 1, 25, 12, tzinfo=dt.UTC))
        days = pd.date_range(end=MONDAY, periods=120, freq="D")
        close = np.full(len(days), 100.0)
        close[-4:] = 101.0, saturday, 99.0, 99.0
        columns = dict.fromkeys(("open", "high", "low", "close", "adj_close"), close)
        frame = pd.DataFrame(columns | {"volume": 1.0, "splits": 1.0}, index=days)
        source = CoinSource({"BTC-USD": frame, "SPY": make_frame(CLOSES, MONDAY)}, clock)
        archive = Archive(Store(Database(None)), source, clock)
        cache = Cache(NoBackend(), Codec(CACHED_TYPES), clock=clock)
        desk = Desk(source, cache, 20.0, clock, archive)
        records = Records(Database(None))
        records.subscriptions._clock = clock
        records.subscriptions.add_rule(LOCAL, parse_rule(self.RULE))
        engine = Engine(
            records,
            lambda: None,
            monotonic=lambda: clock.now.timestamp(),
            history=DeskHistory(desk),
            clock=clock,
        )
        return engine, records, clock

    def look(self, engine: Engine, clock: Clock, time: dt.datetime) -> None:
        clock.now = time
        phase = sessions.phase_at(time)
        engine.step(encode(1, "e", time, phase, FeedState(), {}, None))

    def test_a_saturday_s_close_is_told_in_the_night_to_sunday(self) -> None:
        engine, records, clock = self.bench(saturday=99.0)
        self.look(engine, clock, dt.datetime(2025, 1, 25, 23, 50, tzinfo=dt.UTC))
        assert records.notices.latest(LOCAL) == ()
        self.look(engine, clock, dt.datetime(2025, 1, 26, 0, 30, tzinfo=dt.UTC))
        self.look(engine, clock, dt.datetime(2025, 1, 26, 9, tzinfo=dt.UTC))
        (notice,) = records.notices.latest(LOCAL)
        assert notice.message.title == "BTC-USD closed under its 50-DMA: 99.00"
        assert "Saturday 25 January 2025: BTC-USD closed at 99.00" in notice.message.text

    def test_a_weekend_slept_through_is_told_on_monday_with_the_day_s_name(self) -> None:
        engine, records, clock = self.bench(saturday=101.0)
        self.look(engine, clock, dt.datetime(2025, 1, 27, 15, tzinfo=dt.UTC))
        self.look(engine, clock, dt.datetime(2025, 1, 27, 16, tzinfo=dt.UTC))
        (notice,) = records.notices.latest(LOCAL)
        assert notice.message.title == (
            "BTC-USD closed under its 50-DMA on Sunday 26 January (told late): 99.00"
        )
