"""Downside capture and correlation, by hand and by their invariants."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.model.question import Symbol
from analytics.studies.sectors.correlation import CORRELATION, CorrelationParameters, correlation
from analytics.studies.sectors.downside import (
    DOWNSIDE,
    DownsideParameters,
    DownsideRow,
    downside_row,
)
from tests.support.small_bars import bars_of, inputs_of, walks


class TestDownside:
    def test_geometric_means_on_down_days_only(self) -> None:
        theirs = np.array([-0.02, -0.01] * 5 + [0.03] * 50)
        ours = np.array([-0.01, 0.0] * 5 + [0.5] * 50)
        row = downside_row("AAA", ours, theirs)
        assert isinstance(row, DownsideRow)
        own, its = (0.99**0.5 - 1) * 100, ((0.98 * 0.99) ** 0.5 - 1) * 100
        assert row.mean_return_pct == pytest.approx(own)
        assert row.benchmark_return_pct == pytest.approx(its)
        assert row.capture_pct == pytest.approx(own / its * 100)
        assert (row.down_days, row.n) == (10, 60)

    def test_the_benchmark_captures_itself_whole(self) -> None:
        returns = np.diff(np.log(walks(1, 200)[0]))
        row = downside_row("SPY", returns, returns)
        assert isinstance(row, DownsideRow)
        assert row.capture_pct == pytest.approx(100.0)

    def test_a_worse_down_day_never_lowers_the_capture(self) -> None:
        spy, ours = (np.diff(np.log(walk)) for walk in walks(2, 200))
        before = downside_row("AAA", ours, spy)
        for day in np.flatnonzero(spy < 0)[:10]:
            worse = ours.copy()
            worse[day] -= 0.01
            after = downside_row("AAA", worse, spy)
            assert isinstance(before, DownsideRow)
            assert isinstance(after, DownsideRow)
            assert after.capture_pct > before.capture_pct

    def test_too_little_is_said(self) -> None:
        few = downside_row("AAA", np.zeros(59), -np.ones(59) / 100)
        rising = downside_row("AAA", np.zeros(80), np.append(np.ones(75), -np.ones(5)) / 100)
        assert few == "downside capture needs 60 returns (has 59)"
        assert rising == "downside capture needs 10 down days (has 5)"

    def test_only_the_window_counts(self) -> None:
        spy, ours = walks(2, 400)
        asked = DownsideParameters(symbols=(Symbol("AAA"),), sessions=100)
        long = DOWNSIDE.compute(asked, inputs_of(bars_of("SPY", spy), bars_of("AAA", ours)))
        short = DOWNSIDE.compute(
            asked, inputs_of(bars_of("SPY", spy[-101:]), bars_of("AAA", ours[-101:]))
        )
        assert long.rows == short.rows
        assert long.rows[0].n == 100


class TestCorrelation:
    def test_agrees_with_numpy(self) -> None:
        a, b = (np.diff(walk) for walk in walks(2, 120))
        assert correlation(a, b) == pytest.approx(float(np.corrcoef(a, b)[0, 1]))
        assert correlation(a, -3 * a) == pytest.approx(-1.0)
        assert correlation(a, np.ones(len(a))) is None

    def test_a_company_is_set_against_its_sector_fund(self) -> None:
        spy, fund, company = walks(3, 120)
        got = CORRELATION.compute(
            CorrelationParameters(symbols=(Symbol("NVDA"), Symbol("ZZZZ"))),
            inputs_of(*map(bars_of, ("SPY", "XLK", "NVDA", "ZZZZ"), (spy, fund, company, fund))),
        )
        rows = {row.symbol: row for row in got.rows}
        returns = [walk[-90:] / walk[-91:-1] - 1 for walk in (spy, fund, company)]
        assert rows["NVDA"].sector == "XLK"
        assert rows["NVDA"].to_benchmark == pytest.approx(
            float(np.corrcoef(returns[2], returns[0])[0, 1])
        )
        assert rows["NVDA"].to_sector == pytest.approx(
            float(np.corrcoef(returns[2], returns[1])[0, 1])
        )
        assert (rows["ZZZZ"].sector, rows["ZZZZ"].to_sector) == (None, None)

    def test_a_missing_sector_fund_leaves_only_that_cell_empty(self) -> None:
        spy, company = walks(2, 120)
        got = CORRELATION.compute(
            CorrelationParameters(symbols=(Symbol("NVDA"),)),
            inputs_of(bars_of("SPY", spy), bars_of("NVDA", company)),
        )
        assert got.rows[0].to_sector is None
        assert got.rows[0].sector_n == 0

    def test_a_short_history_is_said(self) -> None:
        spy, company = walks(2, 90)
        got = CORRELATION.compute(
            CorrelationParameters(symbols=(Symbol("NVDA"),)),
            inputs_of(bars_of("SPY", spy), bars_of("NVDA", company)),
        )
        assert got.missing == {"NVDA": "correlation needs 90 returns (has 89)"}
