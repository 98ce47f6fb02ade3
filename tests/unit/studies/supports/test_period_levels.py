"""Weekly averages and the prior day's, week's and month's range, beside pandas' resampling."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.model.levels import LevelId
from analytics.model.vocabulary import Bars
from analytics.studies.supports.levels import without_last
from analytics.studies.supports.period_levels import prior_high, prior_low, weekly_average
from analytics.studies.supports.supports import build_ladder
from tests.support.builders import FRIDAY, make_bars, walk

GOOD_FRIDAY_WEEK = dt.date(2024, 3, 28)  # the exchange was closed on the Friday
CLOSED_THURSDAY = dt.date(2025, 1, 10)  # and on Thursday the 9th, for a day of mourning


def frame_of(bars: Bars) -> pd.DataFrame:
    index = pd.DatetimeIndex(bars.sessions)
    return pd.DataFrame({"high": bars.high, "low": bars.low, "close": bars.close}, index=index)


class TestWeeklyAverage:
    @pytest.mark.parametrize("weeks", ["10", "40"])
    @pytest.mark.parametrize("last", [FRIDAY, GOOD_FRIDAY_WEEK, CLOSED_THURSDAY])
    def test_after_a_weeks_last_session_it_is_pandas_mean_of_weekly_closes(
        self, weeks: str, last: dt.date
    ) -> None:
        bars = make_bars(walk(400, 3), last)
        closes = frame_of(bars)["close"].resample("W-FRI").last()
        expected = closes.rolling(int(weeks)).mean().iloc[-1]
        assert weekly_average(bars, weeks) == pytest.approx(expected, rel=1e-12)

    def test_the_running_week_does_not_count(self) -> None:
        friday = make_bars(walk(120, 3), FRIDAY)
        known = weekly_average(friday, "10")
        bars = friday
        for _ in range(3):  # Thursday to Tuesday; Monday the 20th was a holiday
            bars = without_last(bars)
            before = weekly_average(bars, "10")
            assert before != known
            shaken = replace(bars, close=np.append(bars.close[:-1], 500.0))
            assert weekly_average(shaken, "10") == before

    def test_the_session_that_ends_a_week_is_decided_on_the_weeks_before(self) -> None:
        bars = make_bars(walk(120, 3), FRIDAY)
        rung = {lv.id: lv for lv in build_ladder(bars, sets=("weekly",)).levels}[
            LevelId("weekly", "10")
        ]
        assert rung.session_level == weekly_average(without_last(bars), "10")
        assert rung.price == weekly_average(bars, "10")

    def test_too_few_weeks_are_said(self) -> None:
        bars = make_bars(walk(27, 3), FRIDAY)  # six weeks, and Friday 13 December
        missing = {m.name: m.reason for m in build_ladder(bars, sets=("weekly",)).unavailable}
        assert missing["10-week average"] == "10-week average needs 10 completed weeks (has 7)"


class TestPriorRange:
    @pytest.mark.parametrize(("period", "rule"), [("week", "W-FRI"), ("month", "ME")])
    @pytest.mark.parametrize("last", [FRIDAY, dt.date(2025, 1, 29), dt.date(2024, 12, 31)])
    def test_it_is_pandas_extreme_of_the_last_completed_period(
        self, period: str, rule: str, last: dt.date
    ) -> None:
        bars = make_bars(walk(200, 5), last)
        frame = frame_of(bars)
        lows, highs = frame["low"].resample(rule).min(), frame["high"].resample(rule).max()
        following = pd.Timestamp(bars.listing.next_session(last))
        done = lows.index < following.to_period("W-FRI" if period == "week" else "M").start_time
        assert prior_low(bars, period) == lows[done].iloc[-1]
        assert prior_high(bars, period) == highs[done].iloc[-1]

    def test_a_day_is_decided_on_the_day_before(self) -> None:
        bars = make_bars([10.0, 12.0, 11.0], spread=0.5)
        rungs = {lv.id: lv for lv in build_ladder(bars, sets=("prior-lows", "prior-highs")).levels}
        low, high = rungs[LevelId("prior-low", "day")], rungs[LevelId("prior-high", "day")]
        assert (low.session_level, low.price) == (9.5, 10.5)
        assert (high.session_level, high.price) == (12.5, 12.5)
        assert low.status == "above"  # the low of 10.5 stayed over 9.5
        assert low.price_status is None, "10.5 is a number that this close bore"
        assert high.price_status == high.status == "below", "12.5 is still the same number"

    def test_a_first_day_has_none(self) -> None:
        reasons = {
            m.name: m.reason
            for m in build_ladder(
                make_bars([10.0], last=dt.date(2025, 1, 28)), sets=("prior-lows",)
            ).unavailable
        }
        assert reasons["prior week low"] == "prior week low needs one completed week"
