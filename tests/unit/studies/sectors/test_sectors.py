"""The sectors' table and series: highs, maximum drawdowns with dates, ranges, who is missing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.model.listings import sectors
from analytics.model.question import Symbol
from analytics.model.vocabulary import BadInput, Bars
from analytics.studies.sectors.sectors import (
    SECTOR_HISTORY,
    SECTORS,
    MaxDrawdown,
    SectorHistory,
    SectorHistoryParameters,
    Sectors,
    SectorsParameters,
    max_drawdown,
    sector_row,
)
from tests.support.small_bars import LAST, bars_of, days_to, inputs_of, walks

NAMES = ("SPY", *sectors())


def all_bars(count: int = 12, sessions: int = 300) -> list[Bars]:
    return [bars_of(s, c) for s, c in zip(NAMES, walks(count, sessions), strict=False)]


def ask(*bars: Bars, **parameters: Any) -> Sectors:
    return SECTORS.compute(SectorsParameters(**parameters), inputs_of(*bars))


def ask_history(*bars: Bars, **parameters: Any) -> SectorHistory:
    return SECTOR_HISTORY.compute(SectorHistoryParameters(**parameters), inputs_of(*bars))


class TestInSession:
    """Sixty closes at 100, and a price of 101 under way: the 50-DMA with it in would be 100.02."""

    def running(self) -> Bars:
        return bars_of("SPY", [100.0] * 60 + [101.0], complete=False)

    def test_the_average_known_before_the_open_decides(self) -> None:
        row = sector_row(self.running(), LAST, LAST)
        assert row.dma50_distance_pct == pytest.approx((100 / 101 - 1) * 100)
        (series,) = ask_history(self.running()).series
        assert series.dma50_distance_pct[-1] == row.dma50_distance_pct
        assert series.dma50_distance_pct[-2] == 0.0

    def test_without_yesterdays_bar_there_is_none(self) -> None:
        days = np.delete(days_to(LAST, 62), -2)
        bars = bars_of("SPY", [100.0] * 60 + [101.0], sessions=days, complete=False)
        assert sector_row(bars, LAST, LAST).dma50_distance_pct is None
        assert ask_history(bars).series[0].dma50_distance_pct[-1] is None

    def test_after_the_close_it_is_the_next_sessions(self) -> None:
        row = sector_row(bars_of("SPY", [100.0] * 60 + [101.0]), LAST, LAST)
        assert row.dma50_distance_pct == pytest.approx((100.02 / 101 - 1) * 100)


class TestMaxDrawdown:
    days = days_to(LAST, 6)

    def dates(self, *at: int) -> list[dt.date]:
        return [self.days[i].astype(dt.date) for i in at]

    def test_depth_and_dates(self) -> None:
        got = max_drawdown(self.days, np.array([10.0, 12, 9, 11, 12, 11]))
        start, trough, recovery = self.dates(1, 2, 4)
        assert got == MaxDrawdown(-25.0, start, trough, recovery)

    def test_not_recovered_yet(self) -> None:
        got = max_drawdown(self.days, np.array([10.0, 12, 11, 9, 10, 11]))
        start, trough = self.dates(1, 3)
        assert got == MaxDrawdown(-25.0, start, trough, None)

    def test_without_a_fall_the_table_is_empty_never_none(self) -> None:
        assert max_drawdown(self.days, np.array([1.0, 1, 2, 3, 3, 4])) == MaxDrawdown(0.0)

    def test_without_a_close_there_is_nothing_to_say(self) -> None:
        assert max_drawdown(self.days[:0], np.array([])) is None

    @settings(max_examples=60, deadline=None)
    @given(arrays(np.float64, st.integers(1, 40), elements=st.floats(0.5, 500)))
    def test_equals_the_naive_one_and_is_never_positive(self, close: np.ndarray) -> None:
        got = max_drawdown(days_to(LAST, len(close)), close)
        naive = min(close[j] / close[: j + 1].max() - 1 for j in range(len(close)))
        assert got is not None
        assert got.pct == pytest.approx(naive * 100)
        assert got.pct <= 0

    @settings(max_examples=30, deadline=None)
    @given(arrays(np.float64, 20, elements=st.floats(1, 500)), st.floats(0.01, 1))
    def test_a_new_low_never_makes_it_shallower(self, close: np.ndarray, share: float) -> None:
        days = days_to(LAST, 21)
        before = max_drawdown(days[:20], close)
        after = max_drawdown(days, np.append(close, close.min() * share))
        assert before is not None
        assert after is not None
        assert after.pct <= before.pct


class TestRow:
    def test_drawdown_from_the_high_of_252_sessions(self) -> None:
        close = np.full(260, 100.0)
        close[5], close[100], close[-1] = 500.0, 125.0, 100.0  # the 500 is 255 sessions back
        row = sector_row(bars_of("XLK", close), LAST, LAST)
        assert (row.drawdown_pct, row.high_sessions) == (pytest.approx(-20.0), 252)
        assert row.high_date == days_to(LAST, 260)[100].astype(dt.date)

    def test_with_fewer_sessions_the_number_is_named(self) -> None:
        row = sector_row(bars_of("XLK", np.linspace(50, 40, 125)), LAST, LAST)
        assert (row.drawdown_pct, row.high_sessions) == (pytest.approx(-20.0), 125)

    def test_under_60_sessions_there_is_no_high(self) -> None:
        row = sector_row(bars_of("XLK", np.linspace(50, 40, 59)), LAST, LAST)
        assert (row.drawdown_pct, row.high_date) == (None, None)
        assert sector_row(bars_of("XLK", np.linspace(50, 40, 60)), LAST, LAST).drawdown_pct

    def test_distances_by_hand(self) -> None:
        row = sector_row(bars_of("XLK", [*[100.0] * 99, 125.0]), LAST, LAST)
        assert row.dma50_distance_pct == pytest.approx((100.5 / 125 - 1) * 100)
        assert row.dma100_distance_pct == pytest.approx((100.25 / 125 - 1) * 100)
        assert row.return_pct == pytest.approx(25.0)

    def test_too_few_sessions_for_an_average_or_a_return(self) -> None:
        row = sector_row(bars_of("XLK", [5.0]), LAST, LAST)
        assert (row.dma50_distance_pct, row.dma100_distance_pct, row.return_pct) == (None,) * 3


class TestTable:
    def test_deepest_first_and_the_benchmark_apart(self) -> None:
        got = ask(*all_bars())
        depths = [row.drawdown_pct for row in got.rows]
        assert depths == sorted(depths)  # type: ignore[type-var]
        assert got.benchmark is not None
        assert got.benchmark.symbol == "SPY"
        assert "SPY" not in {row.symbol for row in got.rows}

    def test_ten_of_eleven(self) -> None:
        got = ask(*all_bars(count=11))
        assert (len(got.rows), got.expected) == (10, 11)
        assert list(got.missing) == [NAMES[-1]]

    def test_the_count_above_the_average_has_its_own_denominator(self) -> None:
        rising = [bars_of(s, np.arange(1.0, 61)) for s in NAMES[1:4]]
        got = ask(*rising, bars_of(NAMES[4], np.arange(60.0, 0, -1)), bars_of(NAMES[5], [1.0] * 30))
        assert (got.above_50, got.with_50, len(got.rows)) == (3, 4, 5)

    def test_the_range_is_the_last_252_sessions_unless_chosen(self) -> None:
        got = ask(*all_bars())
        assert got.range_start == days_to(LAST, 252)[0].astype(dt.date)
        assert got.range_end == LAST

    def test_a_chosen_range_bounds_the_maximum_drawdown(self) -> None:
        close = np.full(300, 100.0)
        close[50], close[200] = 50.0, 90.0
        days = days_to(LAST, 300)
        bars = bars_of("XLK", close)
        late = ask(bars, start=days[150].astype(dt.date)).rows[0].max_drawdown
        early = ask(bars, start=days[0].astype(dt.date), end=days[100].astype(dt.date))
        assert late is not None
        assert late.pct == pytest.approx(-10.0)
        assert early.rows[0].max_drawdown is not None
        assert early.rows[0].max_drawdown.pct == pytest.approx(-50.0)

    def test_an_end_after_the_moment_is_cut_there(self) -> None:
        assert ask(*all_bars(), end=dt.date(2030, 1, 1)).range_end == LAST

    def test_an_empty_range_is_refused_in_a_sentence(self) -> None:
        with pytest.raises(BadInput, match="the date range is empty: it starts 2025-01-10"):
            ask(*all_bars(), start=dt.date(2025, 1, 10), end=dt.date(2025, 1, 9))
        with pytest.raises(BadInput, match="starts 2026"):
            ask(*all_bars(), start=dt.date(2026, 1, 1))

    def test_a_range_before_all_that_is_known_is_refused(self) -> None:
        with pytest.raises(BadInput, match="no session is known up to 2001-01-02"):
            ask(*all_bars(), end=dt.date(2001, 1, 2))

    def test_a_range_without_a_bar_of_a_member_gives_it_no_maximum(self) -> None:
        got = ask(*all_bars(), start=dt.date(2001, 1, 1), end=dt.date(2001, 2, 1))
        assert {row.max_drawdown for row in got.rows} == {None}

    @pytest.mark.parametrize(
        "parameters",
        [
            SectorsParameters(start=dt.date(2010, 1, 4)),
            SectorsParameters(end=dt.date(2010, 1, 4)),
        ],
    )
    def test_an_old_range_asks_for_the_full_history(self, parameters: SectorsParameters) -> None:
        moment = inputs_of().moment
        assert SECTORS.needs(parameters, moment).full_history
        assert not SECTORS.needs(SectorsParameters(), moment).full_history


class TestHistory:
    def test_the_last_point_is_the_table(self) -> None:
        bars = all_bars()
        table = {row.symbol: row for row in ask(*bars).rows}
        for series in ask_history(*bars).series[1:]:
            row = table[series.symbol]
            assert series.drawdown_pct[-1] == pytest.approx(row.drawdown_pct)
            assert series.dma50_distance_pct[-1] == pytest.approx(row.dma50_distance_pct)
            assert row.max_drawdown is not None
            assert min(series.underwater_pct) == pytest.approx(row.max_drawdown.pct)

    def test_the_benchmark_comes_first_and_lengths_agree(self) -> None:
        got = ask_history(*all_bars())
        assert got.series[0].symbol == "SPY"
        for one in got.series:
            lengths = {len(one.sessions), len(one.underwater_pct), len(one.drawdown_pct)}
            assert lengths == {252, len(one.dma50_distance_pct)}

    def test_no_high_before_60_sessions_and_no_average_before_50(self) -> None:
        close = walks(1, 100)[0]
        (series,) = ask_history(bars_of("XLK", close)).series
        assert [x is None for x in series.drawdown_pct] == [True] * 59 + [False] * 41
        assert [x is None for x in series.dma50_distance_pct] == [True] * 49 + [False] * 51

    def test_never_above_water(self) -> None:
        for one in ask_history(*all_bars()).series:
            assert max(one.underwater_pct) <= 0

    def test_members_without_a_bar_in_the_range_are_left_out(self) -> None:
        old = bars_of("XLK", np.full(400, 5.0))
        young = bars_of("XLE", np.full(30, 5.0))
        days = days_to(LAST, 400)
        got = ask_history(old, young, start=days[0].astype(dt.date), end=days[100].astype(dt.date))
        assert [one.symbol for one in got.series] == ["XLK"]


def test_symbols_of_ones_own() -> None:
    bars = [bars_of(s, c) for s, c in zip(("QQQ", "AAA"), walks(2, 100), strict=True)]
    parameters = SectorsParameters(symbols=(Symbol("AAA"),), benchmark=Symbol("QQQ"))
    got = SECTORS.compute(parameters, inputs_of(*bars))
    assert got.benchmark is not None
    assert (got.rows[0].symbol, got.benchmark.symbol, got.expected) == ("AAA", "QQQ", 1)
