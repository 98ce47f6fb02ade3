"""The ladder of one symbol: its headline, what it says when it cannot say, and its invariances."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.model.levels import LevelId, dma
from analytics.model.question import Inputs, Symbol
from analytics.model.sessions import session_close
from analytics.model.status import Status
from analytics.model.vocabulary import Moment, NotAvailable, Phase
from analytics.sources.base import RawBars
from analytics.sources.validate import clean_bars
from analytics.studies.supports.levels import Level, PriceContext, make_level
from analytics.studies.supports.supports import (
    SUPPORTS,
    SupportLadder,
    SupportsParameters,
    build_ladder,
    headline_supports,
)
from tests.support.builders import FRIDAY, make_bars, make_frame, walk

TAPE = PriceContext(100.0, 101.0, 101.0, 99.0, True, 2.0, 2.0, 0.01)


def average(sessions: int, price: float) -> Level:
    return make_level(dma(sessions), price, price, TAPE)


class TestHeadline:
    def test_the_highest_below_and_the_next_lower(self) -> None:
        support, following = headline_supports(
            [average(200, 90.0), average(50, 98.0), average(100, 95.0)], TAPE
        )
        assert support is not None
        assert following is not None
        assert (support.name, following.name) == ("50-DMA", "100-DMA")
        assert following.distance_pct == pytest.approx(-5.0)

    def test_the_20_dma_and_price_structure_never_lead(self) -> None:
        low = make_level(LevelId("swing-low"), 97.0, 97.0, TAPE)
        support, following = headline_supports([average(20, 99.0), low, average(100, 95.0)], TAPE)
        assert support is not None
        assert support.name == "100-DMA"
        assert following is None

    def test_at_the_price_is_a_support_and_above_is_not(self) -> None:
        support, _ = headline_supports([average(50, 100.0), average(100, 100.01)], TAPE)
        assert support is not None
        assert support.name == "50-DMA"

    def test_below_all_of_them_there_is_none(self) -> None:
        assert headline_supports([average(50, 101.0)], TAPE) == (None, None)


class TestLadder:
    def test_highest_first_with_every_family(self) -> None:
        ladder = build_ladder(make_bars(walk(300)))
        prices = [level.price for level in ladder.levels]
        assert prices == sorted(prices, reverse=True)
        names = {level.name for level in ladder.levels}
        assert names == {"20-DMA", "50-DMA", "100-DMA", "200-DMA", "swing low", "52-week low"}
        assert ladder.channel is not None
        assert ladder.unavailable == ()

    def test_a_lost_and_regained_average_after_a_gap(self) -> None:
        # 60 flat sessions at 100, then an open at 99 and a close back at 101
        frame = make_frame([*[100.0] * 59, 100.5, 101.0])
        frame.loc[frame.index[-1], "open"] = 99.0
        frame.loc[frame.index[-1], "low"] = 98.0
        bars, _ = clean_bars(RawBars("TEST", frame))
        level = {one.name: one for one in build_ladder(bars).levels}["50-DMA"]
        assert level.session_level == pytest.approx(100.01)
        assert (level.status, level.gap_down) == (Status.HELD, True)

    def test_a_single_bar_has_a_price_and_reasons(self) -> None:
        ladder = build_ladder(make_bars([50.0]))
        assert (ladder.price, ladder.previous_close, ladder.change_pct) == (50.0, None, None)
        assert ladder.levels == ()
        assert {one.reason for one in ladder.unavailable} >= {
            "50-DMA needs 50 sessions (has 1)",
            "channel needs 252 sessions (has 1)",
        }

    def test_a_flat_price_says_why_it_has_no_channel(self) -> None:
        reasons = [one.reason for one in build_ladder(make_bars(np.full(260, 9.9))).unavailable]
        assert "the last 252 closes lie on a straight line" in reasons

    def test_closes_only_are_said(self) -> None:
        bars = make_bars(np.linspace(50, 100, 120))
        blank = np.full(120, np.nan)
        ladder = build_ladder(replace(bars, open=blank, high=blank, low=blank))
        assert ladder.close_only
        assert (ladder.open, ladder.low, ladder.atr) == (None, None, None)
        assert {level.status for level in ladder.levels} == {Status.CLOSE_ONLY}
        assert {level.gap_down for level in ladder.levels} == {None}

    def test_a_running_session_is_provisional(self) -> None:
        ladder = build_ladder(make_bars([*[100.0] * 60, 90.0], complete=False))
        assert ladder.provisional
        assert {one.status for one in ladder.levels if "DMA" in one.name} == {Status.UNDER}

    def test_the_question_needs_the_bars(self) -> None:
        moment = Moment(session_close(FRIDAY), FRIDAY, Phase.CLOSED, False)
        with pytest.raises(NotAvailable, match="TEST: no bars"):
            SUPPORTS.compute(SupportsParameters(Symbol("TEST")), Inputs(moment))


def ladder_of(frame: pd.DataFrame) -> SupportLadder:
    bars, _ = clean_bars(RawBars("TEST", frame))
    return build_ladder(bars)


class TestInvariance:
    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 10_000))
    def test_order_and_repeated_rows_change_nothing(self, seed: int) -> None:
        frame = make_frame(walk(270, seed % 5))
        rng = np.random.default_rng(seed)
        repeated = pd.concat([frame, frame.iloc[rng.integers(0, len(frame), 20)]])
        mixed = repeated.iloc[rng.permutation(len(repeated))]
        assert ladder_of(mixed) == ladder_of(frame)

    @settings(max_examples=20, deadline=None)
    @given(st.sets(st.integers(0, 269), max_size=40))
    def test_a_rejected_bar_is_as_absent_as_a_deleted_one(self, gone: set[int]) -> None:
        frame = make_frame(walk(270))
        broken = frame.copy()
        broken.loc[broken.index[list(gone)], "close"] = np.nan
        without = frame.drop(frame.index[list(gone)])
        got, expected = ladder_of(broken), ladder_of(without)
        assert replace(got, provisional=False) == replace(expected, provisional=False)

    @settings(max_examples=20, deadline=None)
    @given(st.integers(60, 268))
    def test_later_bars_are_never_seen(self, at: int) -> None:
        bars = make_bars(walk(270))
        session = bars.sessions[at].astype(dt.date)
        cut = make_bars(walk(270)[: at + 1], last=session)
        assert build_ladder(bars.upto(session)) == build_ladder(cut)


class TestSplitsAsOfAPastDate:
    def test_prices_and_volumes_are_those_seen_then(self) -> None:
        frame = make_frame(walk(120), splits={100: 4.0, 110: 2.0})
        bars, _ = clean_bars(RawBars("TEST", frame))
        between = bars.upto(bars.sessions[105].astype(dt.date))
        assert between.close.tolist() == (bars.close[:106] * 2).tolist()
        before = bars.upto(bars.sessions[99].astype(dt.date))
        assert before.close.tolist() == (bars.close[:100] * 8).tolist()
        assert before.low.tolist() == (bars.low[:100] * 8).tolist()
        assert before.volume.tolist() == (bars.volume[:100] / 8).tolist()

    def test_on_the_split_day_it_has_happened(self) -> None:
        bars, _ = clean_bars(RawBars("TEST", make_frame(walk(120), splits={100: 4.0})))
        on_the_day = bars.upto(bars.sessions[100].astype(dt.date))
        assert on_the_day.close.tolist() == bars.close[:101].tolist()

    def test_distances_do_not_depend_on_a_later_split(self) -> None:
        plain, _ = clean_bars(RawBars("TEST", make_frame(walk(300))))
        split, _ = clean_bars(RawBars("TEST", make_frame(walk(300), splits={280: 4.0})))
        session = plain.sessions[279].astype(dt.date)
        got, expected = (build_ladder(one.upto(session)) for one in (split, plain))
        assert got.price == expected.price * 4
        assert [level.distance_pct for level in got.levels] == pytest.approx(
            [level.distance_pct for level in expected.levels]
        )
