"""Calls and their scores, on 250 closes of 100 and a session by hand."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pytest

from analytics.model.level_calls import LevelCall
from analytics.model.levels import dma
from analytics.model.status import Status
from analytics.model.vocabulary import Bars
from analytics.watch.scoring import calls_of, restated, score
from analytics.watch.session_baseline import baseline_of
from tests.support.builders import FRIDAY, make_bars

NOW = dt.datetime(2025, 1, 24, 21, 5, tzinfo=dt.UTC)


def session(close: float, *, opened: float = 101.0, low: float = 99.0) -> Bars:
    """Friday after 249 closes of 100 and one of 102: all averages lie between 100 and 100.1."""
    closes = np.array([100.0] * 249 + [102.0, close])
    bars = make_bars(closes, FRIDAY)
    opens, lows = bars.open.copy(), bars.low.copy()
    opens[-1], lows[-1] = opened, low
    return replace(bars, open=opens, low=lows)


def the_call(bars: Bars) -> LevelCall:
    baseline = baseline_of(bars, FRIDAY)
    assert baseline is not None
    calls = calls_of(baseline, NOW)
    assert [call.level for call in calls] == [dma(n) for n in (20, 50, 100, 200)]
    return next(call for call in calls if call.level == dma(50))


class TestCalls:
    def test_a_call_is_the_average_before_the_open(self) -> None:
        call = the_call(session(90.0))
        assert call.price == pytest.approx((49 * 100 + 102) / 50)
        assert call.previous_close == 102.0
        assert (call.session, call.called_at, call.status) == (FRIDAY, NOW, None)


class TestScore:
    @pytest.mark.parametrize(
        ("close", "opened", "low", "status", "gapped"),
        [
            (101.0, 101.5, 100.5, Status.ABOVE, False),  # never came down to 100.04
            (101.0, 101.5, 99.0, Status.HELD, False),
            (99.5, 101.5, 99.0, Status.BROKEN, False),
            (101.0, 99.8, 99.0, Status.HELD, True),
        ],
    )
    def test_it_is_what_the_close_made_of_it(
        self, close: float, opened: float, low: float, status: Status, gapped: bool
    ) -> None:
        bars = session(close, opened=opened, low=low)
        scored = score(the_call(bars), bars, NOW)
        assert scored is not None
        assert (scored.status, scored.gap_down) == (status, gapped)
        assert (scored.open, scored.low, scored.close) == (opened, low, close)
        assert scored.scored_at == NOW

    def test_what_is_unknown_of_the_bar_stays_so(self) -> None:
        bars = session(101.0, opened=math.nan, low=math.nan)
        scored = score(the_call(bars), bars, NOW)
        assert scored is not None
        assert (scored.open, scored.low, scored.gap_down) == (None, None, None)

    def test_without_the_final_bar_there_is_none(self) -> None:
        bars = session(101.0)
        call = the_call(bars)
        assert score(call, replace(bars, last_complete=False), NOW) is None
        assert score(replace(call, session=dt.date(2025, 1, 23)), bars, NOW) is None


class TestRestated:
    def test_a_call_in_shares_of_before_a_split_takes_the_new_level(self) -> None:
        bars = session(101.0)
        call = the_call(bars)
        baseline = baseline_of(bars, FRIDAY)
        assert baseline is not None
        assert restated(call, baseline) == call
        old = replace(call, price=call.price * 4, previous_close=call.previous_close * 4)
        assert restated(old, baseline) == call

    def test_a_level_that_newer_bars_do_not_give_is_none(self) -> None:
        baseline = baseline_of(session(101.0), FRIDAY)
        assert baseline is not None
        call = replace(the_call(session(101.0)), previous_close=1.0, level=dma(30))
        assert restated(call, baseline) is None
