"""Group drawdown to a moving average: who counts, who is listed apart, who is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.model.question import Inputs, Symbol
from analytics.model.vocabulary import Bars
from analytics.studies.sectors.group_drawdown import (
    GROUP_DRAWDOWN,
    GroupDrawdown,
    GroupDrawdownParameters,
)
from tests.support.small_bars import bars_of, inputs_of


def ask(*bars: Bars, exclude: tuple[str, ...] = (), missing: tuple[str, ...] = ()) -> GroupDrawdown:
    asked = tuple(Symbol(s) for s in (*(one.symbol for one in bars), *missing))
    left_out = tuple(Symbol(s) for s in exclude)
    return GROUP_DRAWDOWN.compute(GroupDrawdownParameters(asked, left_out), inputs_of(*bars))


def at(symbol: str, price: float) -> Bars:
    """49 closes of 100 and one of ``price``: the 50-DMA is (4900 + price) / 50."""
    return bars_of(symbol, [*[100.0] * 49, price])


def distance(price: float) -> float:
    return ((4900 + price) / 50 / price - 1) * 100


class TestGroup:
    def test_equal_weight_mean_of_those_above(self) -> None:
        got = ask(at("A", 110.0), at("B", 120.0))
        assert got.mean_pct == pytest.approx((distance(110) + distance(120)) / 2)
        assert (got.n, got.level) == (2, "50-DMA")
        assert [member.symbol for member in got.members] == ["B", "A"]  # farthest first

    def test_those_already_below_are_listed_apart(self) -> None:
        got = ask(at("A", 110.0), at("LOW", 90.0))
        assert got.mean_pct == pytest.approx(distance(110))
        assert [member.symbol for member in got.already_below] == ["LOW"]
        assert got.already_below[0].distance_pct == pytest.approx(distance(90))

    def test_the_excluded_keep_their_distance_but_do_not_count(self) -> None:
        got = ask(at("A", 110.0), at("B", 120.0), exclude=("B", "ELSE"))
        assert (got.mean_pct, got.n) == (pytest.approx(distance(110)), 1)
        assert [member.symbol for member in got.excluded] == ["B"]

    def test_no_member_above_has_no_mean(self) -> None:
        got = ask(at("LOW", 90.0))
        assert (got.mean_pct, got.n, got.members) == (None, 0, ())

    def test_young_and_absent_members_are_said(self) -> None:
        got = ask(at("A", 110.0), bars_of("YOUNG", np.full(49, 5.0)), missing=("GONE",))
        assert got.n == 1
        assert got.missing == {
            "YOUNG": "50-DMA needs 50 sessions (has 49)",
            "GONE": "GONE: no bars.",
        }

    def test_another_average(self) -> None:
        bars = bars_of("A", [*[100.0] * 99, 110.0])
        got = GROUP_DRAWDOWN.compute(
            GroupDrawdownParameters((Symbol("A"),), level=100), inputs_of(bars)
        )
        assert got.level == "100-DMA"
        assert got.mean_pct == pytest.approx(((9900 + 110) / 100 / 110 - 1) * 100)

    def test_the_ten_largest_are_the_default(self) -> None:
        empty: Inputs = inputs_of()
        got = GROUP_DRAWDOWN.compute(GroupDrawdownParameters(), empty)
        assert list(got.missing)[:3] == ["AAPL", "NVDA", "MSFT"]
        assert len(got.missing) == 10

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.floats(50, 200), min_size=1, max_size=8))
    def test_the_mean_is_never_positive_and_members_add_up(self, prices: list[float]) -> None:
        got = ask(*(at(f"S{i}", price) for i, price in enumerate(prices)))
        assert got.n + len(got.already_below) == len(prices)
        assert got.mean_pct is None or got.mean_pct <= 0
