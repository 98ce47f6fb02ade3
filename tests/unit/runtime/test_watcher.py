"""The watch over hand-made snapshots: calls made once, the log, restarts, scores by the close."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics import collect
from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.archive import Archive
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.feed import FeedState, Snapshot, baseline_of
from analytics.feed.book import QuoteBook
from analytics.feed.snapshot import encode
from analytics.model import sessions
from analytics.model.level_calls import Happening, LevelCall, LevelEvent
from analytics.model.levels import dma
from analytics.model.question import Symbol
from analytics.model.status import Status
from analytics.model.vocabulary import Quote
from analytics.runtime.closing import score_pending
from analytics.runtime.watcher import Watcher
from analytics.sources.demo import DemoClock, DemoSource
from analytics.store.database import Database, StoreUnavailable
from analytics.store.store import Store
from analytics.watch.live_lines import evaluate
from analytics.watch.scoring import score
from analytics.watch.session_baseline import SESSION_BASELINES, SessionBaselinesParameters
from tests.support.builders import Clock, FakeSource, make_bars, make_frame

MONDAY = dt.date(2025, 1, 27)
CLOSES = [100.0] * 258 + [101.0]  # the 50-DMA is 100.02, the ATR about 2, noise 0.1


def new_york(clock: str, day: dt.date = MONDAY) -> dt.datetime:
    hour, minute, *second = (int(part) for part in clock.split(":"))
    return dt.datetime(
        day.year, day.month, day.day, hour, minute, sum(second), tzinfo=sessions.NEW_YORK
    ).astimezone(dt.UTC)


@dataclass
class Bench:
    """One store and one source; each `start` is a process of its own.

    The day's bar is final from the start: only what precedes it may be used before the close.
    """

    day: dt.date = MONDAY
    close: float = 100.5
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        frame = make_frame([*CLOSES, self.close], self.day)
        frame.loc[frame.index[-1], "low"] = 98.0  # as low as any test's minutes
        self.source = FakeSource({"SPY": frame}, self.clock)
        self.source.capabilities = replace(self.source.capabilities, minutes=False)
        self.store = Store(Database(None))
        self.desks: list[Desk] = []
        self.sequence = 0
        self.low: float | None = None
        self.high: float | None = None
        self.opened: float | None = None

    def start(self) -> Watcher:
        archive = Archive(self.store, self.source, self.clock)
        cache = Cache(NoBackend(), Codec(CACHED_TYPES), clock=self.clock)
        desk = Desk(self.source, cache, 20.0, self.clock, archive)
        self.desks.append(desk)
        self.watcher = Watcher(desk, lambda: self.clock.time.timestamp())
        return self.watcher

    @property
    def archive(self) -> Archive:
        return Archive(self.store, self.source, self.clock)

    def see(self, clock: str, price: float | None = None, *, final: bool = False) -> None:
        """A beat of the feed at a New York time of the day, with SPY at ``price``."""
        self.clock.time = new_york(clock, self.day)
        lines = {}
        if price is not None:
            self.opened = price if self.opened is None else self.opened
            self.low = min(price, self.low or price)
            self.high = max(price, self.high or price)
            quote = Quote("SPY", price, self.clock.time, self.opened, self.high, self.low)
            baseline = baseline_of(make_bars(CLOSES, sessions.previous_session(self.day)), self.day)
            assert baseline is not None
            lines["SPY"] = evaluate(baseline, quote, final)
        self.sequence += 1
        phase = sessions.phase_at(self.clock.time)
        self.watcher.see(
            encode(self.sequence, "e", self.clock.time, phase, FeedState(), lines, None)
        )

    def log(self, level: str = "50-DMA") -> list[tuple[str, str, float]]:
        return [
            (f"{event.at.astimezone(sessions.NEW_YORK):%H:%M:%S}", str(event.kind), event.price)
            for event in self.archive.events(self.day, "SPY")
            if event.level.name == level
        ]

    def call(self, level: str = "50-DMA") -> LevelCall:
        return next(c for c in self.archive.calls(self.day, "SPY") if c.level.name == level)

    def minutes(self, first: str, closes: list[float]) -> None:
        index = pd.date_range(new_york(first, self.day), periods=len(closes), freq="min")
        frame = pd.DataFrame(
            {"close": closes, "open": closes, "high": closes, "low": closes}, index
        )
        self.source.minute_frames["SPY", self.day] = frame
        self.source.capabilities = replace(self.source.capabilities, minutes=True)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    made.start()
    yield made
    for desk in made.desks:
        desk.close()


class TestCalls:
    def test_they_are_made_before_the_open_at_the_level_known_then(self, bench: Bench) -> None:
        bench.see("08:00")
        calls = {call.level.name: call for call in bench.archive.calls(MONDAY)}
        assert list(calls) == ["100-DMA", "20-DMA", "200-DMA", "50-DMA"]
        assert calls["50-DMA"].price == pytest.approx(np.mean(CLOSES[-50:]))
        assert calls["50-DMA"].previous_close == 101.0
        assert calls["50-DMA"].called_at == new_york("08:00")

    def test_the_first_call_of_a_level_and_session_stands(self, bench: Bench) -> None:
        bench.see("10:00", 100.5)
        bench.start()
        bench.see("12:00", 100.5)
        assert {call.called_at for call in bench.archive.calls(MONDAY)} == {new_york("10:00")}

    def test_none_is_made_once_the_close_has_decided(self, bench: Bench) -> None:
        bench.see("16:00", 100.5, final=True)
        assert bench.archive.calls(MONDAY) == ()

    def test_a_symbol_without_bars_has_none_and_the_others_do(self, bench: Bench) -> None:
        bench.see("10:00", 100.5)
        assert {call.symbol for call in bench.archive.calls(MONDAY)} == {"SPY"}


class TestLog:
    def test_lines_are_written_as_prices_come_in(self, bench: Bench) -> None:
        bench.see("09:30:01", 100.9)
        bench.see("10:02:10", 100.0)
        assert bench.log() == []
        bench.see("10:02:20", 99.5)
        assert bench.log() == [("10:02:10", "broke under", 100.0)]
        bench.see("15:41:00", 100.4)
        assert bench.log()[1:] == [("15:41:00", "reclaimed", 100.4)]

    def test_a_restart_in_mid_session_goes_on_without_doubling(self, bench: Bench) -> None:
        bench.see("09:30:01", 100.9)
        bench.see("10:00:00", 99.5)
        before = bench.log()
        bench.minutes("09:30", [100.9] * 30 + [99.5] * 30 + [100.6] * 60 + [99.4] * 30)
        bench.start()
        bench.see("12:01:00", 99.4)
        bench.see("12:02:00", 99.4)
        assert bench.log()[: len(before)] == before
        assert bench.log()[len(before) :] == [
            ("10:30:00", "reclaimed", 100.6),
            ("11:30:00", "broke under", 99.4),
        ]

    def test_a_start_in_mid_session_is_filled_from_minutes(self, bench: Bench) -> None:
        bench.minutes("09:30", [99.0] * 30 + [100.6] * 90)
        bench.see("11:30:10", 100.7)
        assert bench.log() == [
            ("09:30:00", "opened under", 99.0),
            ("10:00:00", "reclaimed", 100.6),
        ]

    def test_without_minutes_the_log_says_when_it_begins(self, bench: Bench) -> None:
        bench.see("11:30:00", 99.0)
        assert bench.log() == [("11:30:00", "watched again", 99.0)]
        bench.see("11:31:00", 100.6)
        assert bench.log()[1:] == [("11:31:00", "reclaimed", 100.6)]

    def test_after_the_close_the_log_is_brought_to_its_end(self, bench: Bench) -> None:
        bench.see("09:30:01", 100.9)
        bench.see("09:40:00", 100.9)
        bench.watcher.close()
        bench.minutes("09:30", [100.9] * 60 + [99.0] * 330)
        bench.start()
        bench.see("17:00:00")
        assert bench.log() == [("10:30:00", "broke under", 99.0)]
        assert bench.call().watched_until == new_york("16:00")

    def test_an_indicated_price_decides_nothing(self, bench: Bench) -> None:
        bench.clock.time = new_york("08:00")
        baseline = baseline_of(make_bars(CLOSES), MONDAY)
        assert baseline is not None
        quote = Quote("SPY", 90.0, bench.clock.time, pre_market=True)
        line = evaluate(baseline, quote, False)
        phase = sessions.phase_at(bench.clock.time)
        bench.watcher.see(encode(1, "e", bench.clock.time, phase, FeedState(), {"SPY": line}, None))
        assert bench.log() == []
        bench.see("09:30:05", 100.9)
        assert bench.log() == []

    def test_what_the_store_refuses_is_written_later(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bench.see("09:30:01", 100.9)

        def refuse(source: str, events: list[LevelEvent]) -> None:
            raise StoreUnavailable("The store was not written: disk full.")

        with monkeypatch.context() as patched:
            patched.setattr(bench.store.levels, "log", refuse)
            bench.see("10:00:00", 99.0)
            assert bench.log() == []
        bench.see("10:00:10", 99.0)
        assert bench.log() == [("10:00:00", "broke under", 99.0)]


class TestATimeWithoutPrices:
    """Prices stay away in mid-session: what happened meanwhile did not happen at their end."""

    def away(self, bench: Bench) -> None:
        bench.see("09:30:01", 100.9)
        bench.see("09:35:00", 100.8)

    def test_what_happened_is_written_at_its_own_minute(self, bench: Bench) -> None:
        self.away(bench)
        bench.minutes("09:30", [100.9] * 20 + [99.0] * 12)
        bench.see("10:01:30", 99.0)
        assert bench.log() == [("09:50:00", "broke under", 99.0)]

    def test_there_and_back_is_two_lines(self, bench: Bench) -> None:
        self.away(bench)
        bench.minutes("09:30", [100.9] * 20 + [99.0] * 5 + [100.9] * 7)
        bench.low = 99.0
        bench.see("10:01:30", 100.9)
        assert bench.log() == [
            ("09:50:00", "broke under", 99.0),
            ("09:55:00", "reclaimed", 100.9),
        ]

    def test_minutes_that_lag_are_asked_for_once_more(self, bench: Bench) -> None:
        self.away(bench)
        bench.minutes("09:30", [100.9] * 10)
        bench.see("10:01:30", 99.0)
        assert bench.log() == []
        bench.minutes("09:30", [100.9] * 20 + [99.0] * 14)
        bench.see("10:02:00", 99.0)
        assert bench.log() == []
        bench.see("10:03:40", 99.0)
        bench.see("10:04:50", 99.0)
        assert bench.log() == [("09:50:00", "broke under", 99.0)]

    def test_without_them_the_log_says_that_nobody_watched(self, bench: Bench) -> None:
        self.away(bench)
        bench.minutes("09:30", [100.9] * 10)
        for clock in ("10:01:30", "10:03:00"):
            bench.see(clock, 99.0)
            assert bench.log() == []
        bench.see("10:04:30", 99.0)
        assert bench.log() == [("10:04:30", "watched again", 99.0)]

    def test_prices_that_stay_on_their_side_ask_for_none(self, bench: Bench) -> None:
        self.away(bench)
        bench.minutes("09:30", [100.9] * 20 + [99.0] * 12)
        bench.see("10:01:30", 100.7)
        assert bench.log() == []

    def test_where_there_are_no_minutes_the_prices_are_all_there_is(self, bench: Bench) -> None:
        self.away(bench)
        bench.see("10:01:30", 99.0)
        assert bench.log() == [("10:01:30", "broke under", 99.0)]


class TestMended:
    """The durable log at the close says what the session's minutes say."""

    def lived(self, bench: Bench) -> None:
        """A true break at 11:00 that was seen, a false one before, a reclaim nobody saw."""
        bench.see("09:30:01", 100.9)
        bench.see("10:00:00", 50.0)
        bench.see("10:00:02", 100.9)
        bench.see("11:00:20", 99.4)
        bench.see("15:59:50", 99.4, final=True)
        assert [kind for _, kind, _ in bench.log()] == ["broke under", "reclaimed", "broke under"]
        bench.minutes("09:30", [100.9] * 90 + [99.4] * 60 + [100.6] * 60 + [99.4] * 180)

    TRUE = (
        ("11:00:20", "broke under", 99.4),
        ("12:00:00", "reclaimed", 100.6),
        ("13:00:00", "broke under", 99.4),
    )

    def test_false_lines_are_taken_out_and_missed_ones_added(self, bench: Bench) -> None:
        self.lived(bench)
        bench.see("16:21:00")
        assert tuple(bench.log()) == self.TRUE
        assert bench.call().status is Status.HELD

    def test_a_process_that_starts_after_it_changes_nothing_more(self, bench: Bench) -> None:
        self.lived(bench)
        bench.see("16:21:00")
        bench.start()
        bench.see("18:00:00")
        score_pending(bench.desks[-1])
        assert tuple(bench.log()) == self.TRUE

    def test_a_process_that_slept_over_the_close_mends_it_the_next_morning(
        self, bench: Bench
    ) -> None:
        self.lived(bench)
        tuesday = dt.date(2025, 1, 28)
        bench.source.frames["SPY"] = make_frame([*CLOSES, bench.close, 105.0], tuesday)
        bench.clock.time = new_york("09:00", tuesday)
        bench.start()
        score_pending(bench.desks[-1])
        assert tuple(bench.log()) == self.TRUE

    def test_without_minutes_it_stays_as_it_was_written(self, bench: Bench) -> None:
        self.lived(bench)
        before = bench.log()
        bench.source.minute_frames.clear()
        bench.see("16:21:00")
        assert bench.log() == before

    def test_lines_the_store_refused_do_not_come_back_after_it(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(source: str, events: list[LevelEvent]) -> None:
            raise StoreUnavailable("The store was not written: disk full.")

        with monkeypatch.context() as patched:
            patched.setattr(bench.store.levels, "log", refuse)
            with pytest.raises(AssertionError):
                self.lived(bench)
            bench.minutes("09:30", [100.9] * 90 + [99.4] * 60 + [100.6] * 60 + [99.4] * 180)
            bench.see("16:21:00")
        bench.see("16:22:00")
        bench.see("16:24:00")
        assert tuple(bench.log()) == self.TRUE


class TestOtherBars:
    """Prices that state another previous close than the bars cross no level."""

    def quoted(self, bench: Bench, clock: str, price: float, stated: float) -> None:
        """A price as the feed publishes it."""
        bench.clock.time = new_york(clock)
        book = QuoteBook(bench.clock)
        bars = bench.source.frames["SPY"]
        baseline = baseline_of(
            make_bars(list(bars["close"].iloc[:-1]), sessions.previous_session(MONDAY)), MONDAY
        )
        assert baseline is not None
        book.set_baselines({"SPY": baseline})
        for seconds in (2, 1):
            at = bench.clock.time - dt.timedelta(seconds=seconds)
            book.accept([Quote("SPY", price, at, previous_close=stated)])
        phase = sessions.phase_at(bench.clock.time)
        lines = book.lines()
        bench.watcher.see(encode(1, "e", bench.clock.time, phase, FeedState(), lines, None))

    def test_neither_call_nor_line_is_made(self, bench: Bench) -> None:
        self.quoted(bench, "10:00:00", 33.0, 33.7)
        assert bench.archive.calls(MONDAY) == ()
        assert bench.log() == []

    @pytest.mark.parametrize("ratio", [1.03, 1.1, 4.0])
    def test_with_bars_in_the_new_shares_it_goes_on_at_the_new_level(
        self, bench: Bench, ratio: float
    ) -> None:
        bench.see("08:00")  # the calls are made from bars in the old shares
        assert bench.call().price == pytest.approx(100.02)
        bench.source.frames["SPY"] = make_frame(
            np.array([*CLOSES, bench.close]) / ratio, MONDAY, spread=1 / ratio
        )
        for watching in bench.desks:
            watching.forget_bars(("SPY",))
        stated = round(101.0 / ratio, 2)
        self.quoted(bench, "09:30:30", 100.9 / ratio, stated)
        self.quoted(bench, "09:31:00", 100.9 / ratio, stated)
        self.quoted(bench, "10:00:00", 99.0 / ratio, stated)
        ((_, kind, price),) = bench.log()
        assert (kind, price) == ("broke under", pytest.approx(99.0 / ratio))
        (event,) = [e for e in bench.archive.events(MONDAY, "SPY") if e.level == dma(50)]
        assert event.level_price == pytest.approx(100.02 / ratio)


class TestScores:
    def test_the_close_scores_once_the_final_bar_is_settled(self, bench: Bench) -> None:
        bench.see("10:00", 100.5)
        bench.clock.time = new_york("16:19:59")
        score_pending(bench.desks[0])
        assert bench.call().status is None
        bench.clock.time = new_york("16:20")
        score_pending(bench.desks[0])
        call = bench.call()
        assert (call.status, call.gap_down, call.close) == (Status.HELD, False, 100.5)
        assert (call.open, call.low) == (101.0, 98.0)
        assert call.scored_at == bench.clock.time

    def test_a_score_is_never_written_twice(self, bench: Bench) -> None:
        bench.see("10:00", 100.5)
        bench.clock.time = new_york("17:00")
        score_pending(bench.desks[0])
        first = bench.archive.calls(MONDAY)
        bench.source.frames["SPY"].loc[pd.Timestamp(MONDAY), "close"] = 99.6
        bench.clock.time = new_york("18:00")
        score_pending(bench.desks[0])
        assert bench.archive.calls(MONDAY) == first
        assert bench.archive.score(first) == 0

    def test_a_process_that_slept_over_the_close_scores_the_next_morning(
        self, bench: Bench
    ) -> None:
        bench.see("15:00", 100.5)
        tuesday = dt.date(2025, 1, 28)
        frame = make_frame([*CLOSES, 99.0, 105.0], tuesday)
        bench.source.frames["SPY"] = frame
        bench.clock.time = new_york("09:00", tuesday)
        bench.start()
        score_pending(bench.desks[-1])
        assert (bench.call().status, bench.call().close) == (Status.BROKEN, 99.0)

    def test_without_the_session_s_bar_the_call_stays_open(self, bench: Bench) -> None:
        bench.see("15:00", 100.5)
        bench.source.frames["SPY"] = make_frame(CLOSES)
        bench.clock.time = new_york("17:00")
        assert score_pending(bench.desks[0]) == {(MONDAY, "SPY")}
        assert bench.call().status is None
        bench.source.frames["SPY"] = make_frame([*CLOSES, 100.5], MONDAY)
        assert score_pending(bench.desks[0]) == set()
        assert bench.call().status is Status.HELD

    @pytest.mark.parametrize(
        ("day", "close"),
        [
            (dt.date(2025, 11, 28), "13:00"),  # the day after Thanksgiving
            (dt.date(2025, 3, 10), "16:00"),  # the first session of daylight saving time
        ],
    )
    def test_a_session_is_decided_at_its_own_close(self, day: dt.date, close: str) -> None:
        bench = Bench(day)
        bench.start()
        bench.see("10:00", 100.5)
        settled = new_york(close, day) + dt.timedelta(minutes=20)
        bench.clock.time = settled - dt.timedelta(seconds=1)
        score_pending(bench.desks[0])
        assert bench.call().status is None
        bench.clock.time = settled
        score_pending(bench.desks[0])
        assert bench.call().status is Status.HELD
        bench.desks[0].close()

    def test_a_split_on_the_session_brings_the_call_to_the_bar_s_units(self) -> None:
        frame_close = [*(np.array(CLOSES) / 4), 24.9]
        bars = make_bars(frame_close, MONDAY)
        bars.splits.flags.writeable = True
        bars.splits[-1] = 4.0
        call = LevelCall("SPY", dma(50), MONDAY, 100.02, 101.0, new_york("08:00"))
        done = score(call, bars, new_york("17:00"))
        assert done is not None
        assert done.price == pytest.approx(25.005)
        assert done.status is Status.BROKEN

    @pytest.mark.parametrize("ratio", [1.03, 1.1])
    def test_a_stock_dividend_that_is_no_split_of_the_bars_as_well(self, ratio: float) -> None:
        bars = make_bars([*(np.array(CLOSES) / ratio), 100.1 / ratio], MONDAY, spread=0.01)
        call = LevelCall("SPY", dma(50), MONDAY, 100.02, 101.0, new_york("08:00"))
        done = score(call, bars, new_york("17:00"))
        assert done is not None
        assert (done.price, done.status) == (pytest.approx(100.02 / ratio), Status.ABOVE)

    def test_a_call_made_without_yesterday_s_bar_is_scored_at_the_level_with_it(self) -> None:
        """Of 258 sessions at 100 and yesterday's 90 the 50-DMA is 99.8."""
        bars = make_bars([*CLOSES[:-1], 90.0, 99.9], MONDAY)
        call = LevelCall("SPY", dma(50), MONDAY, 100.0, 100.0, new_york("08:00"))
        done = score(call, bars, new_york("17:00"))
        assert done is not None
        assert (done.price, done.previous_close) == (pytest.approx(99.8), 90.0)
        assert done.status is Status.RECLAIMED

    def test_a_bar_that_still_trades_scores_nothing(self) -> None:
        call = LevelCall("SPY", dma(50), MONDAY, 100.02, 101.0, new_york("08:00"))
        running = make_bars([*CLOSES, 99.0], MONDAY, complete=False)
        assert score(call, running, new_york("12:00")) is None
        other = make_bars(CLOSES)
        assert score(call, other, new_york("17:00")) is None


class TestSimulated:
    def test_a_day_played_again_begins_with_an_empty_log(self) -> None:
        clock = DemoClock(start=new_york("13:50"), speed=0.0)
        source = DemoSource(clock=clock)
        archive = Archive(Store(Database(None)), source, source.now)
        desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)), 60.0, archive=archive)
        watcher = Watcher(desk)

        def beat(at: str) -> None:
            phase = sessions.phase_at(new_york(at))
            watcher.see(encode(1, "e", new_york(at), phase, FeedState(), {}, 1.0))

        beat("13:50")
        assert len(archive.events(MONDAY, "SPY")) == 4
        beat("09:25")
        assert archive.events(MONDAY) == ()
        assert {call.called_at for call in archive.calls(MONDAY)} == {new_york("09:25")}
        desk.close()

    def test_a_price_of_the_run_before_is_none_of_this_one(self) -> None:
        """The first beat of a day that is played again may still carry the close of the last."""
        source = DemoSource(clock=DemoClock(start=new_york("13:50"), speed=0.0))
        archive = Archive(Store(Database(None)), source, source.now)
        desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)), 60.0, archive=archive)
        watcher = Watcher(desk)
        answer = desk.ask(SESSION_BASELINES, SessionBaselinesParameters((Symbol("SPY"),)))
        assert answer.result is not None
        (baseline,) = answer.result.baselines

        def beat(at: str, price: float, time: str) -> None:
            quote = Quote("SPY", price, new_york(time), price, price, price)
            lines = {"SPY": evaluate(baseline, quote, False)}
            phase = sessions.phase_at(new_york(at))
            watcher.see(encode(1, "e", new_york(at), phase, FeedState(), lines, 1.0))

        beat("15:59", 599.37, "15:59")
        beat("09:25", 599.37, "15:59")
        beat("09:30", 594.81, "09:30")
        kinds = [event.kind for event in archive.events(MONDAY, "SPY")]
        assert kinds
        assert set(kinds) == {Happening.OPENED_UNDER}
        desk.close()

    def test_a_real_session_is_never_forgotten(self, bench: Bench) -> None:
        with pytest.raises(ValueError, match="only a simulated session"):
            bench.archive.forget_session(MONDAY)


class TestThread:
    def test_the_feed_s_thread_only_hands_over(self, bench: Bench) -> None:
        bench.clock.time = new_york("10:00")
        content = encode(
            1, "e", bench.clock.time, sessions.phase_at(bench.clock.time), FeedState(), {}, None
        )
        bench.watcher.observe(content)
        bench.watcher.close()
        assert bench.call().called_at == new_york("10:00")

    def test_a_snapshot_it_cannot_read_does_not_stop_it(self, bench: Bench) -> None:
        bench.clock.time = new_york("10:00")
        bench.watcher.observe(Snapshot(1, b"{}"))
        good = encode(
            2, "e", bench.clock.time, sessions.phase_at(bench.clock.time), FeedState(), {}, None
        )
        bench.watcher.observe(good)
        bench.watcher.close()
        assert bench.call().called_at == new_york("10:00")


def test_every_happening_fits_its_column() -> None:
    assert all(len(kind.value) <= 16 for kind in Happening)


def test_collecting_scores_the_calls_no_server_saw_decided(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bench.see("10:00", 100.5)
    bench.clock.time = new_york("17:00")
    monkeypatch.setenv("HOLDLINE_HOME", str(tmp_path))
    desk = bench.desks[0]
    monkeypatch.setattr(desk, "close", lambda: None)  # a store in memory ends with it
    monkeypatch.setattr(collect, "open_desk", lambda settings: desk)
    collect.main(["SPY", "--source", "demo"])
    assert bench.call().status is Status.HELD
