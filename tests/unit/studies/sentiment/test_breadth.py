"""Breadth: shares with their denominators, new highs and lows, history without look-ahead."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from analytics.model.question import Symbol
from analytics.model.vocabulary import Bars
from analytics.sources.files.source import FilesSource
from analytics.sources.validate import clean_bars
from analytics.studies.sentiment.breadth import BREADTH, Breadth, BreadthParameters
from analytics.studies.sentiment.breadth_series import at_extremes, trailing_mean
from analytics.studies.supports.levels import year_low
from tests.support.builders import make_bars
from tests.support.shared_data import SHARED, needs_shared_data
from tests.support.small_bars import bars_of, days_to, inputs_of, walks


def ask(*bars: Bars, session: dt.date = dt.date(2025, 1, 24), sessions: int = 5000) -> Breadth:
    symbols = tuple(Symbol(one.symbol) for one in bars)
    return BREADTH.compute(
        BreadthParameters(symbols=symbols, sessions=sessions), inputs_of(*bars, session=session)
    )


class TestShares:
    def test_a_member_without_an_average_is_in_no_denominator(self) -> None:
        rising, falling = np.arange(1.0, 61), np.arange(60.0, 0, -1)
        got = ask(bars_of("UP", rising), bars_of("DOWN", falling), bars_of("NEW", rising[:30]))
        by_level = {share.level: share for share in got.shares}
        assert (by_level["20-DMA"].above, by_level["20-DMA"].of) == (2, 3)
        assert (by_level["50-DMA"].above, by_level["50-DMA"].of) == (1, 2)
        assert by_level["50-DMA"].share_pct == 50.0
        assert by_level["50-DMA"].above_symbols == ("UP",)
        assert by_level["50-DMA"].below_symbols == ("DOWN",)
        assert (by_level["100-DMA"].of, by_level["100-DMA"].share_pct) == (0, None)

    def test_a_close_at_its_average_is_not_above_it(self) -> None:
        assert ask(bars_of("FLAT", np.full(60, 5.0))).shares[1].above == 0

    def test_in_session_the_average_known_before_the_open_decides(self) -> None:
        """A close of 100 falls out of the window of 20: the price itself moves the average."""
        closes = np.full(61, 100.0)
        closes[41] = 97.0  # through yesterday 99.85; through today 99.8424
        closes[-1] = 99.848
        assert ask(bars_of("UP", closes, complete=False)).shares[0].above == 0
        assert ask(bars_of("UP", closes, complete=False)).history.levels[0].above[-1] == 0
        assert ask(bars_of("UP", closes)).shares[0].above == 1

    def test_in_session_a_member_without_yesterdays_bar_is_in_no_denominator(self) -> None:
        days = np.delete(days_to(dt.date(2025, 1, 24), 62), -2)
        got = ask(bars_of("UP", np.arange(1.0, 62), sessions=days, complete=False))
        assert (got.shares[0].of, got.history.levels[0].of[-1]) == (0, 0)
        assert got.history.levels[0].of[-2] == 1

    def test_missing_members_are_said(self) -> None:
        inputs = inputs_of(bars_of("UP", np.arange(1.0, 61)))
        got = BREADTH.compute(BreadthParameters(symbols=(Symbol("UP"), Symbol("GONE"))), inputs)
        assert got.members == 2
        assert list(got.missing) == ["GONE"]

    def test_no_member_at_all_gives_an_empty_history(self) -> None:
        got = BREADTH.compute(BreadthParameters(symbols=(Symbol("GONE"),)), inputs_of())
        assert got.history.sessions == ()
        assert got.new_highs_lows.net_pct is None


class TestHighsAndLows:
    def test_the_highest_of_the_252_sessions_a_tie_with_an_older_one_too(self) -> None:
        high, low = np.full(254, 10.0), np.full(254, 8.0)
        high[100], low[100] = 12.0, 7.0
        high[252], low[252], low[253] = 12.0, 7.5, 6.9
        highs, lows = at_extremes(high, low)
        assert highs.tolist() == [False, True, False]
        assert lows.tolist() == [False, False, True]

    def test_a_low_within_the_day_counts_as_the_ladder_counts_it(self) -> None:
        """One definition: the session whose low is the ladder's 52-week low is at a new low."""
        bars = make_bars(np.linspace(100, 120, 300), dt.date(2025, 1, 24), spread=1.0)
        low = bars.low.copy()
        low[-1] = low[-252:].min() - 1
        deep = replace(bars, low=low)
        assert year_low(deep.low) == low[-1]
        assert ask(deep).new_highs_lows.low_symbols == (deep.symbol,)

    @pytest.mark.parametrize("seed", range(3))
    def test_agrees_with_a_loop(self, seed: int) -> None:
        close = walks(1, 800, seed=seed)[0]
        highs, lows = at_extremes(close, close)
        for i, (high, low) in enumerate(zip(highs, lows, strict=True)):
            before = close[i : i + 251]
            assert high == (close[i + 251] >= before.max())
            assert low == (close[i + 251] <= before.min())

    def test_net_is_a_share_of_members_with_252_closes(self) -> None:
        up, down = np.arange(1.0, 301), np.arange(300.0, 0, -1)
        got = ask(bars_of("A", up), bars_of("B", up), bars_of("C", down), bars_of("D", up[:200]))
        now = got.new_highs_lows
        assert (now.highs, now.lows, now.of) == (2, 1, 3)
        assert now.net_pct == pytest.approx(100 / 3)
        assert now.net_20_pct == pytest.approx(100 / 3)
        assert (now.high_symbols, now.low_symbols) == (("A", "B"), ("C",))

    def test_equal_windows_have_equal_means(self) -> None:
        values = np.tile([0.1, 0.2, 0.7, -0.3], 50)
        means = trailing_mean(values, 4)[3:]
        assert len(set(means.tolist())) == 1


class TestHistory:
    def test_the_denominator_is_each_session_s_own(self) -> None:
        got = ask(bars_of("OLD", np.arange(1.0, 71)), bars_of("NEW", np.arange(1.0, 56)))
        fifty = got.history.levels[1]
        assert fifty.of[-7:] == (1, 2, 2, 2, 2, 2, 2)
        assert fifty.of[:49] == (0,) * 49
        assert fifty.share_pct[48:50] == (None, 100.0)

    def test_a_session_without_a_member_s_bar_does_not_count_it(self) -> None:
        days = days_to(dt.date(2025, 1, 24), 60)
        gap = bars_of("GAP", np.arange(1.0, 60), sessions=np.delete(days, 55))
        got = ask(gap, bars_of("ALL", np.arange(1.0, 61)))
        assert got.history.levels[0].of[54:57] == (2, 1, 2)

    def test_the_last_point_is_the_present_figure(self) -> None:
        got = ask(*(bars_of(f"M{i}", walk) for i, walk in enumerate(walks(9, 400))))
        for share, series in zip(got.shares, got.history.levels, strict=True):
            assert (share.above, share.of) == (series.above[-1], series.of[-1])
        assert got.new_highs_lows.net_20_pct == got.history.net_20_pct[-1]

    def test_an_earlier_answer_is_the_later_history(self) -> None:
        bars = [bars_of(f"M{i}", walk) for i, walk in enumerate(walks(9, 400))]
        now, cut = ask(*bars), dt.date(2024, 10, 1)
        then = ask(*bars, session=cut)
        shared = now.history.sessions.index(cut) + 1
        assert then.history.levels[1].share_pct == now.history.levels[1].share_pct[:shared]
        assert then.history.net_20_pct == now.history.net_20_pct[:shared]


class TestLists:
    def test_companies_are_grouped_by_sector(self) -> None:
        up, down = np.arange(1.0, 61), np.arange(60.0, 0, -1)
        got = ask(
            bars_of("AAPL", up), bars_of("NVDA", down), bars_of("XOM", up), bars_of("QQQ", up)
        )
        assert [(s.sector, s.members) for s in got.by_sector] == [("XLE", 1), ("XLK", 2)]
        assert got.by_sector[1].shares[1].share_pct == 50.0

    @needs_shared_data
    def test_the_recorded_friday(self) -> None:
        source = FilesSource(SHARED)
        friday = dt.date(2025, 1, 24)
        symbols = BREADTH.needs(BreadthParameters(), inputs_of().moment).bars
        bars = [clean_bars(source.bars(s, None))[0] for s in symbols]
        got = BREADTH.compute(BreadthParameters(), inputs_of(*bars, session=friday))
        fifty = got.shares[1]
        # data/README.md: positive distances (below the 50-DMA) are XLB, XLP, XLRE and AAPL.
        assert (fifty.above, fifty.of) == (17, 21)
        assert fifty.below_symbols == ("XLB", "XLP", "XLRE", "AAPL")
        assert got.shares[3].of == 0
