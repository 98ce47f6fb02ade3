"""Simulated prices in four bytes each: exact, refused where they are not, half of floats."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.sources.demo.market import Market
from analytics.sources.demo.monday import TICKS
from analytics.sources.demo.packing import pack, unpack
from analytics.sources.demo.roster import build_roster
from analytics.sources.demo.source import DemoSource

CENTS = st.decimals(0, Decimal("429496.7295"), places=4)


class TestPacking:
    @given(st.lists(CENTS, min_size=1))
    def test_every_price_of_four_decimals_comes_back_to_the_last_bit(
        self, prices: list[Decimal]
    ) -> None:
        floats = np.array([float(price) for price in prices])
        packed = pack(floats)
        assert packed.nbytes == 4 * len(prices)
        assert unpack(packed).tobytes() == floats.tobytes()

    @pytest.mark.parametrize("value", [0.00005, -0.01, 429_496.7296, float("nan"), float("inf")])
    def test_what_would_not_come_back_is_refused(self, value: float) -> None:
        with pytest.raises(ValueError, match="4 decimals"):
            pack(np.array([1.0, value]))

    def test_whole_shares_up_to_four_billion(self) -> None:
        assert unpack(pack(np.array([4_294_967_295.0]), 0), 0).tolist() == [4_294_967_295.0]


class TestWhatTheDemoKeeps:
    def test_twenty_years_take_half_of_what_seven_columns_of_floats_take(self) -> None:
        spy = build_roster(0)["SPY"]
        history = Market(spy).history(spy)
        assert len(history.sessions) > 5000
        assert sum(one.nbytes for one in history.packed) == history.block().nbytes / 2

    def test_bars_are_the_callers_own_to_change(self) -> None:
        source, friday = DemoSource(), dt.date(2025, 1, 24)
        source.bars("QQQ", None, friday).frame.iloc[:, :] = 0.0
        assert (source.bars("QQQ", None, friday).frame["close"] > 0).all()

    def test_a_monday_of_two_seconds_takes_eight_bytes_a_tick(self) -> None:
        source = DemoSource()
        source.quote("SPY")
        (tape,) = source._tapes.values()
        assert tape.packed_price.nbytes + tape.volume.nbytes == 8 * TICKS
