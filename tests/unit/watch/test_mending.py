"""A finished day's log says what its one-minute bars say, however prices came in live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from analytics.model import sessions
from analytics.model.level_calls import Happening, LevelCall, LevelEvent
from analytics.model.levels import dma
from analytics.model.vocabulary import MinuteBars
from analytics.watch.mending import covers, mended
from analytics.watch.session_baseline import SessionBaseline

MONDAY = dt.date(2025, 1, 27)
HALF_DAY = dt.date(2025, 11, 28)
OPENS = sessions.session_open(MONDAY)
ATR = 2.0  # so that noise is 0.1 and "away" 0.5
LEVEL = 100.0
BASELINE = SessionBaseline("SPY", MONDAY, 101.0, ATR, ())
NEW_YORK = BASELINE.listing


def call_at(session: dt.date = MONDAY, sessions_: int = 50, price: float = LEVEL) -> LevelCall:
    opens = sessions.session_open(session)
    return LevelCall("SPY", dma(sessions_), session, price, 101.0, opens)


def minutes_of(
    prices: Sequence[float], session: dt.date = MONDAY, lows: Sequence[float] | None = None
) -> MinuteBars:
    """Bars of one price each from the open on, to whose low a price may be added."""
    close = np.array(prices)
    opens = np.datetime64(sessions.session_open(session).replace(tzinfo=None), "s")
    times = opens + np.arange(len(close)) * np.timedelta64(60, "s")
    low = close if lows is None else np.minimum(close, lows)
    return MinuteBars("SPY", session, times, close, close, low, close, np.ones_like(close))


def day(*stretches: tuple[int, float]) -> list[float]:
    """(minutes, price) in a row, the last to the close."""
    prices = [price for count, price in stretches for _ in range(count)]
    return prices + [prices[-1]] * (390 - len(prices))


def line(kind: Happening, minute: float, price: float, of: LevelCall | None = None) -> LevelEvent:
    call = of or call_at()
    at = OPENS + dt.timedelta(minutes=minute)
    return LevelEvent(call.symbol, call.level, MONDAY, at, kind, price, call.price)


def described(lines: tuple[LevelEvent, ...] | None) -> list[tuple[str, float, float]]:
    """(what, price, minutes after the open)."""
    assert lines is not None
    return [(str(e.kind), e.price, (e.at - OPENS) // dt.timedelta(seconds=1) / 60) for e in lines]


BROKE, RECLAIMED, TOUCHED = Happening.BROKE, Happening.RECLAIMED, Happening.TOUCHED
TRUE_DAY = day((60, 101.0), (60, 99.0), (270, 100.6))


class TestMended:
    def test_a_false_crossing_is_taken_out_and_a_missed_one_added(self) -> None:
        live = [line(BROKE, 20.5, 50.0), line(RECLAIMED, 20.6, 101.0), line(BROKE, 60.4, 98.9)]
        minutes = minutes_of(TRUE_DAY, lows=[price - 0.2 for price in TRUE_DAY])
        assert described(mended([call_at()], live, minutes, BASELINE)) == [
            ("broke under", 98.9, 60.4),
            ("reclaimed", 100.6, 120.0),
        ]

    def test_a_line_that_the_minutes_bear_out_keeps_its_second_and_its_price(self) -> None:
        live = (line(BROKE, 60.25, 99.0), line(RECLAIMED, 120.75, 100.6))
        assert mended([call_at()], live, minutes_of(TRUE_DAY), BASELINE) == live

    def test_one_at_a_price_that_was_not_traded_does_not(self) -> None:
        live = [line(BROKE, 60.25, 50.0), line(RECLAIMED, 120.75, 100.6)]
        assert described(mended([call_at()], live, minutes_of(TRUE_DAY), BASELINE)) == [
            ("broke under", 99.0, 60.0),
            ("reclaimed", 100.6, 120.75),
        ]

    def test_a_touch_has_the_low_of_its_minutes(self) -> None:
        lows = np.array(day((390, 101.0)))
        lows[30] = 99.96
        prices = day((30, 101.0), (1, 100.05), (359, 101.0))
        minutes = minutes_of(prices, lows=lows.tolist())
        assert described(mended([call_at()], [line(TOUCHED, 30.3, 99.99)], minutes, BASELINE)) == [
            ("touched", 99.96, 30.3)
        ]

    def test_a_break_in_the_watch_is_filled(self) -> None:
        live = [line(Happening.RESUMED, 90.0, 99.0), line(RECLAIMED, 120.1, 100.6)]
        assert described(mended([call_at()], live, minutes_of(TRUE_DAY), BASELINE)) == [
            ("broke under", 99.0, 60.0),
            ("reclaimed", 100.6, 120.1),
        ]

    def test_nothing_happened(self) -> None:
        live = [line(BROKE, 20.5, 50.0), line(RECLAIMED, 20.6, 101.0)]
        assert mended([call_at()], live, minutes_of(day((390, 101.0))), BASELINE) == ()

    def test_levels_are_mended_each_by_itself(self) -> None:
        two = call_at(sessions_=100, price=98.0)
        live = [line(BROKE, 60.2, 99.0), line(BROKE, 60.3, 97.0, two)]
        lines = mended([call_at(), two], live, minutes_of(day((60, 101.0), (330, 99.0))), BASELINE)
        assert [(e.level, e.kind) for e in lines or ()] == [(dma(50), BROKE)]


class TestWhatMinutesCannotDecide:
    @pytest.mark.parametrize(
        "minutes",
        [
            pytest.param(minutes_of([]), id="none"),
            pytest.param(minutes_of(TRUE_DAY[:300]), id="the last hour and a half missing"),
            pytest.param(minutes_of(TRUE_DAY, HALF_DAY).upto(OPENS), id="of another day"),
        ],
    )
    def test_the_log_stays(self, minutes: MinuteBars) -> None:
        assert mended([call_at()], [line(BROKE, 20.5, 50.0)], minutes, BASELINE) is None

    def test_a_hole_where_a_line_was_written(self) -> None:
        whole = minutes_of(TRUE_DAY)
        received = np.r_[0:55, 75:390]
        names = ("times", "open", "high", "low", "close", "volume")
        holed = replace(whole, **{name: getattr(whole, name)[received] for name in names})
        assert mended([call_at()], [line(BROKE, 65.0, 99.0)], holed, BASELINE) is None
        assert mended([call_at()], [line(BROKE, 76.0, 99.0)], holed, BASELINE) is not None

    def test_a_half_day_is_covered_to_its_own_close(self) -> None:
        assert covers(minutes_of(TRUE_DAY[:210], HALF_DAY), NEW_YORK, ())
        assert not covers(minutes_of(TRUE_DAY[:200], HALF_DAY), NEW_YORK, ())

    def test_a_closing_price_after_the_bell_needs_no_minute(self) -> None:
        assert covers(
            minutes_of(TRUE_DAY), NEW_YORK, [OPENS + dt.timedelta(minutes=390, seconds=8)]
        )
