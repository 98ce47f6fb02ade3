"""Quarantine: which bars are rejected and counted, and what is never filled in."""

from __future__ import annotations

import datetime as dt
import random
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.model.listing_calendars import calendar_of
from analytics.model.vocabulary import Bars, MinuteBars, NotAvailable
from analytics.sources.bar_rules import session_dates
from analytics.sources.base import RawBars
from analytics.sources.validate import clean_bars, clean_minutes
from tests.support.builders import make_frame, walk

INF = float("inf")


def clean(frame: pd.DataFrame, **extra: object) -> tuple[Bars, dict[str, int]]:
    return clean_bars(RawBars("TEST", frame, **extra))  # type: ignore[arg-type]


def with_cell(column: str, value: float, at: int = 3) -> pd.DataFrame:
    frame = make_frame(walk(10))
    frame.loc[frame.index[at], column] = value
    return frame


class TestRejection:
    @pytest.mark.parametrize(
        ("column", "value", "reason"),
        [
            ("close", np.nan, "close missing"),
            ("close", INF, "close infinite"),
            ("close", -INF, "close infinite"),
            ("close", 0.0, "close not positive"),
            ("close", -5.0, "close not positive"),
            ("close", 500.0, "close outside the day's range"),
            ("close", 1.0, "close outside the day's range"),
            ("low", 5000.0, "high under low"),
            ("high", INF, "high or low unusable"),
            ("low", 0.0, "high or low unusable"),
        ],
    )
    def test_the_bar_is_absent_and_counted(self, column: str, value: float, reason: str) -> None:
        frame = make_frame(walk(10))
        bars, rejected = clean(with_cell(column, value))
        assert rejected == {reason: 1}
        assert bars.close.tolist() == frame["close"].drop(frame.index[3]).tolist()
        assert frame.index[3].date() not in bars.sessions.tolist()

    def test_a_rounding_cent_outside_the_range_is_allowed(self) -> None:
        frame = make_frame([10.0, 10.0], spread=0.0)
        frame["close"] = [10.01, 10.02]
        bars, rejected = clean(frame)
        assert bars.close.tolist() == [10.01]
        assert rejected == {"close outside the day's range": 1}

    def test_of_a_price_under_a_cent_a_cent_is_no_rounding(self) -> None:
        frame = make_frame([0.0012, 0.0012, 0.0012], spread=0.0)
        frame["close"] = [0.001205, 0.009, 0.0012]
        bars, rejected = clean(frame)
        assert bars.close.tolist() == [0.001205, 0.0012]
        assert rejected == {"close outside the day's range": 1}

    def test_a_bar_is_rejected_for_one_reason_only(self) -> None:
        frame = with_cell("close", np.nan)
        frame.loc[frame.index[3], "high"] = INF
        assert clean(frame)[1] == {"close missing": 1}

    def test_an_open_that_is_no_price_is_unknown(self) -> None:
        for value in (0.0, -1.0, INF):
            bars, rejected = clean(with_cell("open", value))
            assert np.isnan(bars.open[3])
            assert (len(bars), rejected) == (10, {})

    def test_what_the_source_dropped_is_counted_too(self) -> None:
        _, rejected = clean(with_cell("close", np.nan), already_rejected=(("unreadable", 2),))
        assert rejected == {"unreadable": 2, "close missing": 1}

    def test_a_row_without_a_date(self) -> None:
        frame = make_frame(walk(10))
        frame.index = frame.index[:9].append(pd.DatetimeIndex([pd.NaT]))
        bars, rejected = clean(frame)
        assert (len(bars), rejected) == (9, {"date missing": 1})

    @pytest.mark.parametrize("closes", [[], [np.nan, -1.0]])
    def test_nothing_left_is_said(self, closes: list[float]) -> None:
        frame = pd.DataFrame(
            {"close": closes}, index=pd.DatetimeIndex(["2025-01-23"] * len(closes))
        )
        with pytest.raises(NotAvailable, match="TEST: no valid price bar"):
            clean(frame)


MONDAY = dt.date(2025, 1, 27)


MINUTES = pd.date_range("2025-01-27 14:30", periods=10, freq="min")
"""09:30 to 09:39 in New York, in UTC."""


def minute_frame(times: pd.DatetimeIndex = MINUTES) -> pd.DataFrame:
    """Each minute from 99 to 101."""
    prices = {"open": 99.5, "high": 101.0, "low": 99.0, "close": 100.5, "volume": 7.0}
    return pd.DataFrame(prices, index=times)


def times_of(minutes: MinuteBars) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(minutes.times)


class TestMinutes:
    @pytest.mark.parametrize(
        ("column", "value", "reason"),
        [
            ("close", np.nan, "close missing"),
            ("close", INF, "close infinite"),
            ("close", 0.0, "close not positive"),
            ("close", -5.0, "close not positive"),
            ("close", 101.02, "close outside the minute's range"),
            ("close", 98.98, "close outside the minute's range"),
            ("low", 102.0, "high under low"),
            ("high", INF, "high or low unusable"),
            ("low", 0.0, "high or low unusable"),
        ],
    )
    def test_one_that_cannot_be_is_absent_and_counted(
        self, column: str, value: float, reason: str
    ) -> None:
        frame = minute_frame()
        frame.loc[MINUTES[3], column] = value
        minutes, rejected = clean_minutes(RawBars("SPY", frame), MONDAY)
        assert rejected == {reason: 1}
        assert list(times_of(minutes)) == list(MINUTES.delete(3))

    def test_one_without_a_time_is_counted(self) -> None:
        frame = minute_frame(pd.DatetimeIndex([pd.NaT, *MINUTES[1:]]))
        minutes, rejected = clean_minutes(RawBars("SPY", frame), MONDAY)
        assert (len(minutes.times), rejected) == (9, {"time missing": 1})

    def test_of_one_time_the_last_valid_row_wins_in_any_order(self) -> None:
        frame = minute_frame()
        again = frame.iloc[[4]].assign(close=100.0)
        bad = frame.iloc[[4]].assign(close=np.nan)
        mixed = pd.concat([frame.iloc[::-1], again, bad])
        minutes, rejected = clean_minutes(RawBars("SPY", mixed), MONDAY)
        assert rejected == {"close missing": 1, "duplicate time": 1}
        assert minutes.close.tolist() == [100.5] * 4 + [100.0] + [100.5] * 5
        assert list(times_of(minutes)) == list(MINUTES)

    def test_minutes_outside_the_session_are_none_of_it(self) -> None:
        opens = pd.Timestamp("2025-01-27 14:30")
        closes = pd.Timestamp("2025-01-27 21:00")
        ends = [opens - pd.Timedelta(minutes=1), closes - pd.Timedelta(minutes=1), closes]
        frame = minute_frame(pd.DatetimeIndex([*ends, *MINUTES[3:]]))
        minutes, rejected = clean_minutes(RawBars("SPY", frame), MONDAY)
        assert rejected == {}
        assert times_of(minutes)[-1] == ends[1]
        assert len(minutes.times) == 8

    def test_times_of_a_zone_are_utc(self) -> None:
        there = minute_frame(MINUTES.tz_localize("UTC").tz_convert("America/New_York"))
        minutes, _ = clean_minutes(RawBars("SPY", there), MONDAY)
        assert (minutes.symbol, minutes.session) == ("SPY", MONDAY)
        assert list(times_of(minutes)) == list(MINUTES)

    def test_an_open_that_is_no_price_is_unknown(self) -> None:
        frame = minute_frame()
        frame.loc[MINUTES[:2], "open"] = [0.0, INF]
        minutes, rejected = clean_minutes(RawBars("SPY", frame), MONDAY)
        assert np.isnan(minutes.open[:2]).all()
        assert minutes.open[2] == 99.5
        assert rejected == {}

    def test_nothing_left_is_said(self) -> None:
        frame = minute_frame().assign(close=np.nan)
        with pytest.raises(NotAvailable, match="SPY: no valid minute of 2025-01-27"):
            clean_minutes(RawBars("SPY", frame), MONDAY)


class TestOrderAndDuplicates:
    @settings(max_examples=25, deadline=None)
    @given(st.permutations(range(12)))
    def test_order_never_changes_an_answer(self, order: list[int]) -> None:
        frame = make_frame(walk(12), splits={4: 2.0})
        got, expected = clean(frame.iloc[list(order)])[0], clean(frame)[0]
        for name in ("sessions", "open", "high", "low", "close", "adj_close", "volume", "splits"):
            assert getattr(got, name).tolist() == getattr(expected, name).tolist()

    def test_of_one_date_the_last_valid_row_wins(self) -> None:
        frame = make_frame(walk(3))
        again = frame.iloc[[1]] * 1.01
        broken = frame.iloc[[1]] * np.nan
        bars, rejected = clean(pd.concat([frame, again, broken]))
        assert bars.close[1] == again["close"].iloc[0]
        assert rejected == {"duplicate date": 1, "close missing": 1}


class TestSplits:
    def test_a_rejected_bar_hands_its_split_to_the_next(self) -> None:
        frame = make_frame(walk(10), splits={3: 4.0})
        frame.loc[frame.index[3], "close"] = np.nan
        bars, _ = clean(frame)
        assert bars.splits.tolist() == [1, 1, 1, 4, 1, 1, 1, 1, 1]
        before = bars.upto(bars.sessions[2].astype(dt.date))
        assert before.close.tolist() == (bars.close[:3] * 4).tolist()

    def test_a_repeated_row_splits_once(self) -> None:
        frame = make_frame(walk(10), splits={3: 4.0})
        bars, _ = clean(pd.concat([frame, frame.iloc[[3]]]))
        assert bars.splits.prod() == 4.0

    @pytest.mark.parametrize("value", [0.0, -2.0, np.nan, INF])
    def test_no_ratio_is_no_split(self, value: float) -> None:
        assert clean(with_cell("splits", value))[0].splits.tolist() == [1.0] * 10


class TestWhatTheSourceLacks:
    def test_closes_only(self) -> None:
        bars, _ = clean(make_frame(walk(10))[["close"]])
        assert bars.close_only
        assert bars.adj_close is None
        assert np.isnan(bars.volume).all()

    def test_one_gap_in_the_adjusted_closes_gives_none_at_all(self) -> None:
        assert clean(with_cell("adj_close", np.nan))[0].adj_close is None
        assert clean(make_frame(walk(10)))[0].adj_close is not None

    def test_a_rejected_newest_bar_takes_its_time_along(self) -> None:
        time = dt.datetime(2025, 1, 24, 18, tzinfo=dt.UTC)
        frame = with_cell("close", np.nan, at=9)
        bars, _ = clean(frame, last_time=time, last_complete=False)
        assert (bars.last_time, bars.last_complete) == (None, True)
        bars, _ = clean(make_frame(walk(10)), last_time=time, last_complete=False)
        assert (bars.last_time, bars.last_complete) == (time, False)


def test_a_volume_that_cannot_be_is_unknown_and_the_bar_stays() -> None:
    frame = make_frame(walk(6))
    frame["volume"] = [100.0, -5.0, INF, 0.0, np.nan, 7.0]
    bars, rejected = clean(frame)
    assert rejected == {}
    assert np.isnan(bars.volume).tolist() == [False, True, True, False, True, False]


class TestDatesWrittenAsInstants:
    @pytest.mark.parametrize(
        ("stamp", "symbol", "day"),
        [
            ("2025-01-24T23:30-05:00", "SPY", 24),
            ("2025-01-25T04:30+00:00", "SPY", 24),  # the same evening, by UTC
            ("2025-01-24T05:00+00:00", "SPY", 24),  # midnight in New York
            ("2025-01-24T00:00+00:00", "SPY", 24),  # a date written as an instant
            ("2025-01-24T00:00+01:00", "SPY", 24),  # so, by a clock in Berlin
            ("2025-01-24T00:00+09:00", "VOD.L", 24),
            ("2025-01-23T15:00+00:00", "7203.T", 24),  # midnight in Tokyo
            ("2025-01-24T06:30+00:00", "7203.T", 24),  # Tokyo's closing bell
            ("2025-01-24T23:00+00:00", "7203.T", 25),
            ("2025-01-23T23:00+00:00", "ES=F", 24),  # a futures session opens in the evening
            ("2025-01-24T04:00+00:00", "ES=F", 24),
            ("2025-01-24T00:00+01:00", "BTC-USD", 24),
            ("2025-01-24T23:00+00:00", "BTC-USD", 24),
            ("2025-01-24", "SPY", 24),
        ],
    )
    def test_they_are_read_by_the_listings_sessions(
        self, stamp: str, symbol: str, day: int
    ) -> None:
        written, listing = pd.DatetimeIndex([stamp]), calendar_of(symbol)
        assert session_dates(written, listing).tolist() == [dt.date(2025, 1, day)]
        mixed = pd.Index([dt.date(2025, 1, 23), written[0].to_pydatetime()], dtype=object)
        days = session_dates(mixed, listing).tolist()
        assert days == [dt.date(2025, 1, 23), dt.date(2025, 1, day)]

    def test_a_bell_that_rings_at_somebodys_midnight(self) -> None:
        closes = [calendar_of("SPY").close(dt.date(2025, month, 24)) for month in (1, 6)]
        in_moscow = [close.astimezone(ZoneInfo("Europe/Moscow")) for close in closes]
        assert [str(time.time()) for time in in_moscow] == ["00:00:00", "23:00:00"]
        days = session_dates(pd.Index(in_moscow, dtype=object), calendar_of("SPY"))
        assert days.tolist() == [dt.date(2025, 1, 24), dt.date(2025, 6, 24)]

    def test_an_empty_date_is_none(self) -> None:
        written = pd.DatetimeIndex(["2025-01-24", None])
        for index in (written, written.tz_localize("UTC")):
            days = session_dates(index, calendar_of("SPY"))
            assert np.isnat(days).tolist() == [False, True]

    @given(
        st.sampled_from(["SPY", "VOD.L", "7203.T", "BHP.AX", "PETR4.SA", "RELIANCE.NS", "ES=F"]),
        st.dates(dt.date(2020, 1, 2), dt.date(2030, 12, 31)),
        st.sampled_from(["Europe/London", "Europe/Berlin", "America/New_York", "Asia/Tokyo"]),
        st.sampled_from(["midnight", "open", "within", "close", "own midnight"]),
    )
    def test_any_way_of_writing_a_session_means_it(
        self, symbol: str, day: dt.date, zone: str, how: str
    ) -> None:
        listing = calendar_of(symbol)
        session = listing.session_on_or_before(day)
        opens, closes = listing.open(session), listing.close(session)
        written = {
            "midnight": dt.datetime.combine(session, dt.time(), ZoneInfo(zone)),
            "own midnight": dt.datetime.combine(session, dt.time(), listing.zone),
            "open": opens.astimezone(ZoneInfo(zone)),
            "within": (opens + dt.timedelta(minutes=7)).astimezone(ZoneInfo(zone)),
            "close": closes.astimezone(ZoneInfo(zone)),
        }[how]
        assert session_dates(pd.Index([written], dtype=object), listing).tolist() == [session]


class TestOffCalendar:
    def rows(self, *days: str) -> pd.DataFrame:
        return pd.DataFrame({"close": 100.0}, index=pd.DatetimeIndex(days))

    @pytest.mark.parametrize(
        ("symbol", "closed", "open_", "exchange"),
        [
            ("SPY", "2025-01-25", "2025-01-24", "the New York Stock Exchange"),
            ("SPY", "2025-01-09", "2025-01-08", "the New York Stock Exchange"),
            ("SPY", "2025-02-17", "2025-02-14", "the New York Stock Exchange"),
            ("VOD.L", "2025-08-25", "2025-02-17", "the London Stock Exchange"),
            ("7203.T", "2025-05-05", "2025-02-17", "the Tokyo Stock Exchange"),
            ("EURUSD=X", "2025-01-25", "2025-12-25", "the currency market"),
            ("ES=F", "2025-12-25", "2025-02-17", "CME Globex"),
        ],
    )
    def test_it_is_rejected_by_the_listings_own_exchange(
        self, symbol: str, closed: str, open_: str, exchange: str
    ) -> None:
        bars, rejected = clean_bars(RawBars(symbol, self.rows(open_, closed)))
        assert bars.sessions.tolist() == [dt.date.fromisoformat(open_)]
        assert rejected == {f"not a session of {exchange}": 1}

    def test_a_coin_has_no_closed_day_and_years_before_the_calendar_are_let_be(self) -> None:
        assert clean_bars(RawBars("BTC-USD", self.rows("2025-01-25", "2025-12-25")))[1] == {}
        assert clean_bars(RawBars("IBM", self.rows("1962-01-06", "1962-01-02")))[1] == {}

    def test_nothing_but_closed_days_says_so(self) -> None:
        with pytest.raises(NotAvailable, match="1 rejected: not a session of the New York"):
            clean_bars(RawBars("SPY", self.rows("2025-01-25")))

    @given(
        st.dates(dt.date(1995, 1, 1), dt.date(2030, 1, 1)),
        st.sets(st.integers(0, 119), min_size=1, max_size=60),
        st.sampled_from(["SPY", "VOD.L", "7203.T", "PETR4.SA", "ES=F"]),
        st.randoms(use_true_random=False),
    )
    def test_any_row_off_the_calendar_in_any_order(
        self, start: dt.date, offsets: set[int], symbol: str, order: random.Random
    ) -> None:
        listing = calendar_of(symbol)
        days = [start + dt.timedelta(days=n) for n in offsets]
        on = sorted(day for day in days if listing.is_session(day))
        order.shuffle(days)
        frame = self.rows(*map(str, days))
        if not on:
            with pytest.raises(NotAvailable):
                clean_bars(RawBars(symbol, frame))
            return
        bars, rejected = clean_bars(RawBars(symbol, frame))
        assert bars.sessions.tolist() == on
        assert sum(rejected.values()) == len(days) - len(on)
