"""Contributions: weight x return by hand, weights carried by prices, and the rest."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from analytics.model.listings import Weights, index_weights
from analytics.model.vocabulary import Bars, NotAvailable, SymbolNotFound
from analytics.sources.files.source import FilesSource
from analytics.sources.validate import clean_bars
from analytics.studies.sectors.contribution import (
    CONTRIBUTION,
    Contribution,
    ContributionParameters,
    contribution_table,
    weight_anchor,
)
from tests.support.shared_data import SHARED, needs_shared_data
from tests.support.small_bars import bars_of, days_to, inputs_of

WEIGHTS = Weights(dt.date(2025, 1, 22), {"AAA": "A", "BBB": "B"}, {"AAA": 40, "BBB": 10}, "a test")
SPY = bars_of("SPY", [100.0, 110.0, 99.0])  # 22, 23 and 24 January 2025


class TestTable:
    def test_weights_are_carried_to_before_the_move(self) -> None:
        inputs = inputs_of(SPY, bars_of("AAA", [10, 12, 9]), bars_of("BBB", [10, 10, 11]))
        got = contribution_table(WEIGHTS, inputs, SPY, total=False, sessions=1)
        first, second = got.rows
        assert first.symbol == "AAA"
        assert first.weight_pct == pytest.approx(40 * 1.2 / 1.1)
        assert first.contribution_pct == pytest.approx(40 * 1.2 / 1.1 * -0.25)
        assert second.contribution_pct == pytest.approx(10 / 1.1 * 0.1)
        assert got.rest_pct == pytest.approx(-10 - got.sum_pct)
        assert got.rest_return_pct == pytest.approx(got.rest_pct / got.rest_weight_pct * 100)
        assert got.carried

    def test_a_complete_index_leaves_no_rest_over_any_window(self) -> None:
        a, b = np.array([60.0, 66, 50, 70]), np.array([40.0, 38, 45, 41])
        index = bars_of("SPY", a + b)
        weights = Weights(
            dt.date(2025, 1, 21), {"AAA": "A", "BBB": "B"}, {"AAA": 60, "BBB": 40}, ""
        )
        inputs = inputs_of(index, bars_of("AAA", a), bars_of("BBB", b))
        for sessions in (1, 2, 3):
            got = contribution_table(weights, inputs, index, total=False, sessions=sessions)
            assert got.sum_weight_pct == pytest.approx(100)
            assert got.rest_pct == pytest.approx(0, abs=1e-9)

    def test_before_the_weights_date_they_stand_as_published(self) -> None:
        later = Weights(dt.date(2025, 1, 27), {"AAA": "A"}, {"AAA": 40.0}, "a test")
        inputs = inputs_of(SPY, bars_of("AAA", [10, 12, 9]))
        got = contribution_table(later, inputs, SPY, total=False, sessions=1)
        assert (got.carried, got.rows[0].weight_pct) == (False, 40.0)

    def test_prices_that_start_after_the_weights_do_not_carry_them(self) -> None:
        old = Weights(dt.date(2025, 1, 2), {"AAA": "A"}, {"AAA": 40.0}, "a test")
        assert weight_anchor(old, SPY) is None
        assert weight_anchor(WEIGHTS, SPY) == 0

    def test_a_missing_name_falls_into_the_rest(self) -> None:
        got = contribution_table(
            WEIGHTS, inputs_of(SPY, bars_of("BBB", [10, 10, 11])), SPY, total=False, sessions=1
        )
        assert [row.symbol for row in got.rows] == ["BBB"]
        assert list(got.missing) == ["AAA"]
        assert got.rest_weight_pct == pytest.approx(100 - 10 / 1.1)


class TestQuestion:
    def test_the_gap_to_equal_weight(self) -> None:
        got = CONTRIBUTION.compute(
            ContributionParameters(), inputs_of(SPY, bars_of("RSP", [50.0, 50.0, 49.0]))
        )
        gap = got.equal_weight.gaps[0]
        assert (gap.benchmark_pct, gap.equal_weight_pct) == pytest.approx((-10, -2))
        assert gap.gap_pct == pytest.approx(-8)
        assert got.equal_weight.benchmark_index == pytest.approx((100, 110, 99))

    def test_without_equal_weight_the_reason_is_given(self) -> None:
        got = CONTRIBUTION.compute(ContributionParameters(), inputs_of(SPY))
        assert got.equal_weight.reason == "RSP: no bars."
        assert got.concentration.names == 0

    def test_a_window_longer_than_the_data_is_refused(self) -> None:
        with pytest.raises(NotAvailable, match="needs 6 sessions"):
            CONTRIBUTION.compute(ContributionParameters(sessions=5), inputs_of(SPY))

    def test_concentration_follows_relative_prices(self) -> None:
        days = days_to(dt.date(2025, 1, 3), 3)  # 31 December, 2 and 3 January
        spy = bars_of("SPY", [100, 100, 110], sessions=days)
        apple = bars_of("AAPL", [50, 100, 55], sessions=days)
        got = CONTRIBUTION.compute(
            ContributionParameters(), inputs_of(spy, apple, session=dt.date(2025, 1, 3))
        ).concentration
        assert got.sum_pct == pytest.approx((7.6, 15.2, 7.6))
        assert (got.names, got.published_pct, got.now_pct) == (1, 7.6, pytest.approx(7.6))

    @needs_shared_data
    def test_the_recorded_monday(self) -> None:
        got = recorded(dt.date(2025, 1, 27))
        nvidia = got.companies.rows[0]
        assert got.move_pct == pytest.approx(-1.41, abs=0.01)
        assert nvidia.symbol == "NVDA"
        assert nvidia.return_pct == pytest.approx(-16.97, abs=0.01)
        # 6.6% x (142.62 / 134.29) / (607.97 / 586.08)
        assert nvidia.weight_pct == pytest.approx(6.757, abs=0.005)
        assert got.sectors.rows[0].symbol == "XLK"
        assert got.sectors.missing == {}


def recorded(session: dt.date) -> Contribution:
    source = FilesSource(SHARED)
    bars: list[Bars] = []
    for symbol in CONTRIBUTION.needs(ContributionParameters(), inputs_of().moment).bars:
        try:
            raw = source.bars(symbol, None)
        except SymbolNotFound:
            continue
        bars.append(clean_bars(raw)[0])
    assert len(index_weights("company", session).weights_pct) < len(bars)
    return CONTRIBUTION.compute(ContributionParameters(), inputs_of(*bars, session=session))
