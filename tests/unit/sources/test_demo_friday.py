"""As of Friday 24 January 2025 the demo shows the newsletter's figures, to its digits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.model.vocabulary import Floats
from analytics.sources.demo import DemoSource
from analytics.sources.demo.scenario import FRIDAY
from analytics.sources.validate import clean_bars
from tests.support.shared_data import SHARED, needs_shared_data

TEN = ("AAPL", "NVDA", "MSFT", "AMZN", "GOOGL", "META", "TSLA", "AVGO", "BRK-B", "WMT")
REAL_50 = {
    "QQQ": -2.373,
    "XLK": -1.639,
    "NVDA": -2.160,
    "AAPL": 7.345,
    "MSFT": -3.068,
    "AMZN": -6.706,
    "GOOGL": -7.424,
    "META": -7.366,
    "TSLA": -3.779,
    "AVGO": -16.583,
    "BRK-B": -0.195,
    "WMT": -3.629,
    "XLP": 2.655,
    "XLV": -1.515,
}


@pytest.fixture(scope="module")
def source() -> DemoSource:
    return DemoSource()


def closes(source: DemoSource, symbol: str) -> Floats:
    return clean_bars(source.bars(symbol, None, FRIDAY))[0].upto(FRIDAY).close


def distance_pct(close: Floats, count: int) -> float:
    return 100 * float(close[-count:].mean() / close[-1] - 1)


class TestNewsletter:
    def test_spy_support_and_next_support(self, source: DemoSource) -> None:
        spy = closes(source, "SPY")
        assert spy[-1] == 607.97
        assert f"${spy[-50:].mean():.0f}" == "$596"
        assert f"{distance_pct(spy, 50):.0f}%" == "-2%"
        assert -1.96 <= distance_pct(spy, 50) <= -1.88
        assert f"{distance_pct(spy, 100):.2f}%" == "-3.91%"

    def test_the_20_dma_lies_between_and_the_200_dma_below(self, source: DemoSource) -> None:
        spy = closes(source, "SPY")
        twenty, fifty, hundred, two_hundred = (spy[-n:].mean() for n in (20, 50, 100, 200))
        assert fifty > twenty > hundred > two_hundred
        assert twenty == pytest.approx(593.8, abs=0.2)

    def test_group_drawdown_without_apple(self, source: DemoSource) -> None:
        distances = [distance_pct(closes(source, s), 50) for s in TEN if s != "AAPL"]
        above = [d for d in distances if d < 0]
        assert len(above) == 9
        assert f"{np.mean(above):.2f}%" == "-5.65%"
        assert distance_pct(closes(source, "AAPL"), 50) > 0, "Apple is already below its 50-DMA"

    @pytest.mark.parametrize(("symbol", "real"), REAL_50.items())
    def test_each_name_near_its_real_distance(
        self, source: DemoSource, symbol: str, real: float
    ) -> None:
        assert distance_pct(closes(source, symbol), 50) == pytest.approx(real, abs=0.07)

    def test_fitting_leaves_no_kink(self, source: DemoSource) -> None:
        # The last year was moved onto its averages: it must look like the years before.
        for symbol in ("SPY", "QQQ", "XLK", "AAPL", "AVGO", "TSLA"):
            returns = np.diff(np.log(closes(source, symbol)))
            year = returns[-252:]
            assert np.abs(year).max() < 6 * year.std(), symbol
            assert abs(np.corrcoef(year[1:], year[:-1])[0, 1]) < 0.2, symbol

    @needs_shared_data
    def test_closes_of_the_friday_are_the_published_ones(self, source: DemoSource) -> None:
        file = SHARED / "prices" / "traded_close_2024-07-26_2025-01-31.csv"
        published = pd.read_csv(file, index_col=0, parse_dates=True)
        known = [s for s in published.columns if s in source.symbols]
        assert len(known) >= 25
        for symbol in known:
            real = float(published[symbol].loc["2025-01-24"])
            assert closes(source, symbol)[-1] == pytest.approx(real, abs=0.006), symbol

    @needs_shared_data
    def test_the_history_is_simulated_and_copied_from_nobody(self, source: DemoSource) -> None:
        file = SHARED / "prices" / "traded_close_2024-07-26_2025-01-31.csv"
        published = pd.read_csv(file, index_col=0, parse_dates=True)
        real = published["SPY"].loc[:"2025-01-22"].to_numpy()
        same = np.isclose(real, closes(source, "SPY")[-2 - len(real) : -2], atol=0.01)
        assert same.mean() < 0.03
