"""The demo source: its protocol, its clock, its Monday, its symbols and quarters."""

from __future__ import annotations

import datetime as dt
import re

import msgspec
import numpy as np
import pytest

from analytics.model.sessions import NEW_YORK, session_close
from analytics.model.vocabulary import Bars, NotAvailable, SymbolNotFound
from analytics.sources.demo import DemoClock, DemoSource
from analytics.sources.demo.overnight import INSTRUMENTS
from analytics.sources.demo.roster import YOUNG_BARS
from analytics.sources.demo.scenario import ENDS, FRIDAY, MONDAY, OPENS
from analytics.sources.validate import clean_bars

SECTORS = ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
TEN = ("AAPL", "NVDA", "MSFT", "AMZN", "GOOGL", "META", "TSLA", "AVGO", "BRK-B", "WMT")


class FakeTime:
    """A monotonic clock that tests move by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def source_at(hour: int, minute: int, second: int = 0, universe: int = 0) -> DemoSource:
    """A source whose clock stands still at a time of the Monday, New York."""
    start = dt.datetime(2025, 1, 27, hour, minute, second, tzinfo=NEW_YORK)
    return DemoSource(universe=universe, clock=DemoClock(start, speed=0.0))


@pytest.fixture(scope="module")
def source() -> DemoSource:
    return source_at(13, 50)


def bars_of(source: DemoSource, symbol: str, upto: dt.date | None = None) -> Bars:
    bars, rejected = clean_bars(source.bars(symbol, None, upto))
    assert rejected == {}
    return bars if upto is None else bars.upto(upto)


def mean(bars: Bars, count: int, before: int = 0) -> float:
    """Plain mean of ``count`` closes, the newest ``before`` left out."""
    return float(bars.close[len(bars) - before - count : len(bars) - before].mean())


class TestClock:
    def test_opens_on_the_monday_at_13_50_and_runs_with_real_time(self) -> None:
        time = FakeTime()
        clock = DemoClock(monotonic=time)
        assert clock.now() == OPENS
        assert clock.now().tzinfo is dt.UTC
        time.seconds += 90
        assert clock.now() - OPENS == dt.timedelta(seconds=90)

    def test_speed_multiplies_the_pace(self) -> None:
        time = FakeTime()
        clock = DemoClock(speed=60.0, monotonic=time)
        time.seconds += 10
        assert clock.now() - OPENS == dt.timedelta(minutes=10)

    def test_stands_still_at_the_end(self) -> None:
        time = FakeTime()
        clock = DemoClock(monotonic=time)
        time.seconds += 1e6
        assert clock.now() == ENDS

    def test_never_runs_backwards_with_the_machine(self) -> None:
        time = FakeTime()
        clock = DemoClock(monotonic=time)
        time.seconds -= 5
        assert clock.now() == OPENS


class TestBars:
    def test_every_bar_of_every_symbol_is_valid(self, source: DemoSource) -> None:
        for symbol in source.symbols:
            bars = bars_of(source, symbol)
            assert (bars.low <= np.minimum(bars.open, bars.close)).all(), symbol
            assert (bars.high >= np.maximum(bars.open, bars.close)).all(), symbol
            assert (np.diff(bars.sessions).astype(int) > 0).all(), symbol
            assert (bars.volume >= 0).all(), symbol

    def test_prices_over_ten_dollars_are_whole_cents(self, source: DemoSource) -> None:
        close = bars_of(source, "SPY").close
        np.testing.assert_allclose(close * 100, np.round(close * 100), atol=1e-6)

    def test_history_reaches_back_to_2005_and_holds_the_great_sell_offs(
        self, source: DemoSource
    ) -> None:
        spy, vix = bars_of(source, "SPY"), bars_of(source, "^VIX")
        assert spy.sessions[0] == np.datetime64("2005-01-03")
        assert np.datetime64("2025-01-09") not in spy.sessions
        for year, fall, fear in (("2008", -0.40, 60), ("2020", -0.28, 60), ("2022", -0.18, 30)):
            days = spy.sessions.astype("datetime64[Y]") == np.datetime64(year)
            close = spy.close[days]
            assert (close / np.maximum.accumulate(close) - 1).min() < fall
            assert vix.close[days].max() > fear

    def test_start_cuts_the_history(self, source: DemoSource) -> None:
        frame = source.bars("SPY", dt.date(2024, 12, 31)).frame
        assert frame.index[0].date() == dt.date(2024, 12, 31)

    def test_what_is_handed_out_is_the_callers_own(self, source: DemoSource) -> None:
        first = source.bars("SPY", None, FRIDAY).frame
        first["close"] = -1.0
        assert (source.bars("SPY", None, FRIDAY).frame["close"] > 0).all()

    def test_dividends_make_the_total_return_larger(self, source: DemoSource) -> None:
        spy = bars_of(source, "SPY")
        assert spy.adj_close is not None
        assert spy.adj_close[-1] == spy.close[-1]
        assert spy.adj_close[0] < 0.9 * spy.close[0]

    def test_nvidia_split_is_undone_for_a_date_before_it(self, source: DemoSource) -> None:
        now = bars_of(source, "NVDA")
        before = now.upto(dt.date(2024, 6, 7))
        assert before.close[-1] == pytest.approx(10 * now.close[len(before) - 1])
        assert (now.splits != 1).sum() == 1

    def test_names_move_with_their_sector_and_the_market(self, source: DemoSource) -> None:
        def returns(symbol: str) -> np.ndarray:
            return np.diff(np.log(bars_of(source, symbol).close[-500:]))

        spy, qqq, xlp = returns("SPY"), returns("QQQ"), returns("XLP")
        assert np.corrcoef(spy, qqq)[0, 1] > 0.85
        assert np.corrcoef(spy, xlp)[0, 1] < np.corrcoef(spy, qqq)[0, 1]
        spy_all = np.diff(np.log(bars_of(source, "SPY").close))
        z = (spy_all - spy_all.mean()) / spy_all.std()
        assert (z**4).mean() > 5, "tails are fatter than a normal's 3"

    def test_unknown_symbol(self, source: DemoSource) -> None:
        with pytest.raises(SymbolNotFound, match=r"^The simulator does not know the symbol 'XYZ'"):
            source.bars("XYZ", None)

    @pytest.mark.parametrize("symbol", ["BTC-USD", "ES=F"])
    def test_what_trades_elsewhere_is_known_and_lacks_minutes_alone(
        self, source: DemoSource, symbol: str
    ) -> None:
        assert len(source.bars(symbol, None).frame) > 0
        words = f"the simulator has daily bars of {symbol}, but no one-minute bars."
        with pytest.raises(NotAvailable, match=f"^{re.escape(words)}$"):
            source.minutes(symbol, MONDAY)

    def test_another_spelling_of_a_known_symbol_is_offered(self, source: DemoSource) -> None:
        with pytest.raises(SymbolNotFound, match=r"'BRK\.B': did you mean BRK-B\?$"):
            source.bars("BRK.B", None)

    def test_dates_before_the_listing(self, source: DemoSource) -> None:
        with pytest.raises(NotAvailable, match="no bars of META"):
            source.bars("META", None, dt.date(2010, 1, 4))

    def test_young_listing_is_too_young_for_a_50_dma(self, source: DemoSource) -> None:
        assert len(bars_of(source, "YOUNG")) == YOUNG_BARS == 30


class TestMonday:
    """SPY's level is lost at the open and held by the close; NVDA's, QQQ's and XLK's break."""

    def test_spy_gaps_under_its_50_dma_and_holds_it_by_the_close(self, source: DemoSource) -> None:
        spy = bars_of(source, "SPY", MONDAY)
        level = mean(spy, 50, before=1)
        assert spy.close[-2] > level >= spy.open[-1]
        assert spy.low[-1] <= level <= spy.close[-1]
        assert (spy.open[-1], spy.high[-1], spy.low[-1], spy.close[-1]) == (
            594.81,
            599.69,
            594.64,
            599.37,
        )

    def test_at_13_50_the_level_is_tested_from_above(self, source: DemoSource) -> None:
        spy = bars_of(source, "SPY")
        assert mean(spy, 50, before=1) < spy.close[-1] < 598.5
        assert spy.last_session == MONDAY
        assert not spy.last_complete

    def test_the_level_is_lost_once_more_in_the_afternoon(self) -> None:
        spy = bars_of(source_at(14, 40), "SPY")
        assert spy.close[-1] < mean(spy, 50, before=1)

    @pytest.mark.parametrize(
        ("symbol", "counts"), [("NVDA", (50, 100)), ("QQQ", (50,)), ("XLK", (50, 100))]
    )
    def test_tech_breaks(self, source: DemoSource, symbol: str, counts: tuple[int, ...]) -> None:
        bars = bars_of(source, symbol, MONDAY)
        for count in counts:
            level = mean(bars, count, before=1)
            assert bars.close[-2] >= level > bars.close[-1]

    def test_staples_health_apple_and_berkshire_stay_afloat(self, source: DemoSource) -> None:
        spy = bars_of(source, "SPY", MONDAY)

        def residual_z(symbol: str) -> float:
            bars = bars_of(source, symbol, MONDAY)
            own, market = (np.diff(b.close[-254:]) / b.close[-254:-1] for b in (bars, spy))
            slope = np.cov(own[:-1], market[:-1])[0, 1] / market[:-1].var(ddof=1)
            rest = own - (2 / 3 * slope + 1 / 3) * market
            return float(rest[-1] / rest[:-1].std(ddof=1))

        ranking = sorted((*SECTORS, *TEN), key=residual_z, reverse=True)
        assert ranking[:4] == ["XLP", "XLV", "AAPL", "BRK-B"]

    def test_vix_jumps_and_eases(self, source: DemoSource) -> None:
        vix = bars_of(source, "VIX", MONDAY)
        assert vix.high[-1] == 22.51
        assert vix.close[-1] == 17.90

    def test_the_partial_bar_only_ever_grows(self) -> None:
        for symbol in ("SPY", "NVDA", "XLP", "VIX", "ORCL"):
            high, low, volume, opens = 0.0, np.inf, 0.0, set()
            for hour, minute in ((9, 30), (9, 31), (10, 0), (11, 47), (13, 50), (15, 59), (16, 0)):
                bars = bars_of(source_at(hour, minute, 1), symbol)
                assert bars.high[-1] >= high
                assert bars.low[-1] <= low
                assert bars.volume[-1] >= volume
                high, low, volume = bars.high[-1], bars.low[-1], bars.volume[-1]
                opens.add(float(bars.open[-1]))
            assert len(opens) == 1

    def test_prices_tick_every_couple_of_seconds(self) -> None:
        prices = {bars_of(source_at(13, 50, s), "SPY").close[-1] for s in range(0, 60, 2)}
        assert len(prices) > 8
        assert max(prices) - min(prices) < 1.0

    def test_at_the_close_the_running_bar_is_the_finished_one(self) -> None:
        source = source_at(16, 0)
        live, finished = source.bars("SPY", None), source.bars("SPY", None, MONDAY)
        assert live.last_complete
        assert live.last_time == session_close(MONDAY)
        assert live.frame.equals(finished.frame)

    def test_before_the_open_the_friday_is_the_newest(self) -> None:
        raw = source_at(9, 0).bars("SPY", None)
        assert raw.frame.index[-1].date() == FRIDAY
        assert raw.last_time == session_close(FRIDAY)

    def test_the_finished_monday_can_be_asked_for_before_it_is_over(
        self, source: DemoSource
    ) -> None:
        assert source.latest() == session_close(MONDAY) > source.now()
        assert source.bars("SPY", None, MONDAY).frame["close"].iloc[-1] == 599.37


class TestDeterminism:
    def test_the_order_of_asking_changes_nothing(self) -> None:
        one, two = source_at(14, 0), source_at(14, 0)
        for symbol in ("NVDA", "SPY", "XLP"):
            two.bars(symbol, None)
        for symbol in ("XLP", "SPY", "NVDA"):
            assert one.bars(symbol, None).frame.equals(two.bars(symbol, None).frame)


class TestSymbols:
    def test_search_puts_the_exact_symbol_first_and_finds_names(self) -> None:
        source = DemoSource()
        assert source.search("v")[0].symbol == "V"
        assert source.search("nvidia")[0].symbol == "NVDA"
        assert source.search("select sector")[0].symbol.startswith("XL")
        assert len(source.search("a")) == 10
        assert source.search("  ") == ()
        assert source.search("no such thing") == ()

    def test_load_test_universe(self) -> None:
        source = source_at(13, 50, universe=503)
        invented = [s for s in source.symbols if s.startswith("SIM")]
        assert len(invented) == 503
        assert invented[0] == "SIM001"
        assert len(bars_of(source, "SIM503")) > 5000
        assert "SIM001" not in DemoSource().symbols


class TestQuarters:
    def test_nvidias_eight_quarters_are_the_published_ones(self) -> None:
        quarters = DemoSource().quarters("NVDA")
        margins = [q.gross_profit_musd / q.revenue_musd for q in quarters if q.gross_profit_musd]
        assert len(margins) == 8
        assert 100 * np.mean(margins) == pytest.approx(71.9998, abs=5e-5)
        assert 100 * margins[-1] == pytest.approx(74.557, abs=5e-4)
        assert all("as published" in q.label for q in quarters)
        assert quarters[-1].reported_on == dt.date(2024, 11, 20)

    def test_other_companies_are_labelled_simulated(self) -> None:
        quarters = DemoSource().quarters("AAPL")
        assert len(quarters) == 8
        assert all("simulated" in q.label for q in quarters)
        assert all(q.reported_on is not None and q.reported_on > q.period_end for q in quarters)

    def test_share_classes_report_the_same(self) -> None:
        source = DemoSource()
        assert source.quarters("GOOG") == source.quarters("GOOGL")

    def test_funds_and_others_have_none(self) -> None:
        source = DemoSource()
        with pytest.raises(NotAvailable, match="SPY is not a company"):
            source.quarters("SPY")
        with pytest.raises(NotAvailable, match="no quarters of IBM"):
            source.quarters("IBM")


class TestQuotes:
    def test_every_symbol_s_quote_can_be_published(self) -> None:
        """The feed writes them as JSON: one number of another kind would stop it for all."""
        source = source_at(13, 50)
        names = (*source.symbols, *INSTRUMENTS)
        quotes = [quote for name in names if (quote := source.quote(name)) is not None]
        assert {"SPY", "BTC-USD"} < {quote.symbol for quote in quotes}
        for quote in quotes:
            assert msgspec.json.encode(quote)
