"""Odds held against what came: by hand, and on outcomes drawn with the odds they were given."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from analytics.model.sessions import session_close, sessions_between
from analytics.model.vocabulary import Bars, DailyFigures
from analytics.studies.supports.calibration import MIN_SESSIONS, calibrate
from analytics.studies.supports.horizons import horizons_from
from analytics.studies.supports.odds_record import DEFINITION, figure_name
from tests.support.small_bars import bars_of

FIRST, LAST = dt.date(2024, 7, 1), dt.date(2025, 1, 31)
DAYS: list[dt.date] = sessions_between(FIRST, LAST).tolist()


def rows_of(
    days: list[dt.date], odds: dict[str, float], *, final: bool = True
) -> list[DailyFigures]:
    return [
        DailyFigures("TEST", day, final, session_close(day), DEFINITION, dict(odds)) for day in days
    ]


def daily(closes: np.ndarray) -> Bars:
    return replace(bars_of("TEST", closes, last=LAST), sessions=np.array(DAYS, "M8[D]"))


class TestOutcomes:
    def test_by_hand(self) -> None:
        # it falls 1.5% every second session: closes 1% lower come every other time, 2% never
        closes = 100 * np.cumprod(np.where(np.arange(len(DAYS)) % 2, 0.985, 1.015))
        odds = {figure_name("today", 1.0): 40.0, figure_name("today", 2.0): 10.0}
        view = calibrate("TEST", rows_of(DAYS, odds), daily(closes))
        today = view.horizons[0]
        n = len(DAYS) - 1  # the last session's next close is not known yet
        assert (today.sessions, today.n) == (n, 2 * n)
        ten, forty = today.rows
        assert (ten.from_pct, ten.came_pct, ten.n) == (10.0, 0.0, n)
        assert (forty.from_pct, forty.n) == (40.0, n)
        assert (ten.priced_pct, forty.priced_pct) == pytest.approx((10.0, 40.0))
        falls = sum(closes[1:] < closes[:-1] * 0.99)
        assert forty.came_pct == pytest.approx(100 * falls / n)
        by_hand = (n * 0.01 + falls * 0.36 + (n - falls) * 0.16) / (2 * n)
        assert today.brier == pytest.approx(by_hand)
        base = falls / (2 * n)
        assert today.base_brier == pytest.approx(base * (1 - base))

    def test_a_week_ends_at_its_last_session(self) -> None:
        closes = np.full(len(DAYS), 100.0)
        fridays = [i for i, day in enumerate(DAYS) if horizons_from(session_close(day), ())]
        assert fridays
        closes[[i for i, day in enumerate(DAYS) if day.weekday() == 4]] = 97.0
        odds = {figure_name("week", 2.0): 15.0}
        week = calibrate("TEST", rows_of(DAYS, odds), daily(closes)).horizons[1]
        # kept Monday to Thursday it closes 3% lower; kept on a Friday, or before Good Friday's
        # like, the next week's end is level with it
        assert week.rows[0].came_pct > 70

    def test_odds_of_outcomes_drawn_by_them_are_calibrated(self) -> None:
        rng = np.random.default_rng(4)
        closes = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, len(DAYS))))
        # a normal move of 1%: P(under -0.5%) = 30.8%, P(under -1%) = 15.7%, P(under -2%) = 2.2%
        odds = {
            figure_name("today", 0.5): 30.8,
            figure_name("today", 1.0): 15.7,
            figure_name("today", 2.0): 2.2,
        }
        for row in calibrate("TEST", rows_of(DAYS, odds), daily(closes)).horizons[0].rows:
            assert row.low_pct <= row.priced_pct <= row.high_pct


class TestAbsence:
    def test_too_few_sessions_are_said(self) -> None:
        odds = {figure_name("today", 1.0): 40.0}
        view = calibrate(
            "TEST", rows_of(DAYS[: MIN_SESSIONS - 4], odds), daily(np.full(len(DAYS), 100.0))
        )
        assert view.horizons[0].brier is None
        assert view.horizons[0].reason == "needs 30 sessions, has 26: collect daily, or import"
        assert view.horizons[1].reason == "needs 30 sessions, has 0: collect daily, or import"

    def test_odds_of_before_the_close_do_not_count(self) -> None:
        odds = {figure_name("today", 1.0): 40.0}
        view = calibrate("TEST", rows_of(DAYS, odds, final=False), daily(np.full(len(DAYS), 100.0)))
        assert view.first is None
        assert view.horizons[0].sessions == 0

    def test_a_bar_that_is_missing_scores_nothing(self) -> None:
        closes = daily(np.full(len(DAYS), 100.0))
        gone = closes.sessions == np.datetime64("2024-10-15")
        thinner = Bars(
            **{
                name: value[~gone] if isinstance(value, np.ndarray) else value
                for name, value in vars(closes).items()
            }
        )
        odds = {figure_name("today", 1.0): 40.0}
        view = calibrate("TEST", rows_of(DAYS, odds), thinner)
        assert view.horizons[0].sessions == len(DAYS) - 3  # the day, the one before, the last
