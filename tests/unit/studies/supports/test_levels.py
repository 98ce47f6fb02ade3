"""Rungs of the ladder, where they cluster, and the channel."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.indicators.channel import fit_channel
from analytics.model.levels import DMA, SWING_LOW, UNLISTED, YEAR_LOW, LevelId, dma
from analytics.model.status import Status
from analytics.model.vocabulary import Bars
from analytics.studies.supports.confluence import find_clusters, mark_clusters
from analytics.studies.supports.levels import (
    Level,
    PriceContext,
    bar_levels,
    make_level,
    read_price_context,
    swing_low,
    year_low,
)
from tests.support.builders import make_bars, walk

TAPE = PriceContext(
    price=100.0,
    previous_close=101.0,
    open=99.0,
    low=97.0,
    final=True,
    atr=4.0,
    atr_before=4.0,
    sigma=0.02,
)


def averages_of(bars: Bars) -> dict[str, Level]:
    return {level.name: level for level in bar_levels(bars, read_price_context(bars), (DMA,))[0]}


def lows_of(bars: Bars) -> dict[str, Level]:
    found, _ = bar_levels(bars, read_price_context(bars), (SWING_LOW, YEAR_LOW))
    return {level.name: level for level in found}


class TestDistances:
    def test_one_sign_in_three_units(self) -> None:
        level = make_level(dma(50), 98.0, 98.0, TAPE)
        assert level.distance_pct == pytest.approx(-2.0)
        assert level.distance_atr == pytest.approx(-0.5)
        assert level.distance_sigma == pytest.approx(math.log(0.98) / 0.02)

    def test_absent_yardsticks_give_absent_distances(self) -> None:
        context = replace(TAPE, atr=None, sigma=None)
        level = make_level(dma(50), 98.0, 98.0, context)
        assert (level.distance_atr, level.distance_sigma) == (None, None)


class TestStatusOfALevel:
    def test_it_is_decided_on_the_level_known_before_the_open(self) -> None:
        decided = make_level(dma(50), 100.5, 99.5, TAPE)
        assert (decided.status, decided.gap_down) == (Status.HELD, True)

    def test_in_session_the_atr_through_the_previous_session_counts(self) -> None:
        context = replace(TAPE, final=False, low=99.4, atr=40.0, atr_before=2.0)
        assert make_level(dma(50), 99.0, 99.3, context).status is Status.ABOVE
        assert make_level(dma(50), 99.0, 99.5, context).status is Status.TESTING

    def test_a_first_day_has_none(self) -> None:
        assert make_level(dma(50), 99.0, None, TAPE).status is None
        lone = replace(TAPE, previous_close=None)
        assert make_level(dma(50), 99.0, 99.0, lone).status is None


class TestMovingAverages:
    def test_49_sessions_say_what_is_needed(self) -> None:
        bars = make_bars(walk(49))
        _, missing = bar_levels(bars, read_price_context(bars), (DMA,))
        assert "50-DMA" not in averages_of(bars)
        assert missing[0].reason == "50-DMA needs 50 sessions (has 49)"

    def test_50_sessions_have_a_level_of_record_but_none_before_the_open(self) -> None:
        close = walk(50)
        level = averages_of(make_bars(close))["50-DMA"]
        assert level.price == pytest.approx(close.mean())
        assert (level.session_level, level.status) == (None, None)

    def test_51_sessions_have_both(self) -> None:
        close = walk(51)
        level = averages_of(make_bars(close))["50-DMA"]
        assert level.session_level == pytest.approx(close[:50].mean())
        assert level.price == pytest.approx(close[1:].mean())

    def test_an_unmoved_price_holds_its_average(self) -> None:
        level = averages_of(make_bars(np.full(60, 33.33)))["50-DMA"]
        assert (level.status, level.distance_pct) == (Status.HELD, 0.0)


class TestOneLevelDecides:
    """Sixty closes by hand: 59 at 100, the running price 90; the 50-DMA was 100, is 99.8."""

    CLOSES = np.append(np.full(59, 100.0), 90.0)

    def test_in_session_it_is_the_one_known_before_the_open(self) -> None:
        level = averages_of(make_bars(self.CLOSES, complete=False))["50-DMA"]
        assert (level.price, level.session_level) == (100.0, 100.0)
        assert level.if_closed_here == pytest.approx(99.8)
        assert level.distance_pct == pytest.approx((100 / 90 - 1) * 100)
        assert level.close_needed == 100.0

    def test_after_the_close_it_is_the_next_session_s(self) -> None:
        level = averages_of(make_bars(self.CLOSES))["50-DMA"]
        assert level.price == pytest.approx(99.8)
        assert (level.session_level, level.if_closed_here) == (100.0, None)
        assert level.distance_pct == pytest.approx((99.8 / 90 - 1) * 100)
        assert level.close_needed == pytest.approx(99.8)
        assert level.status is Status.BROKEN

    def test_a_running_price_does_not_move_it(self) -> None:
        prices = {
            averages_of(make_bars(np.append(np.full(59, 100.0), last), complete=False))[
                "50-DMA"
            ].price
            for last in (90.0, 99.0, 110.0)
        }
        assert prices == {100.0}

    def test_a_close_at_it_holds_it_and_a_cent_less_does_not(self) -> None:
        def status(close: float) -> Status | None:
            closes = np.append(np.full(59, 100.0), close)
            return averages_of(make_bars(closes, spread=2.0))["50-DMA"].status

        assert status(100.0) is Status.HELD
        assert status(99.99) is Status.BROKEN


class TestPriceStructure:
    def test_a_swing_low_is_known_five_sessions_later(self) -> None:
        lows = np.array([9.0, 8, 7, 6, 5, 4, 5, 6, 7, 8, 9])
        assert swing_low(lows) == 4.0
        assert swing_low(lows[:-1]) is None

    def test_the_last_one_counts(self) -> None:
        valley = [9.0, 8, 7, 6, 5]
        lows = np.array([*valley, 3, *valley[::-1], *valley, 4, *valley[::-1]])
        assert swing_low(lows) == 4.0
        assert swing_low(lows[:-1]) == 3.0

    def test_a_lower_low_within_five_sessions_disqualifies(self) -> None:
        lows = np.array([9.0, 9, 9, 9, 9, 5, 9, 9, 9, 9, 4.9, 9, 9])
        assert swing_low(lows) is None

    def test_the_52_week_low_needs_252_lows(self) -> None:
        lows = np.concatenate([[1.0], np.linspace(50, 20, 251)])
        assert year_low(lows) == 1.0
        assert year_low(np.append(lows, 30.0)) == 20.0
        assert year_low(lows[1:]) is None

    def test_lows_not_closes_make_the_levels(self) -> None:
        bars = make_bars(walk(300), spread=2.0)
        found = {
            one.name: one
            for one in bar_levels(bars, read_price_context(bars), (SWING_LOW, YEAR_LOW))[0]
        }
        assert found["52-week low"].price == bars.low[-252:].min()
        assert found["52-week low"].session_level == bars.low[-253:-1].min()

    def test_closes_stand_in_where_there_are_no_lows(self) -> None:
        bars = make_bars(walk(300))
        blank = np.full(300, np.nan)
        bars = replace(bars, open=blank, high=blank, low=blank)
        found = {
            one.name: one
            for one in bar_levels(bars, read_price_context(bars), (SWING_LOW, YEAR_LOW))[0]
        }
        assert found["52-week low"].price == bars.close[-252:].min()

    def test_a_young_symbol_says_what_is_needed(self) -> None:
        bars = make_bars(walk(8))
        _, missing = bar_levels(bars, read_price_context(bars), (SWING_LOW, YEAR_LOW))
        assert [one.reason for one in missing] == [
            "no low that is the lowest of 5 sessions either side",
            "52-week low needs 252 sessions (has 8)",
        ]


def rung(level: LevelId, price: float) -> Level:
    return make_level(level, price, price, TAPE)


LOW = SWING_LOW.levels[0]


class TestConfluence:
    def test_two_families_within_a_quarter_atr_meet(self) -> None:
        levels = [rung(dma(50), 98.0), rung(LOW, 97.0)]
        (cluster,) = find_clusters(levels, atr=4.0)
        assert (cluster.low, cluster.high, cluster.score) == (97.0, 98.0, 2)
        assert cluster.names == ("50-DMA", "swing low")
        assert find_clusters(levels, atr=3.99) == ()

    def test_lines_of_one_family_are_no_confluence(self) -> None:
        assert find_clusters([rung(dma(50), 98.0), rung(dma(100), 97.9)], atr=4.0) == ()

    def test_the_score_counts_families_not_lines(self) -> None:
        levels = [
            rung(dma(50), 98.0),
            rung(dma(100), 97.8),
            rung(LOW, 97.5),
        ]
        (cluster,) = find_clusters(levels, atr=4.0)
        assert (cluster.score, len(cluster.names)) == (2, 3)

    def test_a_chain_is_cut_at_half_an_atr(self) -> None:
        # neighbours are 0.9 apart (within 1.0); the fourth would make the cluster 2.7 wide
        levels = [
            rung(dma(20), 100.0),
            rung(LOW, 99.1),
            rung(dma(50), 98.2),
            rung(YEAR_LOW.levels[0], 97.3),
        ]
        (cluster,) = find_clusters(levels, atr=4.0)
        assert cluster.names == ("20-DMA", "swing low", "50-DMA")

    def test_no_atr_no_clusters(self) -> None:
        assert find_clusters([rung(dma(50), 1.0), rung(LOW, 1.0)], None) == ()

    def test_each_level_knows_its_cluster(self) -> None:
        levels = [
            rung(dma(200), 120.0),
            rung(dma(50), 98.0),
            rung(LOW, 97.5),
        ]
        marked = mark_clusters(levels, find_clusters(levels, atr=4.0))
        assert [level.cluster for level in marked] == [None, 0, 0]

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.tuples(st.floats(90, 110), st.booleans()), max_size=12),
        st.randoms(use_true_random=False),
    )
    def test_never_wider_than_allowed_and_order_does_not_matter(self, drawn, shuffler) -> None:  # type: ignore[no-untyped-def]
        levels = [
            rung(dma(i) if average else LevelId(UNLISTED.key, str(i)), price)
            for i, (price, average) in enumerate(drawn)
        ]
        found = find_clusters(levels, atr=4.0)
        for cluster in found:
            assert cluster.high - cluster.low <= 2.0
            assert cluster.score == 2
        mixed = list(levels)
        shuffler.shuffle(mixed)
        assert find_clusters(mixed, atr=4.0) == found


class TestChannel:
    def test_equals_polyfit(self) -> None:
        close = walk(300, 7)
        window = np.log(close[-252:])
        x = np.arange(252)
        slope, base = np.polyfit(x, window, 1)
        residual = window - base - slope * x
        spread = math.sqrt(float(residual @ residual) / 250)
        channel = fit_channel(close)
        assert channel is not None
        assert channel.z == pytest.approx(residual[-1] / spread)
        assert channel.first == pytest.approx(math.exp(base))
        assert channel.last == pytest.approx(math.exp(base + 251 * slope))
        assert math.log(channel.band) == pytest.approx(spread)
        assert channel.slope_pct_a_year == pytest.approx(math.expm1(252 * slope) * 100)

    def test_needs_its_window(self) -> None:
        assert fit_channel(walk(251)) is None
        assert fit_channel(walk(251), sessions=120) is not None

    def test_a_straight_line_has_none(self) -> None:
        assert fit_channel(np.exp(np.linspace(1, 2, 252))) is None
